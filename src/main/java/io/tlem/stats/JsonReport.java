package io.tlem.stats;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import java.io.IOException;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.time.Instant;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.HdrHistogram.Histogram;

/**
 * Reports for programs: one JSON object a line. {@code type} is {@code interval} for what happened since the line
 * before and {@code summary} for the whole run, at the end. Times are nanoseconds.
 */
public final class JsonReport {
    private static final JsonFactory FACTORY = new JsonFactory();
    private static final double[] PERCENTILES = {50, 90, 99, 99.9, 99.99};

    private JsonReport() {}

    /** One line on a span. {@code spanNanos} above 0. */
    public static String interval(
            Instant time, double elapsedSeconds, List<DirectionSample> directions, long spanNanos) {
        return line("interval", time, elapsedSeconds, directions, spanNanos);
    }

    /** One line on the whole run. */
    public static String summary(
            Instant time, double elapsedSeconds, List<DirectionSample> directions, long spanNanos) {
        return line("summary", time, elapsedSeconds, directions, spanNanos);
    }

    private static String line(
            String type, Instant time, double elapsedSeconds, List<DirectionSample> directions, long spanNanos) {
        StringWriter text = new StringWriter();
        try (JsonGenerator json = FACTORY.createGenerator(text)) {
            json.writeStartObject();
            json.writeStringField("type", type);
            json.writeStringField("time", time.toString());
            json.writeNumberField("elapsed_seconds", rounded(elapsedSeconds));
            json.writeArrayFieldStart("directions");
            for (DirectionSample direction : directions) {
                write(json, direction, spanNanos / 1e9);
            }
            json.writeEndArray();
            json.writeEndObject();
        } catch (IOException e) {
            throw new UncheckedIOException(e); // a StringWriter does not throw
        }
        return text.toString();
    }

    private static void write(JsonGenerator json, DirectionSample sample, double seconds) throws IOException {
        DirectionSnapshot delta = sample.delta();
        json.writeStartObject();
        json.writeStringField("name", delta.name());
        json.writeNumberField("received_packets", delta.get(Counter.RECEIVED_PACKETS));
        json.writeNumberField("received_bytes", delta.get(Counter.RECEIVED_BYTES));
        json.writeNumberField("duplicated_packets", delta.get(Counter.DUPLICATED_PACKETS));
        json.writeNumberField("duplicated_bytes", delta.get(Counter.DUPLICATED_BYTES));
        json.writeNumberField("exempt_packets", delta.get(Counter.EXEMPT_PACKETS));
        json.writeNumberField("exempt_bytes", delta.get(Counter.EXEMPT_BYTES));
        json.writeNumberField("transmitted_packets", delta.transmittedPackets());
        json.writeNumberField("transmitted_bytes", delta.get(Counter.TRANSMITTED_BYTES));
        json.writeNumberField("packets_per_second", rounded(delta.transmittedPackets() / seconds));
        json.writeNumberField("bits_per_second", rounded(delta.get(Counter.TRANSMITTED_BYTES) * 8 / seconds));
        json.writeObjectFieldStart("dropped_packets");
        for (Map.Entry<String, Long> drop : delta.dropsByReason().entrySet()) {
            json.writeNumberField(drop.getKey(), drop.getValue());
        }
        json.writeEndObject();
        json.writeNumberField("missed_packets", delta.missedPackets());
        if (!delta.filteredPackets().isEmpty()) {
            json.writeObjectFieldStart("filtered_packets");
            for (Map.Entry<String, Long> filtered : delta.filteredPackets().entrySet()) {
                json.writeNumberField(filtered.getKey(), filtered.getValue());
            }
            json.writeEndObject();
        }
        if (sample.stillInside() >= 0) {
            json.writeNumberField("still_inside_packets", sample.stillInside());
            json.writeNumberField("unaccounted_packets", sample.total().unaccounted(sample.stillInside()));
        }
        json.writeNumberField("queue_high_water_bytes", delta.get(Counter.QUEUE_HIGH_WATER_BYTES));
        json.writeNumberField("queue_high_water_packets", delta.get(Counter.QUEUE_HIGH_WATER_PACKETS));
        write(json, "lateness_ns", sample.lateness());
        write(json, "time_inside_ns", sample.timeInside());
        json.writeEndObject();
    }

    private static void write(JsonGenerator json, String name, Histogram histogram) throws IOException {
        json.writeObjectFieldStart(name);
        json.writeNumberField("count", histogram.getTotalCount());
        if (histogram.getTotalCount() > 0) {
            json.writeNumberField("min", histogram.getMinValue());
            json.writeNumberField("mean", rounded(histogram.getMean()));
            for (double percentile : PERCENTILES) {
                String label =
                        "p" + String.format(Locale.ROOT, "%s", percentile).replaceAll("\\.0$", "");
                json.writeNumberField(label, histogram.getValueAtPercentile(percentile));
            }
            json.writeNumberField("max", histogram.getMaxValue());
        }
        json.writeEndObject();
    }

    private static double rounded(double value) {
        return Math.rint(value * 1000) / 1000;
    }
}
