package io.tlem.scenario;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.tlem.impair.Role;
import io.tlem.spec.ConfigException;
import io.tlem.spec.LinkSpec;
import io.tlem.spec.Setting;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

/** What scenarios mean, and that what is wrong in one is said with its line and column. */
class ScenarioTest {
    private static final long MS = 1_000_000;

    @TempDir
    Path folder;

    private Scenario scenario(String text) throws IOException {
        return Scenario.read(Files.writeString(folder.resolve("scenario.yaml"), text));
    }

    private static LinkSpec link(String... options) {
        LinkSpec.Builder builder = new LinkSpec.Builder();
        for (int i = 0; i < options.length; i += 2) {
            builder.with(Setting.withKey(options[i]).orElseThrow(), options[i + 1]);
        }
        return builder.conclude();
    }

    /** Its first edits, a line each: ms, and what a role of a direction is then. */
    private static List<String> edits(Scenario scenario, LinkSpec first, int direction, Role role, int most) {
        List<String> lines = new ArrayList<>();
        Timeline timeline = scenario.timeline();
        LinkSpec link = first;
        for (int i = 0; i < most; i++) {
            Optional<Edit> edit = timeline.next(link);
            if (edit.isEmpty()) {
                break;
            }
            link = edit.get().apply(link);
            lines.add(edit.get().nanos() / (double) MS + " "
                    + link.direction(direction).of(role));
        }
        return lines;
    }

    @Test
    void timesCountFromTheStartOrFromTheStepBefore() throws IOException {
        Scenario scenario = scenario("""
                steps:
                  - set: {both: {delay: 1ms}}
                  - {at: 1.5s, set: {a-to-b: {delay: 30ms, loss: 1%}, b-to-a: {delay: none}}}
                  - after: 500ms
                    set: {a-to-b: {delay: {kind: uniform, min: 1ms, max: 2ms}}}
                  - {at: 1s, set: {both: {delay: 7ms}}}
                  - {after: 2000, set: {both: {delay: 9ms}}}
                """);
        assertEquals(
                List.of("0.0 1ms", "1000.0 7ms", "1500.0 30ms", "2000.0 uniform,min=1ms,max=2ms", "2001000.0 9ms"),
                edits(scenario, link(), 0, Role.DELAY, 9));
        assertEquals("1500.0 ", edits(scenario, link(), 1, Role.DELAY, 3).get(2));
        assertEquals(2_001_000 * MS, scenario.lengthNanos());
    }

    @Test
    void pointsAreTimesWithNames() throws IOException {
        Scenario scenario = scenario("""
                speed: 2
                steps:
                  - {point: first, set: {both: {delay: 1ms}}}
                  - {after: 4s, point: second}
                  - {at: 10s, repeat: 2, steps: [{at: 1s, point: inner, link: down}, {after: 1s, link: up}]}
                """);
        assertEquals(
                List.of(
                        new Scenario.Point("first", 0),
                        new Scenario.Point("second", 2000 * MS),
                        new Scenario.Point("inner", 5500 * MS)),
                scenario.points());
        assertEquals(7000 * MS, scenario.lengthNanos());
        assertEquals(
                List.of("0.0 1ms", "2000.0 1ms", "5000.0 1ms"),
                edits(scenario, link(), 0, Role.DELAY, 3),
                "and change nothing by themselves");
    }

    /** As long as a scenario may be, and no time of it or of its picture is beyond what can be counted. */
    @Test
    void theLongestScenarioIsThere() throws IOException {
        Scenario scenario = scenario("""
                speed: 0.1
                steps:
                  - {at: 86400000s, point: late}
                  - {at: 0s, repeat: 2, every: 70000000s, steps: [{set: {both: {delay: 1ms}}}]}
                """);
        assertEquals(1_400_000_000L * 1000 * MS, scenario.lengthNanos());
        assertEquals(scenario.lengthNanos(), Picture.of(scenario, link()).nanos());
        Scenario forever = scenario(
                "speed: 0.06\nsteps: [{at: 86400000s, repeat: forever, every: 86400000s, steps: [{set: {both: {delay: 1ms}}}]}]\n");
        assertEquals(4_320_000_000L * 1000 * MS, Picture.of(forever, link()).nanos());
        Files.writeString(folder.resolve("t.csv"), "time,delay\n1,1ms\n");
        assertTrue(assertThrows(ConfigException.class, () -> scenario("speed: 1e-300\nsteps: [{table: t.csv}]\n"))
                .getMessage()
                .contains("t.csv:2: the time is too long"));
    }

