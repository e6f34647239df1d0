package example;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.tlem.impair.Role;
import io.tlem.link.Link;
import io.tlem.port.PacketBatch;
import io.tlem.port.PacketPort;
import io.tlem.port.PacketSource;
import io.tlem.spec.LinkSpec;
import io.tlem.spec.Setting;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Queue;
import java.util.Random;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

/** Stations behind one address: what they send and what answers them, packet by packet. */
class NatTest {
    private static final int UDP = 17;
    private static final int TCP = 6;
    private static final int OUTSIDE = 0xcb007101; // 203.0.113.1
    private static final int SERVER = 0xc0000250;

    private final MemoryPort a = new MemoryPort("a");
    private final MemoryPort b = new MemoryPort("b");
    private final List<PacketPort> ports = new Nat(OUTSIDE).between(List.of(a, b));
    private long now = 1_000_000_000L;

    /** Sum of words, with the carries. */
    private static int sum(ByteBuffer bytes, int at, int end) {
        long sum = 0;
        for (int i = at; i < end; i += 2) {
            sum += i + 1 < end ? bytes.getShort(i) & 0xffff : (bytes.get(i) & 0xff) << 8;
        }
        return (int) sum;
    }

    private static int folded(long sum) {
        long folded = sum;
        while (folded >> 16 != 0) {
            folded = (folded & 0xffff) + (folded >> 16);
        }
        return (int) folded;
    }

    private static int carriedSum(ByteBuffer frame) {
        int transport = 14 + 4 * (frame.get(14) & 0xf);
        return folded(sum(frame, 26, 34)
                + frame.get(23)
                + (frame.limit() - transport)
                + sum(frame, transport, frame.limit()));
    }

    /** A packet with right checksums. */
    private static byte[] packet(int protocol, int from, int fromPort, int to, int toPort, int words, int flags) {
        int header = 20 + 4 * words;
        byte[] payload = new byte[fromPort % 31];
        new Random(fromPort).nextBytes(payload);
        int transport = protocol == TCP ? 20 : 8;
        ByteBuffer frame = ByteBuffer.allocate(14 + header + transport + payload.length);
        frame.putLong(0, 0x0200_0000_0002_0200L).putShort(12, (short) 0x0800).put(14, (byte) (0x45 + words));
        frame.putShort(16, (short) (frame.limit() - 14))
                .putShort(18, (short) fromPort)
                .put(22, (byte) 64);
        frame.put(23, (byte) protocol).putInt(26, from).putInt(30, to);
        frame.putShort(24, (short) ~folded(sum(frame, 14, 14 + header)));
        int at = 14 + header;
        frame.putShort(at, (short) fromPort).putShort(at + 2, (short) toPort);
        frame.put(at + transport, payload);
        if (protocol == TCP) {
            frame.put(at + 12, (byte) 0x50).put(at + 13, (byte) flags);
        } else {
            frame.putShort(at + 4, (short) (8 + payload.length));
        }
        frame.putShort(at + (protocol == TCP ? 16 : 6), (short) ~carriedSum(frame));
        return frame.array();
    }

    private static byte[] udp(int from, int fromPort, int to, int toPort) {
        return packet(UDP, from, fromPort, to, toPort, 0, 0);
    }

    /** Has a frame come in at a port; what enters the link of it. */
    private Optional<ByteBuffer> entered(int port, byte[] frame) {
        Queue<byte[]> in = (port == 0 ? a : b).in;
        in.add(frame.clone());
        PacketSource source = ports.get(port).source().orElseThrow();
        PacketBatch batch = new PacketBatch(4);
        if (source.receive(batch, () -> now) == 0) {
            return Optional.empty();
        }
        byte[] bytes = new byte[batch.length[0]];
        source.memory().asSlice(batch.offset[0], bytes.length).asByteBuffer().get(bytes);
        source.release();
        return Optional.of(ByteBuffer.wrap(bytes));
    }

