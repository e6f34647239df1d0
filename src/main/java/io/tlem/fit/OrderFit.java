package io.tlem.fit;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * How packets overtake each other behind the bottleneck.
 *
 * @param kind what it looks like
 * @param reordered packets that left behind one that had entered later (RFC 4737)
 * @param extent most packets by which one came late
 * @param apart of each packet that got through, whether it is one of the few that were held, or sent early
 * @param estimates of the model's parameters
 */
@SuppressWarnings("ArrayRecordComponent") // which nobody compares
record OrderFit(Kind kind, int reordered, int extent, boolean[] apart, List<Estimate> estimates) {
    private static final double CLEAR = 0.9; // of those that are apart
    private static final int LEAST_APART = 5;
    private static final double WIDER = 1.5; // the scatter of those apart may be, than of the others

    enum Kind {
        /** Packets keep their order. */
        KEPT,
        /** A few are held for a time, while others pass. */
        HELD,
        /** A few are sent without delay. */
        EARLY,
        /** Each has its own delay, whatever is ahead. */
        FREE
    }

    /**
     * Looks at the packets that got through.
     *
     * @param rest of each, its time behind the bottleneck, ns
     * @param out when each left
     * @param tick what times are multiples of, ns
     */
    static OrderFit of(double[] rest, long[] out, long tick) {
        int count = out.length;
        int reordered = 0;
        long least = Long.MAX_VALUE;
        for (int i = count - 1; i >= 0; i--) {
            reordered += out[i] > least ? 1 : 0;
            least = Math.min(least, out[i]);
        }
        if (reordered == 0) {
            return new OrderFit(Kind.KEPT, 0, 0, new boolean[count], List.of());
        }
        int extent = extent(out);
        boolean[] odd = outOfOrder(out);
        double[] those = picked(rest, odd, true);
        double[] others = picked(rest, odd, false);
        if (those.length >= LEAST_APART && others.length > those.length) {
            double middle = at(others, 0.5);
            boolean together =
                    at(those, 0.75) - at(those, 0.25) <= WIDER * (at(others, 0.75) - at(others, 0.25)) + 2.0 * tick;
            double between = (at(those, 0.5) + middle) / 2;
            if (together && share(those, at(others, 0.95)) >= CLEAR) {
                return held(rest, between, reordered, extent, tick);
            }
            if (together && share(those, at(others, 0.05)) <= 1 - CLEAR) {
                List<OrderFit> early = early(rest, between, reordered, extent, tick);
                if (!early.isEmpty()) {
                    return early.getFirst();
                }
            }
        }
        return new OrderFit(Kind.FREE, reordered, extent, new boolean[count], List.of());
    }

    private static OrderFit held(double[] rest, double between, int reordered, int extent, long tick) {
        boolean[] apart = new boolean[rest.length];
        for (int i = 0; i < rest.length; i++) {
            apart[i] = rest[i] > between;
        }
        double[] those = picked(rest, apart, true);
        double[] others = picked(rest, apart, false);
        double time = at(those, 0.5) - at(others, 0.5);
        double error = Math.hypot(medianError(those), medianError(others));
        double reach = Estimate.DEVIATIONS * error + 2.0 * tick;
        return new OrderFit(
                Kind.HELD,
                reordered,
                extent,
                apart,
                List.of(
                        Estimate.ofShare("reorder p", those.length, rest.length),
                        new Estimate("reorder t", time, time - reach, time + reach, Estimate.Unit.NANOS)));
    }

