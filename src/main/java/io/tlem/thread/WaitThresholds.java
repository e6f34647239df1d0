package io.tlem.thread;

/**
 * How a thread without work waits: it spins for {@code spinNanos}, then yields for {@code yieldNanos}, then sleeps
 * {@code sleepNanos} at a time. A stage that knows when it will have work is awake {@code spinNanos} before that, the time
 * that waking up takes on this machine allowed for, and spins the rest.
 *
 * @param spinNanos 0 or more
 * @param yieldNanos 0 or more
 * @param sleepNanos length of one sleep; 0 never sleeps
 */
public record WaitThresholds(long spinNanos, long yieldNanos, long sleepNanos) {
    /** Checks the ranges. */
    public WaitThresholds {
        if (spinNanos < 0 || yieldNanos < 0 || sleepNanos < 0) {
            throw new IllegalArgumentException("wait thresholds must not be negative");
        }
    }

    /** Whether others are let onto the CPU whenever there is no work. */
    boolean isShared() {
        return spinNanos == 0 && sleepNanos > 0;
    }

    /** Spins a little before it sleeps: for threads that each have a CPU. */
    public static final WaitThresholds SPINNING = new WaitThresholds(50_000, 50_000, 50_000);

    /** Never spins, because a spinning thread would keep another from its work. */
    public static final WaitThresholds SLEEPING = new WaitThresholds(0, 0, 50_000);
}
