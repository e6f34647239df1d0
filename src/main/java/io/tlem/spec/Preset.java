package io.tlem.spec;

import io.tlem.impair.SpecException;
import io.tlem.text.Nearest;
import io.tlem.text.Shown;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.List;

/**
 * A link that comes with the emulator: a configuration file whose first lines say what it is and where its values are from.
 *
 * @param name what users call it
 * @param text of the file
 */
public record Preset(String name, String text) {
    private static final String COMMENT = "# ";
    private static final String SOURCE = COMMENT + "Source: ";

    /** A jar cannot be asked for the files in it. */
    private static final List<String> NAMES = List.of(
            "3g",
            "lte",
            "5g",
            "starlink",
            "geo",
            "dsl",
            "cable",
            "wifi",
            "transatlantic",
            "bufferbloat",
            "quic-simple",
            "quic-long-rtt",
            "quic-transfer-loss",
            "quic-handshake-loss",
            "quic-corrupt-rate",
            "quic-drop-list",
            "quic-blackhole");

    /** All of them, in the order in which people are told of them. */
    public static List<Preset> all() {
        return NAMES.stream().map(Preset::load).toList();
    }

    /**
     * The one of a name.
     *
     * @throws SpecException when there is none
     */
    public static Preset named(String name) {
        if (!NAMES.contains(name)) {
            throw new SpecException(Shown.quoted(name) + " is no preset" + Nearest.hint(name, NAMES));
        }
        return load(name);
    }

    private static Preset load(String name) {
        try (InputStream file = Preset.class.getResourceAsStream("presets/" + name + ".yaml")) {
            return new Preset(name, new String(file.readAllBytes(), StandardCharsets.UTF_8));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** What it is, in a line. */
    public String summary() {
        return text.lines().findFirst().orElseThrow().substring(COMMENT.length());
    }

    /** Where its values are from, a publication or standard each. */
    public List<String> sources() {
        return text.lines()
                .filter(line -> line.startsWith(SOURCE))
                .map(line -> line.substring(SOURCE.length()))
                .toList();
    }

    /** What it says. */
    LinkSpec.Builder read() {
        LinkSpec.Builder builder = new LinkSpec.Builder();
        SpecReader.read("preset " + name, text, builder);
        return builder;
    }
}
