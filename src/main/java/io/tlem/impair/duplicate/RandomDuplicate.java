package io.tlem.impair.duplicate;

import io.tlem.impair.DuplicateModel;
import io.tlem.impair.PacketContext;
import io.tlem.impair.random.CorrelatedRandom;

/** Duplicates packets with a probability, as netem does; the copy follows its packet. */
final class RandomDuplicate implements DuplicateModel {
    private final long threshold;
    private final CorrelatedRandom random;
    private final long behindNanos;

    RandomDuplicate(double probability, CorrelatedRandom random, long behindNanos) {
        this.threshold = CorrelatedRandom.threshold(probability);
        this.random = random;
        this.behindNanos = behindNanos;
    }

    @Override
    public long duplicateNanos(PacketContext packet, long releaseNanos) {
        return threshold > 0 && threshold >= random.next() ? releaseNanos + behindNanos : NONE;
    }

    @Override
    public long maxBehindNanos() {
        return behindNanos;
    }
}
