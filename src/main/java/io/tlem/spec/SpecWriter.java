package io.tlem.spec;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.util.DefaultPrettyPrinter;
import io.tlem.impair.Models;
import java.io.IOException;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Writes the specification of a link as {@link SpecReader} reads it. Files are named from the root, so that it can be kept anywhere. */
public final class SpecWriter {
    private static final JsonFactory FACTORY = new JsonFactory();

    private SpecWriter() {}

    /** As YAML, with what is not given as comments. */
    public static String yaml(LinkSpec spec) {
        List<String> lines = new ArrayList<>(List.of("# Run it with: tlem run --config FILE"));
        List<String> whole = new ArrayList<>();
        tree(spec).forEach((key, value) -> {
            if (value instanceof Map<?, ?> section) {
                lines.addAll(List.of("", key + ":"));
                section.forEach((name, inner) -> lines.add("  " + name + ": " + text(inner)));
            } else {
                (key.equals(Setting.PORTS.key()) ? lines : whole).add(key + ": " + text(value));
            }
        });
        if (!whole.isEmpty()) {
            lines.add("");
            lines.addAll(whole);
        }
        lines.addAll(List.of("", "# Not given:"));
        Setting.all().stream()
                .filter(setting -> !isGiven(setting, spec))
                .forEach(setting -> lines.add("# " + setting.key() + ": " + setting.fallback()));
        return String.join("\n", lines) + "\n";
    }

    private static boolean isGiven(Setting<?> setting, LinkSpec spec) {
        return spec.values().given().containsKey(setting)
                || spec.direction(0).values().given().containsKey(setting)
                || spec.direction(1).values().given().containsKey(setting);
    }

    private static String text(Object value) {
        return switch (value) {
            case List<?> several ->
                YamlText.list(several.stream().map(String::valueOf).toList());
            case String text -> YamlText.scalar(text);
            default -> value.toString();
        };
    }

    /**
     * What is to become of one direction, as JSON: read as a link, it is that direction.
     *
     * @param direction 0 is A to B, 1 is B to A
     */
    public static String json(int direction, DirectionSpec spec) {
        LinkSpec.Builder link = new LinkSpec.Builder();
        spec.giveTo(link, direction);
        return json(link.conclude());
    }

    /** As JSON of the same structure. */
    public static String json(LinkSpec spec) {
        StringWriter text = new StringWriter();
        try (JsonGenerator json = FACTORY.createGenerator(text)) {
            json.setPrettyPrinter(new DefaultPrettyPrinter());
            JsonText.write(json, tree(spec));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return text.append('\n').toString();
    }

    /** Mappings, lists, strings, numbers and flags: what both notations have. */
    public static Map<String, Object> tree(LinkSpec spec) {
        Map<String, Object> tree = new LinkedHashMap<>();
        Map<String, Object> whole = tree(spec.values());
        Object ports = whole.remove(Setting.PORTS.key());
        if (ports != null) {
            tree.put(Setting.PORTS.key(), ports);
        }
        Map<String, Object> aToB = tree(spec.direction(0).values());
        Map<String, Object> bToA = tree(spec.direction(1).values());
        Map<String, Object> both = new LinkedHashMap<>(aToB);
        both.entrySet().retainAll(bToA.entrySet());
        aToB.keySet().removeAll(both.keySet());
        bToA.keySet().removeAll(both.keySet());
        Map<Section, Map<String, Object>> sections =
                Map.of(Section.BOTH, both, Section.A_TO_B, aToB, Section.B_TO_A, bToA);
        for (Section section : Section.values()) {
            if (!sections.get(section).isEmpty()) {
                tree.put(section.key(), sections.get(section));
            }
        }
        tree.putAll(whole);
        return tree;
    }

    static Map<String, Object> tree(Values values) {
        Map<String, Object> tree = new LinkedHashMap<>();
        values.given().forEach((setting, given) -> {
            List<Object> written =
                    given.stream().map(value -> written(setting, value)).toList();
            boolean list = setting.shape() == Setting.Shape.PORTS || setting.shape() == Setting.Shape.SEVERAL;
            tree.put(setting.key(), list ? written : written.getFirst());
        });
        return tree;
    }

    private static Object written(Setting<?> setting, Value<?> value) {
        return switch (value.value()) {
            case String model
            when setting.role().isPresent() ->
                Models.withFiles(setting.role().get(), model, file -> absolute(Path.of(file)));
            case Path file -> absolute(file);
            case LedgerFile ledger ->
                ledger.within(Path.of("").toAbsolutePath()).toString();
            case RecordFile recording ->
                recording.within(Path.of("").toAbsolutePath()).toString();
            case Boolean flag -> flag;
            case Integer number -> number;
            default -> value.written();
        };
    }

    private static String absolute(Path file) {
        return file.toAbsolutePath().normalize().toString();
    }
}
