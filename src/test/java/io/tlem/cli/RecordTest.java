package io.tlem.cli;

import static io.tlem.cli.Ran.run;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.tlem.impair.ModelKind;
import io.tlem.impair.Models;
import io.tlem.impair.Role;
import io.tlem.ledger.Ledger;
import io.tlem.link.Link;
import io.tlem.link.Pipeline;
import io.tlem.port.pcap.CaptureReader;
import io.tlem.record.Recorder;
import io.tlem.record.Recording;
import io.tlem.spec.LedgerFile;
import io.tlem.spec.LinkSpec;
import io.tlem.spec.RecordFile;
import io.tlem.spec.Setting;
import io.tlem.testing.Await;
import io.tlem.testing.Captures;
import io.tlem.testing.Captures.Blocks;
import io.tlem.testing.Captures.Packet;
import io.tlem.testing.ModelExamples;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.parallel.Isolated;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** A link that ran is simulated: each packet has the same fate and times. */
@Isolated // takes the process's outputs
@Timeout(120)
class RecordTest {
    private static final int PACKETS = 12_000;
    private static final int PER_SECOND = 15_000;
    private static final int CHANGES = 40;
    private static final Duration PATIENCE = Duration.ofSeconds(30);
    private static final List<String> FILTERS = List.of(
            "none",
            "drop src host 10.0.0.1",
            "exempt src host 10.0.0.2 and len < 1000",
            "drop less 60; keep ip[3] & 1 = 0; exempt greater 1500");
    private static final List<Role> DIFFICULT =
            List.of(Role.ORDER, Role.REORDER, Role.DUPLICATE, Role.QUEUE, Role.DELAY, Role.BANDWIDTH);

    @TempDir
    Path folder;

    private Path a;
    private Path b;

    @BeforeEach
    void packets() throws IOException {
        a = Captures.write(folder.resolve("a.pcap"), Captures.random(PACKETS, 1));
        b = Captures.write(folder.resolve("b.pcap"), Captures.random(PACKETS, 2));
    }

    private String port(Path capture) {
        return "pcap:" + capture + ",pps=" + PER_SECOND + ",write=" + folder.resolve("out-" + capture.getFileName());
    }

    /** What was decided about each packet, by direction, number and copy: all but when it was sent, and its flow. */
    private static Map<String, String> decisions(Path csv) throws IOException {
        Map<String, String> decisions = new TreeMap<>();
        for (String line : Files.readAllLines(csv)) {
            String[] fields = line.split(",", -1);
            String packet = String.join(" ", fields[0], fields[1], fields[2]);
            fields[5] = "";
            fields[14] = fields[13].equals("buffer") ? "" : fields[14]; // with three stages that is not known there
            fields[11] = "";
            assertEquals(null, decisions.put(packet, String.join(",", fields)), packet);
        }
        return decisions;
    }

    private static void assertSame(Path live, Path simulated) throws IOException {
        Map<String, String> expected = decisions(live);
        Map<String, String> found = decisions(simulated);
        List<String> different = expected.keySet().stream()
                .filter(packet -> !expected.get(packet).equals(found.get(packet)))
                .limit(5)
                .map(packet -> expected.get(packet) + " became " + found.get(packet))
                .toList();
        assertEquals(List.of(), different);
        assertEquals(expected.size(), found.size());
    }

    /** Values of a column. */
    private static Map<String, Long> values(Path csv, int column) throws IOException {
        return Files.readAllLines(csv).stream()
                .skip(1)
                .map(line -> line.split(",", -1)[column])
                .collect(Collectors.groupingBy(value -> value, TreeMap::new, Collectors.counting()));
    }

    private LinkSpec.Builder link(int stages, String buffer) {
        return new LinkSpec.Builder()
                .with(Setting.PORTS, port(a), port(b))
                .with(Setting.STAGES, Integer.toString(stages))
                .with(Setting.BUFFER, buffer)
                .with(Setting.CPUS, "none")
                .with(Setting.NICE, "0")
                .with(Setting.SLEEP, "20us")
                .with(Setting.SEED, "7");
    }

