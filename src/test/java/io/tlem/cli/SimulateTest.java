package io.tlem.cli;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.tlem.testing.Captures;
import io.tlem.testing.Captures.Blocks;
import io.tlem.testing.Captures.Packet;
import io.tlem.testing.Privileged;
import java.io.IOException;
import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.parallel.Isolated;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Captures go through links on a virtual clock: what comes out follows from what went in, to the nanosecond. */
@Isolated // takes the process's outputs
@Timeout(120)
class SimulateTest {
    private static final int PACKETS = 20_000;

    @TempDir
    Path folder;

    private static Ran run(Object... words) {
        return Ran.run(Stream.concat(Stream.of("simulate"), Stream.of(words)).toArray());
    }

    private Path write(List<Packet> packets) throws IOException {
        return Captures.write(folder.resolve("in.pcap"), packets);
    }

    private Path out(String ending) {
        return folder.resolve("out" + ending);
    }

    @ParameterizedTest
    @ValueSource(strings = {".pcap", ".pcapng", ".pcap.gz", ".pcapng.gz", ".pcap.zst", ".pcapng.zst"})
    void withoutImpairmentWhatComesOutIsWhatWentIn(String ending) throws IOException {
        List<Packet> packets = Captures.random(PACKETS, 1);
        run(write(packets), "-o", out(ending)).expect(0);
        assertEquals(packets, Captures.read(out(ending)));
    }

    /** By zstd itself: in one frame or several, with a frame that is passed over, level 22, a name that says nothing, a pipe. */
    @Test
    void whatZstdHasPackedIsReadAndItUnpacksWhatIsWritten() throws Exception {
        Privileged.tool("zstd");
        List<Packet> packets = Captures.random(3000, 13);
        Path in = write(packets);
        tool("zstd", "-q", "--ultra", "-22", in, "-o", folder.resolve("one"));
        byte[] all = Files.readAllBytes(in);
        int half = all.length / 2;
        Path parts = Files.write(folder.resolve("parts"), new byte[] {0x5a, 0x2a, 0x4d, 0x18, 3, 0, 0, 0, 1, 2, 3});
        for (byte[] part : List.of(Arrays.copyOf(all, half), Arrays.copyOfRange(all, half, all.length))) {
            Files.write(folder.resolve("part"), part);
            tool("zstd", "-q", "-f", folder.resolve("part"));
            Files.write(parts, Files.readAllBytes(folder.resolve("part.zst")), StandardOpenOption.APPEND);
        }
        for (Path packed : List.of(folder.resolve("one"), parts)) {
            run(packed, "-o", out(".pcap.zst")).expect(0);
            tool("zstd", "-q", "-d", "-f", out(".pcap.zst"), "-o", out(".pcap"));
            assertEquals(packets, Captures.read(out(".pcap")));
        }
        byte[] written = Files.readAllBytes(out(".pcap.zst"));
        written[written.length - 1] ^= 1; // of its checksum
        Ran damaged = run(Files.write(folder.resolve("damaged"), written), "-o", out(".pcap"))
                .expect(3);
        assertTrue(damaged.err().contains("it cannot be unpacked any further: "), damaged.err());
    }

