package io.tlem.stats;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonFactoryBuilder;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.json.JsonWriteFeature;
import java.io.IOException;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/**
 * Reports for programs: one JSON object a line, as {@code report.schema.json} beside this class says. {@code type} is
 * {@code start} for what runs, {@code interval} for what happened since the line before, {@code status} for the run so far
 * when somebody has asked, {@code left_out} in place of lines that were not read, and {@code summary} for the whole run, at
 * the end. Times are nanoseconds.
 */
public final class JsonReport {
    /** ASCII, which every locale's encoding has. */
    private static final JsonFactory FACTORY =
            new JsonFactoryBuilder().enable(JsonWriteFeature.ESCAPE_NON_ASCII).build();

    private static final double[] PERCENTILES = {50, 90, 99, 99.9, 99.99};

    private JsonReport() {}

    /** The first line: what runs. */
    public static String start(Instant time, RunDescription run) {
        return object("start", time, 0, json -> {
            json.writeStringField("version", run.version());
            json.writeStringField("java", run.java());
            json.writeNumberField("process", run.process());
            json.writeNumberField("seed", run.seed());
            json.writeObjectFieldStart("ports");
            for (int i = 0; i < run.ports().size(); i++) {
                RunDescription.Port port = run.ports().get(i);
                json.writeObjectFieldStart(i == 0 ? "a" : "b");
                json.writeStringField("address", port.address());
                json.writeStringField("description", port.description());
                json.writeEndObject();
            }
            json.writeEndObject();
            json.writeArrayFieldStart("directions");
            for (RunDescription.Direction direction : run.directions()) {
                json.writeStartObject();
                json.writeStringField("name", direction.name());
                json.writeObjectFieldStart("models");
                for (Map.Entry<String, String> model : direction.models().entrySet()) {
                    json.writeStringField(model.getKey(), model.getValue());
                }
                json.writeEndObject();
                json.writeNumberField("buffer_bytes", direction.bufferBytes());
                json.writeStringField("buffer_memory", direction.bufferMemory());
                json.writeStringField("overflow", direction.overflow());
                json.writeEndObject();
            }
            json.writeEndArray();
            write(json, run.threads());
            if (run.duration().isPresent()) {
                json.writeNumberField("duration_ns", run.duration().get());
            }
            json.writeNumberField("drain_ns", run.drainNanos());
        });
    }

    private static void write(JsonGenerator json, RunDescription.Threads threads) throws IOException {
        json.writeObjectFieldStart("threads");
        json.writeNumberField("count", threads.count());
        json.writeNumberField("stages", threads.stages());
        json.writeNumberField("batch", threads.batch());
        json.writeArrayFieldStart("cpus");
        for (int cpu : threads.cpus()) {
            json.writeNumber(cpu);
        }
        json.writeEndArray();
        json.writeNumberField("realtime_priority", threads.realTimePriority());
        json.writeNumberField("nice", threads.nice());
        json.writeNumberField("spin_ns", threads.spinNanos());
        json.writeNumberField("yield_ns", threads.yieldNanos());
        json.writeNumberField("sleep_ns", threads.sleepNanos());
        json.writeStringField("copying_in", threads.copyingIn());
        json.writeBooleanField("memory_locked", threads.memoryLocked());
        json.writeBooleanField(
                "cpu_sleep_states_held_off", threads.sleepStates().isEmpty());
        json.writeEndObject();
    }

    /** One line on what happened since the sample before. */
    public static String interval(Sample sample) {
        return object("interval", sample, json -> write(json, sample.span(), sample.spanNanos()));
    }

    /** One line on the run so far, which goes on. */
    public static String status(Sample sample) {
        return object("status", sample, json -> write(json, sample.total(), sample.elapsedNanos()));
    }

    /** The last line of a run without a ledger and a recording. */
    public static String summary(Sample sample, Map<String, Measured> measured) {
        return summary(sample, measured, Optional.empty(), Optional.empty());
    }

