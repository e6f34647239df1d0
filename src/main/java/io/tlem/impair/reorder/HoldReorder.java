package io.tlem.impair.reorder;

import io.tlem.impair.PacketContext;
import io.tlem.impair.ReorderModel;
import java.util.random.RandomGenerator;

/**
 * Holds packets back for a time, and those behind them pass, as TLEM's {@code -R const,p,t}. TLEM holds them before the link,
 * which they enter late; here they have passed it in their turn.
 */
record HoldReorder(double probability, long holdNanos, RandomGenerator random) implements ReorderModel {
    @Override
    public long releaseNanos(PacketContext packet, long dueNanos) {
        return random.nextDouble() < probability ? dueNanos + holdNanos : dueNanos;
    }

    @Override
    public long maxHoldNanos() {
        return holdNanos;
    }
}