    /** As the journal of a running link's changes has them. */
    @Test
    void aJournalIsAScenario() throws IOException {
        Scenario scenario = scenario("""
                # Changes of the link x from 2026-11-27T21:00:00Z on.
                steps:
                - {at: 0s, set: {a-to-b: {bandwidth: 100M, queue: 50000}}} # as it was started
                - {at: 1.500000001s, set: {exempt: arp, a-to-b: {delay: 30ms}}} # version 2, a->b from packet 7 on
                - {at: 4000.25s, set: {b-to-a: {loss: 'gilbert,1%,25%'}}} # version 3
                """);
        assertEquals(List.of("0.0 ", "1500.000001 30ms", "4000250.0 30ms"), edits(scenario, link(), 0, Role.DELAY, 9));
        assertEquals(
                "4000250.0 gilbert,1%,25%",
                edits(scenario, link(), 1, Role.LOSS, 9).get(2));
    }

    @Test
    void aRampGoesFromTheValueInForce() throws IOException {
        Scenario scenario = scenario("""
                steps:
                  - {at: 1s, set: {both: {delay: 'normal,20ms,3ms'}}}
                  - at: 2s
                    ramp: {both: {delay: {kind: normal, mean: 60ms, deviation: 5ms}}}
                    over: 100ms
                    every: 25ms
                """);
        List<String> delays = edits(scenario, link(), 1, Role.DELAY, 99);
        assertEquals(
                List.of(
                        "1000.0 normal,20ms,3ms",
                        "2000.0 normal,20ms,3ms",
                        "2025.0 normal,mean=30000000ns,deviation=3500000ns,correlation=0",
                        "2050.0 normal,mean=40000000ns,deviation=4000000ns,correlation=0",
                        "2075.0 normal,mean=50000000ns,deviation=4500000ns,correlation=0",
                        "2100.0 normal,mean=60ms,deviation=5ms"),
                delays);
    }

    @Test
    void aRampHasShapes() throws IOException {
        String text = """
                steps:
                  - {ramp: {both: {bandwidth: 20M, loss: 40%}}, over: 40ms, every: 10ms, shape: SHAPE}
                """;
        LinkSpec first = link("bandwidth", "10M", "queue", "1M");
        assertEquals(
                List.of(
                        "0.0 10M",
                        "10.0 constant,bps=11562500",
                        "20.0 constant,bps=15000000",
                        "30.0 constant,bps=18437500",
                        "40.0 20M"),
                edits(scenario(text.replace("SHAPE", "smooth")), first, 0, Role.BANDWIDTH, 9));
        assertEquals(
                List.of("0.0 ", "10.0 plr,p=0.1", "20.0 plr,p=0.2", "30.0 plr,p=0.30000000000000004", "40.0 40%"),
                edits(scenario(text.replace("SHAPE", "linear")), first, 0, Role.LOSS, 9));
        assertEquals(
                List.of("0.0 10M", "40.0 20M"),
                edits(scenario(text.replace("SHAPE", "step")), first, 0, Role.BANDWIDTH, 9));
    }

    @Test
    void loopsRepeatAndSpeedShortensAllTimes() throws IOException {
        Scenario scenario = scenario("""
                speed: 2
                steps:
                  - at: 1s
                    repeat: 2
                    steps:
                      - {at: 100ms, link: {a-to-b: down}}
                      - {after: 100ms, link: up}
                  - {after: 1s, repeat: forever, every: 4s, steps: [{set: {both: {delay: 1ms}}}]}
                """);
        LinkSpec first = link("outage", "periodic,1s,1s");
        assertEquals(
                List.of(
                        "500.0 periodic,1s,1s",
                        "550.0 down",
                        "600.0 periodic,1s,1s",
                        "650.0 down",
                        "700.0 periodic,1s,1s",
                        "1200.0 periodic,1s,1s",
                        "3200.0 periodic,1s,1s"),
                edits(scenario, first, 0, Role.OUTAGE, 7));
        assertEquals(
                "550.0 periodic,1s,1s",
                edits(scenario, first, 1, Role.OUTAGE, 2).get(1));
        assertEquals(Step.FOREVER, scenario.lengthNanos());
        assertEquals("700.0 ", edits(scenario, link(), 0, Role.OUTAGE, 5).get(4), "up is up");
    }

