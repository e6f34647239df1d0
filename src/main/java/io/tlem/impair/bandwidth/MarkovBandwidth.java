package io.tlem.impair.bandwidth;

import java.util.random.RandomGenerator;

/**
 * A rate that a Markov chain of two states modulates: it is RATE1 for a time of exponential distribution with mean MEAN1, then
 * RATE2, and so on; state 1 begins with the first packet. A time is {@code -ln(1 - u) mean}, rounded to whole nanoseconds,
 * one draw a change. Such times have no memory: where no packet has come for {@link #MOST_CHANGES} changes, the state and the rest of
 * its time are drawn as of any moment. A packet may span changes, see {@link VaryingBandwidth}.
 */
final class MarkovBandwidth extends VaryingBandwidth {
    /** Shortest mean time: a packet does not span many changes. */
    static final long MIN_MEAN_NANOS = 100_000;

    /** Most changes that are drawn at a packet for the time without one, on average. */
    private static final double MOST_CHANGES = 1e6;

    private final long bitsPerSecond1;
    private final long meanNanos1;
    private final long bitsPerSecond2;
    private final long meanNanos2;
    private final RandomGenerator random;
    private boolean second;

    MarkovBandwidth(
            long bitsPerSecond1, long meanNanos1, long bitsPerSecond2, long meanNanos2, RandomGenerator random) {
        this.bitsPerSecond1 = bitsPerSecond1;
        this.meanNanos1 = meanNanos1;
        this.bitsPerSecond2 = bitsPerSecond2;
        this.meanNanos2 = meanNanos2;
        this.random = random;
    }

    @Override
    void start(long nanos) {
        bitsPerSecond = bitsPerSecond1;
        stepEndNanos = nanos + draw(meanNanos1);
    }

    @Override
    void nextStep() {
        second = !second;
        bitsPerSecond = second ? bitsPerSecond2 : bitsPerSecond1;
        stepEndNanos += draw(second ? meanNanos2 : meanNanos1);
    }

    @Override
    void seek(long nanos) {
        double both = (double) meanNanos1 + meanNanos2;
        if ((nanos - stepEndNanos) / both > MOST_CHANGES / 2) {
            second = random.nextDouble() * both >= meanNanos1;
            bitsPerSecond = second ? bitsPerSecond2 : bitsPerSecond1;
            stepEndNanos = nanos + draw(second ? meanNanos2 : meanNanos1);
        }
        super.seek(nanos);
    }

    private long draw(long meanNanos) {
        return Math.round(-Math.log(1 - random.nextDouble()) * meanNanos);
    }

    @Override
    public long maxBitsPerSecond() {
        return Math.max(bitsPerSecond1, bitsPerSecond2);
    }
}
