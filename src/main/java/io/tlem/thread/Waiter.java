package io.tlem.thread;

import io.tlem.os.SystemThreads;

/** Waits as {@link WaitThresholds} says. Used by one thread, on the monotonic clock. */
final class Waiter {
    /** Longest sleep, so that a request to stop, or for statistics, is seen soon. */
    private static final long MAX_SLEEP_NANOS = 1_000_000;

    /** A sleep shorter than this costs more than spinning through it. */
    private static final long MIN_SLEEP_NANOS = 2_000;

    /** A wake-up that takes longer is no property of the machine but a pause of it. */
    private static final long MAX_WAKE_NANOS = 150_000;

    private final WaitThresholds thresholds;
    private long wakeNanos; // what a wake-up takes, as far as is known
    private boolean idle;
    private long idleSinceNanos;

    Waiter(WaitThresholds thresholds) {
        this.thresholds = thresholds;
    }

    /** There was work. */
    void reset() {
        idle = false;
    }

    /** There was none; {@code dueNanos} says when there will be. */
    @SuppressWarnings("ThreadPriorityCheck") // yielding is what is asked for
    void await(long dueNanos) {
        long now = System.nanoTime();
        if (!idle) {
            idle = true;
            idleSinceNanos = now;
        }
        if (dueNanos != Stage.UNKNOWN) {
            awaitDue(dueNanos - margin() - now, now);
            return;
        }
        long idleNanos = now - idleSinceNanos - thresholds.spinNanos();
        if (idleNanos < 0) {
            Thread.onSpinWait();
        } else if (idleNanos < thresholds.yieldNanos() || thresholds.sleepNanos() == 0) {
            Thread.yield();
        } else {
            SystemThreads.sleepUntil(now + Math.min(thresholds.sleepNanos(), MAX_SLEEP_NANOS));
        }
    }

    /** How long before work is due a sleep is to end; whoever does not spin takes what the system's timers give. */
    private long margin() {
        return thresholds.spinNanos() == 0 ? 0 : thresholds.spinNanos() + wakeNanos;
    }

    private void awaitDue(long sleepNanos, long now) {
        if (sleepNanos < MIN_SLEEP_NANOS || thresholds.sleepNanos() == 0) {
            Thread.onSpinWait();
        } else {
            long end = now + Math.min(sleepNanos, MAX_SLEEP_NANOS);
            SystemThreads.sleepUntil(end);
            learn(System.nanoTime() - end);
        }
    }

    /** Follows what most wake-ups take: fast upwards, slowly down. */
    private void learn(long lateNanos) {
        long difference = Math.min(lateNanos, MAX_WAKE_NANOS) - wakeNanos;
        wakeNanos += difference > 0 ? difference / 4 : difference / 32;
    }
}
