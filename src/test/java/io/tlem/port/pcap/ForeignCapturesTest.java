package io.tlem.port.pcap;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.tlem.testing.Captures;
import io.tlem.testing.Captures.Packet;
import io.tlem.testing.Privileged;
import java.io.File;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.math.BigDecimal;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * Captures that nobody here made: those of tcpdump, tshark, dumpcap, editcap, mergecap and tcpreplay's tools, in every format
 * that they offer and that is read here, have the packets and times that tshark sees.
 */
@Timeout(120)
class ForeignCapturesTest {
    /** Whether tshark reads each of the captures, which takes a second each; else some of them. */
    private static final boolean ALL = Boolean.getBoolean("tlem.foreign.captures");

    /** Begin like pcap, and have more in each record; nothing but their contents tells. */
    private static final Set<String> LIKE_PCAP = Set.of("nokiapcap", "rh6_1pcap");

    private static final int PACKETS = 200;

    @TempDir
    Path folder;

    private Path in;
    private Path micros;

    /** A packet, as far as both tell it. */
    private record Seen(long nanos, int captured, long original, String md5) {}

    @BeforeEach
    void captures() throws IOException {
        List<Packet> packets = Captures.random(PACKETS, 21);
        in = Captures.write(folder.resolve("in.pcap"), packets);
        micros = Files.write(
                folder.resolve("micros.pcap"),
                Captures.pcap(ByteOrder.LITTLE_ENDIAN, false, Captures.ETHERNET, packets));
    }

    private Path at(String name) {
        return folder.resolve(name);
    }

    private String run(Object... words) throws Exception {
        Path out = at("tool.out");
        assertEquals(
                0, status(new File("/dev/null"), out.toFile(), words), () -> String.join(" ", texts(words)) + said());
        return Files.readString(out);
    }

    private static List<String> texts(Object... words) {
        return Stream.of(words).map(Object::toString).toList();
    }

    private String said() {
        try {
            return ": " + Files.readString(at("tool.err"));
        } catch (IOException e) {
            return "";
        }
    }

    private int status(File from, File to, Object... words) throws Exception {
        Process process = new ProcessBuilder(texts(words))
                .redirectInput(from)
                .redirectOutput(to)
                .redirectError(at("tool.err").toFile())
                .start();
        assertTrue(process.waitFor(60, TimeUnit.SECONDS), String.join(" ", texts(words)));
        return process.exitValue();
    }

    private static String md5(byte[] bytes) {
        try {
            return HexFormat.of().formatHex(MessageDigest.getInstance("MD5").digest(bytes));
        } catch (NoSuchAlgorithmException e) {
            throw new AssertionError(e);
        }
    }

    /** In the order of their times, as a reader hands them out. */
    private static List<Seen> seenHere(Path capture) throws IOException {
        List<Seen> all = new ArrayList<>();
        try (CaptureReader reader =
                new CaptureReader(capture.toString(), (from, type, memory, packet, captured, original) -> 0)) {
            while (reader.load(100) != Long.MAX_VALUE) {
                for (long i = reader.first(); i < reader.end(); i++) {
                    MemorySegment data = reader.memory().asSlice(reader.data(i), reader.captured(i));
                    byte[] bytes = data.toArray(ValueLayout.JAVA_BYTE);
                    all.add(new Seen(reader.nanos(i), bytes.length, reader.original(i), md5(bytes)));
                }
            }
            assertTrue(reader.damage().isEmpty(), () -> capture + ": " + reader.damage());
            assertEquals(0, reader.clamped(), capture.toString());
        }
        return all;
    }

    private static List<Seen> inOrder(List<Seen> packets) {
        return packets.stream().sorted(Comparator.comparingLong(Seen::nanos)).toList();
    }

    private List<Seen> seenByTshark(Path capture) throws Exception {
        List<Seen> all = new ArrayList<>();
        String fields = run(
                "tshark",
                "-n",
                "-r",
                capture,
                "-o",
                "frame.generate_md5_hash:TRUE",
                "-T",
                "fields",
                "-e",
                "frame.time_epoch",
                "-e",
                "frame.cap_len",
                "-e",
                "frame.len",
                "-e",
                "frame.md5_hash");
        for (String line : fields.lines().toList()) {
            String[] words = line.split("\t", -1);
            all.add(new Seen(
                    new BigDecimal(words[0]).movePointRight(9).longValueExact(),
                    Integer.parseInt(words[1]),
                    Long.parseLong(words[2]),
                    words[3]));
        }
        return inOrder(all);
    }

