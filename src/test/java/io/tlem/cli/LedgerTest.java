package io.tlem.cli;

import static io.tlem.cli.Ran.run;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.tlem.control.ControlClient;
import io.tlem.control.Message;
import io.tlem.testing.Await;
import io.tlem.testing.Captures;
import io.tlem.testing.Captures.Packet;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.parallel.Isolated;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Ledgers say of each packet what the counters say of all. */
@Isolated // takes the process's outputs
@Timeout(120)
class LedgerTest {
    private static final int PACKETS = 6000;
    private static final int CLIENTS = 16;
    private static final int CHANGES_SECONDS = Integer.getInteger("tlem.socket.seconds", 1);
    private static final Duration PATIENCE = Duration.ofSeconds(60);

    @TempDir
    Path folder;

    /** A line of a ledger as CSV. */
    private record Row(List<String> fields) {
        static Row of(String line) {
            return new Row(List.of(line.split(",", -1)));
        }

        String way() {
            return fields.get(0);
        }

        long number() {
            return Long.parseLong(fields.get(1));
        }

        int copy() {
            return Integer.parseInt(fields.get(2));
        }

        long at(int field) {
            return Long.parseLong(fields.get(field));
        }

        boolean splits() {
            return !fields.get(6).isEmpty();
        }

        boolean sent() {
            return fields.get(12).equals("sent");
        }

        String fate() {
            return fields.get(13).isEmpty() || fields.get(13).equals("exempt") ? fields.get(12) : fields.get(13);
        }

        int epoch() {
            return Integer.parseInt(fields.get(14));
        }
    }

    private static JsonNode summary(Ran ended) throws IOException {
        return new ObjectMapper()
                .readTree(ended.out()
                        .lines()
                        .filter(line -> line.contains("\"type\":\"summary\""))
                        .findFirst()
                        .orElseThrow());
    }

    private static List<Row> rows(Path csv) throws IOException {
        return Files.readAllLines(csv).stream().skip(1).map(Row::of).toList();
    }

    private Path in() throws IOException {
        return Captures.write(folder.resolve("in.pcap"), Captures.random(PACKETS, 11));
    }

