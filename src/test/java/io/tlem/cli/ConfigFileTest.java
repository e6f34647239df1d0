package io.tlem.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.tlem.buffer.SharedBuffer;
import io.tlem.impair.RandomStreams;
import io.tlem.impair.Role;
import io.tlem.link.DirectionModels;
import io.tlem.link.LinkConfig;
import io.tlem.spec.ConfigException;
import io.tlem.spec.LinkSpec;
import io.tlem.spec.Setting;
import io.tlem.spec.SpecWriter;
import io.tlem.spec.Value;
import io.tlem.spec.YamlFile;
import io.tlem.thread.CpuClaims;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import picocli.CommandLine.Model.CommandSpec;

/** What configuration files mean, and that what is wrong in one is said with its line and column. */
class ConfigFileTest {
    @TempDir
    Path folder;

    private Path write(String name, String text) throws IOException {
        return Files.writeString(folder.resolve(name), text);
    }

    private LinkSpec options(String text, String... arguments) throws IOException {
        List<String> all = new ArrayList<>(List.of(arguments));
        all.add("--config=" + write("link.yaml", text));
        return Configured.of(all.toArray(String[]::new));
    }

    private static List<String> ports(LinkSpec spec) {
        return spec.ports().stream().map(Value::written).toList();
    }

    /** What another program has printed unsigned is the number that this one prints signed. */
    @ParameterizedTest
    @CsvSource({
        "15392644102542209689, -3054099971167341927",
        "18446744073709551615, -1",
        "9223372036854775808, -9223372036854775808",
        "-9223372036854775808, -9223372036854775808",
        "-1, -1",
        "0, 0",
        "+42, 42"
    })
    void aSeedIsAnyNumberOfSixtyFourBits(String text, long seed) throws IOException {
        assertEquals(seed, options("seed: " + text + "\n").find(Setting.SEED).orElseThrow());
        LinkSpec configured = Configured.of("--seed=" + text);
        assertEquals(seed, configured.find(Setting.SEED).orElseThrow());
        assertEquals(
                seed, options(SpecWriter.yaml(configured)).find(Setting.SEED).orElseThrow());
    }

    @ParameterizedTest
    @ValueSource(strings = {"18446744073709551616", "-9223372036854775809", "1e3", "0x10", "1_000", "--1"})
    void otherNumbersAreNoSeeds(String text) {
        assertThrows(ConfigException.class, () -> Configured.of("--seed=" + text));
    }

    @Test
    void aDirectionsOwnKeyWins() throws IOException {
        LinkSpec options = options("""
                ports: [eth1, eth2]
                seed: 42
                both:
                  bandwidth: 100M
                  delay: {kind: uniform, min: 1ms, max: 2ms}
                  loss: 0.01
                a-to-b:
                  delay: 5ms
                b-to-a:
                  loss: none
                  outage: periodic,1s,1s
                  buffer: 4M
                batch: 16
                json: true
                verbose: 2
                quiet: false
                """);
        assertEquals(List.of("eth1", "eth2"), ports(options));
        assertEquals(42L, options.find(Setting.SEED).orElseThrow());
        assertEquals("5ms", options.direction(0).of(Role.DELAY));
        assertEquals("uniform,min=1ms,max=2ms", options.direction(1).of(Role.DELAY));
        assertEquals("0.01", options.direction(0).of(Role.LOSS));
        assertEquals("", options.direction(1).of(Role.LOSS));
        assertEquals("", options.direction(0).of(Role.OUTAGE));
        assertEquals("periodic,1s,1s", options.direction(1).of(Role.OUTAGE));
        assertEquals("100M", options.direction(1).of(Role.BANDWIDTH));
        assertEquals("50000", options.direction(0).of(Role.QUEUE), "the default");
        assertEquals(2, Configured.of("-v", "-v", "-q").verbosity());
        assertEquals(-1, Configured.of("-qq").verbosity());
        assertEquals(Optional.empty(), options.direction(0).bufferBytes());
        assertEquals(Optional.of(4L << 20), options.direction(1).bufferBytes());
        assertEquals(16, options.get(Setting.BATCH));
        assertTrue(options.get(Setting.JSON));
        assertEquals(3, options.verbosity());
    }

