package io.tlem.wire;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.time.Duration;
import java.util.HexFormat;
import java.util.Random;
import java.util.zip.CRC32C;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.junit.jupiter.api.Test;

/** Frames put together by hand, from the RFCs, and frames that lie. */
class WireTest {
    private static final String ADDRESSES = "020000000002" + "020000000001";
    private static final String UDP = "1234567800081111";
    private static final String TCP = "12345678" + "00000001" + "00000002" + "50100400" + "22220000";
    private static final String SCTP = "12345678" + "00000001" + "00000000" + "0b000004"; // COOKIE ACK
    private static final String ROUTING = "2b";
    private static final String FRAGMENT = "2c";
    private static final String DESTINATION_OPTIONS = "3c";

    private final IpPacket ip = new IpPacket();
    private final PacketLayers layers = new PacketLayers();

    private static String frame(String tags, String typeAndPacket) {
        return ADDRESSES + tags + typeAndPacket;
    }

    /** From the type on; the header's checksum is right. */
    private static String ipv4(int protocol, String fragment, String options, String payload) {
        int headerBytes = 20 + options.length() / 2;
        String header = String.format(
                "4%x00%04x0001%s40%02x0000c6120001c6130001%s",
                headerBytes / 4, (headerBytes + payload.length() / 2) & 0xffff, fragment, protocol, options);
        MemorySegment memory = memory(header);
        Ipv4.setChecksum(memory, 0);
        return "0800" + hex(memory) + payload;
    }

    private static String ipv4(int protocol, String payload) {
        return ipv4(protocol, "4000", "", payload);
    }

    /** From the type on. */
    private static String ipv6(int nextHeader, String payload) {
        return String.format("86dd60000000%04x%02x40", (payload.length() / 2) & 0xffff, nextHeader)
                + "fd".repeat(32)
                + payload;
    }

    /** An extension header of 8 bytes, in which there is nothing. */
    private static String extension(String nextHeader) {
        return nextHeader + "00" + "000000000000";
    }

    private static MemorySegment memory(String hex) {
        return MemorySegment.ofArray(HexFormat.of().parseHex(hex));
    }

    private static String hex(MemorySegment memory) {
        return HexFormat.of().formatHex(memory.toArray(ValueLayout.JAVA_BYTE));
    }

    private MemorySegment parsed(String hex) {
        MemorySegment memory = memory(hex);
        ip.parse(memory, 0, (int) memory.byteSize());
        return memory;
    }

    private boolean findsTransport(String hex) {
        parsed(hex);
        return ip.isIp() && ip.findTransport(Math.min(ip.packetEnd(), ip.frameEnd()));
    }

    private boolean findsLayers(String hex, int transport) {
        MemorySegment memory = memory(hex);
        return layers.parse(memory, 0, (int) memory.byteSize(), transport);
    }

    @Test
    void eightTagsAreLookedBehindAndNineAreNot() {
        String[] types = {"8100", "88a8", "9100", "9200", "9300"};
        StringBuilder tags = new StringBuilder();
        for (int count = 0; count <= 9; count++) {
            String hex = frame(tags.toString(), ipv4(IpProtocol.SCTP, SCTP));
            assertEquals(count <= 8, findsTransport(hex), count + " tags");
            assertEquals(count <= 8, findsLayers(hex, -1), count + " tags");
            assertEquals(14 + 4 * Math.min(count, 8), ip.start());
            assertEquals(count <= 8 ? Ethernet.IPV4 : 0x88a8, ip.type());
            if (count <= 8) {
                assertEquals(IpProtocol.SCTP, ip.protocol());
                assertEquals(ip.start() + 20, ip.transport());
                assertEquals(ip.transport(), layers.transport());
                assertEquals(IpProtocol.SCTP, layers.protocol());
            }
            tags.append(types[(count + 3) % types.length]).append("0005");
        }
        parsed(ADDRESSES + "8100" + "0005" + "08"); // ends within the type
        assertEquals(Ethernet.VLAN, ip.type());
        assertFalse(ip.isIp());
    }