    @Test
    void aConstantRateAndDelayAreExact() throws IOException {
        List<Packet> packets = Captures.random(PACKETS, 2);
        long rate = 77_777_777;
        run(write(packets), "-B", rate, "-Q", "1G", "-D", "3ms", "-o", out(".pcap"))
                .expect(0);
        List<Packet> expected = new ArrayList<>();
        BigInteger second = BigInteger.TEN.pow(9);
        BigInteger free = BigInteger.ZERO; // when the link is, in 1/rate ns
        for (Packet packet : packets) {
            BigInteger arrival = BigInteger.valueOf(packet.nanos()).multiply(BigInteger.valueOf(rate));
            BigInteger bits = BigInteger.valueOf(8L * Math.max(1, packet.data().length));
            free = free.max(arrival).add(bits.multiply(second));
            BigInteger[] exit = free.divideAndRemainder(BigInteger.valueOf(rate));
            expected.add(packet.at(exit[0].longValue() + 3_000_000));
        }
        List<Packet> left = Captures.read(out(".pcap"));
        for (int i = 0; i < expected.size(); i++) {
            assertEquals(expected.get(i), left.get(i), "packet " + i);
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "-B 110M -D uniform,1ms,9ms -L 2% -Q 200k",
                "-D normal,10ms,3ms -R jitter --duplicate 3% --corrupt 1%",
                "-B 110M -Q codel -D 5ms --loss-after gemodel,1%,20%",
                "-D 1ms --truncate 10%,40 --mark 10% --outage periodic,100ms,10ms"
            })
    void theSameSeedMakesTheSameBytesWhateverTheBatches(String options) throws IOException {
        Path in = write(Captures.random(PACKETS, 3));
        List<byte[]> made = new ArrayList<>();
        for (String more : List.of("--seed 5", "--seed 5 --batch 7", "--seed 6")) {
            List<Object> words = new ArrayList<>(List.of(in, "-o", out(".pcapng")));
            words.addAll(List.of((options + " " + more).split(" ")));
            run(words.toArray()).expect(0);
            made.add(Files.readAllBytes(out(".pcapng")));
        }
        assertArrayEquals(made.get(0), made.get(1));
        assertTrue(!Arrays.equals(made.get(0), made.get(2)), "another seed made the same");
        List<Packet> left = Captures.read(out(".pcapng"));
        assertTrue(left.size() > PACKETS / 2, left.size() + " left");
        for (int i = 1; i < left.size(); i++) {
            assertTrue(left.get(i - 1).nanos() <= left.get(i).nanos(), "out of order: " + i);
        }
    }

    /** Packets of which only a part was captured count as a whole, and have both lengths afterwards. */
    @Test
    void partsOfPacketsCountAsTheWholeAndStayParts() throws IOException {
        List<Packet> whole = Captures.random(3000, 4);
        List<Packet> parts = whole.stream()
                .map(packet -> new Packet(
                        packet.nanos(),
                        Arrays.copyOf(packet.data(), Math.min(packet.data().length, 60)),
                        packet.original(),
                        0))
                .toList();
        String[] link = {"-B", "110M", "-Q", "100k", "-L", "5%", "--duplicate", "5%", "-R", "constant,10%,5ms"};
        List<List<Packet>> left = new ArrayList<>();
        for (List<Packet> packets : List.of(whole, parts)) {
            List<Object> words = new ArrayList<>(List.of(write(packets), "--seed", "1", "-o", out(".pcap")));
            words.addAll(List.of(link));
            run(words.toArray()).expect(0);
            left.add(Captures.read(out(".pcap")));
        }
        assertTrue(left.get(0).size() > 1500, left.get(0).size() + " left");
        assertEquals(
                left.get(0).stream()
                        .map(packet -> new Packet(
                                packet.nanos(),
                                Arrays.copyOf(packet.data(), Math.min(packet.data().length, 60)),
                                packet.original(),
                                0))
                        .toList(),
                left.get(1));
    }

    @Test
    void otherLinkTypesAndInterfacesStay() throws IOException {
        List<Packet> packets = new ArrayList<>();
        Blocks blocks = new Blocks(4 << 20, ByteOrder.BIG_ENDIAN).section(ByteOrder.BIG_ENDIAN);
        byte[] nanoseconds = blocks.option(9, (byte) 9);
        int[] types = {Captures.ETHERNET, Captures.RAW_IP, Captures.COOKED, Captures.COOKED_2, Captures.ETHERNET};
        for (int type : types) {
            blocks.on(type, 0, nanoseconds);
        }
        List<Packet> random = Captures.random(2000, 5);
        for (int i = 0; i < random.size(); i++) {
            Packet packet = random.get(i);
            int from = i < types.length ? i : Math.floorMod(Arrays.hashCode(packet.data()), types.length);
            packets.add(new Packet(packet.nanos(), packet.data(), packet.original(), from));
            blocks.packet(from, packet.nanos(), packet.data(), packet.original());
        }
        Path in = Files.write(folder.resolve("types.pcapng"), blocks.bytes());
        run(in, "-o", out(".pcapng")).expect(0);
        assertEquals(packets, Captures.read(out(".pcapng")));
        String refused = run(in, "-o", out(".pcap")).expect(2).err();
        assertTrue(refused.contains("let its name end in .pcapng"), refused);
        // A raw IP packet counts as the Ethernet frame that would carry it: 14 bytes more, at 8 Mbit/s 14 us.
        Packet raw = new Packet(1_000_000_000, new byte[986]);
        Files.write(in, Captures.pcap(ByteOrder.LITTLE_ENDIAN, true, Captures.RAW_IP, List.of(raw)));
        run(in, "-B", "8M", "-o", out(".pcap")).expect(0);
        assertEquals(List.of(raw.at(1_001_000_000)), Captures.read(out(".pcap")));
    }

