package io.tlem.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.tlem.ledger.LedgerReader;
import io.tlem.record.Recording;
import io.tlem.testing.Await;
import io.tlem.testing.Captures;
import io.tlem.testing.Captures.Packet;
import io.tlem.testing.OwnJava;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What is left in files when they have no more room, and when a signal comes at any time. */
@Timeout(60)
class WholeFilesTest {
    private static final Duration PATIENCE = Duration.ofSeconds(30);

    @TempDir
    Path folder;

    private Process process;

    @AfterEach
    void end() throws InterruptedException {
        if (process != null) {
            process.destroyForcibly().waitFor();
        }
    }

    /** @param blocks of 512 bytes that a file may have; more than that is refused as on a full disk */
    private Process start(String blocks, String main, Object... words) throws IOException {
        List<String> command = new ArrayList<>(List.of(
                "sh",
                "-c",
                "ulimit -f " + blocks + "\nexec \"$@\"",
                "start",
                OwnJava.launcher(),
                "-XX:+UseSerialGC",
                "-XX:+PerfDisableSharedMem",
                "--enable-native-access=ALL-UNNAMED",
                "-Djava.io.tmpdir=" + folder));
        command.addAll(OwnJava.classes());
        command.add(main);
        Stream.of(words).map(Object::toString).forEach(command::add);
        ProcessBuilder builder = new ProcessBuilder(command)
                .redirectOutput(folder.resolve("stdout").toFile())
                .redirectError(folder.resolve("stderr").toFile());
        builder.environment().put("XDG_RUNTIME_DIR", folder.toString());
        process = builder.start();
        return process;
    }

    private String finish(int status) throws Exception {
        assertTrue(process.waitFor(PATIENCE.toSeconds(), TimeUnit.SECONDS), "still running");
        String said = Files.readString(folder.resolve("stderr"));
        assertEquals(status, process.exitValue(), said);
        return said;
    }

    private void kill(String signal) throws Exception {
        assertEquals(
                0,
                new ProcessBuilder("kill", "-" + signal, Long.toString(process.pid()))
                        .start()
                        .waitFor());
    }

    private void await(String text) {
        await(text, "stdout");
    }

    private void awaitComplaint(String text) {
        await(text, "stderr");
    }

    private void await(String text, String file) {
        Await.until(text, PATIENCE, () -> {
            try {
                return Files.readString(folder.resolve(file)).contains(text);
            } catch (IOException e) {
                throw new AssertionError(e);
            }
        });
    }

    private List<Packet> capture(int count) throws IOException {
        List<Packet> packets = Captures.random(count, 3);
        Captures.write(folder.resolve("in.pcap"), packets);
        return packets;
    }

    private static long rows(Path file) throws IOException {
        try (LedgerReader reader = new LedgerReader(file)) {
            long rows = 0;
            while (reader.next() != null) {
                rows++;
            }
            assertTrue(reader.damage().startsWith("has no end"), reader.damage());
            return rows;
        }
    }

    @Test
    void whatASimulationCannotWriteIsCutOffWhereARecordEnds() throws Exception {
        List<Packet> packets = capture(4000);
        assertTrue(Files.size(folder.resolve("in.pcap")) > 2_200_000);
        Path out = folder.resolve("out.pcap");
        start("3000", "io.tlem.cli.Main", "simulate", folder.resolve("in.pcap"), "-o", out);
        assertTrue(finish(1).contains("out.pcap: File too large; the file ends where it was whole, after 1"));
        List<Packet> there = Captures.read(out);
        assertTrue(there.size() > 1000 && there.size() < packets.size(), there.size() + " packets");
        assertEquals(packets.subList(0, there.size()), there);

        for (String ending : List.of(".gz", ".zst")) {
            Path packed = folder.resolve("out.pcap" + ending);
            start("3000", "io.tlem.cli.Main", "simulate", folder.resolve("in.pcap"), "-o", packed);
            String said = finish(1);
            assertTrue(said.contains("out.pcap" + ending + ": File too large; the file is removed"), said);
            assertFalse(Files.exists(packed));
        }
    }

    @Test
    void whatALinkCannotWriteIsCutOffOrRemoved() throws Exception {
        Path ledger = folder.resolve("l.ledger");
        Path table = folder.resolve("l.csv");
        Path report = folder.resolve("r.html");
        Path record = folder.resolve("l.pcapng");
        String[] link = {
            "run", "-i", "generator:size=200,pps=10k", "-i", "sink:", "--duration", "1500ms", "--no-control"
        };
        start("280", "io.tlem.cli.Main", words(link, "--ledger", ledger, "--record", record));
        String said = finish(1);
        assertTrue(said.contains("l.ledger cannot be written: File too large; the link goes on; the file ends where"));
        assertTrue(rows(ledger) > 100);
        assertTrue(said.contains("l.pcapng cannot be written: File too large; the link goes on; the file "), said);
        assertTrue(!Files.exists(record) || Recording.read(record.toString()).packets(0) > 0);
        start("40", "io.tlem.cli.Main", words(link, "--ledger", table, "--report", report));
        said = finish(1);
        assertTrue(
                said.contains("l.csv cannot be written: File too large; the link goes on; the file is removed"), said);
        assertFalse(Files.exists(table));
        assertTrue(said.contains("r.html cannot be written: File too large; the file is removed"), said);
        assertFalse(Files.exists(report));
    }

