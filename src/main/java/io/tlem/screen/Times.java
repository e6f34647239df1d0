package io.tlem.screen;

import io.tlem.control.Message;

/**
 * How long something took, ns.
 *
 * @param count of values; the others are 0 without any
 * @param mean of all
 * @param p50 of which half are above, and so on
 * @param max the longest
 */
record Times(long count, double mean, long p50, long p90, long p99, long p999, long max) {
    static final Times NONE = new Times(0, 0, 0, 0, 0, 0, 0);

    static Times of(Message times) {
        long count = number(times, "count");
        return count == 0
                ? NONE
                : new Times(
                        count,
                        times.decimal("mean").orElse(0),
                        number(times, "p50"),
                        number(times, "p90"),
                        number(times, "p99"),
                        number(times, "p99.9"),
                        number(times, "max"));
    }

    private static long number(Message times, String key) {
        return times.number(key).orElse(0);
    }

    /** Both together: of percentiles, which cannot be added, the worse one. */
    Times with(Times other) {
        long all = count + other.count;
        return all == 0
                ? NONE
                : new Times(
                        all,
                        (mean * count + other.mean * other.count) / all,
                        Math.max(p50, other.p50),
                        Math.max(p90, other.p90),
                        Math.max(p99, other.p99),
                        Math.max(p999, other.p999),
                        Math.max(max, other.max));
    }
}