    private static byte[] bytes(ByteBuffer frame) {
        byte[] bytes = new byte[frame.limit()];
        frame.get(0, bytes);
        return bytes;
    }

    private static int portAt(ByteBuffer frame, int at) {
        return frame.getShort(14 + 4 * (frame.get(14) & 0xf) + at) & 0xffff;
    }

    private static void assertRightChecksums(ByteBuffer frame) {
        int header = 4 * (frame.get(14) & 0xf);
        assertEquals(0xffff, folded(sum(frame, 14, 14 + header)), "IPv4's checksum");
        assertEquals(0xffff, carriedSum(frame), "TCP's or UDP's checksum");
    }

    @Test
    void answersFindTheStationThatAsked() {
        Random random = new Random(1);
        Map<Integer, String> outside = new TreeMap<>();
        for (int i = 0; i < 3000; i++) {
            int protocol = i % 2 == 0 ? UDP : TCP;
            int station = 0x0a000000 + random.nextInt(200);
            int stationPort = 1 + random.nextInt(65535);
            byte[] asked = packet(protocol, station, stationPort, SERVER, 53, i % 3, 2);
            ByteBuffer out = entered(0, asked).orElseThrow();
            assertEquals(OUTSIDE, out.getInt(26));
            assertEquals(SERVER, out.getInt(30));
            assertEquals(53, portAt(out, 2));
            assertRightChecksums(out);
            int port = portAt(out, 0);
            assertTrue(port >= 1024, port + " is privileged");
            String who = protocol + " " + station + " " + stationPort;
            String before = outside.put(protocol << 16 | port, who);
            assertTrue(before == null || before.equals(who), "two have port " + port);
            assertEquals(port, portAt(entered(0, asked).orElseThrow(), 0), "it keeps its port");

            byte[] answer = packet(protocol, SERVER, 53, OUTSIDE, port, i % 2, 0x10);
            ByteBuffer in = entered(1, answer).orElseThrow();
            assertEquals(station, in.getInt(30));
            assertEquals(stationPort, portAt(in, 2));
            assertEquals(0x0200_0000_0000L, in.getLong(0) >>> 16, "the station's Ethernet address");
            assertRightChecksums(in);
            int payload = 14 + 4 * (answer[14] & 0xf) + (protocol == TCP ? 20 : 8);
            assertEquals(
                    HexFormat.of().formatHex(answer, payload, answer.length),
                    HexFormat.of().formatHex(bytes(in), payload, answer.length));
        }
    }

    @Test
    void whatCannotBeTranslatedDoesNotEnterAndIsCounted() {
        int port = portAt(entered(0, udp(0x0a000007, 5000, SERVER, 53)).orElseThrow(), 0);
        byte[] fragment = udp(0x0a000007, 5000, SERVER, 53);
        fragment[20] = 0x20;
        byte[] icmp = udp(0x0a000007, 5000, SERVER, 53);
        icmp[23] = 1;
        byte[] cut = new byte[30];
        System.arraycopy(fragment, 0, cut, 0, 30);
        for (byte[] frame : List.of(fragment, icmp, cut, new byte[8])) {
            assertEquals(Optional.empty(), entered(0, frame));
        }
        assertEquals(Optional.empty(), entered(1, udp(SERVER, 53, OUTSIDE, port + 1)), "not asked for");
        assertEquals(Optional.empty(), entered(1, packet(TCP, SERVER, 53, OUTSIDE, port, 0, 2)), "not over TCP");
        assertEquals(Optional.empty(), entered(1, udp(SERVER, 53, 0x0a000007, 5000)), "not by its own address");
        assertEquals(
                Map.of("nat-not-translated", 4L),
                ports.get(0).source().orElseThrow().filteredPackets());
        assertEquals(
                Map.of("nat-not-asked-for", 3L),
                ports.get(1).source().orElseThrow().filteredPackets());
        byte[] arp = new byte[42];
        arp[12] = 8;
        arp[13] = 6;
        assertArrayEquals(arp, bytes(entered(0, arp).orElseThrow()));
        assertArrayEquals(arp, bytes(entered(1, arp).orElseThrow()));
    }

