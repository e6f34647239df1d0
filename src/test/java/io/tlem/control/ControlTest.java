package io.tlem.control;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.tlem.impair.Role;
import io.tlem.link.Link;
import io.tlem.scenario.Playback;
import io.tlem.scenario.Scenario;
import io.tlem.spec.LinkSpec;
import io.tlem.spec.Node;
import io.tlem.spec.Setting;
import io.tlem.spec.SpecReader;
import io.tlem.spec.YamlFile;
import io.tlem.stats.Counter;
import io.tlem.stats.RunDescription;
import io.tlem.testing.Await;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.api.io.TempDir;

/** Links that others find by their names, ask and change. */
@Timeout(60)
class ControlTest {
    private static final Duration PATIENCE = Duration.ofSeconds(20);

    @TempDir
    Path folder;

    private final AtomicReference<Boolean> endedNow = new AtomicReference<>();

    /** A running link with its name. */
    private final class Named implements AutoCloseable {
        final Link link;
        final ControlServer server;
        final Optional<Journal> journal;
        final LiveLink live;

        Named(String name, LinkSpec spec, Path journalFile) throws IOException {
            server = new ControlServer(LinkName.take(folder, name));
            link = Link.open(spec);
            journal = journalFile == null
                    ? Optional.empty()
                    : Optional.of(Journal.open(journalFile, problem -> {
                        throw new AssertionError(problem);
                    }));
            live = new LiveLink(link, name, journal);
            server.start(new LinkView(name, live, ControlTest::description), endedNow::set);
            link.start();
        }

        @Override
        public void close() throws IOException {
            assertTrue(link.stop());
            link.close();
            server.close();
            if (journal.isPresent()) {
                journal.get().close();
            }
        }
    }

    private static RunDescription description() {
        return new RunDescription(
                "test",
                "test",
                1,
                1,
                List.of(new RunDescription.Port("generator:", ""), new RunDescription.Port("sink:", "")),
                List.of(new RunDescription.Direction("a->b", Map.of(), Map.of(), 0, "", "", "drop")),
                new RunDescription.Threads(1, 1, 1, List.of(), 0, 0, 0, 0, 0, "Java", false, ""),
                Optional.empty(),
                0);
    }

    private static LinkSpec.Builder spec() {
        return new LinkSpec.Builder()
                .with(Setting.CPUS, "none")
                .with(Setting.SEED, "7")
                .with(Setting.BUFFER, "1M")
                .with(Setting.PORTS, "generator:pps=1000", "sink:");
    }

    private Named named(String name) throws IOException {
        return new Named(name, spec().conclude(), null);
    }

    private ControlClient client(String name) throws IOException {
        return ControlClient.connect(folder, name);
    }

    private static Map<String, Object> change(String way, Object... keysAndValues) {
        Map<String, Object> section = new LinkedHashMap<>();
        for (int i = 0; i < keysAndValues.length; i += 2) {
            section.put((String) keysAndValues[i], keysAndValues[i + 1]);
        }
        return Map.of("change", Map.of(way, section));
    }

    private static String refusal(int status, Executable request) {
        RefusedException refused = assertThrows(RefusedException.class, request);
        assertEquals(status, refused.status(), refused.getMessage());
        assertEquals(1, refused.getMessage().lines().count());
        return refused.getMessage();
    }

    private static String inForce(Message answer, String key) {
        return answer.inner("in_force").inner("a->b").text(key);
    }

