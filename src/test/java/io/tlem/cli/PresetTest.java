package io.tlem.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.tlem.impair.Role;
import io.tlem.spec.ConfigException;
import io.tlem.spec.Doubts;
import io.tlem.spec.LinkSpec;
import io.tlem.spec.Preset;
import io.tlem.spec.Setting;
import io.tlem.spec.SpecReader;
import io.tlem.spec.SpecWriter;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The links that come with the emulator, and what is given over them. */
class PresetTest {
    @TempDir
    Path folder;

    static Stream<Preset> presets() {
        return Preset.all().stream();
    }

    @ParameterizedTest
    @MethodSource("presets")
    void isAnOrdinaryConfigurationWithItsSources(Preset preset) {
        LinkSpec named = Configured.of("--preset", preset.name());
        assertEquals(SpecReader.parse("preset", preset.text(), folder), named);
        assertFalse(named.direction(0).of(Role.DELAY).isEmpty());
        assertEquals(List.of(), Doubts.of(named));
        assertFalse(preset.sources().isEmpty());
        assertTrue(preset.summary().endsWith(".") && !preset.summary().startsWith("Source"), preset.summary());
    }

    @Test
    void everyFileIsKnownAndInTheReference() throws IOException {
        String page = Reference.page("presets");
        try (Stream<Path> files = Files.list(Reference.root().resolve("src/main/resources/io/tlem/spec/presets"))) {
            assertEquals(
                    files.map(file -> file.getFileName().toString().replace(".yaml", ""))
                            .sorted()
                            .toList(),
                    presets().map(Preset::name).sorted().toList());
        }
        presets().forEach(preset -> {
            assertTrue(page.contains("| `" + preset.name() + "` | " + preset.summary()), preset.name());
            preset.sources().forEach(source -> assertTrue(page.contains(source), source));
        });
    }

    @Test
    void optionsWinOverIt() {
        LinkSpec spec = Configured.of("--preset=cable", "-D", "3ms", "-Q", "none", "-Q", "20k", "-L", "1%");
        assertEquals("3ms", spec.direction(0).of(Role.DELAY));
        assertEquals("1M", spec.direction(0).of(Role.BANDWIDTH));
        assertEquals("5M", spec.direction(1).of(Role.BANDWIDTH));
        assertEquals("50000", spec.direction(0).of(Role.QUEUE), "that of a bandwidth without a queue");
        assertEquals("20k", spec.direction(1).of(Role.QUEUE));
        assertEquals("1%", spec.direction(1).of(Role.LOSS));
        LinkSpec without = Configured.of("--preset=quic-handshake-loss", "--loss=none", "--bandwidth=none");
        assertEquals("", without.direction(0).of(Role.LOSS));
        assertEquals("", without.direction(0).of(Role.BANDWIDTH));
        assertEquals(without, SpecReader.parse("printed", SpecWriter.yaml(without), folder), "what config prints");
    }

    @Test
    void aFileMayNameIt() throws IOException {
        Path file = Files.writeString(folder.resolve("link.yaml"), "both: {loss: 2%}\npreset: geo\n");
        LinkSpec spec = Configured.of("--config=" + file);
        assertEquals("279ms", spec.direction(0).of(Role.DELAY));
        assertEquals("2%", spec.direction(0).of(Role.LOSS));
        LinkSpec other = Configured.of("--config=" + file, "--preset=lte");
        assertEquals("35ms", other.direction(0).of(Role.DELAY));
        assertEquals("2%", other.direction(0).of(Role.LOSS));
        assertEquals(
                "12M",
                new LinkSpec.Builder()
                        .with(Setting.PRESET, "lte")
                        .conclude()
                        .direction(1)
                        .of(Role.BANDWIDTH));
    }

    @Test
    void anUnknownOneIsRefused() throws IOException {
        ConfigException e = assertThrows(ConfigException.class, () -> Configured.of("--preset=starlnk"));
        assertEquals("--preset starlnk: 'starlnk' is no preset; did you mean 'starlink'?", e.getMessage());
        Path file = Files.writeString(folder.resolve("link.yaml"), "seed: 1\npreset: x\n");
        ConfigException inFile = assertThrows(ConfigException.class, () -> Configured.of("--config=" + file));
        assertTrue(inFile.getMessage().startsWith(file + ":2:9: preset x: 'x' is no preset"), inFile.getMessage());
        assertEquals(2, Main.execute("presets", "nosuch"));
    }
}