    /** In one direction, with copies; and in both, put together; in either byte order. What is too much stays behind. */
    @Test
    void commentsAndFlagsGoWithTheirPackets() throws IOException {
        List<Packet> packets = Captures.random(3000, 14);
        Blocks blocks = new Blocks(8 << 20, ByteOrder.BIG_ENDIAN);
        List<String> expected = new ArrayList<>();
        for (int i = 0; i < packets.size(); i++) {
            if (i % 1500 == 0) {
                blocks.section(i == 0 ? ByteOrder.BIG_ENDIAN : ByteOrder.LITTLE_ENDIAN);
                blocks.on(Captures.ETHERNET, 0, blocks.name("eth" + i), blocks.option(9, (byte) 9));
            }
            Packet its = packets.get(i);
            String comment = "packet " + i + "é".repeat(i % 700);
            byte[][] options = switch (i % 5) {
                case 0 -> new byte[][] {blocks.comment(comment), blocks.option(4, new byte[8])};
                case 1 -> new byte[][] {blocks.flags(i), blocks.comment("a"), blocks.comment("b")};
                case 2 -> new byte[][] {blocks.option(3, (byte) 2, (byte) 1, (byte) 1, (byte) 1, (byte) 1)};
                default -> new byte[0][];
            };
            blocks.packet(0, its.nanos(), its.data(), its.original(), options);
            boolean fits = comment.getBytes(StandardCharsets.UTF_8).length <= 1020;
            expected.add(i % 5 == 0 && fits ? comment : i % 5 == 1 ? Integer.toHexString(i) + "; a; b" : "");
        }
        Path in = Files.write(folder.resolve("in.pcapng"), blocks.bytes());
        run(in, "-D", "1ms", "--duplicate", "100%", "-o", out(".pcapng")).expect(0);
        assertEquals(expected.stream().flatMap(its -> Stream.of(its, its)).toList(), Captures.remarks(out(".pcapng")));
        String text = new String(Files.readAllBytes(out(".pcapng")), StandardCharsets.ISO_8859_1);
        assertTrue(text.contains("eth0") && text.contains("eth1500"));

        run(in, "--client", "10.0.0.0", "-D", "1ms", "-o", out(".pcapng")).expect(0);
        assertEquals(expected, Captures.remarks(out(".pcapng")));
        run(in, "-o", out(".pcap")).expect(0);
        assertEquals(packets, Captures.read(out(".pcap")));
    }

    @Test
    void commentsOfVeryManyPacketsUnderWayStayBehind() throws IOException {
        Blocks blocks = new Blocks(16 << 20, ByteOrder.LITTLE_ENDIAN).section(ByteOrder.LITTLE_ENDIAN);
        blocks.on(Captures.ETHERNET, 0);
        for (int i = 0; i < 10_000; i++) {
            blocks.packet(0, i, new byte[60], 60, blocks.comment("x".repeat(1020)));
        }
        Path in = Files.write(folder.resolve("in.pcapng"), blocks.bytes());
        Ran done = run(in, "-D", "1s", "-o", out(".pcapng")).expect(0);
        assertTrue(done.err().contains("warning: 1,808 packets were written without their comments"), done.err());
        assertEquals(
                8192,
                Captures.remarks(out(".pcapng")).stream()
                        .filter("x".repeat(1020)::equals)
                        .count());
    }

