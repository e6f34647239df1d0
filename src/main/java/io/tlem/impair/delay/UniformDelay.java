package io.tlem.impair.delay;

import io.tlem.impair.DelayModel;
import io.tlem.impair.PacketContext;
import java.util.random.RandomGenerator;

/** A delay drawn uniformly from the whole nanoseconds of [min, max]. */
final class UniformDelay implements DelayModel {
    private final long minNanos;
    private final long width;
    private final RandomGenerator random;

    UniformDelay(long minNanos, long maxNanos, RandomGenerator random) {
        this.minNanos = minNanos;
        this.width = maxNanos - minNanos + 1;
        this.random = random;
    }

    @Override
    public long delayNanos(PacketContext packet) {
        // The high word of a 64-bit draw times the width; the bias is below width / 2^64.
        return minNanos + Math.unsignedMultiplyHigh(random.nextLong(), width);
    }

    @Override
    public long quantileNanos(double part) {
        return minNanos + Math.min((long) (part * (double) width), width - 1);
    }

    @Override
    public long minNanos() {
        return minNanos;
    }

    @Override
    public long maxNanos() {
        return minNanos + width - 1;
    }
}
