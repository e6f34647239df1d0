package io.tlem.impair.loss;

import static org.junit.jupiter.api.Assertions.assertTrue;

/** Pearson's chi-square test of counts against a distribution. */
record ChiSquare(double statistic, int degreesOfFreedom, long total) {
    private static final double MIN_EXPECTED = 20;
    private static final double Z = 3.0902; // of the standard normal distribution, exceeded with 0.1 %
    private static final double MAX_EFFECT = 0.03;

    /**
     * Compares. Neighbouring cells are merged until each is expected to count 20 or more.
     *
     * @param probabilities of the cells, 1 together
     */
    static ChiSquare of(long[] counts, double[] probabilities) {
        long total = 0;
        for (long count : counts) {
            total += count;
        }
        double statistic = 0;
        int cells = 0;
        double observed = 0;
        double expected = 0;
        double expectedLeft = total;
        for (int i = 0; i < counts.length; i++) {
            observed += counts[i];
            expected += total * probabilities[i];
            expectedLeft -= total * probabilities[i];
            // What is left must make a cell of its own, or belongs to this one.
            if (i == counts.length - 1 || (expected >= MIN_EXPECTED && expectedLeft >= MIN_EXPECTED)) {
                statistic += (observed - expected) * (observed - expected) / expected;
                cells++;
                observed = 0;
                expected = 0;
            }
        }
        return new ChiSquare(statistic, cells - 1, total);
    }

    /** What the statistic exceeds with 0.1 % when the distribution is right (Wilson and Hilferty 1931). */
    double critical() {
        double variance = 2.0 / (9 * degreesOfFreedom);
        return degreesOfFreedom * Math.pow(1 - variance + Z * Math.sqrt(variance), 3);
    }

    /**
     * Cohen's w without what chance alone is expected to add to the statistic: how far apart the distributions are, whatever
     * the number of counts.
     */
    double effect() {
        return Math.sqrt(Math.max(0, statistic - degreesOfFreedom) / total);
    }

    /** Fails when the counts are not of the distribution. */
    void assertFits(String what) {
        String found = what + ": " + this + ", critical " + critical() + ", effect " + effect();
        assertTrue(degreesOfFreedom >= 1, found);
        assertTrue(statistic < critical(), found);
        assertTrue(effect() < MAX_EFFECT, found);
    }
}
