package io.tlem.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.tlem.testing.OwnJava;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Links from configuration files, in processes of their own, as users run them. */
class ConfigRunTest {
    @TempDir
    Path folder;

    private final List<Process> started = new ArrayList<>();

    @AfterEach
    void endAll() {
        started.forEach(Process::destroyForcibly);
    }

    private record Result(int status, String out, String err) {}

    private Process start(String name, String... arguments) throws IOException {
        List<String> all = new ArrayList<>(List.of(OwnJava.launcher(), "--enable-native-access=ALL-UNNAMED"));
        all.addAll(OwnJava.classes());
        all.add("io.tlem.cli.Main");
        all.addAll(List.of(arguments));
        Process process = new ProcessBuilder(all)
                .redirectOutput(folder.resolve(name + ".out").toFile())
                .redirectError(folder.resolve(name + ".err").toFile())
                .start();
        started.add(process);
        return process;
    }

    private Result finish(String name, Process process) throws Exception {
        assertTrue(process.waitFor(60, TimeUnit.SECONDS), "still running");
        return new Result(
                process.exitValue(),
                Files.readString(folder.resolve(name + ".out")),
                Files.readString(folder.resolve(name + ".err")));
    }

    /** A link between two pipes, which another process feeds and a third one empties. */
    @Test
    @Timeout(120)
    void aLinkBetweenTwoPipesRunsFromAFile() throws Exception {
        String pipe = "config" + ProcessHandle.current().pid();
        Path file = Files.writeString(folder.resolve("link.yaml"), """
                ports: ['pipe:%1$sin}1/R', 'pipe:%1$sout{1/T']
                seed: 42
                a-to-b:
                  loss: {kind: every, n: 4}
                  delay: 1ms
                duration: 3600s
                json: true
                """.formatted(pipe));
        // In this order: what came before a link was ready is not emulated.
        Process sink = start("sink", "run", "-i", "pipe:" + pipe + "out}1/R", "-i", "sink:", "--json");
        awaitReceived(sink, "sink", 0);
        Process link = start("link", "run", "--config", file.toString());
        awaitReceived(link, "link", 0);
        Process feed = start(
                "feed",
                "run",
                "-i",
                "generator:size=60,pps=1000,count=1000",
                "-i",
                "pipe:" + pipe + "in{1/T",
                "--json");
        assertEquals(0, finish("feed", feed).status());
        awaitReceived(link, "link", 1000);
        awaitReceived(sink, "sink", 750);
        link.destroy();
        sink.destroy();
        Result result = finish("link", link);
        Result received = finish("sink", sink);
        assertEquals(0, result.status(), result.err());
        String summary = summary(result);
        assertTrue(summary.contains("\"received_packets\":1000"), summary + result.err());
        assertTrue(summary.contains("\"loss\":250"), summary);
        assertTrue(summary.contains("\"transmitted_packets\":750"), summary);
        assertTrue(summary(received).contains("\"received_packets\":750"), summary(received));
    }

    /** Until lines of intervals say that so many packets have come. */
    private void awaitReceived(Process process, String name, long packets) throws Exception {
        Pattern received = Pattern.compile("\"type\":\"interval\".*?\"received_packets\":(\\d+)");
        while (true) {
            List<Long> counts = received.matcher(Files.readString(folder.resolve(name + ".out")))
                    .results()
                    .map(found -> Long.valueOf(found.group(1)))
                    .toList();
            if (!counts.isEmpty() && counts.stream().mapToLong(Long::longValue).sum() >= packets) {
                return;
            }
            assertFalse(process.waitFor(10, TimeUnit.MILLISECONDS), name + " has ended after " + counts);
        }
    }

    private static String summary(Result result) {
        return result.out()
                .lines()
                .filter(line -> line.contains("\"type\":\"summary\""))
                .findFirst()
                .orElse("none: " + result.out() + result.err());
    }

    @Test
    @Timeout(60)
    void aPrintedConfigurationRuns() throws Exception {
        Result printed = finish(
                "config",
                start("config", "config", "-i", "generator:count=10", "-i", "sink:", "-D", "1ms", "-L", "1", "-qq"));
        assertEquals(0, printed.status(), printed.err());
        Path file = Files.writeString(folder.resolve("printed.yaml"), printed.out());
        Result result = finish("run", start("run", "run", "--config", file.toString(), "--json"));
        assertEquals(0, result.status(), result.err());
        assertTrue(summary(result).contains("\"loss\":10"), summary(result));
    }

    @Test
    @Timeout(60)
    void aMistakeIsOneLineAndStatus2() throws Exception {
        Path file = Files.writeString(folder.resolve("bad.yaml"), "ports: ['generator:', 'sink:']\nstages: 4\n");
        Result result = finish("bad", start("bad", "run", "--config", file.toString()));
        assertEquals(2, result.status());
        assertEquals("tlem: " + file + ":2:9: stages 4: '4' is not a whole number from 1 to 3\n", result.err());
    }
}
