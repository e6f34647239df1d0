package io.tlem.stats;

import java.time.Instant;
import java.util.List;

/**
 * What a link has done until some moment. It never changes, and every reader gets the same one.
 *
 * @param number of samples before it
 * @param time of the system's clock
 * @param elapsedNanos since the link started
 * @param spanNanos since the sample before, above 0
 * @param span what each direction did since the sample before
 * @param total what each direction did since the start
 * @param last whether the link has ended
 */
public record Sample(
        long number,
        Instant time,
        long elapsedNanos,
        long spanNanos,
        List<DirectionSample> span,
        List<DirectionSample> total,
        boolean last) {
    /** Copies the lists. */
    public Sample {
        span = List.copyOf(span);
        total = List.copyOf(total);
    }

    /** Seconds since the link started. */
    public double elapsedSeconds() {
        return elapsedNanos / 1e9;
    }
}
