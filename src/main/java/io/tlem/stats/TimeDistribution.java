package io.tlem.stats;

import org.HdrHistogram.Histogram;

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

    /** Adds the times to a histogram that holds as long ones. */
    public void addTo(Histogram sum) {
        sum.add(times);
    }
}
