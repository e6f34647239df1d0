package io.tlem.sweep;

import io.tlem.report.SummaryPlot;
import io.tlem.report.SummaryPlot.Panel;
import io.tlem.report.SummaryPlot.Series;
import io.tlem.report.SummaryPlot.Unit;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;

/** What is drawn of a sweep: over the values of one parameter, a line for each combination of all others but the seed. */
final class Picture {
    private static final String SEED = "seed";

    private final Table table;
    private final int axis; // column
    private final List<String> places;
    private final Map<String, List<List<Object>>> lines = new LinkedHashMap<>(); // rows by the names of lines
    private final boolean bothDirections;

    Picture(Sweep sweep, Table table) {
        this.table = table;
        this.bothDirections = sweep.bothDirections();
        List<Integer> varying = IntStream.range(0, table.columns().size())
                .filter(column -> sweep.parameters().contains(name(column))
                        || name(column).equals("capture"))
                .filter(column -> table.cells(column).stream().distinct().count() > 1)
                .boxed()
                .toList();
        axis = varying.stream()
                .filter(column -> !name(column).equals("capture"))
                .findFirst()
                .orElse(IntStream.range(0, table.columns().size())
                        .filter(column -> name(column).equals(SEED))
                        .findFirst()
                        .orElseThrow());
        places = table.cells(axis).stream().map(Object::toString).distinct().toList();
        for (List<Object> row : table.rows()) {
            String line = String.join(
                    ", ",
                    varying.stream()
                            .filter(column -> column != axis)
                            .map(column -> name(column).equals("capture")
                                    ? row.get(column).toString()
                                    : name(column) + " " + row.get(column))
                            .toList());
            lines.computeIfAbsent(line.isEmpty() ? "all runs" : line, name -> new ArrayList<>())
                    .add(row);
        }
    }

    private String name(int column) {
        return table.columns().get(column).name();
    }

    String svg() {
        List<Panel> panels = new ArrayList<>();
        for (String way : bothDirections ? List.of("a-b", "b-a") : List.of("a-b")) {
            String suffix = bothDirections ? ", " + way : "";
            panels.add(panel("Time in the link, median" + suffix, Unit.TIME, way + ".time.p50"));
            panels.add(panel("Time in the link, 99th percentile" + suffix, Unit.TIME, way + ".time.p99"));
            panels.add(panel("Packets that did not leave" + suffix, Unit.SHARE, way + ".loss"));
            panels.add(panel("Rate of what left" + suffix, Unit.RATE, way + ".transmitted.rate"));
        }
        String title = table.rows().size() + " runs"
                + (name(axis).equals(SEED) ? "" : ", the mean of all seeds")
                + (lines.size() > SummaryPlot.MOST_SERIES
                        ? "; the first " + SummaryPlot.MOST_SERIES + " of " + lines.size() + " combinations"
                        : "");
        return SummaryPlot.svg(title, name(axis), places, panels);
    }

    private Panel panel(String title, Unit unit, String column) {
        int index = table.columns().stream().map(Column::name).toList().indexOf(column);
        return new Panel(
                title,
                unit,
                lines.entrySet().stream()
                        .limit(SummaryPlot.MOST_SERIES)
                        .map(line -> new Series(
                                line.getKey(),
                                places.stream()
                                        .map(place -> mean(line.getValue(), place, index))
                                        .toList()))
                        .toList());
    }

    private double mean(List<List<Object>> rows, String place, int column) {
        return rows.stream()
                .filter(row -> row.get(axis).toString().equals(place))
                .mapToDouble(row -> (Double) row.get(column))
                .filter(value -> !Double.isNaN(value))
                .average()
                .orElse(Double.NaN);
    }
}