    @Test
    void whatIsNotNamedStaysAndTheAnswerSaysFromWhere() throws Exception {
        LinkSpec spec = spec().with(Setting.of(Role.DELAY), "1ms").conclude();
        try (Named named = new Named("wan", spec, null);
                ControlClient client = client("wan")) {
            Await.until("some have passed", PATIENCE, () -> received(named.link) > 10);
            Message answer = client.ask("set", change("both", "loss", "gilbert,1%,25%"));
            assertEquals("1ms", inForce(answer, "delay"));
            assertEquals("gilbert,1%,25%", inForce(answer, "loss"));
            assertEquals(1, answer.number("version").orElseThrow());
            Message from = answer.inner("from");
            assertEquals(List.of("a->b"), from.keys(), "the only direction between these ports");
            long packet = from.inner("a->b").number("packet").orElseThrow();
            assertTrue(packet > 10 && packet <= received(named.link), packet + " of " + received(named.link));
            long nanos = from.inner("a->b").number("elapsed_ns").orElseThrow();
            assertTrue(nanos > 0 && nanos < System.nanoTime() - named.link.startNanos(), "after " + nanos);
            Message again = client.ask("set", change("a-to-b", "delay", "1ms"));
            assertEquals(List.of(), again.inner("from").keys());
            assertEquals(1, again.number("version").orElseThrow(), "nothing is different");
            Message shown = client.ask("show", Map.of("format", "text"));
            assertEquals("wan", shown.text("name"));
            assertEquals("1ms", inForce(shown, "delay"));
            assertEquals("gilbert,1%,25%", shown.inner("config").inner("both").text("loss"));
            assertEquals("status", shown.inner("status").text("type"));
            assertTrue(
                    shown.texts("text").getFirst().startsWith("a->b"),
                    shown.texts("text").toString());
        }
    }

    private static long received(Link link) {
        return link.collector().soFar().total().getFirst().total().get(Counter.RECEIVED_PACKETS);
    }

    @Test
    void changesAreTakenBackOneByOneOrAll() throws Exception {
        try (Named named = named("wan");
                ControlClient client = client("wan")) {
            Message none = client.ask("show", Map.of());
            assertEquals(List.of(), none.inner("in_force").inner("a->b").keys());
            assertTrue(refusal(1, () -> client.ask("undo", Map.of())).contains("no change to take back"));
            for (String delay : List.of("1ms", "2ms", "3ms")) {
                client.ask("set", change("both", "delay", delay));
            }
            assertEquals("2ms", inForce(client.ask("undo", Map.of()), "delay"));
            assertEquals("1ms", inForce(client.ask("undo", Map.of()), "delay"));
            Message reset = client.ask("reset", Map.of());
            assertEquals(List.of(), reset.inner("in_force").inner("a->b").keys());
            assertEquals(6, reset.number("version").orElseThrow());
            assertEquals("1ms", inForce(client.ask("undo", Map.of()), "delay"), "a reset is a change");
            assertEquals("", inForce(client.ask("undo", Map.of()), "delay"));
            refusal(1, () -> client.ask("undo", Map.of()));
            assertEquals(spec().conclude(), named.link.spec());
        }
    }

    @Test
    void whoDoesNotKnowOfAnotherChangeIsRefused() throws Exception {
        try (Named named = named("wan");
                ControlClient one = client("wan");
                ControlClient other = client("wan")) {
            one.ask("set", Map.of("change", change("both", "delay", "1ms").get("change"), "if_version", 0));
            for (String request : List.of("set", "undo", "reset")) {
                Map<String, Object> late =
                        Map.of("change", change("both", "delay", "2ms").get("change"), "if_version", 0);
                assertTrue(refusal(3, () -> other.ask(request, late)).contains("has version 1 and not 0"));
            }
            named.link.change(named.link.spec().with(Setting.of(Role.DELAY), "5ms"));
            refusal(3, () -> one.ask("undo", Map.of("if_version", 1)));
            assertEquals("1ms", inForce(one.ask("undo", Map.of("if_version", 2)), "delay"), "what others do counts");
        }
    }

