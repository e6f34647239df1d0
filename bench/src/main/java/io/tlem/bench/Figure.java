package io.tlem.bench;

import java.util.List;
import java.util.Map;

/**
 * One measured figure.
 *
 * @param of what it is a figure of: names and values, in order
 * @param unit empty for ratios and counts
 * @param runs the figure of each run, in the order of the runs; not empty
 */
record Figure(String section, Map<String, String> of, String metric, String unit, List<Double> runs) {
    double median() {
        List<Double> sorted = runs.stream().sorted().toList();
        int middle = sorted.size() / 2;
        return sorted.size() % 2 == 1 ? sorted.get(middle) : (sorted.get(middle - 1) + sorted.get(middle)) / 2;
    }

    double min() {
        return runs.stream().mapToDouble(Double::doubleValue).min().orElseThrow();
    }

    double max() {
        return runs.stream().mapToDouble(Double::doubleValue).max().orElseThrow();
    }
}
