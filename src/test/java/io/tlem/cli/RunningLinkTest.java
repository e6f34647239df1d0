package io.tlem.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.tlem.control.LinkName;
import io.tlem.os.PrivateFolder;
import io.tlem.testing.Await;
import io.tlem.testing.OwnJava;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.parallel.Isolated;

/** The commands for links that run, as users give them: in this process, and a link in one of its own. */
@Isolated // takes the process's standard output and error
@Timeout(120)
class RunningLinkTest {
    private static final Duration PATIENCE = Duration.ofSeconds(60);

    @TempDir
    Path folder;

    private static final AtomicInteger NUMBER = new AtomicInteger();

    private final String name = "test-" + ProcessHandle.current().pid() + "-" + NUMBER.incrementAndGet();
    private final PrintStream standardOutput = System.out;
    private final PrintStream standardError = System.err;
    private final ByteArrayOutputStream out = new ByteArrayOutputStream();
    private final ByteArrayOutputStream err = new ByteArrayOutputStream();
    private Process process;

    @BeforeEach
    void take() {
        System.setOut(new PrintStream(out, true, StandardCharsets.UTF_8));
        System.setErr(new PrintStream(err, true, StandardCharsets.UTF_8));
    }

    @AfterEach
    void giveBack() throws InterruptedException {
        System.setOut(standardOutput);
        System.setErr(standardError);
        if (process != null) {
            process.destroyForcibly().waitFor();
        }
    }

    /** What a command has printed, with its exit status. */
    private record Said(int status, String out, String err) {}

    private Said say(String... words) {
        out.reset();
        err.reset();
        int status = Main.execute(words);
        return new Said(status, out.toString(StandardCharsets.UTF_8), err.toString(StandardCharsets.UTF_8));
    }

    private String done(String... words) {
        Said said = say(words);
        assertEquals(0, said.status(), said.toString());
        assertEquals("", said.err());
        assertTrue(said.out().lines().allMatch(line -> line.length() <= 80 || line.startsWith("{")), said.out());
        return said.out();
    }

    private String refused(int status, String... words) {
        Said said = say(words);
        assertEquals(status, said.status(), said.toString());
        assertEquals(1, said.err().lines().count(), said.err());
        assertEquals("", said.out());
        return said.err();
    }

    private FutureTask<Integer> link(String... more) {
        List<String> words = new ArrayList<>(List.of(
                "run",
                "-i",
                "generator:pps=1000",
                "-i",
                "sink:",
                "--name",
                name,
                "-qq",
                "--nice",
                "0",
                "--buffer",
                "1M"));
        words.addAll(List.of(more));
        FutureTask<Integer> run = new FutureTask<>(() -> Main.execute(words.toArray(String[]::new)));
        Thread.ofPlatform().daemon().start(run);
        Await.until("it answers", PATIENCE, () -> run.isDone() || Main.execute("show", name) == 0);
        assertFalse(run.isDone(), err.toString(StandardCharsets.UTF_8));
        return run;
    }

    private boolean runs() {
        out.reset();
        return Main.execute("show", name, "--json") == 0
                && !out.toString(StandardCharsets.UTF_8).contains("\"received_packets\":0");
    }

    @Test
    void aLinkIsFoundChangedWatchedAndStopped() throws Exception {
        Path journal = folder.resolve("journal.yaml");
        FutureTask<Integer> run = link("--journal", journal.toString(), "-D", "1ms");
        Await.until("packets come", PATIENCE, this::runs);
        assertEquals(name + ": runs\n", done("wait", name));
        String list = done("list");
        assertTrue(list.contains(name) && list.contains("generator:pps=1000, sink:"), list);
        assertTrue(done("list", "--json").contains("\"name\":\"" + name + "\""));
        String set = done("set", name, "a-to-b", "--loss", "gilbert,1%,25%");
        assertTrue(
                set.matches("a->b from packet \\d+ on, \\d+\\.\\d{9} s after the start\\R"
                        + "version 1 is in force:\\R  a->b  delay 1ms, loss gilbert,1%,25%\\R"),
                set);
        assertTrue(done("show", name).contains("a->b  delay 1ms, loss gilbert,1%,25%\n"));
        assertTrue(done("set", name, "both", "-L", "none", "--json").startsWith("{\"v\":1,\"ok\":true,\"version\":2,"));
        assertTrue(done("set", name, "both", "-D", "1ms").startsWith("nothing is different; version 2 is in force:"));
        assertTrue(done("undo", name).contains("version 3 is in force:\n  a->b  delay 1ms, loss gilbert"));
        assertTrue(done("reset", name).contains("version 4 is in force:\n  a->b  delay 1ms\n"));
        assertTrue(refused(3, "set", name, "both", "-D", "2ms", "--if-version", "3")
                .contains("has version 4 and not 3"));
        assertEquals(
                6,
                Files.readAllLines(journal).stream()
                        .filter(line -> line.startsWith("- {at: "))
                        .count());
        FutureTask<Integer> watch = new FutureTask<>(() -> Main.execute("watch", name));
        out.reset();
        err.reset();
        Thread.ofPlatform().daemon().start(watch);
        Await.until(
                "a second's line",
                PATIENCE,
                () -> out.toString(StandardCharsets.UTF_8).contains("a->b"));
        assertEquals(0, Main.execute("stop", name));
        assertEquals(0, run.get(30, TimeUnit.SECONDS));
        assertEquals(0, watch.get(30, TimeUnit.SECONDS));
        assertTrue(err.toString(StandardCharsets.UTF_8).contains(name + " has ended"));
        assertFalse(LinkName.all().contains(name));
    }

