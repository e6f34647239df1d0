package io.tlem.impair.random;

import java.util.random.RandomGenerator;

/**
 * netem's correlated random numbers: each is an average of a new one and the one before, {@code x = ((2^32 - r) v + r x') /
 * 2^32} with {@code r = 2^32 rho}. As in netem the average of uniform numbers is not uniform: the larger the correlation, the
 * rarer are small and large values. Used by one thread.
 */
public final class CorrelatedRandom {
    private static final long MASK = 0xFFFF_FFFFL;

    private final RandomGenerator random;
    private final long rho;
    private long last;

    /** @param correlation 0 to 1 */
    public CorrelatedRandom(double correlation, RandomGenerator random) {
        this.random = random;
        this.rho = Math.round(correlation * MASK);
        this.last = random.nextLong() & MASK;
    }

    /** The next number, 0 to 2^32 - 1. */
    public long next() {
        long value = random.nextLong() >>> 32;
        if (rho == 0) {
            return value;
        }
        // Both products are below 2^64; their sum may not be, but its high word is what is wanted.
        long a = value * ((1L << 32) - rho);
        long b = last * rho;
        long sum = a + b;
        last = (sum >>> 32) + (Long.compareUnsigned(sum, a) < 0 ? 1L << 32 : 0);
        return last;
    }
}
