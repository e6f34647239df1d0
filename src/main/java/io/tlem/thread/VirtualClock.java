package io.tlem.thread;

/** A clock that stands until it is moved. Used by one thread. */
public final class VirtualClock implements NanoClock {
    private long nanos;

    /** @param startNanos what it shows at first */
    public VirtualClock(long startNanos) {
        this.nanos = startNanos;
    }

    @Override
    public long nanoTime() {
        return nanos;
    }

    /** Moves it on; a time in the past leaves it where it is. */
    public void advanceTo(long laterNanos) {
        nanos = Math.max(nanos, laterNanos);
    }
}