    /** In every role one kind after the other, each in turn with others of other roles, differently in each direction. */
    private Map<Role, String> models(int epoch) {
        Map<Role, String> specs = new EnumMap<>(Role.class);
        for (Role role : Role.values()) {
            List<ModelKind> kinds = Models.kinds(role).stream()
                    .filter(kind -> !kind.name().startsWith("test-"))
                    .toList();
            String example = ModelExamples.specification(kinds.get(epoch % kinds.size()), folder);
            boolean always = role == Role.QUEUE || role == Role.BANDWIDTH;
            specs.put(role, !always && (epoch + role.ordinal()) % 3 == 0 ? "none" : example);
        }
        specs.put(Role.DELAY_OFFSET, "none");
        specs.put(Role.OUTAGE, epoch % 10 == 5 ? "periodic,10ms,1ms" : epoch % 10 == 8 ? "down" : "none");
        if (epoch % 4 > 0) { // an example's is less than comes, and then some packets wait
            specs.put(Role.BANDWIDTH, epoch % 4 == 1 ? "60M" : "2G");
        }
        return specs;
    }

    private LinkSpec epoch(Link link, int stages, int epoch) {
        Map<Role, String> aToB = models(epoch);
        Map<Role, String> bToA = models(epoch / 2 * 2 + 7); // which changes half as often
        for (int i = 0; ; i++) {
            LinkSpec.Builder builder = link(stages, "64M");
            builder.with(Setting.PORTS, port(a) + ",loop=forever", port(b) + ",loop=forever");
            for (Role role : Role.values()) {
                builder.with(Setting.of(role), aToB.get(role), bToA.get(role));
            }
            builder.with(Setting.FILTER, FILTERS.get(epoch % FILTERS.size()), FILTERS.get(epoch / 2 % FILTERS.size()));
            try {
                LinkSpec next = builder.conclude();
                link.requireFit(next);
                return next;
            } catch (IllegalArgumentException e) { // what does not go together, or fit
                Role role = DIFFICULT.get(i);
                String usual = role == Role.QUEUE ? "1M" : role == Role.BANDWIDTH ? "1G" : "none";
                aToB.put(role, usual);
                bToA.put(role, usual);
            }
        }
    }

    /** What happens to a link that runs. */
    private interface Changes {
        void make(Link link) throws Exception;
    }

    private void live(LinkSpec spec, RecordFile file, Changes changes) throws Exception {
        live(spec, file, link -> {}, changes);
    }

    /** Runs a link, with a ledger and a recording. */
    private void live(LinkSpec spec, RecordFile file, Changes before, Changes changes) throws Exception {
        List<String> problems = new ArrayList<>();
        LedgerFile csv = new LedgerFile(folder.resolve("live.csv"), LedgerFile.Format.CSV, 1, 64);
        try (Ledger ledger = Ledger.open(csv, false, problems::add);
                Recorder recorder = Recorder.open(file, problems::add)) {
            try (Link link = Link.open(spec)) {
                ledger.keep(Pipeline.of(link));
                recorder.keep(link);
                before.make(link);
                link.start();
                ledger.start(link.startNanos(), 0, link.seed());
                recorder.start(link, spec, link.startNanos());
                changes.make(link);
                Await.until(
                        "all has come",
                        PATIENCE,
                        () -> spec.toString().contains("loop=") // then it is ended here
                                || link.finished()
                                || link.failure().isPresent());
                assertEquals(Optional.empty(), link.failure());
                assertTrue(link.stop());
                assertTrue(ledger.finish(5_000_000_000L), problems.toString());
                assertTrue(recorder.finish(5_000_000_000L), problems.toString());
                assertEquals(List.of(), problems);
            }
            assertEquals(0, ledger.written().lost());
            assertEquals(0, recorder.written().lost());
        }
    }