    @Test
    void aTagIsInserted() {
        MemorySegment memory = memory("00000000" + frame("", ipv4(IpProtocol.UDP, UDP)));
        Ethernet.insertTag(memory, 0, 0x88a8, 0xe123);
        assertEquals(frame("88a8e123", ipv4(IpProtocol.UDP, UDP)), hex(memory));
    }

    @Test
    void ipv4HeadersAndWhatTheySay() {
        assertTrue(findsTransport(frame("", ipv4(IpProtocol.TCP, TCP)) + "00".repeat(6)));
        assertEquals(4, ip.version());
        assertEquals(34, ip.transport());
        assertEquals(54, ip.packetEnd());
        assertEquals(60, ip.frameEnd());
        assertEquals(40, ip.carriedBytes());
        assertFalse(ip.hasOtherAddresses());

        assertTrue(findsTransport(frame("", ipv4(IpProtocol.TCP, "0000", "83070408080808" + "00", TCP))));
        assertEquals(42, ip.transport());
        assertTrue(ip.hasOtherAddresses(), "a source route");

        assertFalse(findsTransport(frame("", ipv4(IpProtocol.TCP, "2000", "", TCP))), "more fragments");
        assertTrue(ip.isFragment());
        assertFalse(findsTransport(frame("", ipv4(IpProtocol.TCP, "0001", "", TCP))), "an offset");

        String[] none = {
            "0800" + "44" + "00".repeat(30), // shorter than a header
            "0800" + "4f" + "00".repeat(58), // longer than the frame
            "0800" + "65" + "00".repeat(58), // another version
            "0800" + "45" + "00".repeat(18), // cut off
            "86dd" + "45" + "00".repeat(58)
        };
        for (String packet : none) {
            parsed(frame("", packet));
            assertFalse(ip.isIp(), packet);
            assertFalse(findsLayers(frame("", packet), -1), packet);
        }
        MemorySegment memory = memory(ipv4(IpProtocol.UDP, UDP));
        assertTrue(Ipv4.isWhole(memory, 2, memory.byteSize()));
        assertFalse(Ipv4.isWhole(memory, 2, memory.byteSize() - 1));
        assertTrue(Ipv4.hasRightChecksum(memory, 2));
    }

    @Test
    void extensionHeadersOfIpv6() {
        String chain = extension(DESTINATION_OPTIONS)
                + extension(ROUTING)
                + extension(FRAGMENT)
                + extension("84") // a whole packet behind a fragment header
                + SCTP;
        assertTrue(findsTransport(frame("81000005", ipv6(0, chain))));
        assertEquals(IpProtocol.SCTP, ip.protocol());
        assertEquals(18 + 40 + 4 * 8, ip.transport());
        assertTrue(ip.hasOtherAddresses());
        assertFalse(ip.isUnderWay());

        assertTrue(findsTransport(frame("", ipv6(43, "0600" + "0001" + "00000000" + TCP))));
        assertTrue(ip.isUnderWay());
        assertFalse(findsLayers(frame("", ipv6(43, "0600" + "0001" + "00000000" + TCP)), -1));
        assertTrue(findsTransport(frame("", ipv6(0, "0602" + "00".repeat(22) + TCP))), "24 bytes long");
        assertEquals(14 + 40 + 24, ip.transport());
        assertFalse(ip.hasOtherAddresses());

        assertFalse(findsTransport(frame("", ipv6(44, "06000001" + "00000000" + TCP))), "more fragments");
        assertTrue(ip.isFragment());
        assertFalse(findsTransport(frame("", ipv6(0, "06ff" + "00".repeat(6) + TCP))), "longer than the packet");
        assertFalse(findsTransport(frame("", ipv6(0, "0600")) + "00".repeat(30)), "not in the packet");

        assertTrue(findsTransport(frame("", ipv6(51, "0604" + "00".repeat(22) + TCP))));
        assertEquals(51, ip.protocol(), "what AH protects is not looked at");

        int most = IpPacket.MAX_EXTENSIONS;
        String options = extension(DESTINATION_OPTIONS).repeat(most - 1) + extension("11");
        assertTrue(findsTransport(frame("", ipv6(60, options + UDP))));
        assertEquals(IpProtocol.UDP, ip.protocol());
        assertFalse(findsTransport(frame("", ipv6(60, extension(DESTINATION_OPTIONS) + options + UDP))));
    }

