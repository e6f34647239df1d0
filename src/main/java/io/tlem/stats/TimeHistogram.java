package io.tlem.stats;

import org.HdrHistogram.AbstractHistogram;
import org.HdrHistogram.Histogram;

/**
 * A histogram of times in ns that knows the true smallest and largest of them, and not only the edges of the ranges they
 * fall in. What it says lies between the two.
 */
public final class TimeHistogram extends Histogram {
    private static final int SIGNIFICANT_DIGITS = 3;
    private static final long serialVersionUID = 1L;

    private long least = Long.MAX_VALUE;
    private long most = Long.MIN_VALUE;

    /** Empty. */
    public TimeHistogram() {
        this(LatencyRecorder.MAX_NANOS);
    }

    private TimeHistogram(long longest) {
        super(1, longest, SIGNIFICANT_DIGITS);
    }

    /** A copy that has no room for longer times, and takes little. */
    TimeHistogram trimmed() {
        TimeHistogram trimmed = new TimeHistogram(Math.max(2, getMaxValue()));
        trimmed.add(this);
        return trimmed;
    }

    @Override
    public void recordValue(long nanos) {
        super.recordValue(nanos);
        include(nanos, nanos);
    }

    @Override
    public void recordValueWithCount(long nanos, long count) {
        super.recordValueWithCount(nanos, count);
        include(nanos, nanos);
    }

    private void include(long smallest, long largest) {
        least = Math.min(least, smallest);
        most = Math.max(most, largest);
    }

    @Override
    public void add(AbstractHistogram other) {
        long leastBefore = least;
        long mostBefore = most;
        super.add(other); // which may record the ranges' edges, where the two are not of one size
        least = leastBefore;
        most = mostBefore;
        if (other.getTotalCount() > 0) {
            include(other.getMinValue(), other.getMaxValue());
        }
    }

    @Override
    public TimeHistogram copy() {
        TimeHistogram copy = new TimeHistogram();
        copy.add(this);
        return copy;
    }

    @Override
    public void reset() {
        super.reset();
        least = Long.MAX_VALUE;
        most = Long.MIN_VALUE;
    }

    @Override
    public long getMinValue() {
        return getTotalCount() == 0 ? 0 : least;
    }

    @Override
    public long getMaxValue() {
        return getTotalCount() == 0 ? 0 : most;
    }

    @Override
    public long getValueAtPercentile(double percentile) {
        return getTotalCount() == 0 ? 0 : Math.clamp(super.getValueAtPercentile(percentile), least, most);
    }

    @Override
    public double getMean() {
        return getTotalCount() == 0 ? 0 : Math.clamp(super.getMean(), (double) least, (double) most);
    }
}
