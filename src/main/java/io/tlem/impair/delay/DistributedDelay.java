package io.tlem.impair.delay;

import io.tlem.impair.DelayModel;
import io.tlem.impair.PacketContext;
import io.tlem.impair.random.QuantileTable;
import java.util.random.RandomGenerator;

/** Delays drawn independently from a distribution. */
record DistributedDelay(QuantileTable table, RandomGenerator random) implements DelayModel {
    @Override
    public long delayNanos(PacketContext packet) {
        return table.next(random);
    }

    @Override
    public long quantileNanos(double part) {
        return table.quantile(part);
    }

    @Override
    public long minNanos() {
        return table.min();
    }

    @Override
    public long maxNanos() {
        return table.max();
    }
}