    /** The second point comes within the run, the third one behind its end. */
    @Test
    void aProgramWaitsForPointsOfTheScenario() throws Exception {
        Path scenario = Files.writeString(folder.resolve("s.yaml"), """
                end: stop
                steps: [{point: begins, set: {both: {delay: 1ms}}}, {at: 3s, point: there}]
                """);
        FutureTask<Integer> run = link("--scenario", scenario.toString());
        assertTrue(done("wait", name, "begins").startsWith("begins: the scenario is at "));
        assertTrue(refused(3, "wait", name, "there", "--timeout", "1ms")
                .contains(": the scenario has not come to the point there within 1ms; it is at "));
        assertTrue(refused(2, "wait", name, "nowhere")
                .endsWith(": 'nowhere' is no point of the scenario, which has begins, there\n"));
        assertTrue(refused(2, "wait", name, "there", "--timeout", "x").contains("--timeout 'x' is not a time"));
        assertTrue(done("wait", name, "there", "--json").startsWith("{\"v\":1,\"ok\":true,\"passed\":true,"));
        assertEquals(0, run.get(30, TimeUnit.SECONDS));
    }

    @Test
    void aScenarioIsPlayedOnALinkThatRuns() throws Exception {
        Path scenario = Files.writeString(folder.resolve("s.yaml"), """
                end: stop
                expect: {received: '<1'}
                steps: [{at: 100s, point: there, set: {both: {delay: 1ms}}}, {at: 900s, point: end}]
                """);
        FutureTask<Integer> run = link();
        Await.until("packets come", PATIENCE, this::runs);
        assertTrue(refused(1, "scenario", "start", name).contains("the link has no scenario"));
        String started = done("scenario", "start", name, scenario.toString());
        assertTrue(
                started.matches("nothing is different; version 0 is in force:\\R  a->b  no impairment\\R"
                        + "the scenario is at [^,]* of 900 s, playing\\R"),
                started);
        String sought = done("scenario", "seek", name, "there");
        assertTrue(sought.contains("version 1 is in force:\n  a->b  delay 1ms\nthe scenario is at 100 s of"), sought);
        assertTrue(done("scenario", "stop", name).endsWith(" of 900 s, stopped\n"));
        assertTrue(done("show", name).contains("\nthe scenario is at 100 s of 900 s, stopped\n"));
        assertTrue(refused(2, "scenario", "seek", name, "nowhere").contains("which has there, end"));
        assertTrue(refused(2, "scenario", "start", name, folder + "/none").contains("/none: "));
        Said end = say("scenario", "seek", name, "end");
        assertEquals(0, end.status(), end.toString());
        assertEquals(3, run.get(30, TimeUnit.SECONDS), "it ends with the scenario, which expects what is not so");
    }