    private Ran simulate(Path in, String options, String ledger) {
        List<Object> words = new ArrayList<>(List.of("simulate", in, "-o", folder.resolve("out.pcap"), "--seed", 3));
        words.addAll(List.of(options.split(" ")));
        words.addAll(List.of("--json", "--ledger", folder.resolve(ledger)));
        words.addAll(List.of("--report", folder.resolve("report.html"))); // which looks at each packet, too
        return run(words.toArray()).expect(0);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "-D 3ms",
                "-B 110M -Q 20k -D uniform,1ms,9ms -L 2% --loss-after 1%",
                "-D normal,10ms,3ms -R jitter --duplicate 3% --corrupt 1% --truncate 5%,50 --exempt arp",
                "-B 110M -Q codel -D 5ms --outage periodic,100ms,10ms --mark 1%",
                "-B 110M -Q 20k -D 4ms -L 2% --filter drop\tip[29]=1;exempt\tlen<200", // no space within
                "-B 110M -Q codel -D 5ms --filter exempt\tip[29]=2;keep\tlen>300",
                "-B 90M -Q head-bytes,20k -D uniform,1ms,2ms -P drop",
                "-B 110M -Q 50k -D uniform,1ms,5ms -P delay-first --client 10.0.0.0"
            })
    void eachPacketIsThereOnceAndTheCountersAreTheSums(String options) throws IOException {
        Path in = in();
        JsonNode summary = summary(simulate(in, options, "l.csv"));
        List<Row> rows = rows(folder.resolve("l.csv"));
        assertEquals(rows.size(), summary.get("ledger").get("rows").asLong());
        assertEquals(0, summary.get("ledger").get("lost_entries").asLong());
        List<Long> released = new ArrayList<>();
        for (JsonNode direction : summary.get("directions")) {
            List<Row> of = rows.stream()
                    .filter(row -> row.way().equals(direction.get("name").asText()))
                    .toList();
            long received = direction.get("received_packets").asLong();
            Set<Long> numbers = new HashSet<>();
            Set<Long> copies = new HashSet<>();
            Map<String, Long> fates = new TreeMap<>();
            long queued = 0;
            long timed = 0;
            for (Row row : of) {
                assertTrue((row.copy() == 0 ? numbers : copies).add(row.number()), "twice: " + row);
                fates.merge(row.fate(), 1L, Long::sum);
                if (row.splits()) {
                    assertEquals(row.at(10), row.at(3) + row.at(6) + row.at(7) + row.at(8) + row.at(9), row.toString());
                    assertTrue(row.at(6) >= 0 && row.at(7) >= 0 && row.at(8) >= 0, row.toString());
                    queued += row.copy() == 0 ? row.at(6) : 0;
                    timed += row.copy() == 0 ? 1 : 0;
                }
                if (row.sent()) {
                    assertEquals(row.at(10), row.at(11), "late on a virtual clock");
                    released.add(row.at(10));
                }
                assertEquals(0, row.epoch());
            }
            assertEquals(received, numbers.size());
            assertTrue(numbers.stream().allMatch(number -> number < received));
            assertEquals(direction.get("duplicated_packets").asLong(), copies.size());
            assertEquals(direction.get("transmitted_packets").asLong(), fates.getOrDefault("sent", 0L));
            direction
                    .get("dropped_packets")
                    .properties()
                    .forEach(drop -> assertEquals(
                            drop.getValue().asLong(), fates.getOrDefault(drop.getKey(), 0L), drop.getKey()));
            JsonNode queue = direction.get("link_times_ns").get("queue");
            if (queue != null && timed > 0 && direction.get("exempt_packets").asLong() == 0) {
                assertEquals(queue.get("mean").asDouble(), (double) queued / timed, 0.01);
            }
        }
        long start = Captures.read(in).getFirst().nanos();
        assertEquals(
                Captures.read(folder.resolve("out.pcap")).stream()
                        .map(packet -> packet.nanos() - start)
                        .sorted()
                        .toList(),
                released.stream().sorted().toList());
    }

    @Test
    void oneInManyIsAPartOfAllAndTheCompactFormatSaysTheSame() throws IOException {
        Path in = in();
        String options = "-B 110M -Q 20k -D uniform,1ms,9ms -L 2% --duplicate 2% -R constant,5%,1ms";
        simulate(in, options, "l.csv");
        simulate(in, options, "l7.csv,every=7");
        simulate(in, options, "l7.ledger,every=7");
        simulate(in, options, "all.ledger");
        List<Row> all = rows(folder.resolve("l.csv"));
        assertTrue(all.size() > PACKETS, "copies");
        assertEquals(all.stream().filter(row -> row.number() % 7 == 0).toList(), rows(folder.resolve("l7.csv")));
        assertEquals(
                Files.readString(folder.resolve("l7.csv")),
                run("ledger", folder.resolve("l7.ledger"), "--csv").expect(0).out());
        Path ledger = folder.resolve("all.ledger");
        assertEquals(
                Files.readString(folder.resolve("l.csv")),
                run("ledger", ledger, "--csv").expect(0).out());
        assertTrue(Files.size(ledger) < Files.size(folder.resolve("l.csv")), "compact");

        // What is asked for is what a look at the whole finds.
        assertEquals(all.stream().filter(row -> row.fate().equals("loss")).toList(), query(ledger, "--fate", "loss"));
        assertEquals(
                all.stream()
                        .filter(row -> row.at(3) >= 100_000_000 && row.at(3) < 150_000_000)
                        .toList(),
                query(ledger, "--from", "0.1", "--until", "150ms"));
        assertEquals(
                all.stream()
                        .filter(row -> row.number() >= 500 && row.number() <= 600)
                        .toList(),
                query(ledger, "--number", "500-600", "--way", "a-to-b"));
        assertEquals(
                all.stream()
                        .filter(row -> row.fields().get(5).contains("10.0.0.2>"))
                        .toList(),
                query(ledger, "--flow", "10.0.0.2>"));
        assertTrue(all.stream().anyMatch(row -> row.fields().get(5).contains("10.0.0.2>")));
        Ran summary = run("ledger", ledger, "--summary", "--json").expect(0);
        assertEquals(1, summary.out().lines().count());
        assertEquals(
                all.stream().filter(Row::sent).count(),
                summary(summary).at("/directions/a->b/fates/sent").asLong());
        assertTrue(run("ledger", ledger, "-s").expect(0).out().contains("dropped loss: "));
    }

    private static List<Row> query(Path ledger, String... words) {
        List<Object> all = new ArrayList<>(List.of("ledger", ledger, "--csv"));
        all.addAll(List.of(words));
        List<Row> rows =
                run(all.toArray()).expect(0).out().lines().skip(1).map(Row::of).toList();
        assertFalse(rows.isEmpty());
        return rows;
    }

    @Test
    void whatIsDamagedIsReadUpToThere() throws IOException {
        simulate(in(), "-D uniform,1ms,9ms", "l.ledger");
        Path ledger = folder.resolve("l.ledger");
        byte[] bytes = Files.readAllBytes(ledger);
        List<String> all =
                run("ledger", ledger, "--csv").expect(0).out().lines().toList();
        for (int length = bytes.length - 1; length > 200; length = length * 2 / 3) {
            Files.write(ledger, Arrays.copyOf(bytes, length));
            Ran cut = run("ledger", ledger, "--csv").expect(3);
            assertTrue(
                    cut.err().startsWith("tlem: warning: ") && cut.err().lines().count() == 1, cut.err());
            List<String> lines = cut.out().lines().toList();
            assertEquals(all.subList(0, lines.size()), lines);
        }
        byte[] flipped = bytes.clone();
        flipped[bytes.length / 2] ^= 0x10;
        Files.write(ledger, flipped);
        Ran damaged = run("ledger", ledger, "--csv").expect(3);
        assertTrue(damaged.err().contains("is damaged behind byte"), damaged.err());
        assertTrue(damaged.out().lines().count() > 1000, "what comes before");
        Files.write(ledger, "no ledger at all".getBytes(StandardCharsets.UTF_8));
        assertTrue(run("ledger", ledger).expect(2).err().contains("is not a ledger in the binary format"));
        assertTrue(run("ledger", folder.resolve("none")).expect(2).err().contains("there is no such file"));
        Files.write(ledger, bytes);
        for (List<String> wrong : List.of(
                List.of("--fate", "gone"),
                List.of("--number", "7-x"),
                List.of("--way", "up"),
                List.of("--from", "soon"),
                List.of("--csv", "--json"))) {
            List<Object> words = new ArrayList<>(List.of("ledger", ledger));
            words.addAll(wrong);
            Ran refused = run(words.toArray()).expect(2);
            assertEquals(1, refused.err().lines().count(), refused.err());
            assertEquals("", refused.out());
        }
    }

    @Test
    void wrongFilesAreRefusedBeforeAnythingStarts() throws IOException {
        Path in = in();
        for (Map.Entry<String, String> wrong : Map.of(
                        "x,every=0", "every",
                        "x,format=xml", "none of binary, csv, pcapng, mahimahi",
                        "x.csv,snap=100", "snap is for captures",
                        "x.log,every=2", "a part of the traffic as the whole",
                        "x,often", "a comma in a name",
                        ",every=2", "names no file")
                .entrySet()) {
            Ran refused = run("simulate", in, "-o", folder.resolve("o.pcap"), "--ledger", wrong.getKey())
                    .expect(2);
            assertEquals(1, refused.err().lines().count(), refused.err());
            assertTrue(refused.err().contains(wrong.getValue()), refused.err());
        }
        Ran nowhere = run("simulate", in, "-o", folder.resolve("o.pcap"), "--ledger", folder + "/no/such")
                .expect(2);
        assertTrue(nowhere.err().contains("/no/such: there is no folder "), nowhere.err());
    }

    /** Both ends have the packet under one identification, and why one has only one. */
    @Test
    void wiresharkReadsBothEndsAndWhatWasDropped() throws Exception {
        assumeTrue(Files.isExecutable(Path.of("/usr/bin/tshark")), "tshark is not installed");
        Path in = in();
        String options = "-B 110M -Q 50k -D uniform,1ms,9ms -L 2% --duplicate 1%";
        simulate(in, options, "l.csv");
        simulate(in, options, "l.pcapng,snap=2000");
        List<Row> rows = rows(folder.resolve("l.csv"));
        Process tshark = new ProcessBuilder(
                        "tshark",
                        "-r",
                        folder.resolve("l.pcapng").toString(),
                        "-T",
                        "fields",
                        "-e",
                        "frame.interface_name",
                        "-e",
                        "frame.packet_id",
                        "-e",
                        "frame.verdict.ebpf_tc",
                        "-e",
                        "frame.time_epoch",
                        "-e",
                        "frame.len",
                        "-e",
                        "frame.packet_flags_direction",
                        "-e",
                        "frame.comment")
                .redirectError(folder.resolve("tshark").toFile())
                .start();
        List<String[]> frames = new String(tshark.getInputStream().readAllBytes(), StandardCharsets.UTF_8)
                .lines()
                .map(line -> line.split("\t", -1))
                .toList();
        assertTrue(tshark.waitFor(30, TimeUnit.SECONDS));
        assertEquals(0, tshark.exitValue(), Files.readString(folder.resolve("tshark")));
        List<String> seen = frames.stream()
                .filter(frame -> frame[0].equals("a"))
                .map(frame -> number(frame[1]) + " " + frame[2])
                .sorted()
                .toList();
        assertEquals(
                rows.stream()
                        .filter(row -> row.copy() == 0)
                        .map(row -> row.number() + " " + (row.sent() ? "0" : "2"))
                        .sorted()
                        .toList(),
                seen);
        assertEquals(
                rows.stream().filter(Row::sent).map(Row::number).sorted().toList(),
                frames.stream()
                        .filter(frame -> frame[0].equals("b"))
                        .map(frame -> number(frame[1]))
                        .sorted()
                        .toList());
        assertEquals(
                rows.stream().filter(row -> row.fate().equals("loss")).count(),
                frames.stream()
                        .filter(frame -> frame[6].contains("dropped, loss"))
                        .count());
        assertEquals(
                Captures.read(in).stream().map(Packet::nanos).toList(),
                frames.stream()
                        .filter(frame -> frame[0].equals("a"))
                        .map(frame -> Long.parseLong(frame[3].replace(".", "")))
                        .sorted()
                        .toList());
        assertEquals( // as they came, up to 2000 bytes
                Captures.read(in).stream()
                        .map(packet ->
                                Arrays.hashCode(Arrays.copyOf(packet.data(), Math.min(2000, packet.data().length))))
                        .sorted()
                        .toList(),
                Captures.read(folder.resolve("l.pcapng")).stream()
                        .filter(packet -> packet.from() == 0)
                        .map(packet -> Arrays.hashCode(packet.data()))
                        .sorted()
                        .toList());
    }

    private static long number(String packetId) {
        return Long.decode(packetId);
    }

    /** As mm-throughput-graph counts: bits of arrivals, capacity and departures. */
    @Test
    void mahimahisLogHasItsFormAndTheTraffic() throws IOException {
        simulate(in(), "-B 110M -Q 20k -D 20ms -L 2% --client 10.0.0.0", "m.log");
        simulate(in(), "-B 110M -Q 20k -D 20ms -L 2% --client 10.0.0.0", "m.csv");
        List<Row> rows = rows(folder.resolve("m.csv"));
        for (String way : List.of("a->b", "b->a")) {
            List<String> lines = Files.readAllLines(folder.resolve(way.startsWith("a") ? "m.log" : "m-b-a.log"));
            assertTrue(lines.contains("# base timestamp: 0"));
            Map<String, Long> sums = new TreeMap<>();
            for (String line : lines) {
                if (!line.startsWith("#")) {
                    assertTrue(line.matches("\\d+ [+#] \\d+|\\d+ - \\d+ \\d+"), line);
                    String[] words = line.split(" ", -1);
                    sums.merge(words[1], Long.parseLong(words[2]), Long::sum);
                    assertTrue(words.length == 3 || Long.parseLong(words[0]) >= Long.parseLong(words[3]), line);
                }
            }
            List<Row> of = rows.stream().filter(row -> row.way().equals(way)).toList();
            assertEquals(of.stream().mapToLong(row -> row.at(4)).sum(), sums.get("+"));
            assertEquals(
                    of.stream().filter(Row::sent).mapToLong(row -> row.at(4)).sum(), sums.get("-"));
            double seconds = of.getLast().at(3) / 1e9;
            assertEquals(110e6, sums.get("#") * 8 / seconds, 4e6, "capacity");
        }
    }

    /**
     * The number in the answer to each change is the first of its epoch: a thousand changes a second, with a ledger of every
     * packet, and of some while the link passes as many as it can.
     *
     * <p>The property {@code tlem.socket.seconds} says how long.
     */
    @ParameterizedTest
    @ValueSource(strings = {"pps=50000 1", "rate=100G 64"})
    void answersToChangesAreConfirmed(String traffic) throws Exception {
        String load = traffic.substring(0, traffic.indexOf(' '));
        long ofASecond = Long.parseLong(traffic.substring(load.length() + 1));
        long every = ofASecond == 1 ? 1 : ofASecond * CHANGES_SECONDS; // the test keeps all rows in memory
        Path ledger = folder.resolve("live.ledger");
        String name = "ledger-" + ProcessHandle.current().pid() + "-" + every;
        PrintStream out = System.out;
        PrintStream err = System.err;
        System.setOut(new PrintStream(new ByteArrayOutputStream(), true, StandardCharsets.UTF_8));
        ByteArrayOutputStream complaints = new ByteArrayOutputStream();
        System.setErr(new PrintStream(complaints, true, StandardCharsets.UTF_8));
        SortedMap<Long, Answer> answers = Collections.synchronizedSortedMap(new TreeMap<>());
        long took;
        try {
            FutureTask<Integer> run = new FutureTask<>(() -> Main.execute(
                    "run",
                    "-i",
                    "generator:size=60," + load,
                    "-i",
                    "sink:",
                    "--name",
                    name,
                    "-qq",
                    "--nice",
                    "0",
                    "-D",
                    "1ms",
                    "--buffer",
                    "8M",
                    "--ledger",
                    ledger + ",every=" + every));
            Thread.ofPlatform().daemon().start(run);
            Await.until("it answers", PATIENCE, () -> run.isDone() || Main.execute("show", name) == 0);
            long start = System.nanoTime();
            try (ExecutorService clients = Executors.newFixedThreadPool(CLIENTS)) {
                List<Future<?>> asking = new ArrayList<>();
                for (int i = 0; i < CLIENTS; i++) {
                    long first = start + i * 1_000_000L;
                    asking.add(clients.submit(() -> askForChanges(name, first, answers)));
                }
                for (Future<?> client : asking) {
                    client.get();
                }
            }
            took = System.nanoTime() - start;
            assertEquals(0, Main.execute("stop", name));
            assertEquals(0, run.get(60, TimeUnit.SECONDS), complaints.toString(StandardCharsets.UTF_8));
        } finally {
            System.setOut(out);
            System.setErr(err);
        }
        List<Row> rows = query(ledger);
        List<Long> from = answers.values().stream().map(Answer::fromPacket).toList();
        assertEquals(from.size(), answers.lastKey()); // versions are given in turn
        assertTrue(from.getLast() > 1000, from.toString());
        assertEquals(from.stream().sorted().toList(), from);
        Set<Long> epochs = new HashSet<>();
        Set<Long> numbers = new HashSet<>();
        for (Row row : rows) {
            // Of changes before the same packet the last one holds.
            int at = Collections.binarySearch(from, row.number());
            long epoch = at < 0 ? -at - 1 : at + 1;
            while (epoch < from.size() && from.get((int) epoch) == row.number()) {
                epoch++;
            }
            assertEquals(epoch, row.epoch(), row.toString());
            epochs.add(epoch);
            assertTrue(numbers.add(row.number()), row.toString());
            if (row.epoch() > 0 && row.sent()) {
                assertEquals(answers.get((long) row.epoch()).delayNanos(), row.at(8), row.toString());
            }
        }
        assertTrue(epochs.size() > 30, epochs.toString());
        long last = rows.stream().mapToLong(Row::number).max().orElseThrow();
        if (every == 1) {
            assertEquals(rows.size(), last + 1);
        }
        System.out.printf(
                Locale.ROOT,
                "%.0f changes a second, %d packets, %d changes confirmed by %d of %d rows%n",
                from.size() * 1e9 / took,
                last,
                epochs.size() - 1,
                rows.size(),
                last / every + 1);
    }

    /** The times of a scenario and those of a ledger count from the same start. */
    @Test
    void scenarioAndLedgerHaveOneStart() throws IOException {
        Path scenario = Files.writeString(
                folder.resolve("later.yaml"), "steps:\n  - at: 500ms\n    set: {a-to-b: {delay: 7ms}}\n");
        Path ledger = folder.resolve("later.ledger");
        run(
                        "run",
                        "-i",
                        "generator:pps=2000,count=1600",
                        "-i",
                        "sink:",
                        "-D",
                        "1ms",
                        "--scenario",
                        scenario,
                        "--ledger",
                        ledger,
                        "--no-control",
                        "-q")
                .expect(0);
        List<Row> rows = query(ledger);
        assertTrue(
                rows.stream().anyMatch(row -> row.epoch() == 1), rows.getLast().toString());
        for (Row row : rows) {
            assertTrue(row.epoch() == 0 || row.at(3) >= 500_000_000, row.toString());
        }
    }

    /** A change each so many ms, one after the other. */
    private static Void askForChanges(String name, long first, Map<Long, Answer> answers) throws IOException {
        try (ControlClient link = ControlClient.connect(name)) {
            long end = first + CHANGES_SECONDS * 1_000_000_000L;
            for (long at = first; at < end; at += CLIENTS * 1_000_000L) {
                LockSupport.parkNanos(at - System.nanoTime());
                long delayNanos = 100_000 + at / 1_000_000 % 900_000; // another each time
                Message answer =
                        link.ask("set", Map.of("change", Map.of("a-to-b", Map.of("delay", delayNanos + "ns"))));
                answers.put(
                        answer.number("version").orElseThrow(),
                        new Answer(
                                answer.inner("from")
                                        .inner("a->b")
                                        .number("packet")
                                        .orElseThrow(),
                                delayNanos));
            }
        }
        return null;
    }

    /** What a change said: from which packet on, and the delay asked for. */
    private record Answer(long fromPacket, long delayNanos) {}

    /** Nobody reads: the link goes on, each entry that is lost counts, and no packet is. */
    @Test
    void aFifoThatNobodyReadsCostsEntriesAndNoPacket() throws Exception {
        Path pipe = folder.resolve("pipe");
        assertEquals(0, new ProcessBuilder("mkfifo", pipe.toString()).start().waitFor());
        int packets = 300_000;
        Ran ended = run(
                "run",
                "-i",
                "generator:size=60,rate=max,count=" + packets,
                "-i",
                "sink:",
                "-D",
                "1ms",
                "--json",
                "--nice",
                "0",
                "--no-control",
                "--buffer",
                "64M",
                "--ledger",
                pipe);
        assertEquals(1, ended.status(), "not everything could be written");
        JsonNode summary = summary(ended);
        JsonNode direction = summary.get("directions").get(0);
        assertEquals(packets, direction.get("received_packets").asLong());
        assertEquals(packets, direction.get("transmitted_packets").asLong());
        assertEquals(0, summary.get("ledger").get("rows").asLong());
        // One for the models at the start, and of each packet what was decided and that it was sent.
        assertEquals(1 + 2L * packets, summary.get("ledger").get("lost_entries").asLong());
        assertTrue(ended.err().contains("cannot be written: nobody reads it, or the disk is too slow"), ended.err());
    }
}
