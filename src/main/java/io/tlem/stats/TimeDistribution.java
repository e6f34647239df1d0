package io.tlem.stats;

import java.util.Arrays;
import org.HdrHistogram.Histogram;
import org.HdrHistogram.HistogramIterationValue;

/** How some times in ns are distributed. It never changes; any number of threads may read it at once. */
public final class TimeDistribution {
    private final TimeHistogram times; // its own, and no thread calls what writes, as Histogram.getMean() does
    private final double mean;

    private TimeDistribution(TimeHistogram own) {
        times = own;
        mean = own.getMean();
    }

    /** Of the times that are in a histogram now. */
    public static TimeDistribution of(TimeHistogram histogram) {
        return new TimeDistribution(histogram.trimmed());
    }

    /** How many times there are. */
    public long getTotalCount() {
        return times.getTotalCount();
    }

    /** The smallest; 0 of none. */
    public long getMinValue() {
        return times.getMinValue();
    }

    /** The largest; 0 of none. */
    public long getMaxValue() {
        return times.getMaxValue();
    }

    /** Their mean; 0 of none. */
    public double getMean() {
        return mean;
    }

    /** What so many percent do not exceed; 0 of none. */
    public long getValueAtPercentile(double percentile) {
        return times.getValueAtPercentile(percentile);
    }

    /** Takes a range of times. */
    @FunctionalInterface
    public interface Visitor {
        /**
         * So many times are in a range.
         *
         * @param nanos the largest time of it, and at most a thousandth above each
         * @param count above 0
         */
        void times(long nanos, long count);
    }

    /** Shows all times, ranges of them from the smallest to the largest. */
    public void visit(Visitor visitor) {
        for (HistogramIterationValue value : times.recordedValues()) {
            visitor.times(value.getValueIteratedTo(), value.getCountAtValueIteratedTo());
        }
    }

    /**
     * How many times are in each of some ranges.
     *
     * @param bounds where the ranges end, ns, from the smallest to the largest; the last range ends nowhere
     */
    public long[] counts(long[] bounds) {
        long[] counts = new long[bounds.length + 1];
        visit((nanos, count) -> {
            int place = Arrays.binarySearch(bounds, nanos);
            counts[place < 0 ? -place - 1 : place] += count;
        });
        return counts;
    }

    /** Adds the times to a histogram that holds as long ones. */
    public void addTo(Histogram sum) {
        sum.add(times);
    }
}