    /** From 10.0.0.0 one way, from 10.0.0.1 and .2 the other; those without an address go with the others. */
    @Test
    void bothDirectionsOfOneCaptureAreLinksOfTheirOwn() throws IOException {
        List<Packet> packets = Captures.random(PACKETS, 6);
        Path in = write(packets);
        run(in, "--client", "10.0.0.0", "-o", out(".pcap")).expect(0);
        assertEquals(packets, Captures.read(out(".pcap")), "without impairment");

        run(in, "--client", "10.0.0.0/32", "-D", "1ms", "-D", "2500us", "-o", out(".pcap"))
                .expect(0);
        List<Packet> expected = packets.stream()
                .map(packet -> packet.at(packet.nanos() + (isClient(packet) ? 1_000_000 : 2_500_000)))
                .sorted(Comparator.comparingLong(Packet::nanos))
                .toList();
        assertSamePerTime(expected, Captures.read(out(".pcap")));

        Path second = folder.resolve("second.pcap");
        run(in, "--client", "10.0.0.0/31", "--client", "10.0.0.1", "-o", out(".pcap"), second)
                .expect(0);
        assertTrue(Captures.read(second).size() > PACKETS / 4, "those of 10.0.0.2");
        run(in, "--client", "10.0.0.0", "-L", "1", "-L", "none", "-o", out(".pcap"), "-o", second)
                .expect(0);
        assertEquals(List.of(), Captures.read(out(".pcap")));
        assertEquals(packets.stream().filter(packet -> !isClient(packet)).toList(), Captures.read(second));

        // The same two once more, put together from two captures.
        Path a = Captures.write(
                folder.resolve("a.pcap"),
                packets.stream().filter(SimulateTest::isClient).toList());
        run(a, second, "-D", "1ms", "-D", "2500us", "-o", out(".pcapng")).expect(0);
        List<Packet> merged = Captures.read(out(".pcapng"));
        assertSamePerTime(
                expected,
                merged.stream().map(p -> new Packet(p.nanos(), p.data())).toList());
        assertTrue(merged.stream().anyMatch(packet -> packet.from() == 1), "one interface each");
    }

    private static boolean isClient(Packet packet) {
        byte[] data = packet.data();
        return data.length >= 40 && data[29] == 0;
    }

    /** Packets at one time may be in any order. */
    private static void assertSamePerTime(List<Packet> expected, List<Packet> found) {
        assertEquals(expected.size(), found.size());
        Map<Long, List<Integer>> hashes = new TreeMap<>();
        expected.forEach(
                p -> hashes.computeIfAbsent(p.nanos(), key -> new ArrayList<>()).add(Arrays.hashCode(p.data())));
        long last = 0;
        for (Packet packet : found) {
            assertTrue(packet.nanos() >= last, "out of order");
            last = packet.nanos();
            assertTrue(
                    hashes.getOrDefault(last, List.of()).remove((Integer) Arrays.hashCode(packet.data())),
                    packet.toString());
        }
    }

    @Test
    void reportsAreThoseOfALink() throws IOException {
        Path in = write(Captures.random(PACKETS, 7));
        Ran text = run(in, "-L", "every,4", "-D", "5ms", "-o", out(".pcap")).expect(0);
        assertTrue(text.out().contains("dropped: loss") && text.out().contains(" 5,000\n"), text.out());
        assertTrue(text.out().contains("  delay          5ms                5.00 ms on average"), text.out());
        Ran json = run(in, "-L", "every,4", "-D", "5ms", "--json", "-o", out(".pcap"))
                .expect(0);
        List<String> lines = json.out().lines().toList();
        assertTrue(lines.getFirst().startsWith("{\"type\":\"start\""), lines.getFirst());
        assertTrue(lines.getLast().contains("\"type\":\"summary\""), lines.getLast());
        assertTrue(lines.getLast().contains("\"transmitted_packets\":15000"), lines.getLast());
        assertTrue(lines.getLast().contains("\"unaccounted_packets\":0"), lines.getLast());
        assertTrue(lines.getLast().contains("\"max\":5000000}"), lines.getLast());
    }