    private static Object[] words(Object[] first, Object... more) {
        return Stream.concat(Stream.of(first), Stream.of(more)).toArray();
    }

    /** What is read comes from a pipe that stays open, as of a program that captures. */
    @Test
    void aSignalEndsASimulationWithWhatItHas() throws Exception {
        List<Packet> packets = capture(16_000);
        byte[] bytes = Files.readAllBytes(folder.resolve("in.pcap"));
        Path out = folder.resolve("out.pcap");
        start("unlimited", "io.tlem.cli.Main", "simulate", "-", "-o", out);
        try (OutputStream in = process.getOutputStream()) {
            in.write(bytes, 0, bytes.length / 4 * 3);
            in.flush();
            Await.until("a file", PATIENCE, () -> out.toFile().length() > 1_000_000);
            kill("TERM");
            awaitComplaint("stopping: SIGTERM");
            sendRest(in, bytes, bytes.length / 4 * 3);
            String said = finish(143);
            assertTrue(said.contains("ended by SIGTERM: " + out + " is whole, of the first packets"), said);
        }
        List<Packet> there = Captures.read(out);
        assertTrue(there.size() > 1000 && there.size() < packets.size(), there.size() + " packets");
        assertEquals(packets.subList(0, there.size()), there);

        start("unlimited", "io.tlem.cli.Main", "simulate", "-", "-o", out);
        try (OutputStream in = process.getOutputStream()) {
            in.write(bytes, 0, bytes.length / 4 * 3 + 3);
            in.flush();
            Await.until("a file", PATIENCE, () -> out.toFile().length() > 1_000_000);
            kill("TERM");
            awaitComplaint("stopping: SIGTERM");
            kill("TERM");
            assertTrue(finish(143).contains("ended at once: " + out + " has less than what was read"));
        }
        assertEquals(packets.subList(0, Captures.read(out).size()), Captures.read(out), "and so without another word");
    }

    /** As much of it as is taken. */
    private static void sendRest(OutputStream in, byte[] bytes, int from) {
        try {
            in.write(bytes, from, bytes.length - from);
        } catch (IOException e) {
            assertEquals("Broken pipe", e.getMessage());
        }
    }

    @Test
    void aSignalBeforeAnythingListensIsTold() throws Exception {
        start("unlimited", "io.tlem.cli.WholeFilesTest$Waits");
        await("ready");
        kill("TERM");
        assertEquals("tlem: ended by SIGTERM\n", finish(143));
    }

    /** A link that is asked to end while it is being opened. */
    @Test
    void aSignalBeforeTheLinkStartsLeavesNothing() throws Exception {
        start("unlimited", "io.tlem.cli.WholeFilesTest$Opens", folder);
        await("ready");
        kill("TERM");
        assertEquals("tlem: ended by SIGTERM before the link was started\n", finish(143));
        for (String name : List.of("l.ledger", "r.html", "j.yaml", "h.log", "l.pcapng")) {
            assertFalse(Files.exists(folder.resolve(name)), name);
        }
        try (Stream<Path> left = Files.walk(folder)) {
            assertEquals(
                    List.of(),
                    left.map(Path::getFileName)
                            .map(Path::toString)
                            .filter(name -> name.startsWith("wan"))
                            .toList());
        }
    }

    /** A command that does not look at signals. */
    static final class Waits {
        private Waits() {}

        public static void main(String[] arguments) throws InterruptedException {
            Shutdown.install();
            System.out.println("ready");
            Thread.sleep(PATIENCE);
        }
    }

    /** The signal comes before the link is opened, but is taken notice of within that alone. */
    static final class Opens {
        private Opens() {}

        public static void main(String[] arguments) throws InterruptedException {
            Shutdown.listen();
            System.out.println("ready");
            boolean ignored = Shutdown.awaitRequest(PATIENCE.toNanos());
            Path folder = Path.of(arguments[0]);
            Shutdown.exit(Main.execute(
                    "run",
                    "-i",
                    "generator:pps=1000",
                    "-i",
                    "sink:",
                    "--name",
                    "wan",
                    "--duration",
                    "1s",
                    "--ledger",
                    folder.resolve("l.ledger").toString(),
                    "--report",
                    folder.resolve("r.html").toString(),
                    "--journal",
                    folder.resolve("j.yaml").toString(),
                    "--histogram-log",
                    folder.resolve("h.log").toString(),
                    "--record",
                    folder.resolve("l.pcapng").toString()));
        }
    }

    @Test
    void aSweepThatASignalEndsSaysWhatIsKept() throws Exception {
        Captures.write(folder.resolve("in.pcap"), Captures.random(2000, 1));
        Path file = Files.writeString(folder.resolve("s.yaml"), "captures: [in.pcap]\nseeds: 1-50000\n");
        start("unlimited", "io.tlem.cli.Main", "sweep", file, "--threads", "1");
        Path done = folder.resolve("s.done");
        Await.until(
                "some runs are done",
                PATIENCE,
                () -> Files.exists(done) && done.toFile().length() > 1000);
        kill("INT");
        String said = finish(130);
        assertTrue(
                said.matches("tlem: ended by SIGINT: [1-9][0-9]* of 50000 runs are done, and kept in \\S*s.done:"
                        + " the same command goes on behind them\n"),
                said);
    }
}
