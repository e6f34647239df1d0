package io.tlem.sweep;

import io.tlem.simulate.Arrivals;
import io.tlem.simulate.Simulation;
import io.tlem.spec.LinkSpec;
import io.tlem.spec.SpecReader;
import io.tlem.stats.Counter;
import io.tlem.stats.DirectionSample;
import io.tlem.stats.DropReason;
import io.tlem.stats.LinkTimes;
import io.tlem.stats.Sample;
import io.tlem.stats.TimeDistribution;
import java.io.IOException;
import java.io.Serializable;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * One simulation of a sweep: its numbers are a function of what is here and of the captures' contents, wherever it is run. It
 * is of texts alone, so that it may be sent to another machine.
 *
 * @param number from 0
 * @param traffic that comes
 * @param seed of the random models
 * @param values of the sweep's parameters, as they were written; empty for one that is not given
 * @param link specification, as a configuration file in JSON
 * @param files that models, scenario and folders of models are read from
 * @param bothDirections whether the sweep's rows have numbers of both
 */
public record Run(
        int number,
        Traffic traffic,
        long seed,
        List<String> values,
        String link,
        List<String> files,
        boolean bothDirections)
        implements Serializable {
    private static final List<Double> PERCENTILES = List.of(50.0, 90.0, 99.0, 99.9);

    /** Copies values and files. */
    public Run {
        values = List.copyOf(values);
        files = List.copyOf(files);
    }

    /**
     * The numbers of a run.
     *
     * @param cells of {@link #columns}
     * @param damage of captures, a line each: what comes before was simulated
     */
    public record Result(List<Object> cells, List<String> damage) implements Serializable {
        /** Copies both. */
        public Result {
            cells = List.copyOf(cells);
            damage = List.copyOf(damage);
        }
    }

    /** The same one for other machines, which have the captures at the same places and not this one's current folder. */
    public Run fromTheRoot() {
        List<String> captures = traffic.files().stream()
                .map(name -> Path.of(name).toAbsolutePath().toString())
                .toList();
        return new Run(
                number,
                new Traffic(captures, traffic.clients(), traffic.clientFilter()),
                seed,
                values,
                link,
                files,
                bothDirections);
    }

    /** The columns of the numbers, whose names are those of reports. */
    static List<Column> columns(boolean bothDirections) {
        List<Column> all = new ArrayList<>();
        all.add(new Column("seconds", Column.Kind.REAL));
        for (String way : bothDirections ? List.of("a-b", "b-a") : List.of("a-b")) {
            for (Counter counter : Counter.values()) {
                if (counter.unit() != Counter.Unit.NANOS && counter.isSum()) {
                    String unit = counter.unit() == Counter.Unit.BYTES ? ".bytes" : ".packets";
                    all.add(new Column(way + "." + counter.label() + unit, Column.Kind.WHOLE));
                }
            }
            all.add(new Column(way + ".dropped.packets", Column.Kind.WHOLE));
            for (DropReason reason : DropReason.values()) {
                all.add(new Column(way + ".dropped." + reason.label(), Column.Kind.WHOLE));
            }
            List<String> real = new ArrayList<>(List.of("loss", "received.rate", "transmitted.rate", "time.mean"));
            PERCENTILES.forEach(p -> real.add("time.p" + (p % 1 == 0 ? Long.toString(p.longValue()) : p.toString())));
            real.addAll(
                    List.of("time.max", "queue.mean", "queue.max", "serialisation.mean", "delay.mean", "delay.max"));
            real.forEach(name -> all.add(new Column(way + "." + name, Column.Kind.REAL)));
        }
        return all;
    }

    /**
     * Simulates it, in this thread.
     *
     * @throws IOException when a capture cannot be read
     * @throws IllegalArgumentException with one line, when it cannot be done as it is asked for
     */
    public Result simulate() throws IOException {
        LinkSpec spec = SpecReader.parse("run " + number + ".json", link, Path.of(""));
        try (Simulation simulation =
                new Simulation(spec, seed, Arrivals.of(traffic.files(), traffic.splitter()), List.of())) {
            simulation.run(sample -> {}, share -> {});
            List<String> damage = new ArrayList<>();
            simulation
                    .readers()
                    .forEach(reader -> reader.damage()
                            .ifPresent(its -> damage.add(reader.label() + ": is damaged: at byte " + its.offset()
                                    + " it " + its.reason() + "; what comes before was simulated")));
            return new Result(cells(simulation.collector().latest()), damage);
        }
    }

    private List<Object> cells(Sample last) {
        List<Object> cells = new ArrayList<>();
        double seconds = last.elapsedNanos() / 1e9;
        cells.add(seconds);
        for (String way : bothDirections ? List.of("a->b", "b->a") : List.of("a->b")) {
            Optional<DirectionSample> sample = last.total().stream()
                    .filter(direction -> direction.total().name().equals(way))
                    .findFirst();
            add(cells, sample, seconds);
        }
        return cells;
    }

    private static void add(List<Object> cells, Optional<DirectionSample> sample, double seconds) {
        for (Counter counter : Counter.values()) {
            if (counter.unit() != Counter.Unit.NANOS && counter.isSum()) {
                cells.add(sample.map(its -> its.total().get(counter)).orElse(0L));
            }
        }
        cells.add(sample.map(its -> its.total().droppedPackets()).orElse(0L));
        for (DropReason reason : DropReason.values()) {
            cells.add(sample.map(its -> its.total().dropped(reason).packets()).orElse(0L));
        }
        long received =
                sample.map(its -> its.total().get(Counter.RECEIVED_PACKETS)).orElse(0L);
        cells.add(sample.filter(its -> received > 0)
                .map(its -> (double) its.total().droppedPackets() / received)
                .orElse(Double.NaN));
        for (Counter bytes : List.of(Counter.RECEIVED_BYTES, Counter.TRANSMITTED_BYTES)) {
            cells.add(sample.filter(its -> seconds > 0)
                    .map(its -> its.total().get(bytes) * 8 / seconds)
                    .orElse(Double.NaN));
        }
        Optional<TimeDistribution> times =
                sample.map(DirectionSample::timeInside).filter(some -> some.getTotalCount() > 0);
        cells.add(times.map(TimeDistribution::getMean).orElse(Double.NaN));
        for (double percentile : PERCENTILES) {
            cells.add(times.map(its -> (double) its.getValueAtPercentile(percentile))
                    .orElse(Double.NaN));
        }
        cells.add(times.map(its -> (double) its.getMaxValue()).orElse(Double.NaN));
        Optional<LinkTimes> parts = sample.map(DirectionSample::linkTimes).filter(some -> some.packets() > 0);
        cells.add(parts.map(LinkTimes::meanQueueNanos).orElse(Double.NaN));
        cells.add(parts.map(its -> (double) its.longestQueueNanos()).orElse(Double.NaN));
        cells.add(parts.map(LinkTimes::meanSerialisationNanos).orElse(Double.NaN));
        cells.add(parts.map(LinkTimes::meanDelayNanos).orElse(Double.NaN));
        cells.add(parts.map(its -> (double) its.longestDelayNanos()).orElse(Double.NaN));
    }
}
