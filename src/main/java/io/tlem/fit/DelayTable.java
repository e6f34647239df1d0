package io.tlem.fit;

import io.tlem.text.OutputFile;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.function.LongUnaryOperator;
import java.util.stream.Collectors;
import java.util.stream.LongStream;

/**
 * Delays as measured, as tables: their quantiles for the model {@code samples}, and for netem a {@code .dist} file.
 *
 * @param quantiles ns, sorted, at least one: of equal parts, with the least and the largest at the ends
 * @param mean ns
 * @param deviation standard deviation, ns
 */
@SuppressWarnings("ArrayRecordComponent") // which nobody compares
public record DelayTable(long[] quantiles, double mean, double deviation) {
    private static final int MOST_QUANTILES = 4096;
    private static final int DIST_ENTRIES = 4096;
    private static final int DIST_SCALE = 8192;
    private static final int DIST_COLUMNS = 8;

    /** Of sorted delays. */
    static DelayTable ofSorted(long[] sorted) {
        int count = Math.min(sorted.length, MOST_QUANTILES);
        long[] quantiles = new long[count];
        for (int i = 0; i < count; i++) {
            quantiles[i] = sorted[(int) ((long) i * (sorted.length - 1) / Math.max(1, count - 1))];
        }
        double mean = Arrays.stream(sorted).average().orElse(0);
        double squares =
                Arrays.stream(sorted).mapToDouble(d -> (d - mean) * (d - mean)).sum();
        return new DelayTable(quantiles, mean, Math.sqrt(squares / Math.max(1, sorted.length)));
    }

    /** Each delay, changed. */
    DelayTable map(LongUnaryOperator change) {
        return ofSorted(Arrays.stream(quantiles)
                .map(change)
                .map(d -> Math.max(0, d))
                .sorted()
                .toArray());
    }

    /** The delay that so large a part does not exceed. */
    double quantile(double part) {
        double place = part * (quantiles.length - 1);
        int below = (int) Math.min(place, quantiles.length - 1);
        int above = Math.min(below + 1, quantiles.length - 1);
        return quantiles[below] + (place - below) * (quantiles[above] - quantiles[below]);
    }

    /** Writes the table of the model {@code samples}. */
    void writeSamples(Path file) throws IOException {
        write(
                file,
                LongStream.of(quantiles)
                        .mapToObj(nanos -> Math.max(0, nanos) + "ns")
                        .toList());
    }

    /**
     * Writes netem's table, which has nothing beyond four deviations.
     *
     * @param name of the distribution
     */
    void writeDist(Path file, String name) throws IOException {
        StringBuilder text = new StringBuilder("# tc qdisc add dev DEV root netem delay ")
                .append(Math.round(mean / 1e3))
                .append("us ")
                .append(Math.round(deviation / 1e3))
                .append("us distribution ")
                .append(name)
                .append('\n');
        for (int i = 0; i < DIST_ENTRIES; i++) {
            double score = deviation == 0 ? 0 : (quantile((i + 0.5) / DIST_ENTRIES) - mean) / deviation;
            text.append(Math.clamp(Math.round(score * DIST_SCALE), Short.MIN_VALUE, Short.MAX_VALUE))
                    .append(i % DIST_COLUMNS == DIST_COLUMNS - 1 ? '\n' : ' ');
        }
        OutputFile.write(file, text.toString());
    }

    private static void write(Path file, List<String> lines) throws IOException {
        OutputFile.write(
                file, lines.stream().collect(Collectors.joining("\n", "# Quantiles of measured delays\n", "\n")));
    }
}
