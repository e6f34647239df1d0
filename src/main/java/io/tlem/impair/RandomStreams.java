package io.tlem.impair;

import java.util.random.RandomGenerator;
import java.util.random.RandomGeneratorFactory;

/**
 * A random generator for each model, seeded from (seed, direction, model name, how often models were changed), so that a run can be repeated exactly
 * and adding one model does not shift the draws of another.
 */
public final class RandomStreams {
    private static final String ALGORITHM = "Xoshiro256PlusPlus";

    private final long seed;
    private final int direction;
    private final long generation;

    /**
     * @param seed the run's seed, any value
     * @param direction 0 for A to B, 1 for B to A
     */
    public RandomStreams(long seed, int direction) {
        this(seed, direction, 0);
    }

    /** @param generation of the models: 0 for those at the start, and one more with each change */
    public RandomStreams(long seed, int direction, long generation) {
        this.seed = seed;
        this.direction = direction;
        this.generation = generation;
    }

    /** Of the models: 0 for those at the start, and one more with each change. */
    public long generation() {
        return generation;
    }

    /** The generator of the model of that name. The same name gives the same sequence. */
    public RandomGenerator stream(String modelName) {
        long hash = 0xcbf2_9ce4_8422_2325L; // FNV-1a, 64 bits
        for (int i = 0; i < modelName.length(); i++) {
            hash = (hash ^ modelName.charAt(i)) * 0x0000_0100_0000_01b3L;
        }
        return RandomGeneratorFactory.<RandomGenerator>of(ALGORITHM)
                .create(mix(mix(mix(seed) + direction + 2 * generation) ^ hash));
    }

    /** The finaliser of SplitMix64 (Steele, Lea, Flood 2014): neighbouring seeds give unrelated values. */
    private static long mix(long z) {
        long x = z + 0x9e37_79b9_7f4a_7c15L;
        x = (x ^ (x >>> 30)) * 0xbf58_476d_1ce4_e5b9L;
        x = (x ^ (x >>> 27)) * 0x94d0_49bb_1331_11ebL;
        return x ^ (x >>> 31);
    }
}
