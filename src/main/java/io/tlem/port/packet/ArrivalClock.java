package io.tlem.port.packet;

import java.util.function.LongSupplier;

/**
 * Turns the kernel's receive times, which are of the real-time clock, into arrival times on the monotonic clock, never
 * before the true one.
 *
 * <p>The distance of the two clocks is a constant until the real-time clock is set: both run at the same speed. Each
 * comparison, one a batch, gives bounds for it, and what all of them allow soon is some ten nanoseconds wide. The upper
 * bound is used: the lower one would make packets early. A comparison that contradicts the others says that the clock
 * was set; the stamps of the packets that are there then may be of before or after, and now is used instead, as it is
 * for a time that is later than now or more than a second ago.
 *
 * <p>Batches are converted when the last of their packets has been found: then the comparison has seen every setting of
 * the clock that their stamps have.
 */
final class ArrivalClock {
    private static final long MAX_AGE_NANOS = 1_000_000_000L;

    /** Bounds that miss each other by less do not say that the clock was set: CPUs may differ a little. */
    private static final long TOLERANCE_NANOS = 200;

    private static final int CALIBRATIONS = 20_000;

    private final LongSupplier realTime;

    // Bounds of the monotonic time minus the real time.
    private long least = Long.MIN_VALUE;
    private long most = Long.MAX_VALUE;
    private long comparedNanos;
    private boolean stampsAreOfOneSetting = true;
    private long lastNanos = Long.MIN_VALUE;

    /** @param realTime the real-time clock in nanoseconds */
    ArrivalClock(LongSupplier realTime) {
        this.realTime = realTime;
    }

    /** Compares the two clocks until it has surely done so without an interruption, and the code has been compiled. */
    void calibrate(LongSupplier clock) {
        for (int i = 0; i < CALIBRATIONS; i++) {
            compare(clock);
        }
    }

    /** False when the real-time clock was set since the last comparison. */
    private boolean compare(LongSupplier clock) {
        long before = clock.getAsLong();
        long stamp = realTime.getAsLong();
        comparedNanos = clock.getAsLong();
        long lower = before - stamp;
        long upper = comparedNanos - stamp;
        if (lower <= most && upper >= least) {
            least = Math.max(least, lower);
            most = Math.min(most, upper);
            return true;
        }
        boolean near = lower - TOLERANCE_NANOS <= most && upper + TOLERANCE_NANOS >= least;
        least = lower;
        most = upper;
        return near;
    }

    /** From now on nothing has arrived before this time. */
    void notBefore(long monotonicNanos) {
        lastNanos = Math.max(lastNanos, monotonicNanos);
    }

    /** No later arrival time is before this. */
    long horizonNanos() {
        return lastNanos;
    }

    /**
     * Converts the times of a batch's packets, after the last of them was found.
     *
     * @param times on the real-time clock; become arrival times, none later than now or earlier than the one before
     */
    void convert(long[] times, int first, int end, LongSupplier clock) {
        if (!compare(clock)) {
            stampsAreOfOneSetting = false;
        }
        long now = comparedNanos;
        long offset = most;
        long oldest = now - MAX_AGE_NANOS - offset;
        long newest = stampsAreOfOneSetting ? now - offset : Long.MIN_VALUE;
        long last = lastNanos;
        for (int i = first; i < end; i++) {
            long time = times[i];
            last = Math.max(last, time >= oldest && time <= newest ? time + offset : now);
            times[i] = last;
        }
        lastNanos = last;
    }

    /** Tells that at this time, before which the clocks were compared for all that was there, nothing more was there. */
    void seenEmpty(long monotonicNanos) {
        notBefore(monotonicNanos); // whatever comes next was not there yet, whatever its time stamp says
        stampsAreOfOneSetting = true;
    }
}