    @Test
    void theCommandLineWins() throws IOException {
        LinkSpec options = options(
                "ports: {b: b0, a: a0}\nseed: 1\nstages: 3\nboth: {delay: 1ms, loss: 1%}\n", "-D", "7ms", "--seed=9");
        assertEquals(List.of("a0", "b0"), ports(options));
        assertEquals(9L, options.find(Setting.SEED).orElseThrow());
        assertEquals(3, options.get(Setting.STAGES));
        assertEquals("7ms", options.direction(0).of(Role.DELAY));
        assertEquals("7ms", options.direction(1).of(Role.DELAY));
        assertEquals("1%", options.direction(1).of(Role.LOSS));
    }

    @Test
    void filesAreRelativeToTheFilesFolder() throws IOException {
        write("delays.txt", "0 1ms\n1 2ms\n");
        LinkSpec options = options("""
                both: {delay: 'trace,delays.txt'}
                b-to-a: {delay: {kind: trace, file: delays.txt, end: wrap}}
                histogram-log: log
                """);
        String file = folder.resolve("delays.txt").toString();
        assertEquals("trace," + file, options.direction(0).of(Role.DELAY));
        assertEquals("trace,file=" + file + ",end=wrap", options.direction(1).of(Role.DELAY));
        assertEquals(folder.resolve("log"), options.find(Setting.HISTOGRAM_LOG).orElseThrow());
    }

    @Test
    void whatYamlOffersWorks() throws IOException {
        LinkSpec options = options("""
                %YAML 1.2
                ---
                # a comment
                a-to-b: &there
                  loss:
                    kind: packets
                    list: [3, 7, 10-20]
                  delay: "1e-3"
                b-to-a: *there
                """);
        assertEquals("packets,list=3,list=7,list=10-20", options.direction(1).of(Role.LOSS));
        assertEquals("1e-3", options.direction(0).of(Role.DELAY));
        assertEquals(options.direction(0), options.direction(1));
    }

    @Test
    void theLeastBufferIsTheBuffersOwn() {
        assertEquals(SharedBuffer.MIN_CAPACITY_BYTES, Setting.MIN_BUFFER_BYTES);
    }

    @Test
    void anEmptyFileSaysNothing() throws IOException {
        assertEquals("no impairment", options("").direction(0).toString());
        assertEquals("no impairment", options("\uFEFF# nothing\n").direction(1).toString());
    }

    @Test
    void theReferencesExampleIsAccepted() throws IOException {
        String text = Reference.page("configuration");
        int start = text.indexOf("```yaml\n") + 8;
        assertTrue(start > 8, "an example");
        LinkSpec options = options(text.substring(start, text.indexOf("```", start)));
        assertEquals(List.of("eth1", "eth2"), ports(options));
        assertEquals("40M", options.direction(0).of(Role.BANDWIDTH));
        assertEquals("packets,n=1000", options.direction(1).of(Role.QUEUE));
        assertEquals("gemodel,0.01%,30%", options.direction(0).of(Role.LOSS));
        assertEquals("", options.direction(1).of(Role.LOSS));
        assertEquals(options.direction(0).of(Role.DELAY), options.direction(1).of(Role.DELAY));
        long longest = DirectionModels.of(options.direction(0), new RandomStreams(0, 0))
                .maxDelayNanos();
        assertTrue(longest > 8_000_000, longest + " ns, of a mean of 8 ms");
        assertEquals(600_000_000_000L, options.find(Setting.DURATION).orElseThrow());
    }

    /** A key that is forgotten, in a file or in the printing of one, would show here. */
    @Test
    void everyOptionOfRunIsAKey() throws IOException {
        CommandSpec run = SpecOptions.addAll(CommandSpec.create());
        String text = SpecWriter.yaml(Configured.of("--seed=1"));
        assertEquals(Setting.all().size() + 1, run.options().size(), "and --config");
        for (Setting<?> setting : Setting.all()) {
            assertTrue(run.optionsMap().keySet().containsAll(setting.names()), setting.key());
            assertTrue(text.lines().anyMatch(line -> line.strip().matches("(# )?" + setting.key() + ": .*")), text);
        }
        for (Role role : Role.values()) {
            List<Setting<?>> named = Setting.all().stream()
                    .filter(setting -> setting.key().equals(role.label()))
                    .toList();
            assertEquals(List.of(Setting.of(role)), named);
            assertEquals(Optional.of(role), Setting.of(role).role());
            assertTrue(run.optionsMap().containsKey(role.option()), role.option());
        }
    }

