package io.tlem.impair.random;

import java.util.SplittableRandom;
import java.util.random.RandomGenerator;

/**
 * Whether something happens, as netem decides it: when the probability, in units of 2^32 - 1, is not 0 and not below the next
 * correlated number (loss_event and netem_enqueue in sch_netem). With a correlation it does not happen with the probability,
 * because those numbers are not uniform. Used by one thread.
 */
public final class CorrelatedChance {
    private static final int TRIES = 1_000_000;
    private static final long LARGEST = 0xFFFF_FFFFL;

    private final long threshold;
    private final CorrelatedRandom random;

    /**
     * @param probability 0 to 1
     * @param correlation 0 to 1
     */
    public CorrelatedChance(double probability, double correlation, RandomGenerator random) {
        this.threshold = Math.round(probability * LARGEST);
        this.random = new CorrelatedRandom(correlation, random);
    }

    /** Whether it happens this time. */
    public boolean happens() {
        return threshold > 0 && threshold >= random.next();
    }

    /**
     * How often it happens of all times, which with a correlation is not the probability; as found by trying a million times,
     * always the same ones.
     */
    public static double frequency(double probability, double correlation) {
        CorrelatedChance chance = new CorrelatedChance(probability, correlation, new SplittableRandom(1));
        int happened = 0;
        for (int i = 0; i < TRIES; i++) {
            happened += chance.happens() ? 1 : 0;
        }
        return happened / (double) TRIES;
    }
}
