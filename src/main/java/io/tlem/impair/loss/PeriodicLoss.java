package io.tlem.impair.loss;

import io.tlem.impair.LossModel;
import io.tlem.impair.PacketContext;

/** Loses the packets {@code first + i n}, i from 0 on, counted from 1: a deterministic loss, as tests of protocols want it. */
final class PeriodicLoss implements LossModel {
    private final long period;
    private long untilLoss;

    PeriodicLoss(long period, long first) {
        this.period = period;
        this.untilLoss = first;
    }

    @Override
    public boolean loses(PacketContext packet) {
        untilLoss--;
        if (untilLoss > 0) {
            return false;
        }
        untilLoss = period;
        return true;
    }
}
