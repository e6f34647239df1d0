package io.tlem.fit;

import java.util.Arrays;

/**
 * The rate of a link's bottleneck. Given a rate, it follows from arrivals and lengths when each packet has left the bottleneck:
 * {@code t = max(t', arrival) + 8 (length + overhead) / rate}. What packets take from then on does not depend on the queue any more
 * when the rate is the right one; so the right one is where these times scatter least.
 *
 * @param bitsPerSecond 0 for no limit
 * @param overheadBytes of a frame, that count besides
 * @param estimate of the rate
 */
record RateFit(double bitsPerSecond, int overheadBytes, Estimate estimate) {
    private static final int ETHERNET_OVERHEAD_BYTES = 24;
    private static final double BIT_NANOS = 8e9; // of a byte at a bit a second
    private static final double HIGHEST = 2e11;
    private static final double STEP = 1.12;
    private static final int MOST_LOOKED_AT = 2048; // for medians
    private static final int NARROWING = 45;
    private static final int ROUGHLY = 24;
    private static final int LONGEST_WINDOW = 256; // packets
    private static final int WINDOW_STEP = 16;
    private static final int COMMON_PART = 10; // of the windows, one in so many
    private static final double[] NEAR = {1.01, 1.0005, 1.00001};
    private static final double GOLDEN = (Math.sqrt(5) - 1) / 2;
    private static final double OUTLIERS = 8; // deviations of the median
    private static final double TO_DEVIATION = 1.4826;
    private static final double LEAST_GAIN = 0.01;
    private static final double LEAST_LIKELIHOOD = 40;
    private static final int LEAST_PACKETS = 50;

    static final RateFit NONE = new RateFit(0, 0, Estimate.around("rate", 0, 0, Estimate.Unit.BITS_PER_SECOND));

    /** Times behind the bottleneck of packets that got through, with rates tried out. */
    private static final class Trial {
        final Passage passage;
        final int[] survivors;
        final double[] rest;
        boolean[] counted; // null for all

        Trial(Passage passage) {
            this.passage = passage;
            this.survivors = passage.survivors();
            this.rest = new double[survivors.length];
        }

        /** Fills in what is left of each packet's time behind the bottleneck. */
        void at(double rate, int overhead) {
            behind(passage, survivors, rate, overhead, rest);
        }

        double median() {
            return middle(sample(rest));
        }

        /** Of some of them, median distance from the median. */
        double scatter() {
            double[] sample = sample(rest);
            double median = middle(sample);
            for (int i = 0; i < sample.length; i++) {
                sample[i] = Math.abs(sample[i] - median);
            }
            // The mean of the smaller nine tenths: with a median alone a half that does not scatter would hide the
            // other.
            Arrays.sort(sample);
            return Arrays.stream(sample, 0, sample.length * 9 / 10).average().orElse(0);
        }

        /** Sum of squares of those that count. */
        double squares(double rate, int overhead) {
            at(rate, overhead);
            double sum = 0;
            int count = 0;
            for (int i = 0; i < rest.length; i++) {
                if (counted == null || counted[i]) {
                    sum += rest[i];
                    count++;
                }
            }
            double mean = sum / count;
            double squares = 0;
            for (int i = 0; i < rest.length; i++) {
                if (counted == null || counted[i]) {
                    squares += (rest[i] - mean) * (rest[i] - mean);
                }
            }
            return squares;
        }

        /** Those that are far from all others do not count from now on. */
        void countInliers() {
            double median = median();
            double reach = OUTLIERS * Math.max(TO_DEVIATION * deviation(median), (double) passage.tickNanos());
            counted = new boolean[rest.length];
            for (int i = 0; i < rest.length; i++) {
                counted[i] = Math.abs(rest[i] - median) <= reach;
            }
        }

        private double deviation(double median) {
            double[] sample = sample(rest);
            for (int i = 0; i < sample.length; i++) {
                sample[i] = Math.abs(sample[i] - median);
            }
            return middle(sample);
        }

        int inliers() {
            int count = 0;
            for (boolean one : counted) {
                count += one ? 1 : 0;
            }
            return count;
        }
    }

    private static double[] sample(double[] values) {
        int step = Math.max(1, values.length / MOST_LOOKED_AT);
        double[] sample = new double[(values.length + step - 1) / step];
        for (int i = 0; i < sample.length; i++) {
            sample[i] = values[i * step];
        }
        return sample;
    }

    private static double middle(double[] values) {
        double[] sorted = values.clone();
        Arrays.sort(sorted);
        return sorted[sorted.length / 2];
    }

