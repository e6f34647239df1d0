package io.tlem.report;

import io.tlem.stats.TimeDistribution;
import io.tlem.stats.TimeHistogram;

/** How many bits pass in each window of a length, from the first to the last that is whole. Used by one thread. */
final class WindowRates {
    private final long windowNanos;
    private final TimeHistogram rates = new TimeHistogram(); // bit/s
    private long window = Long.MIN_VALUE;
    private boolean whole; // not the one in which the first packet came
    private double bits;

    WindowRates(long windowNanos) {
        this.windowNanos = windowNanos;
    }

    /** So many pass, at a time not before the last one. */
    void add(long nanos, long more) {
        long in = Math.floorDiv(nanos, windowNanos);
        if (in != window) {
            end(in);
        }
        bits += more;
    }

    private void end(long next) {
        if (whole) {
            rates.recordValue(Math.round(bits * 1e9 / windowNanos));
            if (next > window + 1) {
                rates.recordValueWithCount(0, next - window - 1);
            }
        } else if (window != Long.MIN_VALUE && next > window + 1) {
            rates.recordValueWithCount(0, next - window - 1);
        }
        whole = window != Long.MIN_VALUE;
        window = next;
        bits = 0;
    }

    /** Bit/s of the windows; the one that is not over does not count. */
    TimeDistribution rates() {
        return TimeDistribution.of(rates);
    }
}