    /** Who is exempt by the list leaves whatever the filter says; else the first rule that matches decides. */
    @Test
    void aFilterDecidesBeforeTheModels() throws IOException {
        List<Packet> packets = new ArrayList<>(Captures.random(PACKETS, 8));
        for (int i = 0; i < packets.size(); i += 50) {
            ByteBuffer.wrap(packets.get(i).data()).putShort(12, (short) 0x0806); // ARP
        }
        run(
                        write(packets),
                        "-D",
                        "100us",
                        "--exempt=arp",
                        "--filter",
                        "exempt src host 10.0.0.1 and len < 700; drop len > 1000; keep ip",
                        "--json",
                        "-o",
                        out(".pcap"))
                .expect(0);
        List<Packet> expected = new ArrayList<>();
        for (int i = 0; i < packets.size(); i++) {
            Packet packet = packets.get(i);
            int length = packet.data().length;
            boolean ip = length >= 14 && packet.data()[12] == 8 && packet.data()[13] == 0;
            boolean exempt = i % 50 == 0 || (ip && i % 3 == 1 && length < 700);
            if (exempt || (ip && length <= 1000)) {
                expected.add(exempt ? packet : packet.at(packet.nanos() + 100_000));
            }
        }
        expected.sort(Comparator.comparingLong(Packet::nanos));
        assertSamePerTime(expected, Captures.read(out(".pcap")));
        String wrong = run(write(packets), "--filter", "drop tcp prot 80", "-o", out(".pcap"))
                .expect(2)
                .err();
        assertEquals(
                "tlem: --filter drop tcp prot 80: at character 10: and, or, a semicolon or the end is expected, not 'prot'\n",
                wrong);
    }

    /** The link changes for exactly the packets that arrive from a time on, whatever the batches. */
    @Test
    void aScenarioChangesTheLink() throws IOException {
        List<Packet> packets = Captures.random(5000, 12);
        Path scenario = Files.writeString(folder.resolve("scenario.yaml"), """
                start: first-packet
                steps:
                  - {at: 50ms, set: {both: {delay: 3ms}}}
                  - {at: 100ms, set: {both: {delay: 9ms}}}
                expect: {loss: '>1%'}
                """);
        long first = packets.getFirst().nanos();
        List<Packet> expected = packets.stream()
                .map(p -> p.at(p.nanos()
                        + (p.nanos() - first < 50_000_000
                                ? 1_000_000
                                : p.nanos() - first < 100_000_000 ? 3_000_000 : 9_000_000)))
                .toList();
        for (int batch : List.of(1, 7, 512)) {
            Ran done = run(write(packets), "-D", "1ms", "--scenario", scenario, "-b", batch, "-o", out(".pcap"))
                    .expect(3);
            assertTrue(done.err().contains("loss"), done.err());
            assertEquals(expected, Captures.read(out(".pcap")));
        }
    }

    /** A gap of years is gone over at once, and each second in which something happens has its line. */
    @Test
    void secondsInWhichNothingComesAreLeftOut() throws IOException {
        List<Packet> packets = List.of(
                new Packet(0, new byte[60]),
                new Packet(2_500_000_000L, new byte[60]),
                new Packet(1_600_000_000_000_000_000L, new byte[60]),
                new Packet(1_600_000_000_700_000_000L, new byte[60]));
        Ran json =
                run(write(packets), "--json", "-D", "10ms", "-o", out(".pcap")).expect(0);
        assertEquals(packets.stream().map(p -> p.at(p.nanos() + 10_000_000)).toList(), Captures.read(out(".pcap")));
        assertEquals(6, json.out().lines().count(), json.out());
    }

