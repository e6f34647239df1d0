package io.tlem.impair;

/** A delay from which another is subtracted, down to 0: what the way through the emulator and its ports adds (TLEM's -O). */
record OffsetDelay(DelayModel delay, DelayModel offset) implements DelayModel {
    @Override
    public long delayNanos(PacketContext packet) {
        return Math.max(0, delay.delayNanos(packet) - offset.delayNanos(packet));
    }

    @Override
    public long quantileNanos(double part) {
        long quantile = delay.quantileNanos(part);
        return quantile == UNKNOWN || !(offset instanceof ConstantDelay)
                ? UNKNOWN
                : Math.max(0, quantile - offset.minNanos());
    }

    @Override
    public long minNanos() {
        return Math.max(0, delay.minNanos() - offset.maxNanos());
    }

    @Override
    public long maxNanos() {
        return Math.max(0, delay.maxNanos() - offset.minNanos());
    }
}
