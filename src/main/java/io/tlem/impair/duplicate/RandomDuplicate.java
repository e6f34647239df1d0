package io.tlem.impair.duplicate;

import io.tlem.impair.DuplicateModel;
import io.tlem.impair.PacketContext;
import io.tlem.impair.random.CorrelatedChance;

/** Duplicates packets with a probability, as netem does; the copy follows its packet. */
final class RandomDuplicate implements DuplicateModel {
    private final CorrelatedChance chance;
    private final long behindNanos;

    RandomDuplicate(CorrelatedChance chance, long behindNanos) {
        this.chance = chance;
        this.behindNanos = behindNanos;
    }

    @Override
    public long duplicateNanos(PacketContext packet, long releaseNanos) {
        return chance.happens() ? releaseNanos + behindNanos : NONE;
    }

    @Override
    public long maxBehindNanos() {
        return behindNanos;
    }
}
