package io.tlem.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.tlem.classify.SampleFrames;
import io.tlem.testing.Captures;
import io.tlem.testing.Captures.Packet;
import io.tlem.testing.Privileged;
import io.tlem.testing.Tcpdump;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.parallel.Isolated;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** One capture becomes two directions by an expression: what it matches goes from A to B, all others from B to A. */
@Isolated // takes the process's outputs
@Timeout(120)
class ClientFilterTest {
    private static final List<String> ETHERNET = List.of(
            "src host 10.1.2.3",
            "tcp port 80 or arp",
            "not ip",
            "vlan 5 and udp",
            "len > 100",
            "greater 90 and ip6",
            "ether src 02:00:00:00:00:01",
            "tcp[13] & 2 != 0",
            "not tcp[200] = 0");
    private static final List<String> ANY_LINK =
            List.of("src host 10.1.2.3", "tcp port 80", "arp or icmp", "not udp", "net fd00::/16", "ip[8] < 64");

    @TempDir
    Path folder;

    private static Ran run(Object... words) {
        return Ran.run(Stream.concat(Stream.of("simulate"), Stream.of(words)).toArray());
    }

    private Path capture(int linkType, List<byte[]> packets, int mostBytes) throws IOException {
        List<Packet> all = new ArrayList<>();
        for (byte[] data : packets) {
            byte[] there = Arrays.copyOf(data, Math.min(data.length, mostBytes));
            all.add(new Packet(1_700_000_000_000_000_000L + 7001L * all.size(), there, data.length, 0));
        }
        return Files.write(folder.resolve("in.pcap"), Captures.pcap(ByteOrder.LITTLE_ENDIAN, true, linkType, all));
    }

    /** The packets that tcpdump shows. */
    private List<Packet> shown(Path capture, String expression) throws Exception {
        Path out = folder.resolve("shown.pcap");
        Tcpdump.select(capture, out, expression);
        return Captures.read(out);
    }

    /** Packets of IP in an own header; the frame says which type. */
    private static List<byte[]> behind(String header, int typeAt) {
        List<byte[]> packets = new ArrayList<>();
        for (byte[] frame : SampleFrames.all()) {
            if (frame.length < 14) {
                continue;
            }
            int type = ByteBuffer.wrap(frame).getShort(12) & 0xffff;
            if (typeAt >= 0 || type == 0x0800 || type == 0x86dd) {
                byte[] start = HexFormat.of().parseHex(header);
                ByteBuffer packet = ByteBuffer.allocate(start.length + frame.length - 14);
                packet.put(start).put(frame, 14, frame.length - 14);
                if (typeAt >= 0) {
                    packet.putShort(typeAt, (short) type);
                }
                packets.add(packet.array());
            }
        }
        return packets;
    }

    private static void assertSame(List<Packet> expected, List<Packet> found, String what) {
        for (int i = 0; i < Math.min(expected.size(), found.size()); i++) {
            assertEquals(expected.get(i), found.get(i), what + ", packet " + i);
        }
        assertEquals(expected.size(), found.size(), what);
    }

    private void assertSplit(Path in, List<String> expressions) throws Exception {
        Path there = folder.resolve("there.pcap");
        Path back = folder.resolve("back.pcap");
        List<Packet> all = Captures.read(in);
        int selective = 0;
        for (String expression : expressions) {
            run(in, "--client-filter", expression, "-o", there, back).expect(0);
            List<Packet> matched = shown(in, expression);
            assertSame(matched, Captures.read(there), expression);
            List<Packet> others = new ArrayList<>(all);
            others.removeAll(matched);
            assertEquals(all.size(), matched.size() + others.size());
            assertSame(others, Captures.read(back), expression);
            // What looks at bytes that are not there matches neither the one nor the other.
            assertTrue(others.containsAll(shown(in, "not (" + expression + ")")), expression);
            selective += matched.isEmpty() || others.isEmpty() ? 0 : 1;
        }
        assertTrue(selective >= expressions.size() - 1, selective + " of " + expressions);
    }