    @Test
    void aPresetIsAnotherLink() throws IOException {
        Scenario scenario =
                scenario("steps:\n- set: {preset: geo, both: {loss: 1%}}\n- {after: 1s, set: {preset: lte}}\n");
        LinkSpec before = link("corrupt", "1%", "buffer", "64M");
        LinkSpec after = scenario.check(before).getFirst();
        assertEquals("279ms", after.direction(0).of(Role.DELAY));
        assertEquals("1%", after.direction(0).of(Role.LOSS));
        assertEquals("", after.direction(0).of(Role.CORRUPT));
        assertEquals(64L << 20, after.direction(0).bufferBytes().orElseThrow());
        assertEquals("", scenario.check(before).get(1).direction(0).of(Role.LOSS));
    }

    @Test
    void aTableIsPlayedLineByLine() throws IOException {
        Files.writeString(folder.resolve("drive.csv"), """
                # a drive
                time[ms], rate[Mbit/s], delay[ms], jitter, loss[%], queue
                0,        20,           30,        5ms,    0.1,
                500,      17.5,         32,        ,       ,        'packets'
                """.replace("'packets'", "64k"));
        Scenario scenario = scenario("""
                steps:
                  - {at: 1s, table: drive.csv}
                  - {after: 1s, table: {file: drive.csv, direction: b-to-a}}
                """);
        assertEquals(
                List.of("1000.0 20Mbit/s", "1500.0 17.5Mbit/s", "2500.0 17.5Mbit/s", "3000.0 17.5Mbit/s"),
                edits(scenario, link(), 0, Role.BANDWIDTH, 9));
        assertEquals(
                List.of("1000.0 netem,30ms,5ms", "1500.0 32ms", "2500.0 netem,30ms,5ms", "3000.0 32ms"),
                edits(scenario, link(), 1, Role.DELAY, 9));
        assertEquals("1500.0 64k", edits(scenario, link(), 0, Role.QUEUE, 9).get(1));
        assertEquals("1500.0 0.1%", edits(scenario, link(), 0, Role.LOSS, 9).get(1), "stays");
        List<LinkSpec> checked = scenario.check(link());
        assertEquals("20Mbit/s", checked.get(1).direction(0).of(Role.BANDWIDTH), "the largest, for the buffer");
    }

    @Test
    void aTableHasRoutesAndValuesWithCommas() throws IOException {
        Files.writeString(folder.resolve("orbit.csv"), """
                time, delay[ms], queue[k],      duplication,             route
                0,    40,        "packets,100", "random,1%,behind=10ms", 7
                1,    30,        50,            ,                        8
                2,    35,        ,              "0" ,                    jitter
                """);
        Scenario scenario = scenario("steps: [{table: orbit.csv}]\n");
        LinkSpec link = link("bandwidth", "10M");
        assertEquals(
                List.of("0.0 route,7", "1000.0 route,8", "2000.0 jitter"), edits(scenario, link, 0, Role.REORDER, 9));
        assertEquals(List.of("0.0 packets,100", "1000.0 50k"), edits(scenario, link, 1, Role.QUEUE, 2));
        assertEquals(
                List.of("0.0 random,1%,behind=10ms", "1000.0 random,1%,behind=10ms", "2000.0 0"),
                edits(scenario, link, 0, Role.DUPLICATE, 9));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = ';',
            value = {
                "time,route|0,1024;2: '1024' is not a whole number from 0 to 1023",
                "time,queue|0,\"packets,5;2: a quotation mark is around a whole value, or missing",
                "time,queue|0,5\"k\";2: a quotation mark is around a whole value, or missing",
                "time,rat;1: 'rat' is no column; did you mean 'rate'?",
                "time,rate,rate;1: the column rate is there twice",
                "rate,delay;1: a table needs the column time",
                "time,jitter;1: the column jitter needs the column delay",
                "time,rate|0;2: expected 2 values, found 1",
                "time,rate|0,1M|0,2M;3: the time is not after the one before it",
                "time,rate|0,0;2: a rate of 0 is no limit here",
                "time[ms],loss[%]|0,101;2: '101%' is out of range",
                "time,delay,jitter|0,,1ms;2: a jitter needs a delay",
            })
    void aMistakeInATableHasItsLine(String text, String message) throws IOException {
        Path file = Files.writeString(folder.resolve("t.csv"), text.replace('|', '\n') + "\n");
        ConfigException e = assertThrows(ConfigException.class, () -> scenario("steps:\n- table: t.csv\n"));
        assertTrue(
                e.getMessage().startsWith(folder.resolve("scenario.yaml") + ":2:10: " + file + ":" + message),
                e.getMessage());
    }