    /** Through the library that tshark reads with, without its second of start. */
    private List<Seen> seenByEditcap(Path capture) throws Exception {
        Path plain = at("plain.pcap");
        run("editcap", "-F", "nsecpcap", capture, plain);
        return inOrder(Captures.read(plain).stream()
                .map(p -> new Seen(p.nanos(), p.data().length, Integer.toUnsignedLong(p.original()), md5(p.data())))
                .toList());
    }

    private void assertSame(Path capture, boolean byTshark) throws Exception {
        List<Seen> expected = byTshark || ALL ? seenByTshark(capture) : seenByEditcap(capture);
        assertTrue(!expected.isEmpty(), capture + " is empty");
        assertEquals(expected, seenHere(capture), capture.getFileName().toString());
    }

    @Test
    void ofEditcapInEveryFormat() throws Exception {
        Privileged.tool("editcap", "tshark");
        int ignored = status(new File("/dev/null"), at("tool.out").toFile(), "editcap", "-F");
        List<String> formats = Pattern.compile("(?m)^ +(\\S+) - ")
                .matcher(Files.readString(at("tool.out")) + Files.readString(at("tool.err")))
                .results()
                .map(found -> found.group(1))
                .toList();
        assertTrue(formats.size() > 5, formats.toString());
        List<String> read = new ArrayList<>();
        for (String format : formats) {
            Path made = at("editcap." + format);
            boolean can =
                    status(new File("/dev/null"), at("tool.out").toFile(), "editcap", "-F", format, in, made) == 0;
            if (can && !LIKE_PCAP.contains(format)) {
                try {
                    List<Seen> found = seenHere(made);
                    assertEquals(seenByEditcap(made), found, format);
                    read.add(format);
                } catch (IllegalArgumentException e) {
                    assertTrue(e.getMessage().contains(": is no capture in the format"), e.getMessage());
                }
            }
        }
        assertTrue(read.containsAll(List.of("pcap", "nsecpcap", "pcapng")), read.toString());
        Map<String, List<Object>> more = new LinkedHashMap<>();
        more.put("snap.pcapng", List.of("-s", "77"));
        more.put("chopped.pcapng", List.of("-C", "20", "-F", "pcapng"));
        more.put("chopped.pcap", List.of("-C", "-20:10", "-L", "-F", "pcap"));
        more.put("earlier.pcapng", List.of("-t", "-1000000.000000001"));
        more.put("apart.pcapng", List.of("-S", "0.001", "-F", "pcapng"));
        more.put("commented.pcapng", List.of("-a", "3:a comment", "-a", "4:and one more", "--capture-comment", "all"));
        more.put("rawip.pcap", List.of("-T", "rawip", "-F", "pcap"));
        more.put("cooked.pcapng", List.of("-T", "linux-sll"));
        more.put("cooked2.pcap", List.of("-T", "linux-sll2", "-F", "nsecpcap"));
        for (Map.Entry<String, List<Object>> each : more.entrySet()) {
            Path made = at(each.getKey());
            run(Stream.of(List.of("editcap"), each.getValue(), List.of(in, made))
                    .flatMap(List::stream)
                    .toArray());
            assertSame(made, each.getKey().equals("commented.pcapng"));
        }
    }

    @Test
    void ofMergecapWithSeveralInterfacesAndSections() throws Exception {
        Privileged.tool("mergecap", "editcap", "tshark");
        Path cooked = at("cooked.pcapng");
        run("editcap", "-T", "linux-sll", "-t", "0.0000005", in, cooked);
        run("mergecap", "-w", at("merged.pcapng"), in, cooked, micros);
        run("mergecap", "-I", "none", "-w", at("kept.pcapng"), in, in, micros);
        run("mergecap", "-I", "all", "-s", "99", "-w", at("one.pcapng"), in, micros);
        run("mergecap", "-a", "-F", "pcap", "-w", at("appended.pcap"), in, micros);
        run("mergecap", "-F", "nsecpcap", "-w", at("merged.pcap"), in, micros);
        Path sections = Files.write(at("sections.pcapng"), Files.readAllBytes(cooked)); // as pcapng may be put together
        Files.write(sections, Files.readAllBytes(at("one.pcapng")), StandardOpenOption.APPEND);
        for (String made : List.of("kept.pcapng", "one.pcapng", "appended.pcap", "merged.pcap")) {
            assertSame(at(made), false);
        }
        assertSame(at("merged.pcapng"), true);
        assertSame(sections, true);
    }

