package io.tlem.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.tlem.config.ConfigException;
import io.tlem.config.YamlFile;
import io.tlem.impair.ModelKind;
import io.tlem.impair.Models;
import io.tlem.impair.Parameter;
import io.tlem.impair.Role;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.stream.Collectors;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import picocli.CommandLine.Model.OptionSpec;

/** Configurations come back as they were printed, and whatever a file contains is judged quickly and in little memory. */
class ConfigPropertyTest {
    private static final String VALID = """
            ports: [eth1, 'pipe:x{1']
            seed: 42
            both: &all
              bandwidth: 100M
              delay: {kind: uniform, min: 1ms, max: 2ms}
              queue: {kind: packets, n: 100}
            a-to-b:
              loss: {kind: packets, list: [3, 7, 10-20]}
            b-to-a: *all
            batch: 16
            json: true
            """;

    /** Of each kind that needs no file, its example and another way to write it. */
    private static List<String> specifications(Role role) {
        List<String> all = new ArrayList<>(List.of("", LinkOptions.NONE));
        for (ModelKind kind : Models.kinds(role)) {
            boolean hasFile = kind.parameters().stream().anyMatch(parameter -> parameter.unit() == Parameter.Unit.FILE);
            if (!hasFile) {
                all.add(kind.example());
                all.add(kind.example().replace(",", " , "));
            }
        }
        return all;
    }

    private static String random(Random random, List<String> values) {
        return values.get(random.nextInt(values.size()));
    }

    private static List<String> arguments(long choice, String text) {
        Random random = new Random(choice);
        List<String> arguments = new ArrayList<>();
        for (Role role : Role.values()) {
            List<String> possible = specifications(role);
            for (int times = random.nextInt(3); times > 0; times--) {
                String value = random(random, possible);
                if (!value.isEmpty()) {
                    arguments.add("--" + role.label() + "=" + value);
                }
            }
        }
        for (OptionSpec option : ConfigFile.keys(Configured.of().command()).values()) {
            String name = option.longestName();
            boolean model = ConfigFile.role(name.substring(2)).isPresent();
            if (model || name.equals("--model-path") || random.nextInt(3) > 0) {
                continue;
            }
            if (option.typeInfo().isBoolean()) {
                arguments.add(name);
            } else if (option.type() == Long.class) {
                arguments.add(name + "=" + random.nextLong());
            } else if (option.type() == Path.class) {
                arguments.add(name + "=" + random(random, List.of("log", "a b/../c", "/x,y", "# no comment")));
            } else if (option.type() == String.class || option.type() == List.class) {
                for (int times = name.equals("--port") ? 2 : 1; times > 0; times--) {
                    arguments.add(
                            name + "=" + random(random, List.of("5", "on", "1: 2", "[a", "null", "'", "\\", text)));
                }
            }
        }
        return arguments;
    }

    @Property(tries = 300)
    void aPrintedConfigurationIsTheSame(@ForAll long choice, @ForAll("words") String text) throws IOException {
        Configured first = Configured.of(arguments(choice, text).toArray(String[]::new));
        String printed = first.text();
        Path file = Files.createTempFile("link", ".yaml");
        try {
            Files.writeString(file, printed);
            Configured second = Configured.of("--config=" + file);
            assertEquals(printed, second.text());
            assertEquals(values(first), values(second));
        } finally {
            Files.delete(file);
        }
    }

    @Provide
    Arbitrary<String> words() {
        return Arbitraries.strings()
                .ofMinLength(1)
                .ofMaxLength(8)
                .filter(text -> !text.isBlank()
                        && text.chars().noneMatch(c -> Character.isSurrogate((char) c))
                        && !text.equals(LinkOptions.NONE));
    }

    /** What the options are, whichever way they were given. */
    private static String values(Configured configured) {
        LinkOptions link = configured.options().link;
        List<String> all = new ArrayList<>(
                List.of(normal(link.spec(0)), normal(link.spec(1)), LinkOptions.one("--buffer", link.buffer, 0)));
        all.add(LinkOptions.one("--buffer", link.buffer, 1));
        ConfigFile.keys(configured.command()).forEach((key, option) -> {
            Object value = option.getValue();
            if (value instanceof boolean[] flags) {
                all.add(key + Arrays.toString(flags));
            } else if (value instanceof Path path) {
                all.add(key + path.toAbsolutePath().normalize());
            } else if (!ConfigFile.isDirectional(option)) {
                all.add(key + value);
            }
        });
        return String.join("\n", all);
    }

    private static String normal(DirectionSpec spec) {
        return Arrays.stream(Role.values())
                .map(role -> Arrays.stream(spec.of(role).split(",", -1))
                        .map(String::strip)
                        .collect(Collectors.joining(",")))
                .collect(Collectors.joining(" "));
    }

    /** Judges a text; only the documented exception may come out. */
    private static void judge(String text) {
        try {
            ConfigFile.parse("f", text, Path.of("/nonexistent"));
        } catch (ConfigException e) {
            assertEquals(1, e.getMessage().lines().count(), e.getMessage());
            assertTrue(e.getMessage().matches("(?s)f:([0-9]+:[0-9]+:)? .*"), e.getMessage());
            assertTrue(e.getMessage().length() < 2000, e.getMessage());
        }
    }