    static Stream<Arguments> mistakes() {
        return Stream.of(
                wrong("step: []\n", 1, 1, "'step' is not a key of a scenario; did you mean 'steps'?"),
                wrong("speed: 2\n", 1, 1, "the key steps is missing"),
                wrong("steps: []\n", 1, 8, "steps is empty"),
                wrong("steps: 5\n", 1, 8, "steps takes a list"),
                wrong("steps: [5]\n", 1, 9, "a step takes keys with values, found '5'"),
                wrong(
                        "steps: [{at: 1s}]\n",
                        1,
                        9,
                        "a step has one of set, link, ramp, table, repeat, or a point; found none"),
                wrong("steps: [{point: 5s, link: up}]\n", 1, 17, "point takes a name of letters"),
                wrong("steps: [{point: [a]}]\n", 1, 17, "point takes one value"),
                wrong(
                        "steps: [{point: a}, {point: b}, {repeat: 2, steps: [{at: 1s, point: a}]}]\n",
                        1,
                        69,
                        "the point a is there twice"),
                wrong("steps: [{point: a, over: 1s}]\n", 1, 20, "'over' goes with ramp only"),
                wrong("steps: [{link: up, set: {}}]\n", 1, 9, "found set and link"),
                wrong("steps: [{att: 1s, link: up}]\n", 1, 10, "'att' is not a key of a step; did you mean 'at'?"),
                wrong("steps: [{at: soon, link: up}]\n", 1, 14, "at 'soon' is not a time"),
                wrong("steps: [{at: 1s, after: 1s, link: up}]\n", 1, 25, "at or after, not both"),
                wrong("steps: [{link: sideways}]\n", 1, 16, "link is up or down, found 'sideways'"),
                wrong("steps: [{link: {x: up}}]\n", 1, 17, "'x' is no direction"),
                wrong("steps: [{set: {}}]\n", 1, 15, "set takes sections of a configuration"),
                wrong("steps: [{set: {both: {seed: 5}}}]\n", 1, 23, "'seed' cannot change while the link runs"),
                wrong("steps: [{set: {both: {buffer: 5M}}}]\n", 1, 23, "'buffer' cannot change"),
                wrong("steps: [{set: {ports: [a, b]}}]\n", 1, 16, "'ports' cannot change"),
                wrong("steps: [{set: {both: {delay: 1x}}}]\n", 1, 30, "delay 1x: "),
                wrong(
                        "steps:\n- set: {both: {dely: 1}}\n",
                        2,
                        16,
                        "'dely' is not a key of both; did you mean 'delay'?"),
                wrong("steps: [{set: {preset: x}}]\n", 1, 24, "preset x: 'x' is no preset"),
                wrong(
                        "steps: [{set: {both: {order: delay-first, bandwidth: 1M, queue: codel}}}]\n",
                        1,
                        30,
                        "order delay-first: "),
                wrong("steps: [{link: up, over: 1s}]\n", 1, 20, "'over' goes with ramp only"),
                wrong("steps: [{link: up, every: 1s}]\n", 1, 20, "'every' goes with ramp or repeat only"),
                wrong("steps: [{ramp: {both: {delay: 1s}}, over: 1s}]\n", 1, 9, "a ramp needs every, a time"),
                wrong("steps: [{ramp: {both: {delay: 1s}}, over: 0, every: 1s}]\n", 1, 43, "over is 0"),
                wrong(
                        "steps: [{ramp: {both: {bandwidth: 1M}}, over: 1s, every: 1s}]\n",
                        1,
                        16,
                        "a ramp needs a bandwidth at both ends"),
                wrong(
                        "steps: [{ramp: {both: {delay: 1s}}, over: 1s, every: 1s, shape: round}]\n",
                        1,
                        65,
                        "shape is linear, smooth or step"),
                wrong(
                        "steps:\n- set: {both: {delay: 1ms}}\n- {ramp: {both: {delay: 'uniform,1ms,2ms'}}, over: 1s, every: 1s}\n",
                        3,
                        10,
                        "the same kind of model at both ends"),
                wrong("steps: [{repeat: 0, steps: [{link: up}]}]\n", 1, 18, "repeat '0' is not a whole number from 1"),
                wrong("steps: [{repeat: 2}]\n", 1, 9, "repeat needs steps"),
                wrong("steps: [{repeat: forever, steps: [{link: up}]}]\n", 1, 9, "a pass of the loop takes no time"),
                wrong("steps: [{repeat: 2, every: 1s, steps: [{at: 2s, link: up}]}]\n", 1, 28, "every is shorter"),
                wrong("steps: [{repeat: forever, every: 1us, steps: [{link: up}]}]\n", 1, 9, "a change each 10 us"),
                wrong(
                        "steps: [{repeat: 2, every: 1ms, steps: [{repeat: 101, every: 1ns, steps: [{link: up}]}]}]\n",
                        1,
                        41,
                        "a change each 10 us"),
                wrong(
                        "steps: [{repeat: forever, every: 1s, steps: [{link: up}]}, {link: up}]\n",
                        1,
                        60,
                        "the step before never ends"),
                wrong("start: now\nsteps: [{link: up}]\n", 1, 8, "start is link or first-packet, found 'now'"),
                wrong("expect: {loss: 2%}\nsteps: [{link: up}]\n", 1, 16, "loss '2%' is no limit, such as '<2%'"),
                wrong("expect: {lss: <2%}\nsteps: [{link: up}]\n", 1, 15, "lss is not measured; possible are loss"),
                wrong(
                        "expect: {both: {time-p99: <2}, time-p999: <1s}\nsteps: [{link: up}]\n",
                        1,
                        43,
                        "time-p999 is not"),
                wrong("steps: [{table: nosuch.csv}]\n", 1, 17, "nosuch.csv: cannot be read"),
                wrong("speed: 0\nsteps: [{link: up}]\n", 1, 8, "speed is 0"),
                wrong(
                        "steps:\n - {repeat: 1000000000, every: 360000s, steps: [{at: 0s, link: up}]}\n",
                        2,
                        13,
                        "the passes of the loop take too long; a scenario is at most 50 years long"),
                wrong(
                        "steps: [{repeat: 1000000000, every: 40000s, steps: [{link: up}]}]\n",
                        1,
                        18,
                        "the passes of the loop take too long"),
                wrong(
                        "speed: 1e-300\nsteps: [{link: up}, {at: 1s, link: up}]\n",
                        2,
                        26,
                        "at is too long when it is divided by the speed, 1.0E-300"),
                wrong(
                        "speed: 0.1\nsteps: [{at: 86400000s, link: up}, {after: 86400000s, link: up}]\n",
                        2,
                        36,
                        "the step ends too late; a scenario is at most 50 years long"));
    }

