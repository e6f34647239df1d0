package io.tlem.bench;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;

/** Figures as a table for people: a row for each thing measured, a column for each metric, a table for each set of metrics. */
final class Table {
    private Table() {}

    static String of(List<Figure> figures) {
        Set<String> names = new LinkedHashSet<>();
        Map<Map<String, String>, Map<String, String>> rows = new LinkedHashMap<>();
        for (Figure figure : figures) {
            names.addAll(figure.of().keySet());
            String heading = figure.metric() + (figure.unit().isEmpty() ? "" : ", " + figure.unit());
            rows.computeIfAbsent(figure.of(), key -> new LinkedHashMap<>()).put(heading, cell(figure));
        }
        Map<Set<String>, Map<Map<String, String>, Map<String, String>>> tables = new LinkedHashMap<>();
        rows.forEach((of, values) -> tables.computeIfAbsent(values.keySet(), key -> new LinkedHashMap<>())
                .put(of, values));
        return tables.entrySet().stream()
                .map(table -> table(names, table.getKey(), table.getValue()))
                .collect(Collectors.joining("\n"));
    }

    private static String table(
            Set<String> names, Set<String> metrics, Map<Map<String, String>, Map<String, String>> rows) {
        List<List<String>> lines = new ArrayList<>();
        List<String> head = new ArrayList<>(names);
        head.addAll(metrics);
        lines.add(head);
        rows.forEach((of, values) -> {
            List<String> line = new ArrayList<>();
            names.forEach(name -> line.add(of.getOrDefault(name, "")));
            metrics.forEach(metric -> line.add(values.getOrDefault(metric, "")));
            lines.add(line);
        });
        return aligned(lines, names.size());
    }

    private static String cell(Figure figure) {
        String median = number(figure.median());
        return figure.min() == figure.max()
                ? median
                : median + " (" + number(figure.min()) + ".." + number(figure.max()) + ")";
    }

    /** Three digits. */
    static String number(double value) {
        double size = Math.abs(value);
        int decimals = size >= 99.95 || value == Math.rint(value) ? 0 : size >= 9.995 ? 1 : 2;
        return String.format(Locale.ROOT, size >= 10_000 ? "%,." + decimals + "f" : "%." + decimals + "f", value);
    }

    private static String aligned(List<List<String>> lines, int textColumns) {
        int[] widths = new int[lines.get(0).size()];
        for (List<String> line : lines) {
            for (int i = 0; i < widths.length; i++) {
                widths[i] = Math.max(widths[i], line.get(i).length());
            }
        }
        StringBuilder text = new StringBuilder();
        for (List<String> line : lines) {
            StringBuilder row = new StringBuilder();
            for (int i = 0; i < widths.length; i++) {
                row.append(String.format((i < textColumns ? "%-" : "%") + widths[i] + "s  ", line.get(i)));
            }
            text.append(row.toString().stripTrailing()).append('\n');
        }
        return text.toString();
    }
}
