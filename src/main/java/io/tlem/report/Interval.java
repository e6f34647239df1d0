package io.tlem.report;

import io.tlem.impair.DelayModel;
import java.util.Arrays;

/**
 * Where a measured quantity lies with a confidence of 99 %.
 *
 * @param low end
 * @param high end, not below
 */
record Interval(double low, double high) {
    /** Standard deviations from the mean within which 99 % of a normal distribution lie. */
    private static final double DEVIATIONS = 2.5758;

    /** Of 1 % of samples the distance to the distribution that they are drawn from is larger than this over the root of their number. */
    private static final double KOLMOGOROV = 1.6276;

    private static final int BISECTIONS = 50;

    boolean contains(double value) {
        return low <= value && value <= high;
    }

    /** The same, longer at both ends. */
    Interval widened(double by) {
        return new Interval(low - by, high + by);
    }

    /** Of a mean with a standard error. */
    static Interval around(double mean, double error) {
        return new Interval(mean - DEVIATIONS * error, mean + DEVIATIONS * error);
    }

    /**
     * Of a probability by what happened (Wilson).
     *
     * @param share of the trials in which it did
     * @param trials how many independent ones they are worth, above 0
     */
    static Interval ofShare(double share, double trials) {
        double z2 = DEVIATIONS * DEVIATIONS;
        double centre = (share + z2 / (2 * trials)) / (1 + z2 / trials);
        double half =
                DEVIATIONS / (1 + z2 / trials) * Math.sqrt(share * (1 - share) / trials + z2 / (4 * trials * trials));
        return new Interval(Math.max(0, centre - half), Math.min(1, centre + half));
    }

    /**
     * Of the median of a distribution by its samples, whatever distribution that is.
     *
     * @param sorted values, at least one
     * @param worth how many independent ones they are worth
     */
    static Interval ofMedian(long[] sorted, double worth) {
        double half = DEVIATIONS / 2 / Math.sqrt(worth);
        int last = sorted.length - 1;
        int low = (int) Math.clamp(Math.floor((0.5 - half) * sorted.length) - 1, 0, last);
        int high = (int) Math.clamp(Math.ceil((0.5 + half) * sorted.length), 0, last);
        return new Interval(sorted[low], sorted[high]);
    }

    /**
     * How many independent values these are worth, of which each may depend on the one before.
     *
     * @param values in the order in which they came
     */
    static double worth(long[] values) {
        int count = values.length;
        if (count < 3) {
            return Math.max(1, count);
        }
        double mean = Arrays.stream(values).average().orElse(0);
        double variance = 0;
        double covariance = 0;
        for (int i = 0; i < count; i++) {
            double deviation = values[i] - mean;
            variance += deviation * deviation;
            covariance += i == 0 ? 0 : deviation * (values[i - 1] - mean);
        }
        double correlation = variance == 0 ? 0 : Math.clamp(covariance / variance, 0, 0.9999);
        return Math.max(1, count * (1 - correlation) / (1 + correlation));
    }

    /**
     * The largest distance between the distribution of samples and that of a model (Kolmogorov and Smirnov). Values of which
     * many are the same are no harm.
     *
     * @param sorted values, at least one
     * @param model that says its quantiles
     */
    static double distance(long[] sorted, DelayModel model) {
        double distance = 0;
        int count = sorted.length;
        for (int first = 0; first < count; ) {
            int end = first + 1;
            while (end < count && sorted[end] == sorted[first]) {
                end++;
            }
            distance = Math.max(distance, Math.abs((double) end / count - part(model, sorted[first])));
            distance = Math.max(distance, Math.abs((double) first / count - part(model, sorted[first] - 1)));
            first = end;
        }
        return distance;
    }

    /** The part of a model's delays that do not exceed one. */
    private static double part(DelayModel model, long nanos) {
        if (model.quantileNanos(1) <= nanos) {
            return 1;
        }
        double low = 0;
        double high = 1;
        if (model.quantileNanos(0) > nanos) {
            return 0;
        }
        for (int i = 0; i < BISECTIONS; i++) {
            double middle = (low + high) / 2;
            if (model.quantileNanos(middle) <= nanos) {
                low = middle;
            } else {
                high = middle;
            }
        }
        return low;
    }

    /** The largest {@link #distance} that so many independent samples of a model have, but for 1 % of such samples. */
    static double largestDistance(double worth) {
        double root = Math.sqrt(worth);
        return KOLMOGOROV / (root + 0.12 + 0.11 / root); // Stephens
    }
}
