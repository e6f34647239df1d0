package io.tlem.report;

import io.tlem.stats.DirectionSample;
import io.tlem.stats.TimeDistribution;
import io.tlem.stats.TimeHistogram;
import io.tlem.stats.Traffic;
import io.tlem.thread.HiccupMeter;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * What is known of a run that has ended, of which its numbers and pages are made.
 *
 * @param directions A to B first, where it is there
 * @param points what happened over time
 * @param hiccups of the machine, ns, while the link ran; empty where the clock was a virtual one
 * @param changes of the link while it ran, a line each
 * @param traffic that was generated or received
 */
record Facts(
        List<DirectionFacts> directions,
        List<Timeline.Point> points,
        TimeDistribution hiccups,
        List<String> changes,
        Traffic traffic) {
    /**
     * Makes it.
     *
     * @param watched by the names of directions
     * @param longHiccups of which the times are known
     */
    static Facts of(
            RunEnd end,
            Map<String, Watched> watched,
            Timeline timeline,
            TimeHistogram hiccups,
            HiccupMeter.Hiccup[] longHiccups) {
        List<DirectionFacts> directions = new ArrayList<>();
        List<Timeline.Point> points = timeline.points();
        TimeDistribution times = TimeDistribution.of(hiccups);
        List<Watched.Line> changes = new ArrayList<>();
        for (int way = 0; way < end.last().total().size(); way++) {
            DirectionSample total = end.last().total().get(way);
            String label = DirectionFacts.label(total.total().name());
            Watched of = watched.get(total.total().name());
            Departures departures = of == null ? new Departures() : of.departures();
            List<Decisions> sets = of == null ? List.of() : of.sets();
            if (of != null) {
                changes.addAll(of.changes(label, end.startNanos()));
            }
            directions.add(new DirectionFacts(
                    total,
                    Math.max(1e-9, end.last().elapsedSeconds()),
                    departures,
                    sets,
                    new Judge(label, total, departures).findings(sets, end.startNanos()),
                    Disturbance.of(
                            departures, end.startNanos(), total.linkTimes().meanDelayNanos(), longHiccups, points, way),
                    times));
        }
        List<String> inTime = changes.stream()
                .sorted(Comparator.comparingLong(Watched.Line::nanos))
                .map(Watched.Line::text)
                .toList();
        return new Facts(List.copyOf(directions), points, times, inTime, end.traffic());
    }

    /** One of the directions, by its name in numbers. */
    Optional<DirectionFacts> direction(String label) {
        return directions.stream().filter(one -> one.label().equals(label)).findFirst();
    }

    /** What was judged, of all directions. */
    List<Finding> findings() {
        return directions.stream().flatMap(one -> one.findings().stream()).toList();
    }

    /** What makes the run worthless, a line each. */
    List<String> worthless() {
        return directions.stream()
                .flatMap(one -> Lateness.verdict(one.total()).stream())
                .toList();
    }

    /**
     * The same of one direction.
     *
     * @param total what it did
     * @param seconds for which the link ran, above 0
     * @param departures how packets left
     * @param sets of models, and what they decided
     * @param findings of what was asked of it
     * @param disturbances in which packets left late
     * @param hiccups of the machine, ns
     */
    record DirectionFacts(
            DirectionSample total,
            double seconds,
            Departures departures,
            List<Decisions> sets,
            List<Finding> findings,
            List<Disturbance> disturbances,
            TimeDistribution hiccups) {
        /** Its name in numbers, {@code a-b}. */
        String label() {
            return label(total.total().name());
        }

        /** What numbers call a direction with a name for people. */
        static String label(String name) {
            return name.replace("->", "-");
        }

        /** Values, empty where there are none. */
        static Optional<TimeDistribution> some(TimeDistribution values) {
            return values.getTotalCount() == 0 ? Optional.empty() : Optional.of(values);
        }

        /** Losses before the link, in runs, whatever the models were. */
        Runs losses() {
            Runs all = new Runs();
            sets.forEach(set -> all.add(set.loss));
            return all;
        }
    }
}