    @Property(tries = 2000)
    void randomTextIsJudged(@ForAll String text) {
        judge(text);
    }

    @Property(tries = 2000)
    void textInYamlsAlphabetIsJudged(@ForAll("yamlish") String text) {
        judge(text);
    }

    @Provide
    Arbitrary<String> yamlish() {
        return Arbitraries.of(
                        "both",
                        "a-to-b",
                        "delay",
                        "seed",
                        "ports",
                        "loss",
                        "kind",
                        "uniform",
                        ": ",
                        ":",
                        "\n",
                        "\n  ",
                        " ",
                        "- ",
                        "[",
                        "]",
                        "{",
                        "}",
                        ",",
                        "'",
                        "\"",
                        "&a ",
                        "*a",
                        "!",
                        "|",
                        ">",
                        "#",
                        "%",
                        "---\n",
                        "...\n",
                        "? ",
                        "1",
                        "0.5",
                        "-1",
                        "9999999999999999999999",
                        "1e999",
                        "\t",
                        "\\",
                        "~",
                        "null",
                        "\u0085",
                        "@")
                .list()
                .ofMaxSize(40)
                .map(words -> String.join("", words));
    }

    @Property(tries = 2000)
    void aMutatedFileIsJudged(@ForAll long choice) {
        Random random = new Random(choice);
        StringBuilder text = new StringBuilder(VALID);
        for (int changes = 1 + random.nextInt(4); changes > 0; changes--) {
            int at = random.nextInt(text.length());
            switch (random.nextInt(4)) {
                case 0 -> text.deleteCharAt(at);
                case 1 -> text.insert(at, (char) (random.nextInt(4) > 0 ? ' ' + random.nextInt(95) : random.nextInt()));
                case 2 -> text.setCharAt(at, text.charAt(random.nextInt(text.length())));
                default -> text.insert(at, text.substring(at, Math.min(text.length(), at + random.nextInt(30))));
            }
        }
        judge(text.toString());
    }

    @Test
    @Timeout(30)
    void whatIsMeantToTakeLongOrMuchDoesNot() {
        int most = YamlFile.MAX_BYTES - 100;
        StringBuilder bomb = new StringBuilder("seed: &a0 [x, x]\n");
        for (int i = 1; i < 60; i++) {
            bomb.append("k")
                    .append(i)
                    .append(": &a")
                    .append(i)
                    .append(" [*a")
                    .append(i - 1)
                    .append(", *a")
                    .append(i - 1);
            bomb.append("]\n");
        }
        String open = "both: ";
        List<String> texts = List.of(
                "[".repeat(most),
                "{".repeat(most),
                "[{".repeat(most / 2),
                "- ".repeat(most / 2),
                "? ".repeat(most / 2),
                "a: ".repeat(most / 3),
                open + "[".repeat(most),
                open + "{a: ".repeat(most / 4),
                "seed: " + "9".repeat(most),
                "seed: '" + "x".repeat(most) + "'",
                "x".repeat(most) + ": 1",
                "both: {delay: " + "9".repeat(most) + "}",
                "both: {delay: '" + "1,".repeat(most / 2) + "'}",
                "both: {loss: '" + "packets," + "1,".repeat(most / 2) + "1'}",
                "both: {loss: {kind: packets, list: [" + "1,".repeat(most / 2) + "]}}",
                "both: {queue: 1e300}",
                "both: {bandwidth: 1e999, queue: 'packets,99999999999999999999'}",
                "ports: [" + "x,".repeat(most / 2) + "]",
                "both: {" + lines("k", ": 1, ", most / 12) + "}",
                "\n".repeat(most),
                "#".repeat(most),
                "&".repeat(most),
                "!".repeat(most),
                "'".repeat(most),
                "\"" + "\\".repeat(most),
                "%".repeat(most),
                "|\n" + " x\n".repeat(most / 3),
                "a: &a *a",
                bomb.toString(),
                "seed: &a 1\nports: [" + "*a,".repeat(most / 3) + "]");
        var memory = (com.sun.management.ThreadMXBean) ManagementFactory.getThreadMXBean();
        judge(VALID);
        for (String text : texts) {
            long before = memory.getCurrentThreadAllocatedBytes();
            long start = System.nanoTime();
            judge(text);
            String shown = text.substring(0, Math.min(30, text.length())).replace('\n', ' ');
            assertTrue(System.nanoTime() - start < 5_000_000_000L, shown + " takes long");
            long bytes = memory.getCurrentThreadAllocatedBytes() - before;
            assertTrue(bytes < 128L << 20, shown + " takes " + bytes + " bytes in total");
        }
    }

    private static String lines(String prefix, String suffix, int count) {
        StringBuilder lines = new StringBuilder();
        for (int i = 0; i < count; i++) {
            lines.append(prefix).append(i).append(suffix);
        }
        return lines.toString();
    }
}
