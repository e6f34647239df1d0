package io.tlem.impair.edit;

import io.tlem.impair.EditModel;
import io.tlem.impair.PacketContext;
import java.lang.foreign.ValueLayout;
import java.util.random.RandomGenerator;

/** Inverts the bits of a pattern at a place of randomly chosen packets, as far as they are that long. */
final class PatternErrors implements EditModel {
    private final double probability;
    private final int place;
    private final byte[] pattern;
    private final RandomGenerator random;

    PatternErrors(double probability, int place, byte[] pattern, RandomGenerator random) {
        this.probability = probability;
        this.place = place;
        this.pattern = pattern;
        this.random = random;
    }

    @Override
    public void edit(PacketContext packet) {
        if (random.nextDouble() >= probability) {
            return;
        }
        int end = Math.min(pattern.length, packet.lengthBytes() - place);
        for (int i = 0; i < end; i++) {
            long at = packet.offset() + place + i;
            byte old = packet.memory().get(ValueLayout.JAVA_BYTE, at);
            packet.memory().set(ValueLayout.JAVA_BYTE, at, (byte) (old ^ pattern[i]));
        }
    }
}