    private static Arguments wrong(String text, int line, int column, String part) {
        return Arguments.of(text, line, column, part);
    }

    @ParameterizedTest
    @MethodSource("mistakes")
    void isRefusedInOneLineWithItsPlace(String text, int line, int column, String part) {
        ConfigException e =
                assertThrows(ConfigException.class, () -> scenario(text).check(link()));
        String place = folder.resolve("scenario.yaml") + ":" + line + ":" + column + ": ";
        assertTrue(e.getMessage().startsWith(place), e.getMessage() + " should be at " + line + ":" + column);
        assertTrue(e.getMessage().contains(part), e.getMessage() + " should say " + part);
        assertEquals(1, e.getMessage().lines().count());
    }

    @Test
    void isAskedForAheadAndAgainWhenSomebodyElseChangesTheLink() throws IOException {
        Scenario scenario = scenario("""
                steps:
                  - {at: 0, set: {both: {delay: 1ms}}}
                  - {at: 1s, set: {both: {delay: 2ms}}}
                  - {at: 2s, set: {both: {delay: 3ms}}}
                  - {at: 3s, set: {both: {delay: 4ms}}}
                """);
        NotingLink link = new NotingLink();
        ScenarioPlayer player = scenario.on(link, 500 * MS);
        player.upTo(1600 * MS);
        assertEquals(List.of("500 1ms ", "1500 2ms "), link.asked);
        link.answers.get(0).complete(null);
        link.answers.get(1).complete(null);
        player.upTo(1700 * MS);
        player.upTo(1800 * MS);
        assertEquals("2500 3ms ", link.asked.get(2), "one is always ahead");
        assertEquals(3, link.asked.size());
        link.answers.get(2).cancel(false); // the user has set a loss meanwhile
        link.present = link("delay", "2ms", "loss", "5%");
        player.upTo(3600 * MS);
        assertEquals(List.of("2500 3ms 5%", "3500 4ms 5%"), link.asked.subList(3, 5));
        assertFalse(player.endsLink(9_000 * MS), "it holds");
    }

