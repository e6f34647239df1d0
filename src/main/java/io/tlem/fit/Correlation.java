package io.tlem.fit;

import java.util.Arrays;
import org.apache.commons.statistics.distribution.NormalDistribution;

/** How values depend on those before them. */
final class Correlation {
    private static final NormalDistribution NORMAL = NormalDistribution.of(0, 1);

    private Correlation() {}

    /** Each value by its rank, as if they were normally distributed; equal values have the same. */
    private static double[] scores(double[] values) {
        DelayCurve curve = DelayCurve.of(values, new boolean[values.length]);
        return Arrays.stream(values)
                .map(value -> NORMAL.inverseCumulativeProbability(curve.middle(value)))
                .toArray();
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
    static Estimate ofScores(double[] values) {
        double correlation = of(scores(values), 1);
        double error = values.length < 3 ? 1 : (1 - correlation * correlation) / Math.sqrt(values.length);
        return Estimate.around("correlation", correlation, error, Estimate.Unit.NUMBER);
    }
}
