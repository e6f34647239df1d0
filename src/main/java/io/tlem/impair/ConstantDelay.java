package io.tlem.impair;

/** The same delay for every packet. */
record ConstantDelay(long nanos) implements DelayModel {
    @Override
    public long delayNanos(PacketContext packet) {
        return nanos;
    }

    @Override
    public long quantileNanos(double part) {
        return nanos;
    }

    @Override
    public long minNanos() {
        return nanos;
    }

    @Override
    public long maxNanos() {
        return nanos;
    }
}
