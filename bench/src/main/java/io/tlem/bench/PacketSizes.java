package io.tlem.bench;

import io.tlem.buffer.PacketRecord;
import java.util.Collections;
import java.util.List;

/**
 * Lengths of packets, frames without FCS, that follow one another again and again.
 *
 * @param name a number of bytes, or {@code imix}
 * @param pattern the lengths
 */
record PacketSizes(String name, List<Integer> pattern) {
    private static final int LARGEST = 9216;

    /** 60, 590 and 1514 bytes in the ratio 7:4:1, as the generator's. */
    private static final List<Integer> IMIX = List.of(60, 590, 60, 60, 590, 60, 1514, 60, 590, 60, 590, 60);

    /** @throws IllegalArgumentException with one line that says what is accepted */
    static PacketSizes parse(String text) {
        if (text.equals("imix")) {
            return new PacketSizes(text, IMIX);
        }
        if (!text.matches("\\d{1,5}") || Integer.parseInt(text) < 60 || Integer.parseInt(text) > LARGEST) {
            throw new IllegalArgumentException("size '" + text + "': 60 to " + LARGEST + " or imix is possible");
        }
        return new PacketSizes(text, List.of(Integer.parseInt(text)));
    }

    /** Length of the packet in a slot. */
    int length(int slot) {
        return pattern.get(slot % pattern.size());
    }

    /** Longest packet. */
    int longest() {
        return Collections.max(pattern);
    }

    /** Mean bytes of a packet's record in a shared buffer. */
    double meanStride() {
        return pattern.stream().mapToInt(PacketRecord::strideOf).average().orElseThrow();
    }
}
