package io.tlem.bench;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.util.DefaultPrettyPrinter;
import java.io.IOException;
import java.io.Writer;
import java.math.BigDecimal;
import java.math.MathContext;
import java.math.RoundingMode;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/** All figures of one run of the benchmark, in the order in which they were made, and how they are written. */
final class Figures {
    private static final MathContext DIGITS = new MathContext(6, RoundingMode.HALF_EVEN);

    private final Map<String, String> environment = new LinkedHashMap<>();
    private final List<Figure> all = new ArrayList<>();
    private final Map<Object, List<Double>> runs = new LinkedHashMap<>();

    /** Says something about machine or run that holds for all figures. */
    void describe(String name, String value) {
        environment.put(name, value);
    }

    Map<String, String> environment() {
        return environment;
    }

    /** Adds what one run has measured to the figure of this name, which begins with its first run. */
    void add(String section, Map<String, String> of, String metric, String unit, double value) {
        Map<String, String> what = Collections.unmodifiableMap(new LinkedHashMap<>(of));
        runs.computeIfAbsent(List.of(section, what, metric, unit), key -> {
                    List<Double> values = new ArrayList<>();
                    all.add(new Figure(section, what, metric, unit, Collections.unmodifiableList(values)));
                    return values;
                })
                .add(value);
    }

    List<Figure> all() {
        return Collections.unmodifiableList(all);
    }

    List<Figure> of(String section) {
        return all.stream().filter(figure -> figure.section().equals(section)).toList();
    }

    void writeJson(Path file) throws IOException {
        try (Writer writer = Files.newBufferedWriter(file);
                JsonGenerator json = new JsonFactory().createGenerator(writer)) {
            json.setPrettyPrinter(new DefaultPrettyPrinter());
            json.writeStartObject();
            writeMap(json, "environment", environment);
            json.writeArrayFieldStart("figures");
            for (Figure figure : all) {
                json.writeStartObject();
                json.writeStringField("section", figure.section());
                writeMap(json, "of", figure.of());
                json.writeStringField("metric", figure.metric());
                json.writeStringField("unit", figure.unit());
                json.writeNumberField("median", rounded(figure.median()));
                json.writeNumberField("min", rounded(figure.min()));
                json.writeNumberField("max", rounded(figure.max()));
                json.writeArrayFieldStart("runs");
                for (double run : figure.runs()) {
                    json.writeNumber(rounded(run));
                }
                json.writeEndArray();
                json.writeEndObject();
            }
            json.writeEndArray();
            json.writeEndObject();
            json.writeRaw('\n');
        }
    }

    private static void writeMap(JsonGenerator json, String name, Map<String, String> map) throws IOException {
        json.writeObjectFieldStart(name);
        for (Map.Entry<String, String> entry : map.entrySet()) {
            json.writeStringField(entry.getKey(), entry.getValue());
        }
        json.writeEndObject();
    }

    /** One line a figure; {@code of} is {@code name=value} words, runs are separated by spaces. */
    void writeCsv(Path file) throws IOException {
        List<String> lines = new ArrayList<>(List.of("section,of,metric,unit,median,min,max,runs"));
        for (Figure figure : all) {
            lines.add(String.join(
                    ",",
                    figure.section(),
                    quoted(figure.of().entrySet().stream()
                            .map(entry -> entry.getKey() + "=" + entry.getValue())
                            .collect(Collectors.joining(" "))),
                    quoted(figure.metric()),
                    figure.unit(),
                    plain(figure.median()),
                    plain(figure.min()),
                    plain(figure.max()),
                    figure.runs().stream().map(Figures::plain).collect(Collectors.joining(" "))));
        }
        Files.write(file, lines);
    }

    /** Some names have commas in them, and none has quotes. */
    private static String quoted(String text) {
        return text.contains(",") ? '"' + text + '"' : text;
    }

    private static BigDecimal rounded(double value) {
        BigDecimal exact = BigDecimal.valueOf(value);
        BigDecimal rounded = exact.abs().compareTo(BigDecimal.valueOf(1_000_000)) >= 0
                ? exact.setScale(0, RoundingMode.HALF_EVEN)
                : exact.round(DIGITS);
        return new BigDecimal(rounded.stripTrailingZeros().toPlainString());
    }

    private static String plain(double value) {
        return rounded(value).toPlainString();
    }
}