    /** What is left of the time of each packet that got through, when it has left a bottleneck of this rate; 0 is no bottleneck. */
    static void behind(Passage passage, int[] survivors, double rate, int overhead, double[] rest) {
        long[] in = passage.in();
        long[] out = passage.out();
        int[] bytes = passage.bytes();
        long start = in[0];
        double perByte = rate == 0 ? 0 : BIT_NANOS / rate;
        double free = 0;
        for (int i = 0; i < survivors.length; i++) {
            int packet = survivors[i];
            free = Math.max(free, (double) (in[packet] - start)) + (bytes[packet] + overhead) * perByte;
            rest[i] = out[packet] - start - free;
        }
    }

    /** @param passage by one clock */
    static RateFit of(Passage passage) {
        Trial trial = new Trial(passage);
        int count = trial.survivors.length;
        if (count < LEAST_PACKETS) {
            return NONE;
        }
        trial.at(0, 0);
        double freely = trial.scatter();
        RateFit best = NONE;
        double bestSquares = Double.MAX_VALUE;
        for (int overhead : new int[] {0, ETHERNET_OVERHEAD_BYTES}) {
            double rate = search(trial, overhead, freely);
            if (rate == 0) {
                continue;
            }
            trial.at(rate, overhead);
            trial.countInliers();
            double squares = trial.squares(rate, overhead);
            double chance = (double) passage.tickNanos() * passage.tickNanos() / 4 * count;
            if (squares < bestSquares - chance && isWorthIt(trial, squares)) {
                bestSquares = squares;
                best = new RateFit(rate, overhead, estimate(trial, rate, overhead, squares));
            }
        }
        return best;
    }

    /** The rate with which times scatter least, or 0. */
    private static double search(Trial trial, int overhead, double freely) {
        Passage passage = trial.passage;
        long bytes = 0;
        for (int packet : trial.survivors) {
            bytes += passage.bytes()[packet] + overhead;
        }
        double span = Math.max(1.0, (double) (passage.in()[passage.count() - 1] - passage.in()[0]));
        double lowest = Math.max(8, bytes * BIT_NANOS / span / 3);
        double best = 0;
        double least = freely;
        for (double rate = lowest; rate < Math.max(HIGHEST, 4 * lowest); rate *= STEP) {
            trial.at(rate, overhead);
            double scatter = trial.scatter();
            if (scatter < least) {
                least = scatter;
                best = rate;
            }
        }
        // A link that is always busy tells its rate so sharply that no step would find it; what leaves it has that
        // rate.
        trial.counted = null;
        if (best > 0) {
            best = narrow(trial, overhead, best / STEP, best * STEP, true);
            least = value(trial, overhead, best, true);
        }
        for (int packets = 1; packets <= LONGEST_WINDOW; packets *= WINDOW_STEP) {
            double rate = commonest(passage, trial.survivors, overhead, packets);
            if (rate >= lowest) {
                double found = nearest(trial, overhead, rate, true);
                double scatter = value(trial, overhead, found, true);
                if (scatter < least) {
                    least = scatter;
                    best = found;
                }
            }
        }
        if (best == 0) {
            return 0;
        }
        // Then without what is far from all others.
        trial.at(best, overhead);
        trial.countInliers();
        return nearest(trial, overhead, best, false);
    }

    /** The best one near a rate: how near it is is not known, and farther away are worse tops. */
    private static double nearest(Trial trial, int overhead, double rate, boolean robust) {
        double best = rate;
        double least = value(trial, overhead, rate, robust);
        for (double reach : NEAR) {
            double found = narrow(trial, overhead, best / reach, best * reach, robust);
            double value = value(trial, overhead, found, robust);
            if (value < least) {
                least = value;
                best = found;
            }
        }
        return best;
    }

    /** The rate at which so many packets in a row left most often: the middle of the shortest interval with a part of all rates. */
    private static double commonest(Passage passage, int[] survivors, int overhead, int packets) {
        int count = (survivors.length - 1) / Math.max(1, packets / 4);
        double[] rates = new double[Math.max(0, count)];
        int found = 0;
        long sum = 0;
        int from = 0;
        for (int i = 1; i < survivors.length; i++) {
            sum += passage.bytes()[survivors[i]] + overhead;
            if (i - from > packets) {
                from++;
                sum -= passage.bytes()[survivors[from]] + overhead;
            }
            long span = passage.out()[survivors[i]] - passage.out()[survivors[from]];
            if (i - from == packets && i % Math.max(1, packets / 4) == 0 && span > 0 && found < rates.length) {
                rates[found++] = sum * BIT_NANOS / span;
            }
        }
        int part = Math.max(3, found / COMMON_PART);
        if (found < 2 * part) {
            return 0;
        }
        double[] sorted = Arrays.copyOf(rates, found);
        Arrays.sort(sorted);
        int best = 0;
        for (int i = 0; i + part < found; i++) {
            if (sorted[i + part] / sorted[i] < sorted[best + part] / sorted[best]) {
                best = i;
            }
        }
        return sorted[best + part / 2];
    }

