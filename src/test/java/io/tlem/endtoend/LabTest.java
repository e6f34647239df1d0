package io.tlem.endtoend;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.tlem.testing.Await;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.MatchResult;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code tools/lab} as a newcomer uses it, with this class path in place of the built emulator. */
@Tag("privileged")
class LabTest {
    private static final Duration LIMIT = Duration.ofSeconds(90);

    private final String lab = "tlemtest-" + ProcessHandle.current().pid() + "-lab";

    @TempDir
    private Path folder;

    private Path launcher;

    @BeforeEach
    void writeLauncher() throws IOException {
        EmulatedNetwork.require("ping", "sh");
        String command = Program.java("io.tlem.cli.Main", List.of("-Xmx256m"), List.of()).stream()
                .map(word -> "'" + word + "'")
                .collect(Collectors.joining(" "));
        launcher = Files.writeString(folder.resolve("tlem"), "#!/bin/sh\nexec " + command + " \"$@\"\n");
        Files.setPosixFilePermissions(launcher, PosixFilePermissions.fromString("rwxr-xr-x"));
    }

    @AfterEach
    void removeLab() {
        if (launcher != null) {
            lab("down");
        }
    }

    @Test
    void upExecDown() {
        Program.Result up = lab("up", "--delay", "10ms", "--bandwidth", "100M");
        assertEquals(0, up.status(), up.toString());
        assertTrue(up.out().contains(lab + " is up"), up.out());
        assertTrue(pingTime(up) >= 20, up.out());

        Program.Result ping = lab("exec", "left", "ping", "-n", "-c", "5", "-i", "0.1", "10.77.0.2");
        Matcher minimum = Pattern.compile("rtt min/avg/max/mdev = ([0-9.]+)/").matcher(ping.succeeded());
        assertTrue(minimum.find(), ping.out());
        System.out.println("tools/lab at 10 ms each way: least of five pings " + minimum.group(1) + " ms");
        assertEquals(20, Double.parseDouble(minimum.group(1)), 1);
        lab("exec", "right", "ping", "-n", "-c", "1", "fd77::1").succeeded();
        assertEquals(3, lab("exec", "right", "sh", "-c", "exit 3").status());

        // In its first second the emulator has not reported yet.
        Await.until(
                "a line of the report",
                Duration.ofSeconds(20),
                () -> lab("status").succeeded().contains("a->b"));
        assertTrue(lab("log").succeeded().contains("packet:left"));

        Program.Result again = lab("up", "--delay", "1ms");
        assertEquals(1, again.status());
        assertEquals("tools/lab: " + lab + " is up already: tools/lab down ends it\n", again.err());

        String report = lab("down").succeeded();
        assertEquals(
                2, Pattern.compile("  transmitted ").matcher(report).results().count(), report);
        assertFalse(report.contains("unaccounted"), report);
        assertTrue(report.contains("p99.9"), report);
        assertNothingLeft();
        assertEquals(lab + " is not up.\n", lab("down").succeeded());
    }

    private static double pingTime(Program.Result up) {
        Matcher time = Pattern.compile("takes ([0-9.]+) ms").matcher(up.out());
        assertTrue(time.find(), up.toString());
        return Double.parseDouble(time.group(1));
    }

    /** Under a seed the same of the user's packets are lost, because nothing else takes part: no question, no ping of the lab's. */
    @Test
    void theLabItselfSendsNothing() {
        List<String> answers = new ArrayList<>();
        for (int run = 0; run < 2; run++) {
            Program.Result up = lab("up", "--warm-up", "0", "--seed", "99", "-L", "20%", "-D", "4ms", "--json");
            assertEquals(0, up.status(), up.toString());
            assertTrue(pingTime(up) < 100, up.out());
            String pings = lab("exec", "left", "ping", "-n", "-c", "40", "-i", "0.02", "-W", "1", "10.77.0.2")
                    .out();
            answers.add(Pattern.compile("icmp_seq=[0-9]+")
                    .matcher(pings)
                    .results()
                    .map(MatchResult::group)
                    .collect(Collectors.joining(" ")));
            EmulatorReport report = EmulatorReport.parse(lab("down").succeeded());
            assertEquals(40, report.leftToRight().received(), report.toString());
            assertEquals(
                    report.leftToRight().transmitted(), report.rightToLeft().received(), report.toString());
        }
        assertEquals(answers.get(0), answers.get(1));
        assertTrue(answers.get(0).length() > 100, answers.get(0));
    }