    @Test
    void aLinkGoesDownAndComesBackAsItWas() throws Exception {
        LinkSpec spec = spec().with(Setting.of(Role.OUTAGE), "periodic,10s,1s").conclude();
        try (Named named = new Named("wan", spec, null);
                ControlClient client = client("wan")) {
            assertEquals("down", inForce(client.ask("set", change("both", "link", "down")), "outage"));
            assertEquals("down", inForce(client.ask("set", change("a-to-b", "delay", "1ms")), "outage"));
            assertEquals("periodic,10s,1s", inForce(client.ask("set", change("a-to-b", "link", "up")), "outage"));
            client.ask("set", change("both", "link", "down", "outage", "random,2s,1s"));
            assertEquals("random,2s,1s", inForce(client.ask("set", change("both", "link", "up")), "outage"));
            assertTrue(refusal(2, () -> client.ask("set", change("both", "link", "off")))
                    .contains("a link is down or up, found 'off'"));
            assertEquals(
                    spec.with(Setting.of(Role.DELAY), "1ms", "none").with(Setting.of(Role.OUTAGE), "random,2s,1s"),
                    named.link.spec());
        }
    }

    @Test
    void whatIsWrongAnywhereChangesNothing() throws Exception {
        try (Named named = named("wan");
                ControlClient client = client("wan")) {
            LinkSpec before = named.link.spec();
            Map<String, String> wrong = Map.ofEntries(
                    Map.entry("{\"both\":{\"delay\":\"1ms\",\"loss\":\"2\"}}", "loss 2: '2' is out of range"),
                    Map.entry("{\"both\":{\"dleay\":\"1ms\"}}", "did you mean 'delay'?"),
                    Map.entry("{\"both\":{\"delay\":\"1ms\"},\"seed\":8}", "cannot change while the link runs: seed"),
                    Map.entry("{\"both\":{\"delay\":\"1ms\"},\"c-to-d\":{}}", "'c-to-d' is not a key"),
                    Map.entry("{\"b-to-a\":{\"delay\":\"1ms\"}}", "nothing can pass from b to a here"),
                    Map.entry("{\"both\":{\"delay\":\"1ms\",\"bandwidth\":\"100G\",\"queue\":\"1G\"}}", "of buffer"),
                    Map.entry("[]", "an object is needed for \"change\""),
                    Map.entry("{\"both\":[]}", "both takes keys with values"));
            for (Map.Entry<String, String> one : wrong.entrySet()) {
                String line = "{\"v\":1,\"do\":\"set\",\"change\":" + one.getKey() + "}";
                String answer = raw("wan", line + "\n").getFirst();
                assertTrue(answer.contains("\"status\":2"), answer);
                assertTrue(answer.contains(one.getValue().replace("\"", "\\\"")), answer);
                assertFalse(answer.contains("request#"), answer);
            }
            assertEquals(before, named.link.spec());
            assertEquals(0, client.ask("show", Map.of()).number("version").orElseThrow());
        }
    }

    /** What comes back to bytes, until the link hangs up or three lines have come. */
    private List<String> raw(String name, String bytes) throws IOException {
        List<String> lines = new ArrayList<>();
        try (SocketChannel channel = LinkName.connect(folder, name)) {
            channel.write(ByteBuffer.wrap(bytes.getBytes(StandardCharsets.UTF_8)));
            channel.shutdownOutput();
            try (LineChannel answers = new LineChannel(channel, 1 << 20)) {
                Optional<String> line = answers.read(PATIENCE.toNanos(), PATIENCE.toNanos());
                while (line.isPresent() && lines.size() < 3) {
                    lines.add(line.get());
                    line = answers.read(PATIENCE.toNanos(), PATIENCE.toNanos());
                }
            }
        }
        return lines;
    }