    @Test
    void aDamagedCaptureIsSimulatedUpToTheDamage() throws IOException {
        List<Packet> packets = Captures.random(1000, 8);
        byte[] whole = Captures.pcap(ByteOrder.LITTLE_ENDIAN, true, 1, packets);
        Path in = Files.write(folder.resolve("cut.pcap"), Arrays.copyOf(whole, whole.length - 1));
        Ran cut = run(in, "-D", "1ms", "-o", out(".pcap")).expect(3);
        int last = whole.length - packets.getLast().data().length - 16;
        assertTrue(cut.err().contains("cut.pcap: is damaged: at byte " + last + " it ends within"), cut.err());
        assertEquals(
                packets.subList(0, 999).stream()
                        .map(p -> p.at(p.nanos() + 1_000_000))
                        .toList(),
                Captures.read(out(".pcap")));
    }

    @Test
    void packetsThatNoNetworkHasAreTold() throws IOException {
        List<Packet> packets = new ArrayList<>(Captures.random(10, 4));
        Path in = write(packets);
        String quiet = run(in, "-qq", "-o", out(".pcap")).expect(0).err();
        assertEquals("", quiet);
        Packet last = packets.getLast();
        packets.add(new Packet(last.nanos() + 1, last.data(), 9216, 0));
        packets.add(new Packet(last.nanos() + 2, last.data(), 65_226, 0));
        String said = run(write(packets), "-qq", "-o", out(".pcap")).expect(0).err();
        assertTrue(said.contains(": 1 packets are longer than 9,216 bytes, up to 65,226: "), said);
        assertTrue(said.contains("gso off gro off"), said);
    }

    @Test
    void whatCannotBeIsRefused() throws IOException {
        Path in = write(Captures.random(10, 9));
        Path kept = Files.copy(in, folder.resolve("kept.pcap"));
        assertRefused("no such file", folder.resolve("nosuch"), "-o", out(".pcap"));
        assertRefused("is a folder", folder, "-o", out(".pcap"));
        Path cut = Files.write(folder.resolve("cut.gz"), new byte[] {0x1f, (byte) 0x8b, 8, 0, 0});
        assertRefused("cut.gz: ends too early", cut, "-o", out(".pcap"));
        assertRefused("does not end in .pcap or .pcapng", in, "-o", out(".txt"));
        assertRefused("is the same file as", in, "-o", folder.resolve("./in.pcap"));
        assertRefused("is the same file as", in, kept, "-o", out(".pcap"), kept);
        assertRefused("is the same file as", in, kept, "-o", out(".pcap"), out(".pcap"));
        assertRefused("two captures to be written need two", in, "-o", out(".pcap"), out("2.pcap"));
        assertRefused("name what is to be read before", "-o", out(".pcap"), kept, in, "--client", "10.0.0.1");
        assertRefused("missing IN", "-o", out(".pcap"));
        assertRefused("Missing required option: '--output", in);
        assertRefused("--client 'x/y'", in, "--client", "x/y", "-o", out(".pcap"));
        assertRefused("--client '10.0.0.0/33'", in, "--client", "10.0.0.0/33", "-o", out(".pcap"));
        assertRefused("--client 10.0.0.1 is for one capture", in, kept, "--client", "10.0.0.1", "-o", out(".pcap"));
        assertRefused("-D x", in, "-D", "x", "-o", out(".pcap"));
        assertEquals(Captures.read(in), Captures.read(kept));
        run("-o", out(".pcap"), in).expect(0); // in this order too
        assertRefused("there is no folder " + folder + "/no", in, "-o", folder.resolve("no/out.pcap"));
        assertRefused("more than two captures to be read", in, kept, in, "-o", out(".pcap"));
        assertRefused("unknown option '--dely'; did you mean '--delay'", in, "-o", out(".pcap"), "--dely", "3ms");
        assertRefused("-o -: is the same file as -", in, kept, "-o", "-", "-");
        Ran none = run(in, "--client", "eth7", "-o", out(".pcap")).expect(0);
        assertTrue(none.err().contains("no packet goes a->b, by --client eth7"), none.err());
    }

