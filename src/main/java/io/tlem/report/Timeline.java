package io.tlem.report;

import io.tlem.stats.Counter;
import io.tlem.stats.DirectionSample;
import io.tlem.stats.DropReason;
import io.tlem.stats.Sample;
import io.tlem.stats.StageTimes;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;

/** What a run did over time: a point a second, later on one every two, four, ... seconds. Used by one thread. */
final class Timeline {
    private static final int MOST = 1024;

    /**
     * What a direction did in a span of time.
     *
     * @param receivedBytes in it
     * @param sentBytes in it
     * @param drops packets, by reason
     * @param latenessNanos 99th percentile; the largest of several spans
     * @param latestNanos the most
     * @param stallNanos the longest of a thread
     */
    record Way(
            long receivedBytes,
            long sentBytes,
            Map<DropReason, Long> drops,
            long latenessNanos,
            long latestNanos,
            long stallNanos) {
        static Way of(DirectionSample span) {
            Map<DropReason, Long> drops = new EnumMap<>(DropReason.class);
            for (DropReason reason : DropReason.values()) {
                drops.put(reason, span.delta().dropped(reason).packets());
            }
            return new Way(
                    span.delta().get(Counter.RECEIVED_BYTES),
                    span.delta().get(Counter.TRANSMITTED_BYTES),
                    drops,
                    span.lateness().getValueAtPercentile(99),
                    span.lateness().getMaxValue(),
                    span.stages().stream()
                            .mapToLong(StageTimes::longestStallNanos)
                            .max()
                            .orElse(0));
        }

        Way plus(Way later) {
            Map<DropReason, Long> sum = new EnumMap<>(drops);
            later.drops.forEach((reason, packets) -> sum.merge(reason, packets, Long::sum));
            return new Way(
                    receivedBytes + later.receivedBytes,
                    sentBytes + later.sentBytes,
                    sum,
                    Math.max(latenessNanos, later.latenessNanos),
                    Math.max(latestNanos, later.latestNanos),
                    Math.max(stallNanos, later.stallNanos));
        }
    }

    /**
     * A span of time.
     *
     * @param endNanos since the start
     * @param spanNanos how long it is
     * @param ways what each direction did
     */
    record Point(long endNanos, long spanNanos, List<Way> ways) {
        Point plus(Point later) {
            List<Way> sums = new ArrayList<>();
            for (int i = 0; i < ways.size(); i++) {
                sums.add(ways.get(i).plus(later.ways.get(i)));
            }
            return new Point(later.endNanos, spanNanos + later.spanNanos, sums);
        }
    }

    private List<Point> points = new ArrayList<>();
    private int together = 1; // spans that become a point
    private int waiting; // of which so many are in the last one

    void add(Sample sample) {
        if (sample.spanNanos() < 1_000_000 && !points.isEmpty()) { // the rest at the end
            Point last = points.removeLast();
            points.add(last.plus(point(sample)));
            return;
        }
        if (waiting > 0) {
            Point last = points.removeLast();
            points.add(last.plus(point(sample)));
        } else {
            points.add(point(sample));
        }
        waiting = (waiting + 1) % together;
        if (points.size() == MOST && waiting == 0) {
            List<Point> half = new ArrayList<>();
            for (int i = 0; i < MOST; i += 2) {
                half.add(points.get(i).plus(points.get(i + 1)));
            }
            points = half;
            together *= 2;
        }
    }

    private static Point point(Sample sample) {
        return new Point(
                sample.elapsedNanos(),
                sample.spanNanos(),
                sample.span().stream().map(Way::of).toList());
    }

    List<Point> points() {
        return List.copyOf(points);
    }
}