    @Test
    void nonsenseIsAnsweredInOneLineAndTheLinkGoesOn() throws Exception {
        try (Named named = named("wan")) {
            Map<String, String> answers = Map.of(
                    "nonsense\n",
                    "not JSON",
                    "{}\n",
                    "requests with \\\"v\\\": 1",
                    "{\"v\":2,\"do\":\"show\"}\n",
                    "requests with \\\"v\\\": 1",
                    "{\"v\":1,\"do\":\"fly\"}\n",
                    "'fly' cannot be done",
                    "{\"v\":1,\"do\":\"stop\",\"how\":\"soon\"}\n",
                    "stops with drain or now",
                    "{\"v\":1,\"do\":\"undo\",\"if_version\":\"x\"}\n",
                    "a whole number is needed",
                    "[".repeat(5000) + "\n",
                    "expected an object",
                    "{\"a\":".repeat(5000) + "\n",
                    "not JSON",
                    "x".repeat(70_000),
                    "a line is longer than 64 KiB");
            for (Map.Entry<String, String> one : answers.entrySet()) {
                List<String> lines = raw("wan", one.getKey());
                assertEquals(1, lines.size(), one.getKey().substring(0, 2) + " is answered by " + lines);
                assertTrue(lines.getFirst().startsWith("{\"v\":1,\"ok\":false,"), lines.toString());
                assertTrue(lines.getFirst().contains(one.getValue()), lines.toString());
            }
            assertEquals(List.of(), raw("wan", "{\"v\":1,\"do\":"), "it has gone in the middle of a line");
            String show = "{\"v\":1,\"do\":\"show\"}\n";
            assertEquals(2, raw("wan", show + show).size(), "one after the other");
            assertEquals(null, endedNow.get());
            assertTrue(named.link.failure().isEmpty());
        }
    }

    @Test
    void aFewAtATimeAreServed() throws Exception {
        List<ControlClient> clients = new ArrayList<>();
        try (Named named = named("wan")) {
            for (int i = 0; i < 16; i++) {
                clients.add(client("wan"));
                clients.getLast().ask("show", Map.of());
            }
            try (ControlClient more = client("wan")) {
                assertTrue(refusal(1, () -> more.ask("show", Map.of())).contains("16 others are connected"));
            }
            clients.removeFirst().close();
            Await.until("there is room for another", PATIENCE, () -> {
                try (ControlClient next = client("wan")) {
                    next.ask("show", Map.of());
                    return true;
                } catch (RefusedException e) {
                    return false;
                } catch (IOException e) {
                    throw new AssertionError(e);
                }
            });
            assertTrue(named.link.failure().isEmpty());
        } finally {
            clients.forEach(ControlClient::close);
        }
    }

    /** The steps stay, and so does what they have changed behind the change that is taken back. */
    @Test
    void aScenariosStepsAreNotTakenBack() throws Exception {
        Scenario scenario = Scenario.read(Files.writeString(folder.resolve("s.yaml"), """
                steps:
                  - {set: {both: {delay: 1ms}}}
                  - {at: 1s, set: {both: {delay: 2ms, duplicate: 1%}}}
                  - {at: 2s, set: {both: {loss: 7%}}}
                """));
        try (Named named = named("wan");
                ControlClient client = client("wan")) {
            Playback playback = named.live.playback();
            playback.begin(score(scenario), System.nanoTime() - 500_000_000);
            playback.play(System.nanoTime());
            Await.until(
                    "the first step", PATIENCE, () -> outOf(named, Role.DELAY).equals("1ms"));
            client.ask("set", change("both", "loss", "5%", "corrupt", "3%"));
            playback.play(System.nanoTime());
            Await.until(
                    "the second step", PATIENCE, () -> outOf(named, Role.DELAY).equals("2ms"));
            client.ask("set", change("both", "delay", "9ms"));
            Message undone = client.ask("undo", Map.of());
            assertEquals("2ms", inForce(undone, "delay"), "the scenario's, not the one before");
            assertEquals("5%", inForce(undone, "loss"));
            Await.until("the third step", PATIENCE, () -> {
                playback.play(System.nanoTime());
                return outOf(named, Role.LOSS).equals("7%");
            });
            undone = client.ask("undo", Map.of());
            assertEquals("", inForce(undone, "corrupt"));
            assertEquals("7%", inForce(undone, "loss"), "a later step's");
            assertEquals("1%", inForce(undone, "duplicate"));
            assertTrue(refusal(1, () -> client.ask("undo", Map.of())).contains("no change to take back"));
            assertEquals(
                    List.of("scenario", "set", "scenario", "set", "undo", "scenario", "undo"),
                    named.live.history().stream()
                            .map(step -> step.cause().label())
                            .toList());
        }
    }