    private static void assertRefused(String reason, Object... words) {
        Ran refused = run(words).expect(2);
        assertEquals(1, refused.err().lines().count(), refused.err());
        assertTrue(refused.err().contains(reason), refused.err());
    }

    @Test
    void outOfAConfigurationFileAndTheStandardInputIntoTheStandardOutput() throws Exception {
        List<Packet> packets = Captures.random(2000, 10);
        Path config = Files.writeString(folder.resolve("link.yaml"), """
                ports: [eth1, eth2]
                seed: 42
                cpus: 1,2
                a-to-b:
                  loss: {kind: every, n: 4}
                  delay: 1ms
                """);
        Process process = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "--enable-native-access=ALL-UNNAMED",
                        "-cp",
                        System.getProperty("java.class.path"),
                        "io.tlem.cli.Main",
                        "simulate",
                        "-",
                        "--config",
                        config.toString(),
                        "-o",
                        "-")
                .redirectInput(write(packets).toFile())
                .redirectOutput(out(".pcapng").toFile())
                .redirectError(folder.resolve("err").toFile())
                .start();
        assertTrue(process.waitFor(60, TimeUnit.SECONDS), "still running");
        String said = Files.readString(folder.resolve("err"));
        assertEquals(0, process.exitValue(), said);
        assertEquals(1500, Captures.read(out(".pcapng")).size());
        assertTrue(said.contains("transmitted        1,500 packets"), said);
    }

    /** Every format that the tools write whose formats these are is read as they read it, and they read what is written. */
    @Test
    void wiresharksToolsSeeTheSamePackets() throws Exception {
        Privileged.tool("editcap", "mergecap", "tcpdump");
        Path in = write(Captures.random(500, 11));
        List<Path> made = new ArrayList<>();
        for (String format : List.of("pcap", "nsecpcap", "pcapng")) {
            made.add(folder.resolve(format));
            tool("editcap", "-F", format, in, made.getLast());
        }
        made.add(folder.resolve("short.pcapng"));
        tool("editcap", "-s", "77", in, made.getLast());
        made.add(folder.resolve("merged.pcapng"));
        tool("mergecap", "-w", made.getLast(), made.get(0), made.get(2), made.get(3));
        made.add(folder.resolve("appended.pcapng"));
        tool("mergecap", "-a", "-w", made.getLast(), made.get(2), made.get(2));
        made.add(folder.resolve("tcpdump.pcap"));
        tool("tcpdump", "-r", made.get(0), "-s", "50", "-w", made.getLast());
        for (Path capture : made) {
            for (String ending : List.of(".pcapng", ".pcapng.gz", ".pcap")) {
                run(capture, "-o", out(ending)).expect(0);
                if (!capture.endsWith("appended.pcapng")) { // whose times go backwards
                    assertArrayEquals(seenByEditcap(capture), seenByEditcap(out(ending)), capture.toString());
                }
            }
        }
        assertEquals(1000, sizeOf(folder.resolve("appended.pcapng")));
    }

    private long sizeOf(Path capture) throws IOException {
        Ran done = run(capture, "-o", out(".pcapng")).expect(0);
        assertTrue(done.err().contains("were put into the order of their times"), done.err());
        return Captures.read(out(".pcapng")).size();
    }

    private byte[] seenByEditcap(Path capture) throws Exception {
        Path plain = folder.resolve("plain.pcap");
        tool("editcap", "-F", "nsecpcap", capture, plain);
        return Files.readAllBytes(plain);
    }

    private String tool(Object... words) throws Exception {
        Path out = folder.resolve("tool.out");
        Path err = folder.resolve("tool.err");
        Process process = new ProcessBuilder(
                        Stream.of(words).map(Object::toString).toList())
                .redirectOutput(out.toFile())
                .redirectError(err.toFile())
                .start();
        assertTrue(process.waitFor(60, TimeUnit.SECONDS), Arrays.toString(words));
        assertEquals(0, process.exitValue(), Arrays.toString(words) + Files.readString(err));
        return Files.readString(out);
    }
}
