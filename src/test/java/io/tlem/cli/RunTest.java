package io.tlem.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.tlem.testing.OwnJava;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Runs the emulator as users do, in a process of its own, with the ports that need no privileges. */
class RunTest {
    @TempDir
    Path folder;

    private Process started;

    private record Result(int status, String out, String err) {
        long number(String field) {
            Matcher matcher = Pattern.compile("\"" + field + "\":(-?[0-9]+)").matcher(summary());
            assertTrue(matcher.find(), field + " in " + out + err);
            return Long.parseLong(matcher.group(1));
        }

        String summary() {
            return out.lines()
                    .filter(line -> line.contains("\"type\":\"summary\""))
                    .findFirst()
                    .orElse("none: " + out + err);
        }
    }

    private Process start(List<String> jvm, String command) throws IOException {
        List<String> all = new ArrayList<>();
        all.add(OwnJava.launcher());
        all.add("--enable-native-access=ALL-UNNAMED");
        all.addAll(jvm);
        all.addAll(OwnJava.classes());
        all.add("io.tlem.cli.Main");
        all.addAll(List.of(command.split(" ")));
        started = new ProcessBuilder(all)
                .redirectOutput(folder.resolve("out").toFile())
                .redirectError(folder.resolve("err").toFile())
                .start();
        return started;
    }

    /** A test that fails leaves none behind, which would run for ever. */
    @AfterEach
    void end() throws InterruptedException {
        if (started != null) {
            started.destroyForcibly().waitFor();
        }
    }

    private Result finish(Process process) throws Exception {
        assertTrue(process.waitFor(300, TimeUnit.SECONDS), "still running");
        return new Result(
                process.exitValue(),
                Files.readString(folder.resolve("out"), StandardCharsets.UTF_8),
                Files.readString(folder.resolve("err"), StandardCharsets.UTF_8));
    }

    private Result run(List<String> jvm, String command) throws Exception {
        return finish(start(jvm, command));
    }

    /** 100 million packets without a collector and in 256 MB of heap: nothing on their way allocates. */
    @ParameterizedTest
    @ValueSource(ints = {2, 3})
    @Timeout(300)
    void aHundredMillionPacketsWithoutGarbage(int stages) throws Exception {
        long packets = stages == 2 ? 100_000_000 : 20_000_000;
        Result result = run(
                List.of("-XX:+UnlockExperimentalVMOptions", "-XX:+UseEpsilonGC", "-Xmx256m"),
                "run -i generator:size=60,rate=max,count=" + packets
                        + " -i sink:check=on -D 100us -L 0.001 -B ether,100G" + " -Q 1M --buffer 64M --json --stages "
                        + stages);
        assertEquals(0, result.status(), result.out() + result.err());
        assertEquals(packets, result.number("received_packets"));
        assertEquals(0, result.number("unaccounted_packets"));
        assertEquals(0, result.number("still_inside_packets"));
        assertTrue(result.number("transmitted_packets") > packets / 100, result.summary());
    }

    @ParameterizedTest
    @ValueSource(strings = {"INT", "TERM"})
    @Timeout(60)
    void aSignalDrainsReportsAndExitsWith0(String signal) throws Exception {
        Process process = start(
                List.of(),
                "run -i generator:size=1514,rate=200M -i sink: -D 300ms -L 0.01 --drain 10s --json --histogram-log "
                        + folder.resolve("log"));
        waitFor(process, "\"type\":\"interval\"");
        waitFor(process, "\"elapsed_seconds\":2");
        assertEquals(
                0,
                new ProcessBuilder("kill", "-" + signal, Long.toString(process.pid()))
                        .start()
                        .waitFor());
        Result result = finish(process);
        assertEquals(0, result.status(), result.out() + result.err());
        assertTrue(result.number("received_packets") > 16_000, result.summary());
        assertEquals(0, result.number("unaccounted_packets"));
        assertEquals(0, result.number("still_inside_packets"), "drained: " + result.summary());
        assertTrue(Files.readString(folder.resolve("log")).contains("Tag=a-b.lateness"));
    }

    @Test
    @Timeout(60)
    void withoutDrainingWhatIsInsideIsReported() throws Exception {
        Result result =
                run(List.of(), "run -i generator:size=60,pps=10k -i sink: -D 5s --duration 1500ms --drain 0 --json");
        assertEquals(0, result.status(), result.err());
        long inside = result.number("still_inside_packets");
        assertTrue(inside > 10_000, result.summary());
        assertEquals(result.number("received_packets"), inside);
        assertEquals(0, result.number("unaccounted_packets"));
    }

    /** A model that writes where it must not makes packets vanish. */
    @Test
    @Timeout(60)
    void packetsThatAreNowhereAreAnError() throws Exception {
        Result result = run(
                List.of(),
                "run -i generator:size=60,pps=1000,count=100 -i sink: -D 300ms --corrupt test-vandal --json");
        assertEquals(1, result.status(), result.out() + result.err());
        assertTrue(result.err().contains("tlem: a->b: 99 packets are unaccounted for"), result.err());
        assertEquals(99, result.number("unaccounted_packets"));
    }

    /** The same seed and arrivals give the same decisions; the generator's arrivals are exact. */
    @Test
    @Timeout(60)
    void aSeedRepeatsARun() throws Exception {
        String command = "run -i generator:size=60,pps=100k,count=50000 -i sink: -D 1ms -L 0.3 --json --seed ";
        Result first = run(List.of(), command + "7");
        Result again = run(List.of(), command + "7 --stages 3");
        Result other = run(List.of(), command + "8");
        assertEquals(first.number("loss"), again.number("loss"), first.summary() + again.summary());
        assertTrue(first.number("loss") != other.number("loss"), other.summary());
        assertEquals(50_000, first.number("received_packets"));
        assertEquals(0, first.number("buffer"));
    }

    @Test
    @Timeout(60)
    void theDemoComparesWhatWasAskedForWithWhatWasMeasured() throws Exception {
        Result result = run(List.of(), "demo --duration 4s -B 100M -L 0.02 --seed 1");
        assertEquals(0, result.status(), result.err());
        String seen = result.out().substring(result.out().indexOf("seen by the sink"));
        Matcher rate = Pattern.compile("rate +100M +([0-9.]+) Mbit/s").matcher(seen);
        assertTrue(rate.find(), seen);
        // A stall of this machine at either end of the four seconds shortens or lengthens what is measured.
        assertEquals(90, Double.parseDouble(rate.group(1)), 9);
        assertTrue(seen.contains("of 90.0 Mbit/s offered, 90 % of the link"), seen);
        Matcher loss = Pattern.compile("loss +0.02 +([0-9.]+),").matcher(seen);
        assertTrue(loss.find(), result.out());
        assertEquals(0.02, Double.parseDouble(loss.group(1)), 0.006);
        assertTrue(seen.contains("out of order   none               none"), seen);
        assertTrue(
                result.out().lines().allMatch(line -> line.length() <= 80 || line.contains(" s  a->b ")), result.out());
        assertTrue(
                result.out().lines().filter(line -> line.contains(" s  a->b ")).count() >= 2, result.out());
        assertEquals(1, result.err().lines().count(), "only what the link is: " + result.err());
    }

    private void waitFor(Process process, String text) throws Exception {
        long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(20);
        while (!Files.readString(folder.resolve("out"), StandardCharsets.UTF_8).contains(text)) {
            assertTrue(process.isAlive() && System.nanoTime() < deadline, "no " + text);
            process.waitFor(20, TimeUnit.MILLISECONDS);
        }
    }
}