    /** Also those that nobody has looked for while they were in force, with the time that the scenario has for them. */
    @Test
    void eachStepOfAScenarioIsAVersionOfItsOwnTime() throws Exception {
        Scenario scenario = Scenario.read(Files.writeString(folder.resolve("s.yaml"), """
                steps:
                  - {at: 20ms, link: down}
                  - {at: 40ms, link: up}
                  - {at: 50ms, point: nothing}
                  - {at: 60ms, link: down}
                  - {at: 80ms, link: up, point: up}
                  - {at: 100ms, set: {both: {delay: 2ms}}}
                """));
        try (Named named = named("wan");
                ControlClient client = client("wan")) {
            long start = System.nanoTime();
            Playback playback = named.live.playback();
            playback.begin(score(scenario), start);
            Await.until("the last step", PATIENCE, () -> {
                playback.play(System.nanoTime());
                return outOf(named, Role.DELAY).equals("2ms");
            });
            assertEquals(5, client.ask("show", Map.of()).number("version").orElseThrow());
            List<LiveLink.Step> steps = named.live.history();
            long begin = start - named.link.startNanos();
            assertEquals(
                    List.of(20, 40, 60, 80, 100),
                    steps.stream()
                            .map(step -> (int) ((step.elapsedNanos() - begin) / 1_000_000))
                            .toList());
            for (LiveLink.Step step : steps) {
                assertEquals(0, (step.elapsedNanos() - begin) % 1_000_000, "to the nanosecond");
                assertEquals(LiveLink.Cause.SCENARIO, step.cause());
                assertTrue(step.from().get("a->b").packetNumber() >= 0);
            }
            assertTrue(refusal(3, () -> client.ask("undo", Map.of("if_version", 0)))
                    .contains("has version 5 and not 0"));
            Map<String, Object> next = new LinkedHashMap<>(change("both", "loss", "1%"));
            next.put("if_version", 5);
            assertEquals(6, client.ask("set", next).number("version").orElseThrow());
        }
    }

    /** The picture has as many changes as a picture has at most, and whoever starts the scenario does not wait for it. */
    @Test
    @Timeout(10)
    void aLongScenarioStartsAtOnce() throws Exception {
        Path file = Files.writeString(folder.resolve("s.yaml"), """
                steps:
                  - repeat: 200000
                    every: 100ms
                    steps:
                      - {set: {both: {delay: 1ms}}}
                      - {at: 50ms, set: {both: {delay: 2ms}}}
                """);
        try (Named named = named("wan");
                ControlClient client = client("wan")) {
            long start = System.nanoTime();
            Message answer = client.ask("scenario", Map.of("how", "start", "file", file.toString()));
            long took = System.nanoTime() - start;
            assertTrue(took < 500_000_000, took + " ns");
            assertEquals("1ms", inForce(answer, "delay"));
            Await.until(
                    "the picture",
                    PATIENCE,
                    () -> named.live
                            .playback()
                            .score()
                            .orElseThrow()
                            .pictureSoFar()
                            .isPresent());
        }
    }

    @Test
    void whoWaitsForALinkIsAnsweredOnceItRuns() throws Exception {
        ControlServer server = new ControlServer(LinkName.take(folder, "wan"));
        try (Link link = Link.open(spec().conclude());
                server;
                ControlClient client = client("wan")) {
            server.start(
                    new LinkView("wan", new LiveLink(link, "wan", Optional.empty()), ControlTest::description),
                    endedNow::set);
            assertEquals(
                    "false", client.ask("wait", Map.of("timeout_ns", 1_000_000)).text("passed"));
            link.start();
            assertEquals("true", client.ask("wait", Map.of()).text("passed"));
            client.ask("set", change("both", "delay", "1ms"));
            assertTrue(link.stop());
        }
    }