    private Ran simulate(Path recording, Object... more) {
        return run(Stream.concat(
                        Stream.of(
                                "simulate",
                                recording,
                                "-o",
                                folder.resolve("simulated.pcapng"),
                                "--ledger",
                                folder.resolve("simulated.csv"),
                                "-qq"),
                        Stream.of(more))
                .toArray());
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3})
    void aLinkThatChangesAllTheTimeDecidesTheSameAgain(int stages) throws Exception {
        Path recording = folder.resolve("r.pcapng");
        List<LinkSpec> epochs = new ArrayList<>();
        Changes before = link -> {
            for (int i = 0; i <= CHANGES; i++) {
                epochs.add(epoch(link, stages, i));
            }
        };
        LinkSpec first = link(stages, "64M")
                .with(Setting.PORTS, port(a) + ",loop=forever", port(b) + ",loop=forever")
                .conclude();
        live(first, new RecordFile(recording, 262_144), before, link -> {
            for (int i = 0; i < CHANGES; i++) {
                LockSupport.parkNanos(5_000_000);
                LinkSpec next = epochs.get(i);
                switch (i % 4) {
                    case 0, 1 -> link.change(next);
                    case 2 -> {
                        var soon = link.changeAt(System.nanoTime() + 3_000_000, next);
                        var late = link.changeAt(System.nanoTime() + 3_000_001, epochs.get(i + 1));
                        LockSupport.parkNanos(i % 8 == 2 ? 5_000_000 : 0); // else they never come
                        assertTrue(i % 8 != 2 || !soon.isCancelled() || !late.isCancelled());
                    }
                    default -> {
                        var past = link.changeAt(System.nanoTime() - 1_000_000, next);
                        LockSupport.parkNanos(2_000_000);
                        assertTrue(!past.isCancelled());
                    }
                }
            }
        });
        Path live = folder.resolve("live.csv");
        assertEquals("", simulate(recording).expect(0).err());
        assertSame(live, folder.resolve("simulated.csv"));
        assertTrue(values(live, 14).size() > CHANGES / 3, values(live, 14).toString());
        assertTrue(values(live, 13).size() > 4, values(live, 13).toString());
        assertTrue(
                values(live, 13).keySet().containsAll(List.of("filter", "exempt")),
                values(live, 13).toString());
    }

    /** Packets for which the buffer had no room depend on how fast others left: they are written down. */
    @ParameterizedTest
    @CsvSource({"1, delay, 'uniform,1ms,5ms'", "2, queue, codel", "3, delay, 'uniform,1ms,5ms'"})
    void soDoesOneWhoseBufferIsTooSmall(int stages, String role, String model) throws Exception {
        Path recording = folder.resolve("r.pcapng");
        LinkSpec spec = link(stages, "300k")
                .with(Setting.of(Role.BANDWIDTH), "250M")
                .with(Setting.of(Role.valueOf(role.toUpperCase(Locale.ROOT))), model)
                .with(Setting.OVERFLOW, "drop")
                .with(Setting.MAX_DELAY, "60ms")
                .conclude();
        LinkSpec slow = spec.with(Setting.of(Role.LOSS), "1%").with(Setting.of(Role.DELAY), "50ms");
        live(spec, new RecordFile(recording, 64), link -> {
            LockSupport.parkNanos(200_000_000);
            link.change(slow);
            LockSupport.parkNanos(200_000_000);
            link.change(spec);
        });
        Path live = folder.resolve("live.csv");
        assertTrue(
                values(live, 13).getOrDefault("buffer", 0L) > 100,
                values(live, 13).toString());
        assertEquals("", simulate(recording).expect(0).err());
        assertSame(live, folder.resolve("simulated.csv"));
    }

    private Path shortRun(int snapBytes, String bandwidth, String queue, String delay, String loss) throws Exception {
        Path recording = folder.resolve("r.pcapng");
        LinkSpec spec = link(2, "64M")
                .with(Setting.of(Role.BANDWIDTH), bandwidth)
                .with(Setting.of(Role.QUEUE), queue)
                .with(Setting.of(Role.DELAY), delay)
                .with(Setting.of(Role.LOSS), loss)
                .conclude();
        live(spec, new RecordFile(recording, snapBytes), link -> {});
        return recording;
    }

    /** Live and over the recorded arrivals, in two ways: as it was recorded, and as it is said once more. */
    @Test
    void aScenarioDecidesTheSameAgain() throws Exception {
        Path scenario = Files.writeString(folder.resolve("s.yaml"), """
                steps:
                  - {at: 0s, set: {both: {bandwidth: 200M, queue: codel, delay: 3ms}}}
                  - {at: 150ms, set: {a-to-b: {delay: "uniform,1ms,5ms", loss: 2%}}}
                  - {at: 300ms, ramp: {both: {bandwidth: 60M}}, over: 200ms, every: 10ms}
                  - {at: 600ms, link: {b-to-a: down}}
                  - {at: 700ms, link: {b-to-a: up}}
                  - {at: 701ms, set: {b-to-a: {queue: "packets,100", duplicate: 2%}}}
                """);
        Path recording = folder.resolve("r.pcapng");
        List<Object> words = new ArrayList<>(List.of("run", "-i", port(a), "-i", port(b), "--no-control", "--nice", 0));
        words.addAll(List.of("--record", recording, "--ledger", folder.resolve("live.csv"), "--json"));
        words.addAll(List.of("--scenario", scenario, "--seed", 9));
        Ran ran = run(words.toArray()).expect(0);
        assertTrue(
                ran.out().contains("\"recording\":{\"file\":\"" + recording + "\",\"packets\":" + 2 * PACKETS),
                ran.out());
        Path live = folder.resolve("live.csv");
        assertTrue(values(live, 14).size() > 10, values(live, 14).toString());
        assertTrue(values(live, 13).containsKey("loss") && values(live, 13).containsKey("aqm"), "too little happened");
        assertEquals("", simulate(recording).expect(0).err());
        assertSame(live, folder.resolve("simulated.csv"));
        assertEquals("", simulate(recording, "--scenario", scenario).expect(0).err());
        assertSame(live, folder.resolve("simulated.csv"));
        simulate(recording, "--seed", 10).expect(0);
        assertTrue(!decisions(live).equals(decisions(folder.resolve("simulated.csv"))), "another seed");
    }

    /** What was recorded whole comes out as it would have; of headers the rest is 0. */
    @Test
    void packetsAreWholeOrAsLongAsWasSaid() throws Exception {
        Path recording = shortRun(262_144, "1G", "1M", "1ms", "none");
        List<Packet> in = Captures.read(a);
        assertEquals(
                in.size(),
                Captures.read(recording).stream().filter(p -> p.from() == 0).count());
        run("simulate", recording, "-o", folder.resolve("x.pcap"), folder.resolve("y.pcap"), "-qq")
                .expect(0);
        List<Packet> out = Captures.read(folder.resolve("x.pcap"));
        for (int i = 0; i < in.size(); i++) {
            assertEquals(-1, Arrays.mismatch(in.get(i).data(), out.get(i).data()), "packet " + i);
        }
        assertEquals(PACKETS, Captures.read(folder.resolve("y.pcap")).size());
        Path whole = Files.move(recording, folder.resolve("whole.pcapng"));
        Path headers = shortRun(64, "60M", "codel", "none", "none");
        assertTrue(Files.size(headers) * 4 < Files.size(whole), Files.size(headers) + " bytes");
        simulate(headers).expect(0);
        assertSame(folder.resolve("live.csv"), folder.resolve("simulated.csv"));
    }

    /** Of a recording that ends somewhere, what comes before is simulated, and what is simulated is right. */
    @Test
    void whatIsDamagedIsSimulatedUpToThere() throws Exception {
        Path recording = shortRun(262_144, "60M", "codel", "uniform,1ms,5ms", "1%");
        byte[] bytes = Files.readAllBytes(recording);
        Map<String, String> all = decisions(folder.resolve("live.csv"));
        Path cut = folder.resolve("cut.pcapng");
        int simulated = 0;
        for (int length : new int[] {bytes.length - 1, bytes.length * 9 / 10, bytes.length / 20}) {
            Files.write(cut, Arrays.copyOf(bytes, length));
            Ran result = simulate(cut).expect(3);
            assertTrue(result.err().contains("is damaged: at byte "), result.err());
            assertTrue(result.err().contains("the recording is complete up to packet "), result.err());
            Map<String, String> found = decisions(folder.resolve("simulated.csv"));
            long different = found.entrySet().stream()
                    .filter(row -> !row.getValue().equals(all.get(row.getKey())))
                    .count();
            assertTrue(different < 1200, different + " of " + found.size()); // what waited at the end, at most
            simulated = Math.max(simulated, found.size());
        }
        assertTrue(simulated > PACKETS / 2, "a recording says each second that it is complete");
        Files.write(cut, Arrays.copyOf(bytes, 300)); // within its first note
        assertEquals(1, simulate(cut).expect(2).err().lines().count());
    }

    /** Anywhere: a line says so, and what is simulated is right. */
    @Test
    void anInvertedBitIsNoticed() throws Exception {
        a = Captures.write(folder.resolve("a.pcap"), Captures.random(PACKETS / 2, 1));
        Path recording = shortRun(64, "60M", "codel", "uniform,1ms,5ms", "1%");
        byte[] bytes = Files.readAllBytes(recording);
        Path changed = folder.resolve("changed.pcapng");
        SplittableRandom random = new SplittableRandom(1);
        String text = new String(bytes, StandardCharsets.ISO_8859_1);
        int head = text.indexOf("TLEM_CRC32C=") + 40;
        IntStream bits = IntStream.concat(random.ints(60, 0, 8 * head), random.ints(40, 8 * head, 8 * bytes.length));
        for (int bit : IntStream.concat(bits, random.ints(30, 8 * (bytes.length - 500), 8 * bytes.length))
                .toArray()) {
            bytes[bit / 8] ^= (byte) (1 << bit % 8);
            Files.write(changed, bytes);
            assertTrue(isNoticed(changed), "bit " + bit % 8 + " of byte " + bit / 8 + " of " + bytes.length);
            bytes[bit / 8] ^= (byte) (1 << bit % 8);
        }
        bytes[Math.min(text.indexOf("recorded so far") + 400, bytes.length - 100)] ^= 1; // behind what is complete
        Files.write(changed, bytes);
        Ran result = simulate(changed).expect(3);
        assertTrue(
                result.err()
                        .lines()
                        .findFirst()
                        .orElse("")
                        .matches(
                                ".*changed.pcapng: is damaged: at byte [0-9]+ it has"
                                        + " other bytes than were written: the checksum at byte [0-9]+ does not fit what is between"),
                result.err());
        assertTrue(result.err().contains("a->b: the recording is complete up to packet "), result.err());
        Map<String, String> all = decisions(folder.resolve("live.csv"));
        Map<String, String> found = decisions(folder.resolve("simulated.csv"));
        assertTrue(found.size() > PACKETS / 10, found.size() + " simulated");
        long different = found.entrySet().stream()
                .filter(row -> !row.getValue().equals(all.get(row.getKey())))
                .count();
        assertTrue(different < 1200, different + " of " + found.size()); // what waited at the end, at most
    }

    /** As {@code tlem simulate} tells it. */
    private static boolean isNoticed(Path file) throws IOException {
        try {
            if (!Recording.isOne(file.toString())) {
                try (CaptureReader reader =
                        new CaptureReader(file.toString(), (from, type, memory, packet, captured, original) -> 0)) {
                    long ignored = reader.load(1);
                    return reader.damage().isPresent(); // else a capture like others
                }
            }
            Recording recording = Recording.read(file.toString());
            return recording.damage().isPresent() || !recording.hasEnded();
        } catch (IllegalArgumentException e) {
            assertEquals(1, e.getMessage().lines().count(), e.getMessage());
            return true;
        }
    }

    /** As recordings were before they had checksums. */
    private static byte[] withoutChecksums(Path recording) throws IOException {
        ByteBuffer in = ByteBuffer.wrap(Files.readAllBytes(recording)).order(ByteOrder.LITTLE_ENDIAN);
        Blocks old = new Blocks(in.capacity(), ByteOrder.LITTLE_ENDIAN);
        int notes = 0;
        while (in.hasRemaining()) {
            int type = in.getInt();
            byte[] body = new byte[in.getInt() - 12];
            in.get(body).getInt();
            if (type == 9) {
                notes++;
                String text = new String(body, StandardCharsets.UTF_8).replaceAll("TLEM_CRC32C=.*\n|\0", "");
                body = text.replace("TLEM_RECORDING=2", "TLEM_RECORDING=1").getBytes(StandardCharsets.UTF_8);
            }
            old.block(type, body);
        }
        assertTrue(notes > 2, notes + " notes");
        return old.bytes();
    }

    @Test
    void aRecordingWithoutChecksumsIsRead() throws Exception {
        Path recording = shortRun(64, "60M", "codel", "uniform,1ms,5ms", "1%");
        Files.write(recording, withoutChecksums(recording));
        assertEquals("", simulate(recording).expect(0).err());
        assertSame(folder.resolve("live.csv"), folder.resolve("simulated.csv"));
    }

    /** Where nothing tells that it is wrong: the seconds up to there are not gone through one by one. */
    @Test
    void aPacketOfAnotherCenturyIsTheEndOfACutRecording() throws Exception {
        ByteBuffer bytes = ByteBuffer.wrap(withoutChecksums(shortRun(64, "60M", "codel", "uniform,1ms,5ms", "1%")))
                .order(ByteOrder.LITTLE_ENDIAN);
        int packet = 0;
        int at = 0;
        while (at < bytes.capacity() / 2) {
            packet = bytes.getInt(at) == 6 ? at : packet;
            at += bytes.getInt(at + 4);
        }
        bytes.putInt(packet + 12, 0x60000000); // nanoseconds / 2^32
        Path cut = Files.write(folder.resolve("cut.pcapng"), Arrays.copyOf(bytes.array(), at));
        Ran result = assertTimeoutPreemptively(
                Duration.ofSeconds(30), () -> simulate(cut).expect(3));
        assertTrue(result.err().contains("a->b: the recording is complete up to packet "), result.err());
    }

    @Test
    void whatIsNoRecordingOrGoesNotWithOneIsRefused() throws Exception {
        Path recording = shortRun(262_144, "1G", "1M", "1ms", "none");
        Path other = folder.resolve("other.pcap");
        for (List<?> wrong : List.of(
                List.of(recording, a, "-o", other),
                List.of(recording, "--client", "10.0.0.1", "-o", other),
                List.of(recording, "-o", recording))) {
            List<Object> words = new ArrayList<>(List.of("simulate"));
            words.addAll(wrong);
            Ran refused = run(words.toArray()).expect(2);
            assertEquals(1, refused.err().lines().count(), refused.err());
        }
        byte[] bytes = Files.readAllBytes(recording);
        String text = new String(bytes, StandardCharsets.ISO_8859_1);
        Files.write(other, text.replace("TLEM_RECORDING=2", "TLEM_RECORDING=3").getBytes(StandardCharsets.ISO_8859_1));
        assertTrue(simulate(other).expect(2).err().contains("version 3"));
        for (String wrong : List.of("x,snap=63", "x,snap=1G", "x,every=2", ",snap=100")) {
            Ran refused =
                    run("run", "-i", port(a), "-i", port(b), "--record", wrong).expect(2);
            assertEquals(1, refused.err().lines().count(), refused.err());
        }
        Ran nowhere = run("run", "-i", port(a), "-i", port(b), "--no-control", "--record", folder + "/no/such")
                .expect(2);
        assertTrue(nowhere.err().endsWith("/no/such: there is no folder " + folder + "/no\n"), nowhere.err());
    }
}