    /**
     * The last line: the whole run.
     *
     * @param measured by name of the ports that measure, {@code a} or {@code b}
     * @param ledger what came of it, where there is one
     * @param recording the same
     */
    public static String summary(
            Sample sample,
            Map<String, Measured> measured,
            Optional<LedgerCounts> ledger,
            Optional<RecordCounts> recording) {
        return object("summary", sample, json -> {
            write(json, sample.total(), sample.elapsedNanos());
            if (!measured.isEmpty()) {
                json.writeObjectFieldStart("measured");
                for (Map.Entry<String, Measured> port : measured.entrySet()) {
                    json.writeFieldName(port.getKey());
                    write(json, port.getValue());
                }
                json.writeEndObject();
            }
            if (ledger.isPresent()) {
                json.writeObjectFieldStart("ledger");
                json.writeStringField("file", ledger.get().file());
                json.writeNumberField("rows", ledger.get().rows());
                json.writeNumberField("lost_entries", ledger.get().lost());
                json.writeEndObject();
            }
            if (recording.isPresent()) {
                json.writeObjectFieldStart("recording");
                json.writeStringField("file", recording.get().file());
                json.writeNumberField("packets", recording.get().packets());
                json.writeNumberField("lost_entries", recording.get().lost());
                json.writeEndObject();
            }
        });
    }

    /** Lines on traffic that was generated or received, behind the last one of the run. */
    public static List<String> traffic(Sample sample, Traffic traffic) {
        List<String> lines = new ArrayList<>();
        traffic.sent().ifPresent(sent -> lines.add(object("sent", sample, json -> write(json, sent))));
        traffic.received().ifPresent(received -> lines.add(object("received", sample, json -> write(json, received))));
        return lines;
    }

    private static void write(JsonGenerator json, SentTraffic sent) throws IOException {
        json.writeNumberField("packets", sent.packets());
        json.writeNumberField("bytes", sent.bytes());
        json.writeNumberField("refused_packets", sent.refused());
        json.writeNumberField("seconds", sent.seconds());
        json.writeNumberField("packets_per_second", rounded(sent.packetsPerSecond()));
        json.writeNumberField("bits_per_second", rounded(sent.bitsPerSecond()));
        json.writeArrayFieldStart("scheduled_packets");
        for (long packets : sent.scheduled()) {
            json.writeNumber(packets);
        }
        json.writeEndArray();
        write(json, "lateness_ns", sent.lateness());
        write(json, "spacing_error_ns", sent.spacingError());
    }

    private static void write(JsonGenerator json, ReceivedTraffic received) throws IOException {
        json.writeNumberField("foreign_packets", received.foreign());
        json.writeNumberField("damaged_packets", received.damaged());
        write(json, received.all());
        json.writeArrayFieldStart("streams");
        for (Map.Entry<Integer, StreamTraffic> stream : received.streams().entrySet()) {
            json.writeStartObject();
            json.writeNumberField("stream", stream.getKey());
            write(json, stream.getValue());
            json.writeEndObject();
        }
        json.writeEndArray();
    }

    private static void write(JsonGenerator json, StreamTraffic of) throws IOException {
        json.writeNumberField("packets", of.packets());
        json.writeNumberField("bytes", of.bytes());
        json.writeNumberField("seconds", of.seconds());
        json.writeNumberField("packets_per_second", rounded(of.packetsPerSecond()));
        json.writeNumberField("bits_per_second", rounded(of.bitsPerSecond()));
        json.writeNumberField("missing_packets", of.missing());
        json.writeNumberField("loss", of.loss());
        json.writeNumberField("duplicate_packets", of.duplicates());
        json.writeNumberField("out_of_order_packets", of.outOfOrder());
        json.writeNumberField("reordering", of.reordering());
        write(json, "delay_ns", of.delay());
        write(json, "delay_variation_ns", of.variation());
        json.writeNumberField("jitter_ns", rounded(of.jitterNanos()));
        write(json, "reordering_extent_packets", of.extents());
        write(json, "reorder_density", of.density());
        write(json, "reorder_buffer_occupancy", of.occupancy());
        json.writeNumberField("restarts", of.restarts());
        json.writeNumberField("before_sent_packets", of.beforeSent());
    }

    private static void write(JsonGenerator json, String name, Map<Integer, Long> counts) throws IOException {
        json.writeObjectFieldStart(name);
        for (Map.Entry<Integer, Long> count : counts.entrySet()) {
            json.writeNumberField(count.getKey().toString(), count.getValue());
        }
        json.writeEndObject();
    }

    /** In place of lines that nobody read in time. */
    public static String leftOut(Instant time, long lines) {
        return object("left_out", time, -1, json -> json.writeNumberField("lines", lines));
    }

    /** Writes the fields of an object. */
    private interface Fields {
        void write(JsonGenerator json) throws IOException;
    }

    private static String object(String type, Sample sample, Fields fields) {
        return object(type, sample.time(), sample.elapsedSeconds(), fields);
    }

