package io.tlem.impair;

/** A delay from which another is subtracted, down to 0: what the way through the emulator and its ports adds (TLEM's -O). */
record OffsetDelay(DelayModel delay, DelayModel offset) implements DelayModel {
    @Override
    public long delayNanos(PacketContext packet) {
        return Math.max(0, delay.delayNanos(packet) - offset.delayNanos(packet));
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