    @Test
    @Tag("privileged")
    void theDirectionsAreThePacketsThatTcpdumpSelects() throws Exception {
        Privileged.tool("tcpdump");
        assertSplit(capture(Captures.ETHERNET, SampleFrames.all(), 1 << 18), ETHERNET);
        assertSplit(capture(Captures.ETHERNET, SampleFrames.all(), 50), ETHERNET); // parts of packets
        assertSplit(capture(Captures.RAW_IP, behind("", -1), 1 << 18), ANY_LINK);
        assertSplit(capture(Captures.COOKED, behind("00000001000602000000000100000800", 14), 1 << 18), ANY_LINK);
        assertSplit(
                capture(Captures.COOKED_2, behind("0800000000000002000100060200000000010000", 0), 1 << 18), ANY_LINK);
    }

    @Test
    void eachWayIsALinkOfItsOwnAndEveryPacketIsSomewhere() throws IOException {
        List<Packet> packets = Captures.random(3000, 21);
        Path in = Captures.write(folder.resolve("in.pcap"), packets);
        Path there = folder.resolve("there.pcap");
        Path back = folder.resolve("back.pcap");
        run(in, "--client-filter", "src 10.0.0.0", "-D", "1ms", "-D", "3ms", "-o", there, back)
                .expect(0);
        for (Path out : List.of(there, back)) {
            boolean forth = out.equals(there);
            assertEquals(
                    packets.stream()
                            .filter(its -> forth == (its.data().length >= 40 && its.data()[29] == 0))
                            .map(its -> its.at(its.nanos() + (forth ? 1_000_000 : 3_000_000)))
                            .toList(),
                    Captures.read(out));
        }
        Path report = folder.resolve("report.json");
        Ran none = run(in, "--client-filter", "tcp port 5 and arp", "-o", there, "--report", report)
                .expect(0);
        assertTrue(none.err().contains("no packet goes a->b, by --client-filter 'tcp port 5 and arp'\n"), none.err());
        assertTrue(Files.readString(report).contains("a->b by --client-filter 'tcp port 5 and arp'"));
        assertEquals(packets, Captures.read(there));
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
            tcpp                | --client-filter 'tcpp': at character 1: 'tcpp' is no test such as tcp, host
            drop tcp            | --client-filter 'drop tcp': at character 1: 'drop' is no test such as
            tcp; arp            | --client-filter 'tcp; arp': at character 4: and, or or the end is expected, not ';'
            ``                  | --client-filter '': at character 1: a test such as tcp, host 10.0.0.1 or port 80 is
            """)
    void aMistakeIsOneLine(String expression, String message) throws IOException {
        Path in = Captures.write(folder.resolve("in.pcap"), Captures.random(10, 9));
        refused(message, in, "--client-filter", expression, "-o", folder.resolve("out.pcap"));
    }

    @Test
    void whatGoesNotWithItIsRefused() throws IOException {
        Path in = Captures.write(folder.resolve("in.pcap"), Captures.random(10, 9));
        Path other = Files.copy(in, folder.resolve("other.pcap"));
        Path out = folder.resolve("out.pcap");
        refused("give one of them", in, "--client-filter", "tcp", "--client", "10.0.0.1", "-o", out);
        refused("--client-filter 'tcp' is for one capture with both", in, other, "--client-filter", "tcp", "-o", out);
        refused("specified only once", in, "--client-filter", "tcp", "--client-filter", "udp", "-o", out);
        refused("or --client or --client-filter", in, "-o", out, folder.resolve("out2.pcap"));
        Ran fit = Ran.run("fit", "--loss", "2%", "--client-filter", "tcp").expect(2);
        assertEquals(1, fit.err().lines().count(), fit.err());
        Ran both = Ran.run("fit", in, other, "--client-filter", "tcp", "--client", "10.0.0.1", "-o", out)
                .expect(2);
        assertTrue(both.err().contains("give one of them"), both.err());
    }

    private static void refused(String reason, Object... words) {
        Ran refused = run(words).expect(2);
        assertEquals(1, refused.err().lines().count(), refused.err());
        assertTrue(refused.err().contains(reason), refused.err());
    }
}
