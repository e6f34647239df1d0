package io.tlem.stats;

import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;
import org.HdrHistogram.Histogram;

/** Reports for people: a line each second and the tables at exit. */
public final class TextReport {
    private static final double[] PERCENTILES = {50, 90, 99, 99.9, 99.99, 100};

    private TextReport() {}

    /** One line on the last span. {@code spanNanos} above 0. */
    public static String liveLine(double elapsedSeconds, List<DirectionSample> directions, long spanNanos) {
        return String.format(Locale.ROOT, "%6.1f s  ", elapsedSeconds)
                + directions.stream().map(d -> live(d, spanNanos / 1e9)).collect(Collectors.joining("  |  "));
    }

    private static String live(DirectionSample sample, double seconds) {
        DirectionSnapshot delta = sample.delta();
        String drops = delta.dropsByReason().entrySet().stream()
                .filter(drop -> drop.getValue() != 0)
                .map(drop -> drop.getKey() + " " + drop.getValue())
                .collect(Collectors.joining(", "));
        if (delta.missedPackets() > 0) {
            drops += (drops.isEmpty() ? "" : ", ") + "missed " + delta.missedPackets();
        }
        Histogram late = sample.lateness();
        boolean any = late.getTotalCount() > 0;
        return String.format(
                Locale.ROOT,
                "%s %9s %11s  drops %s  late p50 %s p99 %s",
                delta.name(),
                Format.packetsPerSecond(delta.transmittedPackets() / seconds),
                Format.bitsPerSecond(delta.get(Counter.TRANSMITTED_BYTES) * 8 / seconds),
                drops.isEmpty() ? "0" : drops,
                any ? Format.nanos(late.getValueAtPercentile(50)) : "-",
                any ? Format.nanos(late.getValueAtPercentile(99)) : "-");
    }

    /** What became of every packet of a direction, and its percentiles, over the whole run. */
    public static String summary(DirectionSample sample) {
        DirectionSnapshot total = sample.total();
        StringBuilder text = new StringBuilder();
        line(text, total.name(), "");
        line(
                text,
                "  received",
                packetsAndBytes(total.get(Counter.RECEIVED_PACKETS), total.get(Counter.RECEIVED_BYTES)));
        line(text, "  transmitted", packetsAndBytes(total.transmittedPackets(), total.get(Counter.TRANSMITTED_BYTES)));
        if (total.get(Counter.DUPLICATED_PACKETS) > 0) {
            line(
                    text,
                    "  duplicated",
                    packetsAndBytes(total.get(Counter.DUPLICATED_PACKETS), total.get(Counter.DUPLICATED_BYTES)));
        }
        if (total.get(Counter.EXEMPT_PACKETS) > 0) {
            line(text, "  exempt", packetsAndBytes(total.get(Counter.EXEMPT_PACKETS), total.get(Counter.EXEMPT_BYTES)));
        }
        for (Map.Entry<String, Long> drop : total.dropsByReason().entrySet()) {
            line(text, "  dropped: " + drop.getKey(), Format.count(drop.getValue()));
        }
        if (sample.stillInside() < 0) {
            line(text, "  still inside", "not counted");
        } else {
            line(text, "  still inside", Format.count(sample.stillInside()));
            line(text, "  unaccounted for", Format.count(total.unaccounted(sample.stillInside())));
        }
        line(text, "  missed by the port", Format.count(total.missedPackets()));
        for (Map.Entry<String, Long> filtered : total.filteredPackets().entrySet()) {
            line(text, "  not for the link: " + filtered.getKey(), Format.count(filtered.getValue()));
        }
        line(
                text,
                "  queue high-water",
                Format.count(total.get(Counter.QUEUE_HIGH_WATER_PACKETS)) + " packets, "
                        + Format.count(total.get(Counter.QUEUE_HIGH_WATER_BYTES)) + " bytes");
        text.append(String.format(Locale.ROOT, "  %-18s", ""));
        for (double percentile : PERCENTILES) {
            text.append(String.format(Locale.ROOT, "%12s", percentile == 100 ? "max" : "p" + trimmed(percentile)));
        }
        text.append('\n');
        percentiles(text, "lateness", sample.lateness());
        percentiles(text, "time in emulator", sample.timeInside());
        return text.toString();
    }

    private static String packetsAndBytes(long packets, long bytes) {
        return Format.count(packets) + " packets, " + Format.count(bytes) + " bytes";
    }

    private static void line(StringBuilder text, String label, String value) {
        text.append(String.format(Locale.ROOT, "%-20s %s", label, value).stripTrailing())
                .append('\n');
    }

    private static void percentiles(StringBuilder text, String label, Histogram histogram) {
        text.append(String.format(Locale.ROOT, "  %-18s", label));
        for (double percentile : PERCENTILES) {
            String value = histogram.getTotalCount() == 0
                    ? "-"
                    : Format.nanos(
                            percentile == 100 ? histogram.getMaxValue() : histogram.getValueAtPercentile(percentile));
            text.append(String.format(Locale.ROOT, "%12s", value));
        }
        text.append('\n');
    }

    private static String trimmed(double percentile) {
        return percentile == Math.rint(percentile) ? Long.toString((long) percentile) : Double.toString(percentile);
    }
}
