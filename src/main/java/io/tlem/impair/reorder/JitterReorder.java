package io.tlem.impair.reorder;

import io.tlem.impair.PacketContext;
import io.tlem.impair.ReorderModel;

/** Every packet is released when its own delay is over, as in netem, even before those ahead of it. */
record JitterReorder() implements ReorderModel {
    @Override
    public long releaseNanos(PacketContext packet, long dueNanos) {
        return dueNanos;
    }

    @Override
    public long maxHoldNanos() {
        return 0;
    }

    @Override
    public boolean delayReorders() {
        return true;
    }
}
