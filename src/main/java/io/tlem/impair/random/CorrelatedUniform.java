package io.tlem.impair.random;

import java.util.random.RandomGenerator;
import org.apache.commons.statistics.distribution.NormalDistribution;

/**
 * Random bits for a {@link QuantileTable} of which each draw is correlated with the one before, while the distribution that
 * the table draws from stays what it is: a Gaussian copula. {@code z = rho z' + sqrt(1 - rho^2) N(0, 1)} is normal again, so
 * its probability {@code Phi(z)} is uniform (NORTA; Cario and Nelson 1997). rho is the correlation of the normal scores z, at
 * a lag of k draws rho^k; that of what is drawn is a little smaller. Used by one thread.
 */
public final class CorrelatedUniform implements RandomGenerator {
    private static final double STEPS_PER_UNIT = 512;
    private static final double LARGEST = 6.5; // beyond is less than the table's tail
    private static final double[] SURVIVAL = new double[(int) (LARGEST * STEPS_PER_UNIT) + 2];

    static {
        NormalDistribution normal = NormalDistribution.of(0, 1);
        for (int i = 0; i < SURVIVAL.length; i++) {
            SURVIVAL[i] = normal.survivalProbability(i / STEPS_PER_UNIT);
        }
    }

    private final RandomGenerator random;
    private final double rho;
    private final double innovation;
    private double score;

    /** @param rho 0 to 1 */
    public CorrelatedUniform(double rho, RandomGenerator random) {
        this.random = random;
        this.rho = rho;
        this.innovation = Math.sqrt(1 - rho * rho);
        this.score = random.nextGaussian();
    }

    /** The side of the median, then the probability of being farther from it: what a {@link QuantileTable} takes. */
    @Override
    public long nextLong() {
        score = rho * score + innovation * random.nextGaussian();
        double place = Math.min(Math.abs(score), LARGEST) * STEPS_PER_UNIT;
        int step = (int) place;
        double tail = SURVIVAL[step] + (place - step) * (SURVIVAL[step + 1] - SURVIVAL[step]);
        long bits = Math.min((long) (tail * 0x1p64), Long.MAX_VALUE);
        return score < 0 ? bits : bits | Long.MIN_VALUE;
    }
}
