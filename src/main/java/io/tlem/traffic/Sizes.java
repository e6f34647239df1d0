package io.tlem.traffic;

import java.util.Arrays;
import java.util.SplittableRandom;

/**
 * How long the packets of a stream are, bytes of the frame without FCS: one after the other, then again from the first.
 *
 * @param bytes in turn
 * @param text as it was written
 */
@SuppressWarnings("ArrayRecordComponent") // made and used in this room only
public record Sizes(int[] bytes, String text) {
    /** Longest packet, bytes. */
    public static final int MOST_BYTES = 9216;

    private static final int[] IMIX = {60, 590, 60, 590, 60, 1514, 60, 590, 60, 590, 60, 60};
    private static final int DRAWN = 16_384;

    /** All of one length. */
    public static Sizes of(int bytes) {
        return new Sizes(new int[] {bytes}, Integer.toString(bytes));
    }

    /** Seven parts of 60 bytes, four of 590, one of 1514; a packet that needs more than that has what it needs. */
    static Sizes imix(int leastBytes) {
        return new Sizes(
                Arrays.stream(IMIX).map(size -> Math.max(size, leastBytes)).toArray(), "imix");
    }

    /** Each length of a range as often, as the seed has it. */
    static Sizes between(int least, int most, long seed) {
        SplittableRandom random = new SplittableRandom(seed);
        int[] drawn = new int[DRAWN];
        Arrays.setAll(drawn, i -> random.nextInt(least, most + 1));
        return new Sizes(drawn, least + "-" + most);
    }

    int least() {
        return Arrays.stream(bytes).min().orElseThrow();
    }

    int most() {
        return Arrays.stream(bytes).max().orElseThrow();
    }
}
