package io.tlem.ledger;

import io.tlem.stats.Format;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.TreeMap;

/** Counts rows by direction and fate, and sums up where their time went. Used by one thread. */
public final class RowSummary {
    private static final int PARTS = 4;
    private static final String[] NAMES = {"queue", "serialisation", "propagation", "jitter"};

    private final Map<Integer, Way> ways = new TreeMap<>();

    /** Of one direction. */
    private static final class Way {
        final Map<String, Long> fates = new TreeMap<>();
        final double[] sums = new double[PARTS];
        final long[] longest = new long[PARTS];
        long rows;
        long bytes;
        long split;
        double late;
        long latest;
        long sent;

        void add(Row row) {
            rows++;
            bytes += row.length;
            fates.merge(
                    row.fate.label() + (row.reason == Row.NO_REASON ? "" : " " + Row.reason(row.reason)),
                    1L,
                    Long::sum);
            if (row.queue != Row.NONE) {
                split++;
                long[] parts = {row.queue, row.serialisation, row.propagation, row.jitter};
                for (int i = 0; i < PARTS; i++) {
                    sums[i] += parts[i];
                    longest[i] = Math.max(longest[i], parts[i]);
                }
            }
            if (row.transmit != Row.NONE && row.release != Row.NONE) {
                sent++;
                late += row.transmit - row.release;
                latest = Math.max(latest, row.transmit - row.release);
            }
        }
    }

    /** Counts a row. */
    public void add(Row row) {
        ways.computeIfAbsent(row.direction, direction -> new Way()).add(row);
    }

    /** Rows by direction and fate, such as {@code a->b} and {@code dropped loss}. */
    public Map<String, Map<String, Long>> fates() {
        Map<String, Map<String, Long>> all = new LinkedHashMap<>();
        ways.forEach((direction, way) -> all.put(Row.way(direction), new TreeMap<>(way.fates)));
        return all;
    }

    /** For people, a few lines. */
    public String text() {
        StringBuilder text = new StringBuilder();
        ways.forEach((direction, way) -> {
            text.append(Row.way(direction))
                    .append("  ")
                    .append(Format.count(way.rows))
                    .append(" rows, ")
                    .append(Format.count(way.bytes))
                    .append(" bytes\n");
            way.fates.forEach((fate, count) -> text.append("  ")
                    .append(fate)
                    .append(": ")
                    .append(Format.count(count))
                    .append('\n'));
            for (int i = 0; i < PARTS && way.split > 0; i++) {
                part(text, NAMES[i], way.sums[i] / way.split, way.longest[i]);
            }
            if (way.sent > 0) {
                part(text, "late", way.late / way.sent, way.latest);
            }
        });
        return text.toString();
    }

    private static void part(StringBuilder text, String name, double mean, long longest) {
        if (longest > 0) {
            text.append("  ").append(name).append(": ").append(Format.nanos(Math.round(mean)));
            text.append(" on average, at most ").append(Format.nanos(longest)).append('\n');
        }
    }

    /** One object, as fields of JSON without braces. */
    public String json() {
        StringBuilder text = new StringBuilder("\"directions\":{");
        ways.forEach((direction, way) -> {
            text.append(text.charAt(text.length() - 1) == '{' ? "" : ",");
            text.append('"').append(Row.way(direction)).append("\":{\"rows\":").append(way.rows);
            text.append(",\"bytes\":").append(way.bytes).append(",\"fates\":{");
            way.fates.forEach((fate, count) -> text.append(text.charAt(text.length() - 1) == '{' ? "" : ",")
                    .append('"')
                    .append(fate)
                    .append("\":")
                    .append(count));
            text.append("}}");
        });
        return text.append('}').toString();
    }
}