    /** netem's: of every n packets the last may be sent early, and each behind it until one is. */
    private static List<OrderFit> early(double[] rest, double between, int reordered, int extent, long tick) {
        boolean[] apart = new boolean[rest.length];
        int last = -1;
        int gap = Integer.MAX_VALUE;
        int early = 0;
        for (int i = 0; i < rest.length; i++) {
            apart[i] = rest[i] <= between;
            if (apart[i]) {
                early++;
                gap = Math.min(gap, i - last); // from the first packet on it counts as behind one
                last = i;
            }
        }
        double[] those = picked(rest, apart, true);
        double[] others = picked(rest, apart, false);
        boolean atOnce = Math.abs(at(those, 0.5)) <= 0.02 * Math.abs(at(others, 0.5)) + 2.0 * tick;
        if (!atOnce || early < LEAST_APART) {
            return List.of();
        }
        int candidates = 0;
        int since = 0;
        for (boolean one : apart) {
            candidates += since >= gap - 1 ? 1 : 0;
            since = one ? 0 : since + 1;
        }
        return List.of(new OrderFit(
                Kind.EARLY,
                reordered,
                extent,
                apart,
                List.of(
                        new Estimate("reorder n", gap, gap, gap, Estimate.Unit.NUMBER),
                        Estimate.ofShare("reorder p", early, candidates))));
    }

    /** Standard error of a median, by how far apart the values around it are. */
    private static double medianError(double[] sorted) {
        double half = 1 / Math.sqrt(sorted.length) / 2;
        return (at(sorted, Math.min(1, 0.5 + half)) - at(sorted, Math.max(0, 0.5 - half))) / 2;
    }

    private static double at(double[] sorted, double part) {
        return sorted[(int) Math.min(sorted.length - 1.0, part * sorted.length)];
    }

    /** The part of the values above one. */
    private static double share(double[] sorted, double value) {
        return 1 - (double) DelayCurve.lower(sorted, Math.nextUp(value)) / sorted.length;
    }

    private static double[] picked(double[] values, boolean[] which, boolean wanted) {
        double[] picked = new double[values.length];
        int count = 0;
        for (int i = 0; i < values.length; i++) {
            if (which[i] == wanted) {
                picked[count++] = values[i];
            }
        }
        double[] all = Arrays.copyOf(picked, count);
        Arrays.sort(all);
        return all;
    }

    /** The least packets without which all others are in order: all but a longest sequence that does not decrease. */
    private static boolean[] outOfOrder(long[] out) {
        int[] ends = new int[out.length]; // last packet of the best sequence of each length
        int[] before = new int[out.length];
        int length = 0;
        for (int i = 0; i < out.length; i++) {
            int low = 0;
            int high = length;
            while (low < high) {
                int middle = (low + high) >>> 1;
                if (out[ends[middle]] <= out[i]) {
                    low = middle + 1;
                } else {
                    high = middle;
                }
            }
            before[i] = low == 0 ? -1 : ends[low - 1];
            ends[low] = i;
            length = Math.max(length, low + 1);
        }
        boolean[] odd = new boolean[out.length];
        Arrays.fill(odd, true);
        for (int i = ends[length - 1]; i >= 0; i = before[i]) {
            odd[i] = false;
        }
        return odd;
    }

    /** Most packets that left before one and had entered behind it. */
    private static int extent(long[] out) {
        // In the order of leaving, the numbers; a packet's extent is how far back the first larger number is (RFC 4737,
        // 4.2.2).
        List<Integer> order = new ArrayList<>(out.length);
        for (int i = 0; i < out.length; i++) {
            order.add(i);
        }
        order.sort((a, b) -> out[a] != out[b] ? Long.compare(out[a], out[b]) : Integer.compare(a, b));
        int[] records = new int[out.length]; // places of those with a larger number than all before
        int count = 0;
        int most = 0;
        for (int place = 0; place < order.size(); place++) {
            int number = order.get(place);
            if (count == 0 || number > order.get(records[count - 1])) {
                records[count++] = place;
                continue;
            }
            int low = 0;
            int high = count - 1;
            while (low < high) {
                int middle = (low + high) >>> 1;
                if (order.get(records[middle]) > number) {
                    high = middle;
                } else {
                    low = middle + 1;
                }
            }
            most = Math.max(most, place - records[low]);
        }
        return most;
    }
}
