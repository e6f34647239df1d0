package io.tlem.report;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.util.DefaultPrettyPrinter;
import io.tlem.stats.JsonReport;
import java.io.IOException;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;

/** A report as data, {@code --report FILE.json}. */
final class JsonFile {
    private JsonFile() {}

    /** The whole file. */
    static String of(RunEnd end, Facts facts, List<Assertion.Outcome> outcomes) {
        StringWriter text = new StringWriter();
        try (JsonGenerator json = new JsonFactory().createGenerator(text)) {
            json.setPrettyPrinter(new DefaultPrettyPrinter());
            json.writeStartObject();
            json.writeStringField("type", "report");
            json.writeStringField("time", end.time().toString());
            json.writeBooleanField(
                    "passed",
                    outcomes.stream().allMatch(Assertion.Outcome::holds)
                            && end.expectations().stream()
                                    .allMatch(one -> one.failure().isEmpty()));
            json.writeArrayFieldStart("assertions");
            for (Assertion.Outcome outcome : outcomes) {
                json.writeStartObject();
                json.writeStringField("text", outcome.assertion().text());
                json.writeBooleanField("holds", outcome.holds());
                write(json, "value", outcome.value());
                json.writeEndObject();
            }
            json.writeEndArray();
            json.writeArrayFieldStart("expectations");
            for (RunEnd.Expected expected : end.expectations()) {
                json.writeStartObject();
                json.writeStringField("text", expected.text());
                json.writeBooleanField("holds", expected.failure().isEmpty());
                if (expected.failure().isPresent()) {
                    json.writeStringField("failure", expected.failure().get());
                }
                json.writeEndObject();
            }
            json.writeEndArray();
            numbers(json, facts);
            json.writeFieldName("start");
            json.writeRawValue(JsonReport.start(end.time(), end.run()));
            json.writeFieldName("summary");
            json.writeRawValue(JsonReport.summary(end.last(), end.measured()));
            json.writeEndObject();
        } catch (IOException e) {
            throw new UncheckedIOException(e); // a StringWriter does not throw
        }
        return text + "\n";
    }

    /** Each number at the path that is its name; what was not measured is left out. */
    private static void numbers(JsonGenerator json, Facts facts) throws IOException {
        json.writeObjectFieldStart("numbers");
        for (Facts.DirectionFacts direction : facts.directions()) {
            Map<String, Map<String, OptionalDouble>> families = new LinkedHashMap<>();
            for (Numbers.Number number : Numbers.listed()) {
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

    /** What is whole is written so. */
    static void write(JsonGenerator json, String name, OptionalDouble value) throws IOException {
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