    /** Changes may be long, and what is kept of them is not without limit. */
    @Test
    void ofLongChangesFewerAreKept() throws Exception {
        try (Named named = named("wan");
                ControlClient client = client("wan")) {
            for (int i = 1; i <= 40; i++) {
                String zeros = "0".repeat(50_000);
                client.ask("set", change("both", "delay", "0." + zeros + i));
            }
            assertEquals(40, named.live.version());
            int kept = named.live.history().size();
            assertTrue(kept >= 5 && kept < 40, kept + " changes are kept");
            Message undone = client.ask("undo", Map.of());
            assertEquals(41, undone.number("version").orElseThrow());
        }
    }

    private static Playback.Score score(Scenario scenario) {
        return new Playback.Score(scenario, "s.yaml", Optional.empty());
    }

    /** What is set meanwhile stays, for all that the scenario goes to and fro. */
    @Test
    void aScenarioIsStartedStoppedAndSought() throws Exception {
        Path file = Files.writeString(folder.resolve("s.yaml"), """
                steps:
                  - {set: {both: {delay: 1ms}}}
                  - {at: 100s, point: far, set: {both: {delay: 2ms}}}
                  - {at: 200s, set: {both: {loss: 7%}}}
                  - {at: 300s, set: {both: {delay: none}}}
                """);
        try (Named named = named("wan");
                ControlClient client = client("wan")) {
            for (String how : List.of("start", "stop", "seek")) {
                assertTrue(refusal(1, () -> client.ask("scenario", Map.of("how", how)))
                        .contains("the link has no scenario"));
            }
            Message started = client.ask("scenario", Map.of("how", "start", "file", file.toString()));
            assertEquals("1ms", inForce(started, "delay"));
            assertEquals(List.of("a->b"), started.inner("from").keys());
            assertEquals("playing", started.inner("scenario").text("state"));
            assertEquals(file.toString(), started.inner("scenario").text("name"));
            client.ask("set", change("both", "corrupt", "3%", "delay", "9ms"));
            Message sought = client.ask("scenario", Map.of("how", "seek", "to", "250s"));
            assertEquals("2ms", inForce(sought, "delay"));
            assertEquals("7%", inForce(sought, "loss"));
            assertEquals("3%", inForce(sought, "corrupt"));
            long position = sought.inner("scenario").number("position_ns").orElse(0);
            assertTrue(position >= 250_000_000_000L && position < 260_000_000_000L, "at " + position);
            assertEquals("true", client.ask("wait", Map.of("point", "far")).text("passed"));
            sought = client.ask("scenario", Map.of("how", "seek", "to", "far"));
            assertEquals("2ms", inForce(sought, "delay"));
            assertEquals("", inForce(sought, "loss"));
            assertEquals("1ms", inForce(client.ask("scenario", Map.of("how", "seek", "to", "99.9")), "delay"));
            assertEquals("false", client.ask("wait", Map.of("point", "far")).text("passed"));
            Await.until("it plays on from there", PATIENCE, () -> {
                named.live.playback().play(System.nanoTime());
                return outOf(named, Role.DELAY).equals("2ms");
            });
            assertEquals("2ms", inForce(client.ask("scenario", Map.of("how", "seek", "to", "299.8")), "delay"));
            Message stopped = client.ask("scenario", Map.of("how", "stop"));
            assertEquals("stopped", stopped.inner("scenario").text("state"));
            named.live.playback().play(System.nanoTime() + 300_000_000);
            assertEquals("2ms", outOf(named, Role.DELAY), "and nothing more comes");
            Message again = client.ask("scenario", Map.of("how", "start"));
            assertEquals("1ms", inForce(again, "delay"));
            assertEquals("", inForce(again, "loss"));
            assertEquals("3%", inForce(again, "corrupt"));
            assertTrue(refusal(2, () -> client.ask("scenario", Map.of("how", "seek", "to", "301s")))
                    .contains("'301s' is behind the scenario's end at 300 s"));
            assertTrue(refusal(2, () -> client.ask("scenario", Map.of("how", "seek", "to", "fa")))
                    .contains("'fa' is no time, and no point of the scenario, which has far"));
            refusal(3, () -> client.ask("scenario", Map.of("how", "stop", "if_version", 0)));
            Path large = Files.writeString(
                    folder.resolve("large.yaml"), "steps: [{at: 1s, set: {both: {bandwidth: 100G, queue: 1G}}}]\n");
            assertTrue(refusal(2, () -> client.ask("scenario", Map.of("how", "start", "file", large.toString())))
                    .contains("of buffer"));
            assertEquals(
                    "playing", client.ask("show", Map.of()).inner("scenario").text("state"), "it goes on");
            assertEquals("", inForce(client.ask("undo", Map.of()), "corrupt"), "what somebody has changed");
            assertTrue(named.link.failure().isEmpty());
        }
    }

