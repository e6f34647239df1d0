package io.tlem.stats;

import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.LongStream;

/** What a command that generates or receives says to people at its end, in 80 columns. */
public final class TrafficText {
    private static final int MOST_PLACES = 4;

    private TrafficText() {}

    /**
     * All of it.
     *
     * @param detailed whether the densities of reordering are written too
     */
    public static String of(Traffic traffic, boolean detailed) {
        StringBuilder text = new StringBuilder();
        traffic.sent().ifPresent(sent -> sent(text, sent));
        traffic.received().ifPresent(received -> received(text, received, detailed));
        return text.toString();
    }

    private static void line(StringBuilder text, String label, String value) {
        text.append(String.format(Locale.ROOT, "  %-16s%s%n", label, value));
    }

    private static void sent(StringBuilder text, SentTraffic sent) {
        text.append("sent\n");
        line(
                text,
                "packets",
                Format.count(sent.packets()) + ", " + Format.count(sent.bytes()) + " bytes in "
                        + Format.nanos(Math.round(sent.seconds() * 1e9)));
        if (sent.scheduled().length > 1) {
            line(
                    text,
                    "by stream",
                    LongStream.of(sent.scheduled()).mapToObj(Format::count).collect(Collectors.joining("  ")));
        }
        if (sent.refused() > 0) {
            line(text, "refused", Format.count(sent.refused()) + " packets that the port did not send");
        }
        line(
                text,
                "rate",
                Format.packetsPerSecond(sent.packetsPerSecond()) + ", " + Format.bitsPerSecond(sent.bitsPerSecond()));
        TextReport.header(text, "  times");
        TextReport.percentiles(text, "  lateness", sent.lateness());
        TextReport.percentiles(text, "  spacing error", sent.spacingError());
    }

    private static void received(StringBuilder text, ReceivedTraffic received, boolean detailed) {
        boolean several = received.streams().size() > 1;
        text.append(several ? "received, all streams\n" : "received\n");
        stream(text, received.all(), detailed);
        if (received.damaged() > 0) {
            line(text, "damaged", Format.count(received.damaged()) + " packets with a wrong checksum");
        }
        if (received.foreign() > 0) {
            line(text, "foreign", Format.count(received.foreign()) + " packets that tlem generate has not sent");
        }
        if (several) {
            for (Map.Entry<Integer, StreamTraffic> stream : received.streams().entrySet()) {
                text.append("stream ").append(stream.getKey()).append('\n');
                stream(text, stream.getValue(), detailed);
            }
        }
    }

    private static void stream(StringBuilder text, StreamTraffic of, boolean detailed) {
        line(
                text,
                "packets",
                Format.count(of.packets()) + ", " + Format.count(of.bytes()) + " bytes in "
                        + Format.nanos(Math.round(of.seconds() * 1e9)));
        line(
                text,
                "rate",
                Format.packetsPerSecond(of.packetsPerSecond()) + ", " + Format.bitsPerSecond(of.bitsPerSecond()));
        line(
                text,
                "missing",
                Format.count(of.missing()) + " of " + Format.count(of.packets() + of.missing()) + ", "
                        + percent(of.loss()));
        line(text, "duplicates", Format.count(of.duplicates()));
        line(text, "out of order", Format.count(of.outOfOrder()) + ", " + percent(of.reordering()));
        if (of.outOfOrder() > 0) {
            line(
                    text,
                    "  extent",
                    String.format(
                            Locale.ROOT,
                            "mean %.1f, p99 %d, max %d packets",
                            of.extents().getMean(),
                            of.extents().getValueAtPercentile(99),
                            of.extents().getMaxValue()));
        }
        if (detailed && of.outOfOrder() > 0) {
            line(text, "  density", places(of.density()));
            line(text, "  buffer", places(of.occupancy()));
        }
        if (of.restarts() > 0) {
            line(text, "restarts", Format.count(of.restarts()) + " times the numbers began anew");
        }
        if (of.beforeSent() > 0) {
            line(
                    text,
                    "warning",
                    Format.count(of.beforeSent()) + " packets came before they were sent: the clocks are not in step");
        }
        TextReport.header(text, "  times");
        TextReport.percentiles(text, "  delay", of.delay());
        TextReport.percentiles(text, "  variation", of.variation());
        line(text, "jitter", Format.nanos(Math.round(of.jitterNanos())) + " (RFC 3550)");
    }

    /** The most frequent ones. */
    private static String places(Map<Integer, Long> counts) {
        long sum = counts.values().stream().mapToLong(Long::longValue).sum();
        return counts.entrySet().stream()
                .sorted(Map.Entry.<Integer, Long>comparingByValue().reversed())
                .limit(MOST_PLACES)
                .map(count -> count.getKey() + ": " + percent((double) count.getValue() / sum))
                .collect(Collectors.joining(", "));
    }

    private static String percent(double share) {
        return String.format(Locale.ROOT, "%.4g %%", share * 100);
    }
}