    @Test
    void ofTcpdumpAndTsharkAndDumpcap() throws Exception {
        Privileged.tool("tcpdump", "dumpcap", "tshark", "editcap");
        run("tcpdump", "-r", in, "-w", at("tcpdump.pcap"));
        run("tcpdump", "-r", in, "--nano", "-s", "50", "-w", at("nano.pcap"));
        File piped = at("piped.pcap").toFile();
        assertEquals(0, status(in.toFile(), piped, "tcpdump", "-r", "-", "-U", "-w", "-"), this::said);
        run("tshark", "-r", in, "-F", "pcapng", "-w", at("tshark.pcapng"));
        assertEquals(
                0,
                status(in.toFile(), at("tool.out").toFile(), "dumpcap", "-q", "-i", "-", "-w", at("d.pcapng")),
                this::said);
        assertEquals(
                0,
                status(micros.toFile(), at("tool.out").toFile(), "dumpcap", "-q", "-P", "-i", "-", "-w", at("d.pcap")),
                this::said);
        for (String made : List.of("tcpdump.pcap", "piped.pcap", "nano.pcap", "tshark.pcapng", "d.pcap")) {
            assertSame(at(made), false);
        }
        assertSame(at("d.pcapng"), true);
    }

    @Test
    void ofTcpreplaysTools() throws Exception {
        Privileged.tool("tcpprep", "tcprewrite", "tshark", "editcap");
        run("tcpprep", "--cidr=10.0.0.0/31", "-i", micros, "-o", at("cache"));
        run("tcprewrite", "--enet-smac=02:00:00:00:00:01", "-i", micros, "-o", at("rewritten.pcap"));
        run(
                "tcprewrite",
                "-c",
                at("cache"),
                "--endpoints=192.0.2.1:192.0.2.2",
                "--mtu=600",
                "--mtu-trunc",
                "-i",
                in,
                "-o",
                at("ends.pcap"));
        run(
                "tcprewrite",
                "--enet-vlan=add",
                "--enet-vlan-tag=7",
                "--enet-vlan-cfi=0",
                "--enet-vlan-pri=0",
                "-i",
                micros,
                "-o",
                at("vlan.pcap"));
        for (String made : List.of("rewritten.pcap", "vlan.pcap")) {
            assertSame(at(made), false);
        }
        assertSame(at("ends.pcap"), true);
    }

    /** Of packets of this machine: with names, filters and statistics of interfaces, and Linux's two headers of its own. */
    @Test
    void ofPacketsThatPassHere() throws Exception {
        Privileged.root();
        Privileged.tool("tcpdump", "dumpcap", "tshark", "editcap");
        Map<String, List<Object>> captures = new LinkedHashMap<>();
        captures.put("any.pcap", List.of("tcpdump", "-i", "any", "-c", "20", "-w"));
        captures.put("any1.pcap", List.of("tcpdump", "-i", "any", "-y", "LINUX_SLL", "-c", "20", "--nano", "-w"));
        captures.put("two.pcapng", List.of("dumpcap", "-q", "-i", "any", "-i", "lo", "-f", "udp", "-c", "40", "-w"));
        List<Process> running = new ArrayList<>();
        try (DatagramSocket socket = new DatagramSocket(0, InetAddress.getLoopbackAddress())) {
            for (Map.Entry<String, List<Object>> each : captures.entrySet()) {
                List<String> words = new ArrayList<>(texts(each.getValue().toArray()));
                words.add(at(each.getKey()).toString());
                running.add(new ProcessBuilder(words)
                        .redirectErrorStream(true)
                        .redirectOutput(at(each.getKey() + ".said").toFile())
                        .start());
            }
            long end = System.nanoTime() + 20_000_000_000L;
            while (running.stream().anyMatch(Process::isAlive) && System.nanoTime() < end) {
                socket.send(new DatagramPacket(
                        new byte[100], 100, InetAddress.getLoopbackAddress(), socket.getLocalPort()));
                LockSupport.parkNanos(1_000_000);
            }
        } finally {
            running.forEach(Process::destroy);
        }
        for (String made : captures.keySet()) {
            assertSame(at(made), made.equals("two.pcapng"));
        }
    }
}