    @Test
    void whoWaitsForWhatDoesNotComeIsToldWhenTheLinkEnds() throws Exception {
        Path scenario = Files.writeString(folder.resolve("s.yaml"), "steps: [{at: 900s, point: there}]\n");
        FutureTask<Integer> run = link("--scenario", scenario.toString());
        Await.until("packets come", PATIENCE, this::runs);
        FutureTask<Integer> wait = new FutureTask<>(() -> Main.execute("wait", name, "there"));
        out.reset();
        err.reset();
        Thread.ofPlatform().daemon().start(wait);
        assertThrows(TimeoutException.class, () -> wait.get(100, TimeUnit.MILLISECONDS));
        assertEquals(0, Main.execute("stop", name));
        assertEquals(1, wait.get(30, TimeUnit.SECONDS));
        assertEquals(0, run.get(30, TimeUnit.SECONDS));
        String said = err.toString(StandardCharsets.UTF_8);
        assertTrue(said.contains(name + ": the link ends ") && said.contains(" before the point there"), said);
    }

    @Test
    void tlemsSessionsHaveOneLinkThatTheOthersChange() throws Exception {
        String session = folder.resolve("session").toString();
        assertTrue(refused(2, "-s", session, "-a").contains("-a: no link runs with -s " + session));
        assertTrue(refused(2, "run", "-a").contains("-a goes with -s FILE only"));
        FutureTask<Integer> run = link("-s", session, "-D", "1ms", "-M", "100M,20ms,1ms");
        Await.until("packets come", PATIENCE, this::runs);
        assertEquals(name, Files.readString(folder.resolve("session")));
        assertTrue(done("-s", session, "-i", "ignored0", "-D", "5ms", "-L", "0.1")
                .contains("version 1 is in force:\n  a->b  delay 5ms, loss 0.1\n"));
        String more = refused(2, "-s", session, "-B", "900M", "-D", "100ms");
        assertTrue(more.contains("the models need") && more.endsWith("raise it\n"), "more than -M: " + more);
        assertTrue(refused(2, "-s", session).contains("the link " + name + " runs already, and nothing is to change"));
        done("-s", session, "-a");
        assertEquals(0, run.get(30, TimeUnit.SECONDS));
        assertTrue(refused(2, "-s", session, "-a").contains("-a: no link runs"), "and another one may run now");
        assertTrue(refused(2, "run", "-M", "1,2,3,4").contains("-M 1,2,3,4: it takes a bandwidth, a delay"));
        assertTrue(refused(2, "run", "-M", "1G,x").contains("--max-delay x: "));
        assertTrue(refused(2, "run", "-M", "1G", "--max-bandwidth", "1G").contains("say the same"));
    }

    @Test
    void mistakesAreToldInOneLine() throws Exception {
        FutureTask<Integer> run = link("--wait-link", "100");
        for (String[] mistake : new String[][] {
            {"both", "-D", "x", "-D x: 'x' is not a delay model"},
            {"both", "-L", "2", "2"},
            {"both", "-D", "1ms", "-D", "2ms", "-D", "3ms", "once or twice"},
            {"a-to-b", "-D", "1ms", "-D", "2ms", "once is possible with a-to-b"},
            {"a-to-b", "--exempt", "arp", "goes for the whole link"},
            {"both", "nothing is to change"},
            {"sideways", "-D", "1ms", "'sideways' is no direction"},
            {"both", "--link", "off", "it is down or up"},
            {"both", "--seed", "3", "unknown option '--seed'"},
            {"both", "--if-version", "x", "-D", "1ms", "--if-version x: a version is a whole number, such as 4"},
            {"both", "--if-version", "99999999999999999999", "-D", "1ms", "a version is a whole number"},
        }) {
            List<String> words = new ArrayList<>(List.of("set", name));
            words.addAll(Arrays.asList(mistake).subList(0, mistake.length - 1));
            String said = refused(2, words.toArray(String[]::new));
            assertTrue(said.contains(mistake[mistake.length - 1]), said);
        }
        assertTrue(refused(1, "set", name, "both", "-D", "2ms").contains("the link does not run"), "it waits");
        assertTrue(refused(3, "wait", name, "--timeout", "10ms").contains("the link does not run within 10ms"));
        assertTrue(refused(3, "wait", name + "x", "--timeout", "30ms").contains("; none has come within 30ms"));
        assertTrue(refused(2, "wait", name + "x").contains("no link of this user's has the name"));
        for (String command : List.of("show", "undo", "reset", "watch", "top", "stop")) {
            assertTrue(refused(2, command, name + "x").contains("did you mean '" + name + "'?"));
        }
        assertTrue(refused(2, "stop", name, "--drain", "--now").contains("exclude each other"));
        assertTrue(
                refused(2, "run", "-i", "nosuch0", "-i", "sink:", "--name", name)
                        .contains("no such"),
                "checked first");
        assertTrue(refused(2, "run", "-i", "generator:", "-i", "sink:", "--name", name)
                .contains("a link with the name " + name + " runs already"));
        done("stop", name, "--now");
        assertEquals(0, run.get(30, TimeUnit.SECONDS));
    }