    private static byte[] arp(int operation, long from, int sender, long to, int target) {
        ByteBuffer frame = ByteBuffer.allocate(60);
        frame.putLong(0, 0xffff_ffff_ffff_0000L | from >>> 32).putInt(8, (int) from);
        frame.putShort(12, (short) 0x0806).putLong(14, 0x0001_0800_0604_0000L | operation);
        frame.putLong(20, (long) operation << 48 | from).putInt(28, sender);
        frame.putLong(30, (sender & 0xffffL) << 48 | to).putInt(38, target);
        return frame.array();
    }

    /** Two stations of their own Ethernet addresses: each gets what is its, and the server sees one address. */
    @Test
    void arpHasTheAddressOutsideInPlaceOfAStations() {
        long one = 0x0200_0000_0a01L;
        long two = 0x0200_0000_0b02L;
        long server = 0x0200_0000_0c03L;
        byte[] question = arp(1, server, SERVER, 0, OUTSIDE);
        assertEquals(Optional.empty(), entered(1, question), "nobody is there who could answer");
        for (long station : List.of(one, two, one)) {
            int its = 0x0a000000 + (int) (station & 0xff);
            ByteBuffer asked = entered(0, arp(1, station, its, 0, SERVER)).orElseThrow();
            assertArrayEquals(arp(1, station, OUTSIDE, 0, SERVER), bytes(asked));
            ByteBuffer answered =
                    entered(1, arp(2, server, SERVER, station, OUTSIDE)).orElseThrow();
            assertArrayEquals(arp(2, server, SERVER, station, its), bytes(answered));
            ByteBuffer asks = entered(1, question).orElseThrow();
            assertArrayEquals(arp(1, server, SERVER, 0, its), bytes(asks), "the one that was heard last is asked");
            ByteBuffer says = entered(0, arp(2, station, its, server, SERVER)).orElseThrow();
            assertArrayEquals(arp(2, station, OUTSIDE, server, SERVER), bytes(says));
        }
        assertArrayEquals(
                arp(1, two, 0, 0, 0x0a000009),
                bytes(entered(0, arp(1, two, 0, 0, 0x0a000009)).orElseThrow()));
        byte[] toAnother = arp(1, server, SERVER, 0, OUTSIDE + 1);
        assertArrayEquals(toAnother, bytes(entered(1, toAnother).orElseThrow()));
        byte[] packet = udp(0x0a000002, 5000, SERVER, 53);
        ByteBuffer.wrap(packet).putInt(6, (int) (two >>> 16)).putShort(10, (short) two);
        int port = portAt(entered(0, packet).orElseThrow(), 0);
        assertEquals(
                two, entered(1, udp(SERVER, 53, OUTSIDE, port)).orElseThrow().getLong(0) >>> 16);
    }

    @Test
    void udpWithoutAChecksumStaysSoAndAZeroIsWrittenAsOnes() {
        byte[] without = udp(0x0a000007, 5000, SERVER, 53);
        without[40] = 0;
        without[41] = 0;
        assertEquals(0, entered(0, without).orElseThrow().getShort(40));
        boolean ones = false;
        for (int id = 0; id < 65536 && !ones; id++) { // one of them has the sum of which 0 would be written
            byte[] frame = packet(UDP, 0x0a000007, 5000, SERVER, 53, 0, 0);
            ByteBuffer bytes = ByteBuffer.wrap(frame).putShort(42, (short) id).putShort(40, (short) 0);
            int checksum = ~carriedSum(bytes) & 0xffff;
            bytes.putShort(40, (short) (checksum == 0 ? 0xffff : checksum));
            ByteBuffer out = entered(0, frame).orElseThrow();
            assertNotEquals(0, out.getShort(40));
            ones = out.getShort(40) == -1;
        }
        assertTrue(ones);
    }