    private static String object(String type, Instant time, double elapsedSeconds, Fields fields) {
        StringWriter text = new StringWriter();
        try (JsonGenerator json = FACTORY.createGenerator(text)) {
            json.writeStartObject();
            json.writeStringField("type", type);
            json.writeStringField("time", time.toString());
            if (elapsedSeconds >= 0) {
                json.writeNumberField("elapsed_seconds", rounded(elapsedSeconds));
            }
            fields.write(json);
            json.writeEndObject();
        } catch (IOException e) {
            throw new UncheckedIOException(e); // a StringWriter does not throw
        }
        return text.toString();
    }

    private static void write(JsonGenerator json, List<DirectionSample> directions, long spanNanos) throws IOException {
        json.writeArrayFieldStart("directions");
        for (DirectionSample direction : directions) {
            write(json, direction, Math.max(1, spanNanos) / 1e9);
        }
        json.writeEndArray();
    }

    private static void write(JsonGenerator json, Measured measured) throws IOException {
        json.writeStartObject();
        json.writeNumberField("packets", measured.packets());
        json.writeNumberField("bytes", measured.bytes());
        json.writeNumberField("bits_per_second", rounded(measured.bitsPerSecond()));
        json.writeNumberField("missing_packets", measured.missing());
        json.writeNumberField("out_of_order_packets", measured.outOfOrder());
        json.writeNumberField("duplicate_packets", measured.duplicates());
        json.writeNumberField("foreign_packets", measured.foreignPackets());
        write(json, "since_generated_ns", measured.delay());
        json.writeEndObject();
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
        json.writeNumberField("marked_packets", delta.get(Counter.MARKED_PACKETS));
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
        json.writeNumberField("waited_ns", delta.get(Counter.WAITED_NANOS));
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
        json.writeNumberField("held_packets", delta.get(Counter.HELD_PACKETS));
        json.writeNumberField("buffered_packets", delta.get(Counter.BUFFERED_PACKETS));
        json.writeNumberField("buffered_bytes", delta.get(Counter.BUFFERED_BYTES));
        json.writeNumberField("queue_high_water_bytes", delta.get(Counter.QUEUE_HIGH_WATER_BYTES));
        json.writeNumberField("queue_high_water_packets", delta.get(Counter.QUEUE_HIGH_WATER_PACKETS));
        LinkTimes times = sample.linkTimes();
        json.writeObjectFieldStart("link_times_ns");
        json.writeNumberField("count", times.packets());
        write(json, "queue", times.packets(), times.meanQueueNanos(), times.longestQueueNanos());
        write(
                json,
                "serialisation",
                times.packets(),
                times.meanSerialisationNanos(),
                times.longestSerialisationNanos());
        write(json, "delay", times.packets(), times.meanDelayNanos(), times.longestDelayNanos());
        json.writeEndObject();
        write(json, "lateness_ns", sample.lateness());
        write(json, "time_inside_ns", sample.timeInside());
        json.writeArrayFieldStart("stages");
        for (StageTimes stage : sample.stages()) {
            json.writeStartObject();
            json.writeStringField("name", stage.name());
            json.writeNumberField("longest_work_ns", stage.longestWorkNanos());
            json.writeNumberField("longest_stall_ns", stage.longestStallNanos());
            json.writeNumberField("stalls", stage.stalls());
            json.writeEndObject();
        }
        json.writeEndArray();
        json.writeEndObject();
    }

    private static void write(JsonGenerator json, String name, TimeDistribution times) throws IOException {
        json.writeObjectFieldStart(name);
        json.writeNumberField("count", times.getTotalCount());
        if (times.getTotalCount() > 0) {
            json.writeNumberField("min", times.getMinValue());
            json.writeNumberField("mean", rounded(times.getMean()));
            for (double percentile : PERCENTILES) {
                String label =
                        "p" + String.format(Locale.ROOT, "%s", percentile).replaceAll("\\.0$", "");
                json.writeNumberField(label, times.getValueAtPercentile(percentile));
            }
            json.writeNumberField("max", times.getMaxValue());
        }
        json.writeEndObject();
    }

    private static void write(JsonGenerator json, String name, long packets, double mean, long longest)
            throws IOException {
        if (packets > 0) {
            json.writeObjectFieldStart(name);
            json.writeNumberField("mean", rounded(mean));
            json.writeNumberField("max", longest);
            json.writeEndObject();
        }
    }

    private static double rounded(double value) {
        return Math.rint(value * 1000) / 1000;
    }
}
