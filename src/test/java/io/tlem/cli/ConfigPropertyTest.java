package io.tlem.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.tlem.impair.ModelKind;
import io.tlem.impair.Models;
import io.tlem.impair.Parameter;
import io.tlem.impair.Role;
import io.tlem.spec.ConfigException;
import io.tlem.spec.LinkSpec;
import io.tlem.spec.Setting;
import io.tlem.spec.SpecReader;
import io.tlem.spec.SpecWriter;
import io.tlem.spec.YamlFile;
import io.tlem.text.Escapes;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

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
        List<String> all = new ArrayList<>(List.of(Setting.NONE));
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

    /** Of settings whose values have a form, some. */
    private static final Map<Setting<?>, List<String>> VALUES = Map.ofEntries(
            Map.entry(Setting.WAIT_LINK, List.of("0", "100")),
            Map.entry(Setting.HTTP, List.of("0", "8080", "[::1]:80", "0.0.0.0:65535", "example.org:1")),
            Map.entry(Setting.EXEMPT, List.of("arp", "nd,arp")),
            Map.entry(
                    Setting.FILTER,
                    List.of("drop udp port 53; exempt icmp", "keep tcp[13] & 2 != 0 or not ip6", Setting.NONE)),
            Map.entry(Setting.CPUS, List.of("none", "0", "2,0,1,3")),
            Map.entry(Setting.BATCH, List.of("1", "8k", "64")),
            Map.entry(Setting.STAGES, List.of("1", "2", "3")),
            Map.entry(Setting.REAL_TIME, List.of("1", "99")),
            Map.entry(Setting.NICE, List.of("0", "-20", "-7")),
            Map.entry(Setting.SEED, List.of("-1", "18446744073709551615", "7")),
            Map.entry(Setting.MAX_LAG, List.of("0", "5ms", "1e-3", Setting.NONE)),
            Map.entry(Setting.BUFFER, List.of("64k", "1G", "70000", Setting.NONE)),
            Map.entry(Setting.OVERFLOW, List.of("wait", "drop", Setting.NONE)),
            Map.entry(Setting.MAX_BANDWIDTH, List.of("1T", Setting.NONE)),
            Map.entry(Setting.MAX_DELAY, List.of("3600", Setting.NONE)),
            Map.entry(Setting.MAX_HOLD, List.of("3600s", Setting.NONE)),
            Map.entry(
                    Setting.LEDGER, List.of("x", "a b.csv,every=100", "/y\\,z,format=mahimahi", "p.pcapng,snap=1514")),
            Map.entry(Setting.RECORD, List.of("x", "a b.pcapng,snap=128", "/y\\,z")),
            Map.entry(Setting.NAME, List.of("a", "link-1.b_")),
            Map.entry(Setting.PRESET, List.of("lte", "geo", "quic-drop-list")));

    private static final List<String> TIMES = List.of("0", "10us", "1.5");
    private static final List<String> FILES = List.of("log", "a b/../c", "/x,y", "# no comment");
    private static final List<String> WORDS = List.of("5", "on", "1: 2", "[a", "null", "'", "\"");

    private static List<String> arguments(long choice, String text) {
        Random random = new Random(choice);
        List<String> arguments = new ArrayList<>();
        for (Setting<?> setting : Setting.all()) {
            if (setting.equals(Setting.MODEL_PATH) || random.nextInt(3) == 0) {
                continue;
            }
            int times = switch (setting.shape()) {
                case PORTS -> 2;
                case EACH_WAY, SEVERAL, COUNT -> 1 + random.nextInt(2);
                case ONE, FLAG -> 1;
            };
            for (; times > 0; times--) {
                String value = value(setting, random, text);
                arguments.add(setting.option() + (value.isEmpty() ? "" : "=" + value));
            }
        }
        return arguments;
    }

    private static String value(Setting<?> setting, Random random, String text) {
        if (setting.role().isPresent()) {
            return random(random, specifications(setting.role().get()));
        }
        String word = random.nextInt(2) == 0 ? random(random, WORDS) : text;
        return switch (setting.shape()) {
            case FLAG, COUNT -> "";
            case PORTS -> Escapes.part(word);
            case SEVERAL -> setting.isFile() ? random(random, FILES) : word;
            case ONE, EACH_WAY -> random(random, VALUES.getOrDefault(setting, setting.isFile() ? FILES : TIMES));
        };
    }

    @Property(tries = 120)
    void aWrittenSpecificationIsTheSame(@ForAll long choice, @ForAll("words") String text) throws IOException {
        LinkSpec first;
        try {
            first = Configured.of(arguments(choice, text).toArray(String[]::new));
        } catch (ConfigException e) {
            assertTrue(e.getMessage().contains("delay-first"), e.getMessage());
            return;
        }
        LinkSpec second = written(SpecWriter.yaml(first), ".yaml");
        assertEquals(SpecWriter.yaml(first), SpecWriter.yaml(second));
        assertEquals(SpecWriter.json(first), SpecWriter.json(second));
        assertEquals(models(first), models(second));
        assertEquals(second, written(SpecWriter.yaml(second), ".yaml"));
        assertEquals(second, written(SpecWriter.json(second), ".json"));
        assertEquals(
                second.hashCode(), written(SpecWriter.json(second), ".json").hashCode());
        assertEquals(List.of(), second.difference(written(SpecWriter.json(second), ".json")));
    }

    /** Two are equal exactly if there is no difference, and what is said of a setting once is what was changed. */
    @Property(tries = 120)
    void whatDiffersIsSaid(@ForAll long choice, @ForAll long other) {
        LinkSpec one;
        LinkSpec two;
        try {
            one = Configured.of(arguments(choice, "x").toArray(String[]::new));
            two = Configured.of(arguments(other, "x").toArray(String[]::new));
        } catch (ConfigException e) {
            return;
        }
        assertEquals(one.equals(two), one.difference(two).isEmpty());
        assertEquals(one.difference(two).size(), two.difference(one).size());
        for (Setting<?> setting : Setting.all()) {
            long said = one.difference(two).stream()
                    .filter(line -> line.replaceFirst("^(a->b|b->a) ", "").startsWith(setting.key() + ": "))
                    .count();
            assertTrue(
                    said <= (setting.isEachWay() ? 2 : 1), one.difference(two).toString());
        }
    }

    private static LinkSpec written(String text, String end) throws IOException {
        Path file = Files.createTempFile("link", end);
        try {
            Files.writeString(file, text);
            return Configured.of("--config=" + file);
        } finally {
            Files.delete(file);
        }
    }

    private static List<Map<Role, String>> models(LinkSpec spec) {
        return List.of(spec.direction(0).models(), spec.direction(1).models());
    }

    @Provide
    Arbitrary<String> words() {
        return Arbitraries.strings()
                .ofMinLength(1)
                .ofMaxLength(8)
                .filter(text -> !text.isBlank() && text.chars().noneMatch(c -> Character.isSurrogate((char) c)));
    }

    /** Judges a text; only the documented exception may come out. */
    private static void judge(String text) {
        try {
            LinkSpec ignored = SpecReader.parse("f", text, Path.of("/nonexistent"));
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