    @Test
    void mayBeginWithTheFirstPacketAndEndTheLink() throws IOException {
        Scenario scenario = scenario("""
                start: first-packet
                end: stop
                steps: [{at: 0, set: {both: {delay: 1ms}}}, {at: 1s, set: {both: {delay: 2ms}}}]
                """);
        NotingLink link = new NotingLink();
        ScenarioPlayer player = scenario.on(link, 500 * MS);
        player.upTo(5000 * MS);
        assertEquals(List.of("500 1ms "), link.asked, "holds for every packet");
        assertTrue(player.awaitsFirstPacket());
        link.firstArrival = 3000 * MS;
        player.upTo(3001 * MS);
        assertEquals(List.of("500 1ms "), link.asked);
        link.answers.get(0).complete(null);
        player.upTo(3001 * MS);
        assertEquals("4000 2ms ", link.asked.get(1));
        assertFalse(player.endsLink(3999 * MS));
        assertTrue(player.endsLink(4000 * MS));
    }

    @Test
    void isDrawn() throws IOException {
        Scenario scenario = scenario("""
                steps:
                  - {ramp: {both: {bandwidth: 20M}}, over: 4s, every: 100ms}
                  - {at: 2s, set: {a-to-b: {queue: codel, loss: 0.1%}}}
                  - {at: 4s, set: {a-to-b: {loss: 10%}}}
                  - {at: 5s, link: down}
                  - {at: 6s, repeat: forever, every: 2s, steps: [{after: 1s, link: up}, {after: 1s, link: down}]}
                """);
        Picture picture = Picture.of(scenario, link("bandwidth", "10M"));
        List<String> lines = TextDrawing.of(picture, 80, StandardCharsets.UTF_8);
        assertEquals(5, lines.size(), lines.toString());
        assertTrue(lines.remove(1).endsWith("█ none to 10 %"), lines.toString());
        assertTrue(lines.get(0).startsWith("both outage"), lines.toString());
        assertTrue(lines.get(0).contains("│none") && lines.get(0).contains("│down"), lines.toString());
        assertTrue(lines.get(1).matches("a-to-b queue +│50000 +│codel"), lines.toString());
        assertTrue(
                lines.get(2).matches("both bandwidth +▁+▂+▃+▄+▅+▆+▇+█+ 10.0 Mbit/s to 20.0 Mbit/s"), lines.toString());
        assertTrue(lines.get(3).contains("... 10.0 s"), lines.toString());
        assertTrue(lines.stream().allMatch(line -> line.length() <= 80), lines.toString());
        List<String> plain = TextDrawing.of(picture, 200, StandardCharsets.US_ASCII);
        assertTrue(plain.stream()
                .allMatch(line -> line.length() <= 200 && line.chars().allMatch(c -> c < 128)));
        String svg = SvgDrawing.of(picture, "a & b");
        assertTrue(svg.contains("@media (prefers-color-scheme: dark) { rect[fill='#ffffff'] { fill: #1e2329; }"), svg);
        assertTrue(svg.startsWith("<svg ") && svg.contains("a &amp; b") && svg.contains("<polyline"), svg);
        assertEquals(
                List.of("nothing changes"),
                TextDrawing.of(Picture.of(scenario("steps: [{link: up}]"), link()), 80, StandardCharsets.UTF_8));
    }

