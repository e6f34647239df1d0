package io.tlem.fit;

import io.tlem.impair.Annotator;
import io.tlem.impair.DuplicateModel;
import io.tlem.impair.Fate;
import io.tlem.impair.LinkModels;
import io.tlem.impair.PacketContext;
import io.tlem.impair.RandomStreams;
import io.tlem.impair.Role;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * Sends the packets that entered a network through the models that were found of it, and compares what leaves.
 *
 * @param measured as captured
 * @param simulated by the models
 * @param distance between the distributions of the times from entering to leaving (KS)
 * @param largestDistance that 1 % of pairs of samples of one distribution exceed
 */
record FitCheck(Passage measured, Passage simulated, double distance, double largestDistance) {
    /** Bursts of losses that are told apart, by their lengths. */
    static final int BURSTS = 12;

    /** Lags of the autocorrelation. */
    static final int LAGS = 20;

    private static final long SEED = 1;
    private static final int MOST_BYTES = 1 << 19;

    /**
     * Compares.
     *
     * @param models with all files named as they are found from here
     */
    static FitCheck of(Passage measured, Map<Role, String> models) {
        Passage simulated = through(models, measured, SEED);
        double[] before = doubles(delays(measured));
        double[] after = doubles(delays(simulated));
        double worth = 1 / (1 / worth(before) + 1 / worth(after));
        Arrays.sort(before);
        Arrays.sort(after);
        return new FitCheck(
                measured,
                simulated,
                before.length == 0 || after.length == 0 ? 1 : distance(before, after, measured.tickNanos()),
                DelayFamily.largestDistance(worth));
    }

    /** What a link does to packets, by its models. */
    static Passage through(Map<Role, String> models, Passage packets, long seed) {
        Annotator annotator = new Annotator(LinkModels.of(models, new RandomStreams(seed, 0)));
        int count = packets.count();
        long[] out = new long[count];
        long[] again = new long[count];
        Arrays.fill(again, Passage.LOST);
        PacketContext packet = new PacketContext();
        long start = packets.in()[0];
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment memory = arena.allocate(MOST_BYTES);
            for (int i = 0; i < count; i++) {
                packet.reset(memory, 0, packets.bytes()[i], packets.in()[i] - start);
                Fate fate = annotator.decide(packet);
                boolean left = fate == Fate.FORWARD || fate == Fate.OVERTAKE;
                out[i] = left ? packet.releaseNanos() + start : Passage.LOST;
                if (fate == Fate.OVERTAKE && packet.duplicateNanos() != DuplicateModel.NONE) {
                    again[i] = packet.duplicateNanos() + start;
                }
            }
        }
        return new Passage(packets.in(), out, packets.bytes(), again, packets.tickNanos());
    }

    /** Of the packets that left, in the order in which they entered. */
    static long[] delays(Passage passage) {
        int[] survivors = passage.survivors();
        long[] delays = new long[survivors.length];
        for (int i = 0; i < delays.length; i++) {
            delays[i] = passage.out()[survivors[i]] - passage.in()[survivors[i]];
        }
        return delays;
    }

    private static double worth(double[] delays) {
        double correlation = Math.clamp(Correlation.of(delays, 1), 0, 0.999);
        return Math.max(2, delays.length * (1 - correlation) / (1 + correlation));
    }

    static double[] doubles(long[] values) {
        return Arrays.stream(values).asDoubleStream().toArray();
    }

    /** Of sorted values; those as close as the clock can tell are the same. */
    private static double distance(double[] a, double[] b, long tick) {
        double distance = 0;
        for (double[] values : List.of(a, b)) {
            for (int i = 0; i < values.length; i += Math.max(1, values.length / 10_000)) {
                double above = apart(a, b, values[i], tick);
                double below = apart(b, a, values[i], tick);
                distance = Math.max(distance, Math.max(above, below));
            }
        }
        return distance;
    }

    /** How much more of one is not above a value than of the other is not above one a little larger. */
    private static double apart(double[] a, double[] b, double value, long tick) {
        return (double) DelayCurve.lower(a, value + 1) / a.length
                - (double) DelayCurve.lower(b, value + 1 + 2 * tick) / b.length;
    }

    boolean holds() {
        return distance <= largestDistance;
    }

    private static LossSequence losses(Passage passage) {
        LossSequence sequence = new LossSequence();
        for (int i = 0; i < passage.count(); i++) {
            sequence.add(passage.isLost(i) ? LossSequence.Fate.LOST : LossSequence.Fate.KEPT);
        }
        return sequence;
    }

    /** Bursts of losses by their lengths, as measured and as simulated. */
    List<long[]> bursts() {
        return List.of(losses(measured).bursts(BURSTS), losses(simulated).bursts(BURSTS));
    }

    /** Autocorrelation of the times from entering to leaving, from lag 1 on, as measured and as simulated. */
    List<double[]> autocorrelation() {
        List<double[]> both = new ArrayList<>();
        for (Passage passage : List.of(measured, simulated)) {
            double[] delays = doubles(delays(passage));
            double[] lags = new double[LAGS];
            for (int lag = 1; lag <= LAGS; lag++) {
                lags[lag - 1] = Correlation.of(delays, lag);
            }
            both.add(lags);
        }
        return both;
    }

    /** For people. */
    List<String> summary() {
        int count = measured.count();
        return List.of(
                "simulated    KS distance of the times through the link " + String.format(Locale.ROOT, "%.4f", distance)
                        + (holds() ? ", within the " : ", more than the ")
                        + String.format(Locale.ROOT, "%.4f", largestDistance) + " that chance explains; lost "
                        + Digits.percent(1 - (double) simulated.received() / count) + " for "
                        + Digits.percent(1 - (double) measured.received() / count) + "; reordered "
                        + Digits.percent((double) simulated.reordered() / Math.max(1, simulated.received())) + " for "
                        + Digits.percent((double) measured.reordered() / Math.max(1, measured.received())),
                "bursts       " + Arrays.toString(bursts().get(0)) + " of 1, 2, ... packets; simulated "
                        + Arrays.toString(bursts().get(1)),
                "memory       autocorrelation of the times, measured and simulated: "
                        + String.format(
                                Locale.ROOT,
                                "lag 1 %.3f and %.3f, lag 10 %.3f and %.3f",
                                autocorrelation().get(0)[0],
                                autocorrelation().get(1)[0],
                                autocorrelation().get(0)[9],
                                autocorrelation().get(1)[9]));
    }
}