    private static String outOf(Named named, Role role) {
        return named.link.spec().direction(0).of(role);
    }

    @Test
    void whoWaitsForAPointOfTheScenarioIsAnsweredThen() throws Exception {
        Scenario scenario = Scenario.read(Files.writeString(
                folder.resolve("s.yaml"), "steps: [{at: 300ms, point: soon}, {at: 900s, point: late}]\n"));
        try (Named named = named("wan");
                ControlClient client = client("wan")) {
            assertTrue(refusal(2, () -> client.ask("wait", Map.of("point", "soon")))
                    .contains("has no scenario"));
            long start = System.nanoTime();
            named.live.playback().begin(score(scenario), start);
            assertEquals("false", client.ask("wait", Map.of("point", "soon")).text("passed"));
            Message answer = client.ask("wait", Map.of("point", "soon", "timeout_ns", 4_000_000_000L));
            assertTrue(System.nanoTime() - start >= 300_000_000);
            assertEquals("true", answer.text("passed"));
            assertEquals("playing", answer.inner("scenario").text("state"));
            assertTrue(answer.inner("scenario").number("position_ns").orElse(0) >= 300_000_000);
            assertEquals(
                    "s.yaml", client.ask("show", Map.of()).inner("scenario").text("name"));
            assertTrue(refusal(2, () -> client.ask("wait", Map.of("point", "son")))
                    .contains("'son' is no point of the scenario, which has soon, late"));
            named.live.playback().end(System.nanoTime());
            assertTrue(refusal(1, () -> client.ask("wait", Map.of("point", "late", "timeout_ns", 4_000_000_000L)))
                    .contains("before the point late"));
        }
    }

    @Test
    void samplesComeToWhoWatches() throws Exception {
        try (Named named = named("wan");
                ControlClient json = client("wan");
                ControlClient text = client("wan")) {
            json.ask("watch", Map.of("format", "json"));
            text.ask("watch", Map.of("format", "text", "columns", 80));
            for (int i = 0; i < 3; i++) {
                named.link.collector().next();
                Message sample = json.next(PATIENCE.toNanos()).orElseThrow();
                assertEquals("interval", sample.text("type"));
                assertEquals(json.lastLine().lines().count(), 1);
                List<String> lines = text.next(PATIENCE.toNanos()).orElseThrow().texts("text");
                assertEquals(1, lines.size());
                assertTrue(lines.getFirst().contains("a->b") && lines.getFirst().length() <= 80, lines.toString());
            }
        }
    }

    @Test
    void whoStopsALinkKnowsWhenItHasEnded() throws Exception {
        CountDownLatch ended = new CountDownLatch(1);
        try (ControlClient client = onceClosed(ended)) {
            client.ask("stop", Map.of("how", "now"));
            assertEquals(true, endedNow.get());
            ended.countDown();
            assertEquals(Optional.empty(), client.next(PATIENCE.toNanos()));
            assertEquals(List.of(), LinkName.all(folder), "its name is free by then");
        }
    }

    /** Of a link that is closed in another thread. */
    private ControlClient onceClosed(CountDownLatch when) throws IOException {
        Named named = named("wan");
        ControlClient client = client("wan");
        Thread.ofPlatform().daemon().start(() -> {
            try {
                assertTrue(when.await(20, TimeUnit.SECONDS));
                named.close();
            } catch (IOException | InterruptedException e) {
                throw new AssertionError(e);
            }
        });
        return client;
    }