    private static double narrow(Trial trial, int overhead, double from, double to, boolean robust) {
        double low = from;
        double high = to;
        double lower = high - GOLDEN * (high - low);
        double upper = low + GOLDEN * (high - low);
        double atLower = value(trial, overhead, lower, robust);
        double atUpper = value(trial, overhead, upper, robust);
        for (int i = 0; i < (robust ? ROUGHLY : NARROWING) && high - low > 1e-12 * high; i++) {
            if (atLower <= atUpper) {
                high = upper;
                upper = lower;
                atUpper = atLower;
                lower = high - GOLDEN * (high - low);
                atLower = value(trial, overhead, lower, robust);
            } else {
                low = lower;
                lower = upper;
                atLower = atUpper;
                upper = low + GOLDEN * (high - low);
                atUpper = value(trial, overhead, upper, robust);
            }
        }
        return (low + high) / 2;
    }

    private static double value(Trial trial, int overhead, double rate, boolean robust) {
        if (!robust) {
            return trial.squares(rate, overhead);
        }
        trial.at(rate, overhead);
        return trial.scatter();
    }

    /** Whether times scatter so much less than without a limit that chance does not explain it. */
    private static boolean isWorthIt(Trial trial, double squares) {
        int count = trial.inliers();
        Passage passage = trial.passage;
        double rounding = (double) passage.tickNanos() * passage.tickNanos() / 12 * count;
        double dependence = dependence(trial);
        double without = trial.squares(0, 0);
        double ratio = (without + rounding) / (squares + rounding);
        return ratio > 1 + LEAST_GAIN + 3 * waited(passage, trial.survivors)
                && count / dependence * Math.log(ratio) > LEAST_LIKELIHOOD;
    }

    /** The part of the packets that left at the same time as the one ahead. */
    static double waited(Passage passage, int[] survivors) {
        int waited = 0;
        long together = passage.togetherNanos();
        for (int i = 1; i < survivors.length; i++) {
            waited += passage.leftTogether(survivors[i - 1], survivors[i], together)
                            && passage.in()[survivors[i]] != passage.in()[survivors[i - 1]]
                    ? 1
                    : 0;
        }
        return (double) waited / survivors.length;
    }

    /** How many packets in a row are worth one, as what is left of their times depends on those before. */
    private static double dependence(Trial trial) {
        double[] counting = new double[trial.inliers()];
        int next = 0;
        for (int i = 0; i < trial.rest.length; i++) {
            if (trial.counted[i]) {
                counting[next++] = trial.rest[i];
            }
        }
        double correlation = Math.clamp(Correlation.of(counting, 1), 0, 0.999);
        return (1 + correlation) / (1 - correlation);
    }

    /** By least squares: from how much what is left changes with the rate. */
    private static Estimate estimate(Trial trial, double rate, int overhead, double squares) {
        double change = 1e-6;
        trial.at(rate, overhead);
        double dependence = dependence(trial);
        int count = trial.inliers();
        double[] above = new double[trial.rest.length];
        double[] below = new double[trial.rest.length];
        behind(trial.passage, trial.survivors, rate * (1 + change), overhead, above);
        behind(trial.passage, trial.survivors, rate * (1 - change), overhead, below);
        double mean = 0;
        for (int i = 0; i < above.length; i++) {
            above[i] = (above[i] - below[i]) / (2 * change * rate);
            mean += trial.counted[i] ? above[i] / count : 0;
        }
        double slopes = 0;
        for (int i = 0; i < above.length; i++) {
            slopes += trial.counted[i] ? (above[i] - mean) * (above[i] - mean) : 0;
        }
        double tick = trial.passage.tickNanos();
        double variance = (squares / count + tick * tick) * dependence;
        double error = slopes == 0 ? rate : Math.sqrt(variance / slopes);
        return Estimate.around("rate", rate, error, Estimate.Unit.BITS_PER_SECOND);
    }

    /** How much the mean time behind the bottleneck may be wrong, as the rate may be; ns. */
    double blur(Passage passage) {
        if (!isLimited()) {
            return 0;
        }
        int[] survivors = passage.survivors();
        double[] above = new double[survivors.length];
        double[] below = new double[survivors.length];
        behind(passage, survivors, estimate.high(), overheadBytes, above);
        behind(passage, survivors, Math.max(estimate.value() / 2, estimate.low()), overheadBytes, below);
        return (Arrays.stream(above).average().orElse(0)
                        - Arrays.stream(below).average().orElse(0))
                / 2;
    }

    boolean isLimited() {
        return bitsPerSecond > 0;
    }
}
