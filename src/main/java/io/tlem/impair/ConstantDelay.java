package io.tlem.impair;

/** The same delay for every packet. */
record ConstantDelay(long maxNanos) implements DelayModel {
    @Override
    public long delayNanos(PacketContext packet) {
        return maxNanos;
    }

    @Override
    public long minNanos() {
        return maxNanos;
    }
}
