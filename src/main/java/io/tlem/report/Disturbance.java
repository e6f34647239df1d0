package io.tlem.report;

import io.tlem.stats.Format;
import io.tlem.thread.HiccupMeter;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;

/**
 * A time in which packets left late.
 *
 * @param startNanos since the link was started
 * @param endNanos since then
 * @param lateNanos the most that a packet left after its time
 * @param heldNanos the most that the machine held a thread up meanwhile, 0 when it is not known to have done so
 */
record Disturbance(long startNanos, long endNanos, long lateNanos, long heldNanos) {
    private static final int MOST = 12;
    private static final long LEAST_NANOS = 1_000_000;

    /**
     * Those of a direction, the worst ones when there are many, in order of time.
     *
     * @param departures of the direction
     * @param startNanos when the link was started
     * @param delayNanos that packets have, of which lateness is a part
     * @param hiccups of the machine
     * @param timeline of stalls, a second each
     * @param way the direction's place in it
     */
    static List<Disturbance> of(
            Departures departures,
            long startNanos,
            double delayNanos,
            HiccupMeter.Hiccup[] hiccups,
            List<Timeline.Point> timeline,
            int way) {
        double limit = Math.max(LEAST_NANOS, Lateness.DOUBTFUL * delayNanos);
        List<Disturbance> all = new ArrayList<>();
        for (int first = 0; first < departures.slots(); first++) {
            if (departures.lateNanos[first] <= limit) {
                continue;
            }
            int end = first;
            long late = 0;
            while (end < departures.slots() && departures.lateNanos[end] > limit) {
                late = Math.max(late, departures.lateNanos[end]);
                end++;
            }
            long from = departures.originNanos - startNanos + first * departures.slotNanos;
            long to = departures.originNanos - startNanos + end * departures.slotNanos;
            all.add(new Disturbance(from, to, late, held(from, to, startNanos, hiccups, timeline, way)));
            first = end;
        }
        return all.stream()
                .sorted(Comparator.comparingLong(Disturbance::lateNanos).reversed())
                .limit(MOST)
                .sorted(Comparator.comparingLong(Disturbance::startNanos))
                .toList();
    }

    private static long held(
            long from, long to, long startNanos, HiccupMeter.Hiccup[] hiccups, List<Timeline.Point> timeline, int way) {
        long most = 0;
        for (HiccupMeter.Hiccup hiccup : hiccups) {
            long start = hiccup.startNanos() - startNanos;
            if (start < to && start + hiccup.nanos() > from) {
                most = Math.max(most, hiccup.nanos());
            }
        }
        for (Timeline.Point point : timeline) {
            if (point.endNanos() - point.spanNanos() < to && point.endNanos() > from) {
                most = Math.max(most, point.ways().get(way).stallNanos());
            }
        }
        return most;
    }

    /** Whether the machine explains most of it. */
    boolean isOfTheMachine() {
        return heldNanos > lateNanos / 2;
    }

    /** In a line. */
    String line() {
        return String.format(
                Locale.ROOT,
                "%.2f to %.2f s: packets left up to %s late%s",
                startNanos / 1e9,
                endNanos / 1e9,
                Format.nanos(lateNanos),
                isOfTheMachine()
                        ? "; the machine held a thread up for " + Format.nanos(heldNanos)
                        : "; nothing that is known of the machine explains it");
    }
}
