package io.tlem.fit;

import java.util.Arrays;
import org.apache.commons.statistics.distribution.NormalDistribution;

/** How values depend on those before them. */
final class Correlation {
    private static final NormalDistribution NORMAL = NormalDistribution.of(0, 1);

    private Correlation() {}

    /** Each value by its rank, as if they were normally distributed; equal values have the same. */
    static double[] scores(long[] values) {
        long[] sorted = values.clone();
        Arrays.sort(sorted);
        double[] scores = new double[values.length];
        for (int i = 0; i < values.length; i++) {
            int below = lower(sorted, values[i]);
            int to = lower(sorted, values[i] + 1);
            scores[i] = NORMAL.inverseCumulativeProbability((below + to) / 2.0 / values.length);
        }
        return scores;
    }

    /** How many of the sorted values are below one. */
    static int lower(long[] sorted, long value) {
        int low = 0;
        int high = sorted.length;
        while (low < high) {
            int middle = (low + high) >>> 1;
            if (sorted[middle] < value) {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        return low;
    }

    /** Of values with the ones so many places before them; 0 where all are the same. */
    static double of(double[] values, int lag) {
        int count = values.length;
        double mean = Arrays.stream(values).average().orElse(0);
        double variance = 0;
        double covariance = 0;
        for (int i = 0; i < count; i++) {
            double deviation = values[i] - mean;
            variance += deviation * deviation;
            covariance += i < lag ? 0 : deviation * (values[i - lag] - mean);
        }
        return variance <= 0 || count <= lag ? 0 : covariance / variance;
    }

    /** Of the normal scores of values with those before them. */
    static Estimate ofScores(long[] values) {
        double correlation = of(scores(values), 1);
        double error = values.length < 3 ? 1 : (1 - correlation * correlation) / Math.sqrt(values.length);
        return Estimate.around("correlation", correlation, error, Estimate.Unit.NUMBER);
    }
}
