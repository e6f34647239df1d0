package io.tlem.endtoend;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.tlem.testing.Await;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What users read, and that nothing of it is lost without a word or keeps a link waiting; and what signals do. */
@Timeout(120)
class OutputTest {
    private static final Duration LIMIT = Duration.ofSeconds(60);
    private static final String TRAFFIC = "run -i generator:pps=1000 -i sink: ";

    @TempDir
    Path folder;

    /** @param script of a shell whose words are the emulator and its command line */
    private Program start(String script, String command) {
        List<String> all = new ArrayList<>(List.of("sh", "-c", script, folder.toString()));
        all.addAll(Program.java("io.tlem.cli.Main", List.of("-Xmx256m"), List.of(command.split(" "))));
        return Program.start(all);
    }

    private Program.Result run(String script, String command) {
        try (Program program = start(script, command)) {
            return program.await(LIMIT);
        }
    }

    private static void signal(Program program, String name) {
        Program.output("sh", "-c", "kill -" + name + " " + program.pid());
    }

    private static void awaitErr(Program program, String text) {
        Await.until(text + " " + program, LIMIT, () -> program.err().contains(text));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "config -i generator: -i sink:",
                "models",
                "ports",
                "import tc tc qdisc add dev eth0 root netem delay 100ms",
                "--version",
                "demo --help"
            })
    void aFullDiskIsSaidAndIsStatus1(String command) {
        Program.Result result = run("exec \"$@\" >/dev/full", command);
        assertEquals("tlem: standard output cannot be written: No space left on device\n", result.err());
        assertEquals(1, result.status());
    }

    @Test
    void aFullDiskIsSaidWhenItHappensAndTheLinkGoesOn() throws Exception {
        Path log = folder.resolve("log");
        try (Program program =
                start("exec \"$@\" >/dev/full", TRAFFIC + "--json --duration 4s --histogram-log " + log)) {
            awaitErr(program, "standard output cannot be written: No space left on device; the link goes on\n");
            assertTrue(program.running(), program.toString());
            Program.Result result = program.await(LIMIT);
            assertEquals(1, result.status(), result.err());
        }
        assertTrue(Files.readString(log)
                        .lines()
                        .filter(line -> line.contains("a-b.lateness"))
                        .count()
                >= 3);
    }

    @Test
    void aHistogramLogOnAFullDiskIsSaidAndTheLinkGoesOn() {
        Program.Result result =
                run("exec \"$@\"", "run -i generator:pps=1000,count=1500 -i sink: --json --histogram-log /dev/full");
        assertEquals(1, result.status(), result.err());
        assertTrue(
                result.err()
                        .contains("--histogram-log /dev/full cannot be written: No space left on device; the link"
                                + " goes on\n"),
                result.err());
        assertEquals(
                1500,
                Json.parse(result.out().lines().toList().getLast())
                        .get("directions")
                        .array()
                        .get(0)
                        .get("transmitted_packets")
                        .number());
    }

    /** The pipe is full before the emulator starts, and stays so: its only reader is the emulator, which does not know. */
    @ParameterizedTest
    @ValueSource(strings = {">pipe", "2>pipe", ">pipe 2>&1"})
    void aReaderThatDoesNotReadHoldsNothingUp(String redirection) {
        long start = System.nanoTime();
        Program.Result result = run(
                "cd \"$0\" && mkfifo pipe && exec 3<>pipe && head -c 65536 /dev/zero >&3 && exec \"$@\" " + redirection,
                TRAFFIC + "-v --duration 2s");
        double seconds = (System.nanoTime() - start) / 1e9;
        assertEquals(1, result.status(), result.out() + result.err());
        assertTrue(seconds < 40, seconds + " s");
        if (redirection.equals(">pipe")) {
            assertTrue(result.err().contains("standard output is not read: its last lines are lost"), result.err());
        } else if (redirection.equals("2>pipe")) {
            assertTrue(result.out().contains("  transmitted "), result.out());
        }
    }

    @Test
    void aReaderThatGoesIsSaidAndTheLinkGoesOn() {
        Program.Result result =
                run("{ \"$@\"; echo \"status $?\" >&2; } | head -n 1", TRAFFIC + "--json --duration 2500ms");
        assertTrue(result.out().contains("\"type\":\"start\""), result.out());
        assertEquals(1, result.out().lines().count());
        assertTrue(result.err().contains("standard output was closed by its reader; the link goes on"), result.err());
        assertTrue(result.err().contains("status 1"), result.err());
    }

    @Test
    void aListThatIsCutIsNobodysProblem() {
        Program.Result result = run("\"$@\" | head -n 1", "models");
        assertEquals("", result.err());
        assertEquals("--outage\n", result.out());
    }

    private Program startLong(String script) {
        Program program = start(script, TRAFFIC + "-D 15s --json");
        program.awaitOutput("\"type\":\"interval\"", LIMIT);
        return program;
    }

    @Test
    void theFirstInterruptSaysForHowLongAndTheSecondEndsAtOnceWithTheReport() {
        try (Program program = startLong("exec \"$@\"")) {
            program.interrupt();
            awaitErr(
                    program,
                    "ending: what is under way is still sent, for at most 15.1 s; a second signal ends at once\n");
            assertTrue(program.running());
            long start = System.nanoTime();
            for (int i = 0; i < 3; i++) {
                program.interrupt();
            }
            Program.Result result = program.await(LIMIT);
            assertTrue((System.nanoTime() - start) / 1e9 < 10);
            assertEquals(0, result.status(), result.err());
            Json direction = Json.parse(result.out().lines().toList().getLast())
                    .get("directions")
                    .array()
                    .get(0);
            assertTrue(direction.get("still_inside_packets").number() > 500, direction.toString());
            assertEquals(0, direction.get("unaccounted_packets").number());
        }
    }

    @Test
    void statisticsOnRequestAndTheLinkGoesOn() {
        try (Program program = startLong("exec \"$@\"")) {
            for (int i = 1; i <= 2; i++) {
                signal(program, "USR1");
                program.awaitOutput("(?s)(\"type\":\"status\".*){" + i + "}", LIMIT);
            }
            long intervals = intervals(program);
            Await.until("it goes on", LIMIT, () -> intervals(program) > intervals + 1);
            program.interrupt();
            program.interrupt();
            assertEquals(0, program.await(LIMIT).status());
            assertTrue(
                    program.out().lines().allMatch(line -> line.startsWith("{") && line.endsWith("}")), program.out());
        }
    }

    private static long intervals(Program program) {
        return program.out()
                .lines()
                .filter(line -> line.contains("\"type\":\"interval\""))
                .count();
    }

    /** As in the background of a shell, whose keyboard interrupts are not meant for it. */
    @Test
    void anInterruptThatWasIgnoredBeforeStaysIgnored() {
        try (Program program = startLong("trap '' INT; exec \"$@\"")) {
            signal(program, "INT");
            long intervals = intervals(program);
            Await.until("it goes on", LIMIT, () -> intervals(program) > intervals + 1);
            assertFalse(program.err().contains("ending"), program.err());
            signal(program, "TERM");
            awaitErr(program, "ending");
            signal(program, "TERM");
            assertEquals(0, program.await(LIMIT).status());
        }
    }

    @Test
    void whatTheSinkMeasuresIsReported() {
        Program.Result result = run("exec \"$@\"", "run -i generator:pps=1000,count=1 -i sink:check=on -q");
        String measured = result.out().substring(result.out().indexOf("measured by port b"));
        assertTrue(measured.contains("\n  arrived            1 packet, 1,514 bytes\n"), measured);
        assertTrue(measured.contains("since generated"), measured);
    }

    /** Four starting lines of internals are for those who ask for them. */
    @Test
    void theStartIsOneLineAndInternalsAreForVerbose() throws IOException {
        String command = "run -i generator:count=1 -i sink: -D 5ms -B 10M -L 0 ";
        Program.Result usual = run("exec \"$@\"", command + "--seed 7");
        assertEquals(
                "tlem: generator:count=1 -> sink:, a->b: loss 0, queue 50000, bandwidth 10M, delay 5ms; seed 7\n",
                usual.err());
        assertTrue(Stream.of("threads", "buffer", "sink")
                .allMatch(run("exec \"$@\"", command + "-v").err()::contains));
    }
}