    @Test
    void portsAreFreeAgainAfterTheirTime() {
        ByteBuffer udp = entered(0, udp(0x0a000007, 5000, SERVER, 53)).orElseThrow();
        byte[] answer = udp(SERVER, 53, OUTSIDE, portAt(udp, 0));
        now += Duration.ofMinutes(5).toNanos() - 1;
        assertTrue(entered(1, answer).isPresent());
        now += 1;
        assertEquals(Optional.empty(), entered(1, answer), "answers do not keep it");

        byte[] syn = packet(TCP, 0x0a000007, 5000, SERVER, 80, 0, 2);
        int port = portAt(entered(0, syn).orElseThrow(), 0);
        byte[] back = packet(TCP, SERVER, 80, OUTSIDE, port, 0, 0x10);
        now += Duration.ofMinutes(100).toNanos();
        assertTrue(entered(1, back).isPresent());
        assertTrue(
                entered(0, packet(TCP, 0x0a000007, 5000, SERVER, 80, 0, 0x11)).isPresent()); // FIN
        assertTrue(
                entered(0, packet(TCP, 0x0a000007, 5000, SERVER, 80, 0, 0x10)).isPresent()); // and the last ACK
        now += Duration.ofMinutes(4).toNanos() - 1;
        assertTrue(entered(1, back).isPresent());
        now += 1;
        assertEquals(Optional.empty(), entered(1, back));
    }

    @Test
    void aFullNeighbourhoodIsRefusedUntilSomebodyIsGone() {
        int translated = 0;
        for (int i = 0; i < 70_000; i++) {
            translated += entered(0, udp(0x0a000000 + i / 1000, 1 + i % 1000, SERVER, 53))
                            .isPresent()
                    ? 1
                    : 0;
        }
        assertTrue(translated > 55_000 && translated <= 64_512, translated + " of 64512 ports are used");
        now += Duration.ofMinutes(5).toNanos();
        for (int i = 0; i < 1000; i++) {
            assertTrue(entered(0, udp(0x0b000000 + i, 77, SERVER, 53)).isPresent());
        }
    }

    @Test
    void thePageShowsTheFile() throws IOException {
        Path root = Path.of("").toAbsolutePath();
        Path here = Files.exists(root.resolve("site")) ? root : root.resolve("src");
        String file = Files.readString(here.resolve("test/java/example/Nat.java"));
        String page = Files.readString(here.resolve("site/markdown/nat.md"));
        assertTrue(page.contains("```java\n" + file + "```\n"));
    }

    @Test
    void aLinkBetweenTheTwoSidesDelaysWhatWasTranslated() throws InterruptedException {
        LinkSpec spec =
                new LinkSpec.Builder().with(Setting.of(Role.DELAY), "5ms").conclude();
        try (Link link = Link.open(spec, ports.get(0), ports.get(1))) {
            link.start();
            a.in.add(udp(0x0a000007, 5000, SERVER, 53));
            ByteBuffer asked = ByteBuffer.wrap(first(b, link));
            assertEquals(OUTSIDE, asked.getInt(26));
            b.in.add(udp(SERVER, 53, OUTSIDE, portAt(asked, 0)));
            ByteBuffer answered = ByteBuffer.wrap(first(a, link));
            assertEquals(0x0a000007, answered.getInt(30));
            assertEquals(5000, portAt(answered, 2));
            assertTrue(link.stop());
        }
    }

    private static byte[] first(MemoryPort port, Link link) throws InterruptedException {
        long start = System.nanoTime();
        while (port.out.isEmpty() && System.nanoTime() - start < 10_000_000_000L) {
            assertTrue(link.awaitFailure(1_000_000).isEmpty());
        }
        return port.out.remove();
    }
}