    @Test
    void layersOfTunnels() {
        String inner = frame("", ipv6(0, extension("06") + TCP));
        String vxlan = "1234" + "12b5" + String.format("%04x", 16 + inner.length() / 2) + "ffff" + "0800000000000500";
        String hex = frame("88a80001".repeat(8), ipv4(IpProtocol.UDP, vxlan + inner));
        int outer = 14 + 8 * 4;
        int network = outer + 20 + 16 + 14;
        assertTrue(findsLayers(hex, network + 48));
        assertEquals(4, layers.count());
        assertEquals(PacketLayers.Kind.IPV4, layers.kind(0));
        assertEquals(outer, layers.offset(0));
        assertEquals(PacketLayers.Kind.UDP, layers.kind(1));
        assertEquals(PacketLayers.Kind.IPV6, layers.kind(2));
        assertEquals(network, layers.offset(2));
        assertEquals(PacketLayers.Kind.TRANSPORT, layers.kind(3));
        assertFalse(layers.isInIpv6(1));
        assertTrue(layers.isInIpv6(3));
        assertEquals(IpProtocol.TCP, layers.protocol());
        assertEquals(hex.length() / 2, layers.end());
        assertFalse(findsLayers(hex, network + 46), "no header there");
        assertTrue(findsLayers(hex + "0000", -1), "padded, and not looked into");
        assertEquals(2, layers.count());
        assertEquals(hex.length() / 2, layers.end());

        String gre = "b0006558" + "00000000" + "00000001" + "00000002" + ADDRESSES + "81000005".repeat(8);
        assertTrue(findsLayers(frame("", ipv4(IpProtocol.GRE, gre + ipv4(IpProtocol.UDP, UDP))), 34 + 16 + 46 + 20));
        assertEquals(PacketLayers.Kind.GRE, layers.kind(1));
        String label = "8847" + "00001140";
        assertTrue(findsLayers(frame("", label + ipv4(IpProtocol.TCP, TCP).substring(4)), 18 + 20));
        assertFalse(findsLayers(frame("", label + ipv4(IpProtocol.TCP, TCP).substring(4)), -1));
    }

    @Test
    void checksumsOfKnownPackets() {
        MemorySegment header = memory("45000073000040004011" + "ffff" + "c0a80001c0a800c7");
        assertFalse(Ipv4.hasRightChecksum(header, 0));
        Ipv4.setChecksum(header, 0);
        assertEquals(0xb861, NetworkBytes.unsignedShort(header, Ipv4.CHECKSUM_AT));
        assertTrue(Ipv4.hasRightChecksum(header, 0));

        // A query of DNS over IPv6, and the same over IPv4, as calculated with pencil and paper.
        MemorySegment six = memory(frame("", ipv6(IpProtocol.UDP, "003500350009" + "0000" + "ab")));
        InternetChecksum.setNonZero(
                six, 54, 9, 60, InternetChecksum.addPseudoHeader(six, 14, true, IpProtocol.UDP, 9, 0));
        assertEquals(
                ~fold(16 * 0xfdfd + 17 + 9 + 0x35 + 0x35 + 9 + 0xab00) & 0xffff, NetworkBytes.unsignedShort(six, 60));
        MemorySegment four = memory(frame("", ipv4(IpProtocol.UDP, "003500350009" + "0000" + "ab")));
        InternetChecksum.setNonZero(
                four, 34, 9, 40, InternetChecksum.addPseudoHeader(four, 14, false, IpProtocol.UDP, 9, 0));
        int sum = 0xc612 + 1 + 0xc613 + 1 + 17 + 9 + 0x35 + 0x35 + 9 + 0xab00;
        assertEquals(~fold(sum) & 0xffff, NetworkBytes.unsignedShort(four, 40));
    }

