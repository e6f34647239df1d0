package io.tlem.port.packet;

/**
 * Turns the kernel's receive times, which are of the real-time clock, into arrival times on the monotonic clock.
 *
 * <p>The distance of the two clocks is measured once a batch, because the real-time clock may be set at any moment. An
 * arrival time is never later than now and never earlier than the one before; a time more than a second away from now
 * says that the clock was set in between, or that the time is something else, and now is used instead.
 */
final class ArrivalClock {
    /** Source of the two clocks, another one in tests. */
    interface Clocks {
        /** The real-time clock in nanoseconds. */
        long realTimeNanos();

        /** The monotonic clock in nanoseconds. */
        long monotonicNanos();
    }

    private static final long MAX_DISTANCE_NANOS = 1_000_000_000L;

    /** A measurement that took longer was interrupted, and is only taken when the last good one is old. */
    private static final long GOOD_MEASUREMENT_NANOS = 5_000;

    private static final long OLD_MEASUREMENT_NANOS = 100_000_000L;

    private static final int CALIBRATION_ATTEMPTS = 20_000;
    private static final int STALE_ATTEMPTS = 10;

    private final Clocks clocks;
    private long monotonicMinusRealTime;
    private long measuredNanos = Long.MIN_VALUE / 2;
    private long tookNanos;
    private long nowNanos;
    private long lastNanos = Long.MIN_VALUE;

    ArrivalClock(Clocks clocks) {
        this.clocks = clocks;
    }

    /** From now on nothing has arrived before this time. */
    void notBefore(long monotonicNanos) {
        lastNanos = Math.max(lastNanos, monotonicNanos);
    }

    /** Compares the two clocks until it has done so without an interruption, and the code has been compiled. */
    void calibrate() {
        narrowest(CALIBRATION_ATTEMPTS, 0);
    }

    /** Starts a batch. */
    void startBatch(long now) {
        nowNanos = now;
        if (!measure(GOOD_MEASUREMENT_NANOS) && now - measuredNanos > OLD_MEASUREMENT_NANOS) {
            narrowest(STALE_ATTEMPTS, GOOD_MEASUREMENT_NANOS);
        }
    }

    /** Keeps the measurement that took the least time, and is content with one that took no more than enough. */
    private void narrowest(int attempts, long enoughNanos) {
        long best = Long.MAX_VALUE;
        for (int i = 0; i < attempts && best > enoughNanos; i++) {
            measure(best - 1);
            best = Math.min(best, tookNanos);
        }
    }

    /** Measures, and keeps the result when that took no longer than the limit: half of it is the possible error. */
    private boolean measure(long limitNanos) {
        long before = clocks.monotonicNanos();
        long realTime = clocks.realTimeNanos();
        long after = clocks.monotonicNanos();
        tookNanos = after - before;
        if (tookNanos > limitNanos) {
            return false;
        }
        monotonicMinusRealTime = before + tookNanos / 2 - realTime;
        measuredNanos = after;
        return true;
    }

    /** Arrival time of the batch's next packet, from its time on the real-time clock. */
    long arrival(long realTimeNanos) {
        long now = nowNanos;
        long arrival = realTimeNanos + monotonicMinusRealTime;
        if (Math.abs(arrival - now) > MAX_DISTANCE_NANOS || arrival > now) {
            arrival = now;
        }
        if (arrival < lastNanos) {
            arrival = lastNanos;
        }
        lastNanos = arrival;
        return arrival;
    }
}