    static Stream<Arguments> mistakes() {
        return Stream.of(
                wrong("both:\n  dealy: 1ms\n", 2, 3, "'dealy' is not a key of both; did you mean 'delay'?"),
                wrong("sed: 1\n", 1, 1, "'sed' is not a key; did you mean 'seed'?"),
                wrong("seed: 1\nBOTH: {}\n", 2, 1, "did you mean 'both'?"),
                wrong("port: x\n", 1, 1, "did you mean 'ports'?"),
                wrong("config: x\n", 1, 1, "'config' is not a key"),
                wrong("help: true\n", 1, 1, "'help' is not a key"),
                wrong("delay: 1ms\n", 1, 1, "'delay' stands below both:, a-to-b: or b-to-a:"),
                wrong("bandwith: 1M\n", 1, 1, "did you mean 'bandwidth'? It stands below both:"),
                wrong("both:\n  seed: 5\n", 2, 3, "'seed' is not of a direction"),
                wrong("both: 5\n", 1, 7, "both takes keys with values", "found '5'"),
                wrong("both:\n", 1, 6, "found nothing"),
                wrong("both:\n  delay:\n", 2, 9, "delay has no value"),
                wrong("both:\n  delay: [1ms]\n", 2, 10, "delay takes a specification such as", "found a list"),
                wrong("both:\n  delay: uniform,5ms,1ms\n", 2, 10, "delay uniform,5ms,1ms: the minimum"),
                wrong(
                        "both:\n  delay: {kind: unifrm}\n",
                        2,
                        17,
                        "'unifrm' is not a delay model; did you mean 'uniform'?"),
                wrong(
                        "both:\n  delay:\n    mni: 1ms\n    kind: uniform\n",
                        3,
                        5,
                        "'mni' is not an argument of uniform; did"),
                wrong(
                        "both:\n  delay:\n    kind: uniform\n    min: 1ms\n",
                        3,
                        5,
                        "delay: 'uniform' takes 2 to 3 arguments"),
                wrong("both:\n  delay: {t: [1, 2]}\n", 2, 14, "t takes one value, found a list"),
                wrong("both:\n  delay: {t: '1ms,2ms'}\n", 2, 10, "'1ms,2ms' is not a time"),
                wrong("both:\n  delay: {t: }\n", 2, 13, "t has no value"),
                wrong(
                        "both:\n  outage: {up: 1s}\n",
                        2,
                        11,
                        "the key kind is missing; outage models are down, periodic, random"),
                wrong(
                        "both:\n  reorder: {kind: jitter, p: 1}\n",
                        2,
                        27,
                        "'p' is not an argument of jitter, which takes none"),
                wrong("both:\n  loss: 1.5\n", 2, 9, "0 to 1"),
                wrong("both:\n  loss: {kind: packets, list: []}\n", 2, 31, "list has no value"),
                wrong("both:\n  queue: lots\n", 2, 10, "'lots' is not a queue model"),
                wrong("both:\n  delay: trace,nosuch\n", 2, 10, "nosuch: there is no such file"),
                wrong("both: {loss: 0, loss: 1}\n", 1, 17, "the key 'loss' is there twice, first in line 1"),
                wrong("json: true\nseed: 1\njson: true\n", 3, 1, "'json' is there twice, first in line 1"),
                wrong("json: maybe\n", 1, 7, "json takes true or false, found 'maybe'"),
                wrong("verbose: 10\n", 1, 10, "or how often from 0 to 9, found '10'"),
                wrong("seed: x\n", 1, 7, "seed x: 'x' is not a whole number"),
                wrong(
                        "seed: 99999999999999999999\n",
                        1,
                        7,
                        "seed 99999999999999999999: '99999999999999999999' is not a whole number"),
                wrong("seed: [1]\n", 1, 7, "seed takes one value, found a list"),
                wrong("seed: {a: 1}\n", 1, 7, "found a mapping"),
                wrong("stages: 7\n", 1, 9, "stages 7: '7' is not a whole number from 1 to 3"),
                wrong("both: {buffer: 10x}\n", 1, 16, "buffer 10x: "),
                wrong("ports:\n  - generator:x,speed\n  - 'sink:'\n", 2, 5, "port generator:x,speed: 'speed' is not"),
                wrong("seed: ''\n", 1, 7, "seed takes one value, found ''"),
                wrong("seed: ~\n", 1, 7, "found nothing"),
                wrong("gateway: [1.2.3.4, {}]\n", 1, 20, "gateway takes a value or a list of them, found a mapping"),
                wrong("ports: eth1\n", 1, 8, "ports takes two, such as [eth1, eth2], found 'eth1'"),
                wrong("ports: [a, b, c]\n", 1, 8, "found 3"),
                wrong("ports: {a: x, c: y}\n", 1, 15, "'c' is not a port; they are a and b"),
                wrong("model-path: nosuch\n", 1, 13, "nosuch", "no such folder"),
                wrong("seed: 1\n  x: [\n", 2, 4, "not YAML: mapping values are not allowed here"),
                wrong("a: 'open\n", 2, 1, "not YAML"),
                wrong("a: \u0001\n", 1, 4, "U+0001"),
                wrong("[1]\n", 1, 1, "expected keys with values, such as 'seed: 42', found a list"),
                wrong("seed\n", 1, 1, "expected keys with values", "found 'seed'"),
                wrong("seed: 1\n---\nseed: 2\n", 2, 1, "a second document"),
                wrong("? [1]\n: 2\n", 1, 3, "a key must be a word"),
                wrong("seed: !!int 5\n", 1, 7, "the tag", "is not possible"),
                wrong("seed: *b\n", 1, 7, "*b has no anchor &b before it"),
                wrong("both: &a {delay: *a}\n", 1, 18, "*a is inside its own anchor"));
    }