    private static int fold(int sum) {
        int folded = (sum & 0xffff) + (sum >>> 16);
        return (folded & 0xffff) + (folded >>> 16);
    }

    @Property(tries = 500)
    void anAdjustedChecksumIsThatOfTheChangedBytes(@ForAll long seed) {
        Random random = new Random(seed);
        MemorySegment memory = MemorySegment.ofArray(new byte[60]);
        random.nextBytes((byte[]) memory.heapBase().orElseThrow());
        InternetChecksum.set(memory, 0, 60, 10);
        for (int i = 0; i < 20; i++) {
            int at = 12 + 2 * random.nextInt(24);
            int before = NetworkBytes.unsignedShort(memory, at);
            int after = random.nextInt(4) == 0 ? 0xffff * random.nextInt(2) : random.nextInt(0x10000);
            NetworkBytes.setShort(memory, at, after);
            InternetChecksum.adjust(memory, 10, before, after);
            assertEquals(0, InternetChecksum.finish(InternetChecksum.add(memory, 0, 60, 0)));
        }
    }

    @Test
    void sctpHasACrc() {
        MemorySegment memory = memory(SCTP);
        CRC32C crc = new CRC32C();
        crc.update(memory.toArray(ValueLayout.JAVA_BYTE));
        NetworkBytes.setInt(memory, Sctp.CHECKSUM_AT, 0x5555_5555); // what was there does not count
        Sctp.setChecksum(memory, 0, memory.byteSize());
        assertEquals(Integer.reverseBytes((int) crc.getValue()), NetworkBytes.intAt(memory, Sctp.CHECKSUM_AT));
    }

    @Test
    void arpIsWrittenAsItIsRead() {
        MemorySegment memory = memory("ff".repeat(60));
        Arp.write(
                memory, 0, Arp.REPLY, 0x02_00_00_00_00_02L, 0x02_00_00_00_00_01L, 0x0a000101, 0xfe_dc_ba_98_76_54L, -2);
        assertEquals(
                ADDRESSES + "0806" + "0001080006040002" + "020000000001" + "0a000101" + "fedcba987654" + "fffffffe"
                        + "00".repeat(18),
                hex(memory));
        assertEquals(0x02_00_00_00_00_02L, Ethernet.destination(memory, 0));
        assertTrue(Arp.isEthernetIpv4(memory, 0));
        assertEquals(Arp.REPLY, Arp.operation(memory, 0));
        assertEquals(0x02_00_00_00_00_01L, Arp.senderMac(memory, 0));
        assertEquals(0x0a000101, Arp.senderAddress(memory, 0));
        assertEquals(-2, Arp.targetAddress(memory, 0));
    }

    /** Many frames a try, so that a watchdog can have a thread of its own for each try. */
    @Property(tries = 40)
    void nothingOutsideHostileFramesIsReadAndEachIsDoneSoon(@ForAll long seed) {
        int nested = assertTimeoutPreemptively(Duration.ofSeconds(20), () -> {
            Random random = new Random(seed);
            int found = 0;
            for (int i = 0; i < 500; i++) {
                found += lookAt(hostile(random)) > 2 ? 1 : 0;
            }
            return found;
        });
        assertTrue(nested > 0, "some of them have tunnels");
    }