    @Test
    void linksOfOneProcessAreTwo() throws Exception {
        try (Named one = named("one");
                Named two = named("two");
                ControlClient client = client("two")) {
            assertEquals(List.of("one", "two"), LinkName.all(folder));
            client.ask("set", change("both", "delay", "1ms"));
            assertEquals(spec().conclude(), one.link.spec());
            assertFalse(spec().conclude().equals(two.link.spec()));
            String refused = assertThrows(IllegalArgumentException.class, () -> named("one"))
                    .getMessage();
            assertTrue(refused.startsWith("a link with the name one runs already"), refused);
            assertTrue(refusal(2, () -> client("onee")).contains("did you mean 'one'?"));
            assertTrue(refusal(2, () -> client("../one")).contains("no link of this user's has the name"));
        }
        try (Named again = named("one")) {
            assertEquals(Path.of(folder.toString(), "one.sock").toString(), folder + "/one.sock");
            assertEquals(
                    "rw-------",
                    PosixFilePermissions.toString(Files.getPosixFilePermissions(folder.resolve("one.sock"))));
            assertTrue(again.link.failure().isEmpty());
        }
        assertEquals(0, folder.toFile().list().length, "nothing is left");
    }

    @Test
    void whereNoSocketCanBeMadeTheReasonIsTold() {
        IOException refused = assertThrows(IOException.class, () -> LinkName.take(folder.resolve("none"), "wan"));
        assertEquals(1, refused.getMessage().lines().count());
        assertTrue(refused.getMessage().startsWith("no socket can be made in " + folder.resolve("none")));
        Path deep = folder.resolve("d".repeat(100));
        assertTrue(deep.toFile().mkdir());
        assertTrue(assertThrows(IOException.class, () -> LinkName.take(deep, "wan"))
                .getMessage()
                .contains("too long"));
    }

    /** Steps of a scenario: a list of times and parts of a configuration, which make a link what this one was. */
    @Test
    void theJournalHasEveryChangeWithItsTime() throws Exception {
        Path file = folder.resolve("journal.yaml");
        LinkSpec spec = spec().with(Setting.of(Role.DELAY), "1ms").conclude();
        List<LinkSpec> states = new ArrayList<>(List.of(spec));
        try (Named named = new Named("wan", spec, file);
                ControlClient client = client("wan")) {
            for (Map<String, Object> one : List.of(
                    change("both", "loss", "gilbert,1%,25%"),
                    change("a-to-b", "bandwidth", "10M", "delay", "none"),
                    change("a-to-b", "link", "down"))) {
                client.ask("set", one);
                states.add(named.link.spec());
            }
            client.ask("set", Map.of("change", Map.of("exempt", "arp,nd")));
            states.add(named.link.spec());
            client.ask("undo", Map.of());
            states.add(named.link.spec());
            client.ask("reset", Map.of());
            states.add(named.link.spec());
            assertEquals(
                    states.size(), Files.readAllLines(file).size() - 3, "flushed, with a comment and b->a's start");
        }
        assertFalse(Scenario.read(file).check(spec).isEmpty(), "a scenario as it is");
        Node.Mapping document = YamlFile.read(file);
        assertEquals(
                List.of("steps"),
                document.entries().stream().map(entry -> entry.key().text()).toList());
        LinkSpec made = spec().conclude();
        double last = 0;
        int index = -2; // a step for each direction at the start
        Node.Sequence steps = (Node.Sequence) document.entries().getFirst().value();
        for (Node step : steps.values()) {
            Message fields = new Message((Node.Mapping) step);
            assertEquals(List.of("at", "set"), fields.keys());
            double at = Double.parseDouble(fields.text("at").replace("s", ""));
            assertTrue(at >= last && at < 20, "at " + at);
            last = at;
            made = SpecReader.changed(made, fields.mapping("set"), Path.of(""));
            if (++index >= 0) {
                assertEquals(states.get(index).direction(0), made.direction(0), fields.text("at"));
            }
        }
        assertEquals(states.size() - 1, index);
    }
}
