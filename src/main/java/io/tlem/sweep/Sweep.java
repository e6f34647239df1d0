package io.tlem.sweep;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/**
 * Runs that differ in parameters, captures and seeds.
 *
 * @param parameters their names, as {@code both.delay}
 * @param runs in the order of their rows
 * @param bothDirections whether rows have numbers of both
 */
public record Sweep(List<String> parameters, List<Run> runs, boolean bothDirections) {
    /** Copies the lists. */
    public Sweep {
        parameters = List.copyOf(parameters);
        runs = List.copyOf(runs);
    }

    /**
     * Reads a file, and checks every run that it asks for.
     *
     * @throws io.tlem.spec.ConfigException with the place, when something is not acceptable
     */
    public static Sweep read(Path file) {
        return SweepFile.read(file);
    }

    /** The columns of its rows: which run it is, then its numbers. */
    public List<Column> columns() {
        List<Column> all = new ArrayList<>();
        all.add(new Column("run", Column.Kind.WHOLE));
        all.add(new Column("capture", Column.Kind.TEXT));
        all.add(new Column("seed", Column.Kind.WHOLE));
        parameters.forEach(name -> all.add(new Column(name, Column.Kind.TEXT)));
        all.addAll(Run.columns(bothDirections));
        return all;
    }

    /**
     * Its table.
     *
     * @param numbers of each run, in their order
     */
    public Table table(List<List<Object>> numbers) {
        List<List<Object>> rows = new ArrayList<>();
        for (Run run : runs) {
            rows.add(Stream.<Object>concat(
                            Stream.concat(
                                    Stream.of((long) run.number(), run.traffic().label(), run.seed()),
                                    run.values().stream()),
                            numbers.get(run.number()).stream())
                    .toList());
        }
        return new Table(columns(), rows);
    }

    /**
     * Writes a picture of its rows: medians and 99th percentiles of the time in the link, loss and rate over the first parameter
     * that has several values, the mean of all seeds.
     */
    public void writePicture(Path file, Table table) throws IOException {
        Table.replace(file, out -> out.write(new Picture(this, table).svg().getBytes(StandardCharsets.UTF_8)));
    }
}