    /** How many layers were found. */
    private int lookAt(Hostile hostile) {
        byte[] frame = HexFormat.of().parseHex(hostile.frame);
        int count = 0;
        try (Arena arena = Arena.ofConfined()) { // a frame that starts and ends where its memory does
            MemorySegment memory = arena.allocate(Math.max(1, frame.length)).asSlice(0, frame.length);
            memory.copyFrom(MemorySegment.ofArray(frame));
            long typeAt = Ethernet.typeAt(memory, 0, frame.length);
            assertTrue(typeAt >= 12 && typeAt <= 12 + 8 * 4);
            ip.parse(memory, 0, frame.length);
            assertTrue(ip.carriedBytes() >= 0 && ip.carriedBytes() <= frame.length);
            if (ip.isIp() && ip.findTransport(Math.min(ip.packetEnd(), ip.frameEnd()))) {
                assertTrue(ip.transport() >= ip.headerEnd());
                assertFalse(ip.isFragment());
            }
            if (layers.parse(memory, 0, frame.length, hostile.transport)) {
                count = layers.count();
                assertTrue(layers.end() <= frame.length);
                assertTrue(layers.transport() <= layers.end());
                for (int layer = 1; layer < count; layer++) {
                    assertTrue(layers.offset(layer) > layers.offset(layer - 1));
                }
            }
            assertArrayEquals(frame, memory.toArray(ValueLayout.JAVA_BYTE), "looking changes nothing");
            ip.markCongestion();
            byte[] after = memory.toArray(ValueLayout.JAVA_BYTE);
            for (int at = 0; at < frame.length; at++) {
                boolean inHeader = ip.isIp() && at >= ip.start() && at < ip.start() + 12;
                assertTrue(after[at] == frame[at] || inHeader, "at " + at);
            }
        }
        return count;
    }

    private record Hostile(String frame, int transport) {}

    /** Headers in a row that mean something, some of their bytes changed, the end cut off or all of it noise. */
    private static Hostile hostile(Random random) {
        String[] types = {"8100", "88a8", "9100", "9200", "9300"};
        StringBuilder tags = new StringBuilder();
        for (int i = random.nextInt(3) == 0 ? random.nextInt(12) : 0; i > 0; i--) {
            tags.append(types[random.nextInt(types.length)]).append("0fff");
        }
        int[] protocols = {0, 43, 44, 60, 4, 41, 47, 17, 17, 137, 132, 58, 51};
        int payloadBytes = 20 + random.nextInt(random.nextInt(100) == 0 ? 66_000 : 200);
        String packet = "50".repeat(payloadBytes);
        int next = IpProtocol.TCP;
        for (int i = random.nextInt(random.nextBoolean() ? 4 : 20); i > 0; i--) {
            int protocol = protocols[random.nextInt(protocols.length)];
            packet = switch (protocol) {
                case 0, 43, 60 ->
                    String.format("%02x%02x%012x", next, random.nextInt(9) == 0 ? 255 : 0, random.nextInt(9) / 8)
                            + packet;
                case 44 -> String.format("%02x00%04x00000000", next, random.nextInt(9) / 8) + packet;
                case 4 -> ipv4(next, packet).substring(4);
                case 41 -> ipv6(next, packet).substring(4);
                case 47 ->
                    random.nextBoolean()
                            ? "8000" + ipv4(next, packet).replaceFirst("0800", "080000000000")
                            : "00006558" + frame("81000005".repeat(random.nextInt(11)), ipv6(next, packet));
                case 17 -> "1234567800ff1111" + "0800000000000500" + frame(tags.toString(), ipv6(next, packet));
                case 137 -> "00001140" + ipv4(next, packet).substring(4);
                default -> "60".repeat(8) + packet;
            };
            next = protocol;
        }
        packet = random.nextBoolean() ? ipv4(next, packet) : ipv6(next, packet);
        if (random.nextInt(10) == 0) {
            packet = "8847" + "00001140" + packet.substring(4);
        }
        byte[] bytes = HexFormat.of().parseHex(frame(tags.toString(), packet));
        int transport = random.nextInt(8) == 0 ? random.nextInt(-1, bytes.length) : bytes.length - payloadBytes;
        for (int i = random.nextBoolean() ? random.nextInt(6) : 0; i > 0; i--) {
            bytes[random.nextInt(Math.min(bytes.length, 200))] = (byte) random.nextInt();
        }
        if (random.nextInt(10) == 0) {
            random.nextBytes(bytes);
        }
        int length = random.nextInt(4) == 0 ? random.nextInt(bytes.length + 1) : bytes.length;
        return new Hostile(HexFormat.of().formatHex(bytes, 0, length), transport);
    }
}