    /** Its effect is to be seen, and times are those that people would choose. */
    @Test
    void theLastStepIsDrawnOverRoundTimes() throws IOException {
        Picture picture = Picture.of(
                scenario("steps: [{at: 1s, set: {both: {delay: 2ms}}}, {at: 19560ms, set: {both: {delay: 9ms}}}]"),
                link("delay", "1ms"));
        assertEquals(19_560 * MS + 978 * MS, picture.nanos());
        List<String> lines = TextDrawing.of(picture, 80, StandardCharsets.UTF_8);
        assertTrue(lines.getFirst().matches("both delay +▁+▂+█+ 1.00 ms to 9.00 ms"), lines.toString());
        assertTrue(lines.getLast().matches(" +│0 s +│10 s +20.5 s"), lines.toString());
        String svg = SvgDrawing.of(picture, "last");
        for (String time : List.of(">0 s<", ">5 s<", ">10 s<", ">15 s<", ">20 s<")) {
            assertTrue(svg.contains(time), time + " in " + svg);
        }
    }

    /** Each where it is in time, also in each pass of a loop, and with names that do not cover each other. */
    @Test
    void itsPointsAreDrawn() throws IOException {
        Scenario scenario = scenario("""
                steps:
                  - {point: begins, set: {both: {delay: 1ms}}}
                  - {at: 1s, point: soon-after, set: {both: {delay: 2ms}}}
                  - {at: 50s, repeat: 2, every: 20s, steps: [{after: 1s, point: pass}]}
                  - {at: 100s, point: ends}
                """);
        Picture picture = Picture.of(scenario, link());
        List<String> lines = TextDrawing.of(picture, 100, StandardCharsets.US_ASCII);
        assertEquals(4, lines.size(), lines.toString());
        int left = "both delay ".length();
        int columns = 100 - left - " 1.00 ms to 2.00 ms".length() - 1;
        String names = lines.get(1);
        assertTrue(names.startsWith("points     |begins"), names);
        assertEquals(left + columns * 51 / 100, names.indexOf("|pass"), names);
        assertEquals(left + columns * 71 / 100, names.lastIndexOf("|pass"), names);
        assertEquals(left + columns, names.length(), names);
        assertTrue(names.endsWith(" ends|"), names);
        assertEquals(" ".repeat(left) + "|soon-after", lines.get(2));
        assertTrue(lines.stream().allMatch(line -> line.length() <= 100), lines.toString());

        String svg = SvgDrawing.of(picture, "points");
        assertEquals(5, svg.split("stroke-dasharray", -1).length - 1, svg);
        double x = 170 + (960 - 170 - 100) * 0.51;
        assertTrue(svg.contains(String.format(Locale.ROOT, "<line x1='%.1f' x2='%.1f' y1='40'", x, x)), svg);
        assertTrue(svg.contains("<title>pass, 51.0 s</title>"), svg);
        assertTrue(svg.contains(">soon-after</text>") && svg.contains(">ends</text>"), svg);

        String narrow = SvgDrawing.of(picture, "points", 300);
        double at = 12 + (300 - 2 * 12) * 0.51;
        assertTrue(narrow.contains(String.format(Locale.ROOT, "<line x1='%.1f' x2='%.1f' y1='40'", at, at)), narrow);
        assertTrue(narrow.contains("text-anchor='end' fill='#000000'>1.00 ms to 2.00 ms</text>"), narrow);
        assertTrue(
                Pattern.compile(" x='([0-9.]+)'")
                        .matcher(narrow)
                        .results()
                        .allMatch(place -> Double.parseDouble(place.group(1)) <= 300),
                narrow);

        lines = TextDrawing.of(
                Picture.of(scenario("steps: [{at: 1s, point: alone}]"), link()), 80, StandardCharsets.UTF_8);
        assertTrue(lines.size() == 2 && lines.getFirst().matches("points +alone│"), lines.toString());
    }

    @Test
    void manyPointsHaveNoMoreThanFourLines() throws IOException {
        StringBuilder steps = new StringBuilder("steps:\n");
        for (int i = 0; i < 200; i++) {
            steps.append("  - {at: ")
                    .append(i)
                    .append("s, point: a-long-name-")
                    .append(i)
                    .append("}\n");
        }
        Picture picture = Picture.of(scenario(steps.toString()), link());
        List<String> lines = TextDrawing.of(picture, 80, StandardCharsets.UTF_8);
        assertEquals(5, lines.size(), lines.toString());
        assertTrue(lines.stream().allMatch(line -> line.length() <= 80), lines.toString());
        assertEquals(200, SvgDrawing.of(picture, "many").split("stroke-dasharray", -1).length - 1);
    }
}