    @Test
    void theReportOfAnEmulatorThatHasEndedIsWhole() {
        lab("up", "--warm-up", "0", "-D", "1ms", "--duration", "3s").succeeded();
        Await.until(
                "the emulator has ended",
                LIMIT,
                () -> lab("status").succeeded().contains("the emulator has ended with exit status 0"));
        String report = lab("down").succeeded();
        for (String line : List.of("a->b ", "b->a ", "packet:left", "  transmitted", "  in the emulator")) {
            assertTrue(report.contains(line), line + " in " + report);
        }
        assertFalse(
                Pattern.compile("^ +[0-9.]+ s ", Pattern.MULTILINE)
                        .matcher(report)
                        .find(),
                report);
    }

    @Test
    void optionsThatTlemRefuses() {
        for (List<String> options : List.of(List.of("-B", "10x"), List.of("--no-such-option"), List.of("-i", "lo"))) {
            List<String> words = new ArrayList<>(List.of("up"));
            words.addAll(options);
            Program.Result up = lab(words.toArray(String[]::new));
            assertEquals(2, up.status(), up.toString());
            assertEquals(1, up.err().lines().count(), up.toString());
            assertTrue(up.err().startsWith("tlem: "), up.err());
            assertTrue(up.err().contains(options.get(0)), up.err());
            assertEquals("", up.out());
            assertNothingLeft();
        }
    }

    @Test
    void reportAsJson() {
        lab("up", "--warm-up", "0", "--json", "-D", "1ms", "-D", "2ms").succeeded();
        lab("exec", "left", "ping", "-n", "-c", "3", "-i", "0.1", "10.77.0.2").succeeded();
        lab("exec", "right", "ping", "-n", "-c", "2", "-i", "0.1", "fd77::1").succeeded();
        EmulatorReport report = EmulatorReport.parse(lab("down").succeeded());
        assertEquals(5, report.leftToRight().transmitted(), report.toString());
        assertEquals(5, report.rightToLeft().transmitted(), report.toString());
        assertNothingLeft();
    }

    /** The ends are the emulator's own interfaces, and go with it. */
    @Test
    void tapsInsteadOfVethPairs() {
        Program.Result up = lab("up", "--ports", "tap", "--warm-up", "0", "--delay", "10ms");
        assertEquals(0, up.status(), up.toString());
        assertTrue(pingTime(up) >= 20, up.out());
        lab("exec", "right", "ping", "-n", "-c", "1", "fd77::1").succeeded();
        assertTrue(lab("log").succeeded().contains("tap:left"));
        String report = lab("down").succeeded();
        assertFalse(report.contains("unaccounted"), report);
        assertNothingLeft();
        Program.Result other = lab("up", "--ports", "veth");
        assertEquals(2, other.status());
        assertEquals("tools/lab: --ports veth: packet and tap are possible\n", other.err());
    }

    @Test
    void emulatorKilled() {
        lab("up", "--warm-up", "0", "-D", "1ms").succeeded();
        Program.output("sh", "-c", "kill -KILL $(ip netns pids " + lab + "-emulator)");
        Await.until(
                "status says so",
                Duration.ofSeconds(5),
                () -> lab("status").succeeded().contains("the emulator has ended with exit status 137"));
        assertEquals(0, lab("down").status());
        assertNothingLeft();
    }

    @Test
    void commandsThatLabRefuses() {
        for (List<String> words :
                List.of(List.of("start"), List.of("exec", "middle", "true"), List.of("exec", "left"))) {
            Program.Result result = lab(words.toArray(String[]::new));
            assertEquals(2, result.status(), result.toString());
            assertEquals(1, result.err().lines().count(), result.toString());
        }
        assertTrue(lab("--help").succeeded().startsWith("usage: tools/lab"));
    }

    private Program.Result lab(String... words) {
        List<String> command = new ArrayList<>(List.of("env", "TLEM_LAB=" + lab, "TLEM_COMMAND=" + launcher));
        command.add(script().toString());
        command.addAll(List.of(words));
        return Program.run(LIMIT, command);
    }

    private static Path script() {
        return Stream.iterate(Path.of("").toAbsolutePath(), path -> path != null, Path::getParent)
                .map(path -> path.resolve("tools").resolve("lab"))
                .filter(Files::isExecutable)
                .findFirst()
                .orElseThrow(() ->
                        new AssertionError("no tools/lab above " + Path.of("").toAbsolutePath()));
    }

    private void assertNothingLeft() {
        for (String end : List.of("left", "right", "emulator")) {
            assertFalse(Namespace.exists(lab + "-" + end), end);
        }
        for (String parent : List.of("/run", "/tmp")) {
            assertFalse(Files.exists(Path.of(parent, lab)), parent);
        }
    }
}
