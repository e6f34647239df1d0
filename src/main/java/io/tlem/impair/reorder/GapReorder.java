package io.tlem.impair.reorder;

import io.tlem.impair.PacketContext;
import io.tlem.impair.ReorderModel;
import io.tlem.impair.random.CorrelatedChance;

/**
 * netem's {@code reorder}: of every gap packets the last is a candidate, and so is each behind it until one is chosen; a
 * candidate is released without delay with the probability, and counting starts again.
 */
final class GapReorder implements ReorderModel {
    private final long gap;
    private final CorrelatedChance chance;
    private long counter;

    /** @param gap 1 or more */
    GapReorder(long gap, CorrelatedChance chance) {
        this.gap = gap;
        this.chance = chance;
    }

    @Override
    public long releaseNanos(PacketContext packet, long dueNanos) {
        if (counter < gap - 1 || !chance.happens()) {
            counter++;
            return dueNanos;
        }
        counter = 0;
        return packet.linkExitNanos();
    }

    @Override
    public long maxHoldNanos() {
        return 0;
    }

    @Override
    public boolean releasesEarly() {
        return true;
    }

    /** As in netem, where the queue behind the delay is ordered by time. */
    @Override
    public boolean delayReorders() {
        return true;
    }
}
