package io.tlem.fit;

/**
 * Packets that went through a network, in the order in which they entered it. The first and the last got through.
 *
 * @param in when each entered, ns; not decreasing
 * @param out when it left, ns; {@link #LOST} when it did not
 * @param bytes of its frame
 * @param again when its copy left, ns; {@link #LOST} when there was none
 * @param tickNanos what times are multiples of, ns
 */
@SuppressWarnings("ArrayRecordComponent") // which nobody compares
record Passage(long[] in, long[] out, int[] bytes, long[] again, long tickNanos) {
    /** In the place of a time. */
    static final long LOST = Long.MIN_VALUE;

    private static final long MICROSECOND = 1000;

    static Passage of(long[] in, long[] out, int[] bytes, long[] again) {
        boolean coarse = true;
        for (int i = 0; coarse && i < in.length; i++) {
            coarse = in[i] % MICROSECOND == 0 && (out[i] == LOST || out[i] % MICROSECOND == 0);
        }
        return new Passage(in, out, bytes, again, coarse ? MICROSECOND : 1);
    }

    int count() {
        return in.length;
    }

    boolean isLost(int packet) {
        return out[packet] == LOST;
    }

    int received() {
        int received = 0;
        for (long time : out) {
            received += time == LOST ? 0 : 1;
        }
        return received;
    }

    /** Numbers of the packets that got through. */
    int[] survivors() {
        int[] survivors = new int[received()];
        int next = 0;
        for (int i = 0; i < out.length; i++) {
            if (out[i] != LOST) {
                survivors[next++] = i;
            }
        }
        return survivors;
    }

    /** The same with other times of leaving. */
    Passage withOut(long[] changed, long[] changedAgain) {
        return new Passage(in, changed, bytes, changedAgain, tickNanos);
    }

    /** Packets that left behind one that had entered later (RFC 4737). */
    int reordered() {
        int reordered = 0;
        long least = Long.MAX_VALUE;
        for (int i = out.length - 1; i >= 0; i--) {
            if (out[i] != LOST) {
                reordered += out[i] > least ? 1 : 0;
                least = Math.min(least, out[i]);
            }
        }
        return reordered;
    }
}
