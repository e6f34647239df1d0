package io.tlem.report;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.util.DefaultPrettyPrinter;
import io.tlem.stats.DropReason;
import io.tlem.stats.JsonReport;
import java.io.IOException;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.OptionalDouble;

/** A report as data, {@code --report FILE.json}. */
final class JsonFile {
    private JsonFile() {}

    /** The whole file. */
    static String of(Content content) {
        RunEnd end = content.end();
        StringWriter text = new StringWriter();
        try (JsonGenerator json = new JsonFactory().createGenerator(text)) {
            json.setPrettyPrinter(new DefaultPrettyPrinter());
            json.writeStartObject();
            json.writeStringField("type", "report");
            json.writeStringField("time", end.time().toString());
            json.writeBooleanField("passed", content.passed());
            strings(json, "worthless", content.facts().worthless());
            outcomes(json, content);
            models(json, content.facts());
            numbers(json, content.facts());
            disturbances(json, content.facts());
            timeline(json, content.facts());
            json.writeStringField("configuration", end.configuration());
            strings(json, "changes", content.facts().changes());
            json.writeObjectFieldStart("machine");
            for (Map.Entry<String, String> fact : content.machine().entrySet()) {
                json.writeStringField(fact.getKey(), fact.getValue());
            }
            json.writeEndObject();
            json.writeFieldName("start");
            json.writeRawValue(JsonReport.start(end.time(), end.run()));
            json.writeFieldName("summary");
            json.writeRawValue(JsonReport.summary(end.last(), end.measured()));
            json.writeObjectFieldStart("traffic");
            for (Map.Entry<String, OptionalDouble> number :
                    TrafficNumbers.all(end.traffic()).entrySet()) {
                write(json, number.getKey(), number.getValue());
            }
            json.writeEndObject();
            json.writeEndObject();
        } catch (IOException e) {
            throw new UncheckedIOException(e); // a StringWriter does not throw
        }
        return text + "\n";
    }

    private static void strings(JsonGenerator json, String name, Iterable<String> lines) throws IOException {
        json.writeArrayFieldStart(name);
        for (String line : lines) {
            json.writeString(line);
        }
        json.writeEndArray();
    }

    private static void outcomes(JsonGenerator json, Content content) throws IOException {
        json.writeArrayFieldStart("assertions");
        for (Assertion.Outcome outcome : content.outcomes()) {
            json.writeStartObject();
            json.writeStringField("text", outcome.assertion().text());
            json.writeBooleanField("holds", outcome.holds());
            write(json, "value", outcome.value());
            json.writeEndObject();
        }
        json.writeEndArray();
        json.writeArrayFieldStart("expectations");
        for (RunEnd.Expected expected : content.end().expectations()) {
            json.writeStartObject();
            json.writeStringField("text", expected.text());
            json.writeBooleanField("holds", expected.failure().isEmpty());
            if (expected.failure().isPresent()) {
                json.writeStringField("failure", expected.failure().get());
            }
            json.writeEndObject();
        }
        json.writeEndArray();
    }

    private static void models(JsonGenerator json, Facts facts) throws IOException {
        json.writeArrayFieldStart("models");
        for (Finding finding : facts.findings()) {
            json.writeStartObject();
            json.writeStringField("direction", finding.direction());
            json.writeStringField("property", finding.property());
            json.writeStringField("request", finding.request());
            if (!finding.span().isEmpty()) {
                json.writeStringField("span", finding.span());
            }
            json.writeStringField("verdict", finding.verdict().name().toLowerCase(Locale.ROOT));
            json.writeStringField("unit", finding.quantity().label());
            write(json, "requested", finding.requested());
            write(json, "realised", finding.realised());
            if (finding.interval().isPresent()) {
                write(json, "low", OptionalDouble.of(finding.interval().get().low()));
                write(json, "high", OptionalDouble.of(finding.interval().get().high()));
            }
            json.writeNumberField("packets", finding.packets());
            json.writeStringField("fit", finding.fit());
            json.writeStringField("reason", finding.reason());
            json.writeEndObject();
        }
        json.writeEndArray();
    }

    /** Each number at the path that is its name; what was not measured is left out. */
    private static void numbers(JsonGenerator json, Facts facts) throws IOException {
        json.writeObjectFieldStart("numbers");
        for (Facts.DirectionFacts direction : facts.directions()) {
            Map<String, Map<String, OptionalDouble>> families = new LinkedHashMap<>();
            for (Numbers.Measure number : Numbers.listed()) {
                int point = number.name().indexOf('.');
                String family = point < 0 ? number.name() : number.name().substring(0, point);
                String rest = point < 0 ? "" : number.name().substring(point + 1);
                families.computeIfAbsent(family, name -> new LinkedHashMap<>())
                        .put(rest, number.value().apply(direction));
            }
            json.writeObjectFieldStart(direction.label());
            for (Map.Entry<String, Map<String, OptionalDouble>> family : families.entrySet()) {
                if (family.getValue().containsKey("")) {
                    write(json, family.getKey(), family.getValue().get(""));
                    continue;
                }
                json.writeObjectFieldStart(family.getKey());
                for (Map.Entry<String, OptionalDouble> one : family.getValue().entrySet()) {
                    write(json, one.getKey(), one.getValue());
                }
                json.writeEndObject();
            }
            json.writeEndObject();
        }
        json.writeEndObject();
    }

    private static void disturbances(JsonGenerator json, Facts facts) throws IOException {
        json.writeArrayFieldStart("disturbances");
        for (Facts.DirectionFacts direction : facts.directions()) {
            for (Disturbance one : direction.disturbances()) {
                json.writeStartObject();
                json.writeStringField("direction", direction.label());
                json.writeNumberField("start_ns", one.startNanos());
                json.writeNumberField("end_ns", one.endNanos());
                json.writeNumberField("late_ns", one.lateNanos());
                json.writeNumberField("held_ns", one.heldNanos());
                json.writeEndObject();
            }
        }
        json.writeEndArray();
    }

    private static void timeline(JsonGenerator json, Facts facts) throws IOException {
        json.writeArrayFieldStart("timeline");
        for (Timeline.Point point : facts.points()) {
            json.writeStartObject();
            json.writeNumberField("end_ns", point.endNanos());
            json.writeNumberField("span_ns", point.spanNanos());
            for (int way = 0; way < point.ways().size(); way++) {
                Timeline.Way of = point.ways().get(way);
                json.writeObjectFieldStart(facts.directions().get(way).label());
                json.writeNumberField("received_bytes", of.receivedBytes());
                json.writeNumberField("transmitted_bytes", of.sentBytes());
                json.writeNumberField("lateness_p99_ns", of.latenessNanos());
                json.writeNumberField("longest_stall_ns", of.stallNanos());
                json.writeObjectFieldStart("dropped_packets");
                for (Map.Entry<DropReason, Long> drop : of.drops().entrySet()) {
                    if (drop.getValue() > 0) {
                        json.writeNumberField(drop.getKey().label(), drop.getValue());
                    }
                }
                json.writeEndObject();
                json.writeEndObject();
            }
            json.writeEndObject();
        }
        json.writeEndArray();
    }

    /** What is whole is written so. */
    private static void write(JsonGenerator json, String name, OptionalDouble value) throws IOException {
        if (value.isEmpty() || !Double.isFinite(value.getAsDouble())) {
            return;
        }
        double number = value.getAsDouble();
        if (number == Math.rint(number) && Math.abs(number) < 1L << 53) {
            json.writeNumberField(name, (long) number);
        } else {
            json.writeNumberField(name, number);
        }
    }
}