    /** Nothing is said of packets that would still be sent. */
    @Test
    void whatStopsAtOnceSendsNothingMore() throws Exception {
        FutureTask<Integer> run = new FutureTask<>(() -> Main.execute(
                "run", "-i", "generator:pps=1000", "-i", "sink:", "--name", name, "-D", "20s", "--nice", "0"));
        Thread.ofPlatform().daemon().start(run);
        Await.until("packets come", PATIENCE, () -> run.isDone() || runs());
        err.reset();
        assertEquals(0, Main.execute("stop", name, "--now"));
        assertEquals(0, run.get(30, TimeUnit.SECONDS));
        assertFalse(err.toString(StandardCharsets.UTF_8).contains("ending:"), err.toString(StandardCharsets.UTF_8));
    }

    @Test
    void withoutControlNobodyFindsIt() {
        assertEquals(
                0,
                say("run", "-i", "generator:count=10", "-i", "sink:", "--no-control", "-qq")
                        .status());
        assertTrue(refused(2, "run", "-i", "generator:", "-i", "sink:", "--journal", folder + "/no/such")
                .contains("/no/such: there is no folder " + folder + "/no"));
    }

    /** Root's link has given its rights up by then, and may still read root's files. A killed one leaves a name that is free. */
    @Test
    void aLinkOfAnotherProcess() throws Exception {
        Path samples = folder.resolve("samples");
        Files.writeString(samples, "3ms\n");
        Files.setPosixFilePermissions(samples, PosixFilePermissions.fromString("rw-------"));
        process = start();
        Await.until("it runs", PATIENCE, () -> !process.isAlive() || runs());
        assertTrue(done("set", name, "both", "-D", "samples," + samples)
                .contains("version 1 is in force:\n  a->b  delay samples,"));
        process.destroyForcibly().waitFor();
        assertTrue(Files.exists(socket()), "nobody has removed it");
        assertTrue(refused(2, "show", name).contains("no link of this user's has the name " + name));
        FutureTask<Integer> run = link();
        done("stop", name);
        assertEquals(0, run.get(30, TimeUnit.SECONDS));
        assertFalse(Files.exists(socket()));
    }

    /** Without a terminal it prints lines, and a link that is killed is told from one that ends. */
    @Test
    void topPrintsLinesWhereNoTerminalIs() throws Exception {
        process = start();
        Await.until("it runs", PATIENCE, () -> !process.isAlive() || runs());
        Path lines = folder.resolve("lines");
        Path lost = folder.resolve("lost");
        Process top = java("top", name)
                .redirectInput(ProcessBuilder.Redirect.PIPE)
                .redirectOutput(lines.toFile())
                .redirectError(lost.toFile())
                .start();
        try {
            Await.until("a line", PATIENCE, () -> !top.isAlive() || read(lines).contains("a->b"));
            assertTrue(Files.readAllLines(lines).getFirst().startsWith("    time  way"), Files.readString(lines));
            process.destroyForcibly().waitFor();
            assertTrue(top.waitFor(30, TimeUnit.SECONDS));
            assertEquals(1, top.exitValue());
            assertEquals(
                    "tlem: the link " + name + " is lost: its process has ended without a word",
                    Files.readString(lost).strip());
        } finally {
            top.destroyForcibly().waitFor();
        }
    }

    private Path socket() throws IOException {
        return PrivateFolder.runtime().resolve(name + ".sock");
    }

    private static String read(Path file) {
        try {
            return Files.readString(file);
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }

    private static ProcessBuilder java(String... words) {
        List<String> all =
                new ArrayList<>(List.of(OwnJava.launcher(), "--enable-native-access=ALL-UNNAMED", "-XX:+UseSerialGC"));
        all.addAll(OwnJava.classes());
        all.add("io.tlem.cli.Main");
        all.addAll(List.of(words));
        return new ProcessBuilder(all);
    }

    private Process start() throws IOException {
        return java("run", "-i", "generator:pps=1000", "-i", "sink:", "--buffer", "1M", "--name", name)
                .redirectOutput(folder.resolve("out").toFile())
                .redirectError(folder.resolve("err").toFile())
                .start();
    }
}
