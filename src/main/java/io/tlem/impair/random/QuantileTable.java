package io.tlem.impair.random;

import java.util.function.DoubleUnaryOperator;
import java.util.random.RandomGenerator;

/**
 * Draws from a distribution by a table of its quantiles, with linear interpolation between them: one random number and two
 * neighbouring entries a draw. The table is finer towards both tails: each half of the distribution is divided into octaves,
 * [1/4, 1/2), [1/8, 1/4), ... to 2^-33, and each octave into 256 cells. What lies beyond is drawn as the last octave is.
 */
public final class QuantileTable {
    /** Smallest probability of either tail that the table resolves. */
    public static final double TAIL = 0x1p-33;

    private static final int OCTAVES = 32;
    private static final int CELL_BITS = 8;
    private static final int CELLS = 1 << CELL_BITS;
    private static final int FRACTION_BITS = 20;

    private final long[] lower = new long[OCTAVES * CELLS + 1]; // quantiles from TAIL to 1/2
    private final long[] upper = new long[OCTAVES * CELLS + 1]; // and of the other side
    private final long min;
    private final long max;

    /**
     * Tabulates.
     *
     * @param quantile of a probability from {@link #TAIL} to 1/2: the value that is not exceeded with it
     * @param upperQuantile of a probability in the same range: the value that is exceeded with it
     * @param min values below are raised to it
     * @param max values above are lowered to it; {@code max - min} is below 2^43
     */
    public QuantileTable(DoubleUnaryOperator quantile, DoubleUnaryOperator upperQuantile, long min, long max) {
        if (max < min || max - min >= 1L << (63 - FRACTION_BITS)) {
            throw new IllegalArgumentException("from " + min + " to " + max);
        }
        for (int i = 0; i < lower.length; i++) {
            double probability = probability(i);
            lower[i] = Math.round(Math.clamp(quantile.applyAsDouble(probability), (double) min, (double) max));
            upper[i] = Math.round(Math.clamp(upperQuantile.applyAsDouble(probability), (double) min, (double) max));
        }
        this.min = lower[0];
        this.max = upper[0];
    }

    /** Probability of an entry. */
    private static double probability(int entry) {
        int octave = OCTAVES - 1 - entry / CELLS;
        return Math.scalb(1 + entry % CELLS / (double) CELLS, -octave - 2);
    }

    /** Draws a value. */
    public long next(RandomGenerator random) {
        long bits = random.nextLong();
        long[] half = bits < 0 ? upper : lower;
        long fraction = bits << 1;
        int octave = Math.min(Long.numberOfLeadingZeros(fraction), OCTAVES - 1);
        long inOctave = fraction << (octave + 1);
        int entry = (OCTAVES - 1 - octave) * CELLS + (int) (inOctave >>> (64 - CELL_BITS));
        long inCell = (inOctave << CELL_BITS) >>> (64 - FRACTION_BITS);
        long from = half[entry];
        return from + (((half[entry + 1] - from) * inCell) >> FRACTION_BITS);
    }

    /**
     * The value that so large a part of those drawn do not exceed.
     *
     * @param part 0 to 1
     */
    public long quantile(double part) {
        long[] half = part > 0.5 ? upper : lower;
        double tail = Math.max(TAIL, Math.min(part, 1 - part));
        int octave = Math.min(-Math.getExponent(tail) - 2, OCTAVES - 1); // -1 for a half
        if (octave < 0) {
            return half[half.length - 1];
        }
        double place = (Math.scalb(tail, octave + 2) - 1) * CELLS;
        int cell = (int) Math.min(place, CELLS - 1);
        int entry = (OCTAVES - 1 - octave) * CELLS + cell;
        return Math.round(half[entry] + (place - cell) * (half[entry + 1] - half[entry]));
    }

    /** Smallest value drawn. */
    public long min() {
        return min;
    }

    /** Largest value drawn. */
    public long max() {
        return max;
    }
}