    private static Arguments wrong(String text, int line, int column, String... parts) {
        return Arguments.of(text, line, column, List.of(parts));
    }

    @ParameterizedTest
    @MethodSource("mistakes")
    void isRefusedInOneLineWithItsPlace(String text, int line, int column, List<String> parts) {
        ConfigException e = assertThrows(ConfigException.class, () -> options(text));
        String place = folder.resolve("link.yaml") + ":" + line + ":" + column + ": ";
        assertTrue(e.getMessage().startsWith(place), e.getMessage() + " should be at " + line + ":" + column);
        assertEquals(1, e.getMessage().lines().count());
        for (String part : parts) {
            assertTrue(e.getMessage().contains(part), e.getMessage() + " should say " + part);
        }
    }

    /** Values that the run judges have their place too, unless the command line has others. */
    @Test
    void laterMistakesHaveTheirPlace() throws IOException {
        String file = folder.resolve("link.yaml").toString();
        LinkSpec spec = options("cpus: 0,99999\nports:\n  - generator:speed=9\n  - 'sink:'\n");
        assertEquals(
                file + ":1:7: cpus 0,99999: no",
                spec.all(Setting.CPUS).getFirst().wrong("no").getMessage());
        assertTrue(refusal(spec).startsWith(file + ":1:7: cpus 0,99999: CPU 99999 does not exist"), refusal(spec));
        assertEquals(
                file + ":3:5: no", spec.ports().getFirst().place().wrong("no").getMessage());
        assertTrue(refusal(options("cpus: 0,99999\n", "-C=0,99998")).startsWith("-C 0,99998: CPU 99998 does not"));
        ConfigException together = assertThrows(
                ConfigException.class,
                () -> options("both: {bandwidth: 1M, queue: codel}\na-to-b:\n  order: delay-first\n"));
        assertTrue(
                together.getMessage().startsWith(file + ":3:10: order delay-first: with -Q codel packets wait"),
                together.getMessage());
    }

    private static String refusal(LinkSpec spec) {
        return assertThrows(ConfigException.class, () -> LinkConfig.of(spec, 2, 0, CpuClaims.alone()))
                .getMessage();
    }

    @Test
    void whatIsNoFileOrTooLargeIsRefused() throws IOException {
        Path none = folder.resolve("none");
        assertEquals(
                none + ": there is no such file",
                assertThrows(ConfigException.class, () -> YamlFile.read(none)).getMessage());
        assertThrows(ConfigException.class, () -> YamlFile.read(folder));
        Path large = write("large", "#".repeat(YamlFile.MAX_BYTES + 1));
        assertTrue(assertThrows(ConfigException.class, () -> YamlFile.read(large))
                .getMessage()
                .contains("larger than 64 KiB"));
        Path latin = Files.write(folder.resolve("latin"), "a: ä".getBytes(StandardCharsets.ISO_8859_1));
        assertTrue(assertThrows(ConfigException.class, () -> YamlFile.read(latin))
                .getMessage()
                .endsWith("not a text in UTF-8"));
    }
}
