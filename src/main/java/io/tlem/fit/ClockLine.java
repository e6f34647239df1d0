package io.tlem.fit;

import java.util.Arrays;

/**
 * How much faster or slower the clock of the second capture runs. The time of the captures is divided, and through the least
 * delays of all parts goes a line, or through their medians, whichever scatter less; its slope is the median of the slopes
 * between all pairs (Theil 1950, Sen 1968).
 *
 * @param drift what the delays grow by, of the time
 * @param error standard error of that
 * @param removed whether it is a clock's, and was removed
 */
record ClockLine(double drift, double error, boolean removed) {
    /** No clock of a computer that works runs farther wrong. */
    static final double LARGEST = 500e-6;

    private static final int PARTS = 32;
    private static final int LEAST_PACKETS = 4 * PARTS;
    private static final double CERTAIN = 4.5; // standard errors
    private static final double TO_DEVIATION = 1.4826;

    static ClockLine of(Passage passage) {
        int[] survivors = passage.survivors();
        if (survivors.length < LEAST_PACKETS) {
            return new ClockLine(0, 0, false);
        }
        double[] times = new double[PARTS];
        double[] least = new double[PARTS];
        double[] medians = new double[PARTS];
        long start = passage.in()[0];
        for (int part = 0; part < PARTS; part++) {
            int from = (int) ((long) part * survivors.length / PARTS);
            int to = (int) ((part + 1L) * survivors.length / PARTS);
            long[] delays = new long[to - from];
            for (int i = from; i < to; i++) {
                delays[i - from] = passage.out()[survivors[i]] - passage.in()[survivors[i]];
            }
            Arrays.sort(delays);
            least[part] = delays[0];
            medians[part] = delays[delays.length / 2];
            times[part] = (passage.in()[survivors[(from + to) / 2]] - start);
        }
        ClockLine byLeast = line(times, least);
        ClockLine byMedians = line(times, medians);
        ClockLine line = byLeast.error < byMedians.error ? byLeast : byMedians;
        double whole = Math.abs(line.drift) * (passage.in()[passage.count() - 1] - start);
        boolean certain = Math.abs(line.drift) > CERTAIN * line.error && whole > 2.0 * passage.tickNanos();
        return new ClockLine(line.drift, line.error, certain && Math.abs(line.drift) <= LARGEST);
    }

    private static ClockLine line(double[] xs, double[] ys) {
        int n = xs.length;
        double[] slopes = new double[n * (n - 1) / 2];
        int count = 0;
        for (int i = 0; i < n; i++) {
            for (int j = 0; j < i; j++) {
                slopes[count++] = xs[i] == xs[j] ? 0 : (ys[i] - ys[j]) / (xs[i] - xs[j]);
            }
        }
        double slope = median(slopes);
        double mean = Arrays.stream(xs).average().orElse(0);
        double squares = 0;
        double[] rest = new double[n];
        for (int i = 0; i < n; i++) {
            rest[i] = ys[i] - slope * xs[i];
            squares += (xs[i] - mean) * (xs[i] - mean);
        }
        double middle = median(rest.clone());
        for (int i = 0; i < n; i++) {
            rest[i] = Math.abs(rest[i] - middle);
        }
        double deviation = Math.max(0.5, TO_DEVIATION * median(rest));
        return new ClockLine(slope, squares == 0 ? Double.MAX_VALUE : 1.1 * deviation / Math.sqrt(squares), false);
    }

    private static double median(double[] values) {
        Arrays.sort(values);
        int half = values.length / 2;
        return values.length % 2 == 1 ? values[half] : (values[half - 1] + values[half]) / 2;
    }

    /** The packets by the first capture's clock, if the drift is to be removed, and with an offset subtracted. */
    Passage correct(Passage passage, long offsetNanos) {
        // By the time of leaving alone, so that what left together still does.
        double slope = removed ? drift / (1 + drift) : 0;
        return passage.withOut(
                corrected(passage.out(), passage.out()[0], slope, offsetNanos),
                corrected(passage.again(), passage.out()[0], slope, offsetNanos));
    }

    private static long[] corrected(long[] times, long start, double slope, long offsetNanos) {
        long[] corrected = times.clone();
        for (int i = 0; i < corrected.length; i++) {
            if (corrected[i] != Passage.LOST) {
                corrected[i] -= offsetNanos + Math.round(slope * (corrected[i] - start));
            }
        }
        return corrected;
    }
}
