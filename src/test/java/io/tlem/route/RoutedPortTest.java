package io.tlem.route;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.tlem.impair.Annotator;
import io.tlem.impair.Fate;
import io.tlem.impair.LinkModels;
import io.tlem.impair.PacketContext;
import io.tlem.impair.RandomStreams;
import io.tlem.impair.Role;
import io.tlem.port.PacketBatch;
import io.tlem.port.PacketPort;
import io.tlem.port.PortAddress;
import io.tlem.port.pipe.PipePortProvider;
import io.tlem.wire.Ipv4;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** The two ports of a router, each with a pipe to a host, without a link between: frame by frame. */
class RoutedPortTest {
    private static final String HOST_A = "020000000a02";
    private static final String HOST_B = "020000000b02";
    private static final String BROADCAST = "ffffffffffff";

    private final RouterPort routerA = RouterPort.parse("10.0.1.1/24");
    private final RouterPort routerB = RouterPort.parse("10.0.2.1/24");
    private final String macA = "02000a000101";
    private final String macB = "02000a000201";
    private final List<PacketPort> opened = new ArrayList<>();
    private PacketPort hostA;
    private PacketPort hostB;
    private PacketPort portA;
    private PacketPort portB;

    @BeforeEach
    void open() {
        hostA = pipe("pipe:routeA{1");
        hostB = pipe("pipe:routeB{1");
        List<PacketPort> routed = RoutedPort.between(
                pipe("pipe:routeA}1"), routerA, pipe("pipe:routeB}1"), routerB, List.of("10.0.2.254"));
        portA = routed.get(0);
        portB = routed.get(1);
    }

    private PacketPort pipe(String address) {
        PacketPort port = new PipePortProvider().open(PortAddress.parse(address));
        opened.add(port);
        return port;
    }

    @AfterEach
    void close() {
        opened.forEach(PacketPort::close);
    }

    @Test
    void aPacketGetsTheAddressOfItsStationOnceThatIsKnown() {
        String packet = ipv4(macA, HOST_A, "10.0.1.2", "10.0.2.2", "cafe");
        assertEquals(List.of(ipv4(BROADCAST, macB, "10.0.1.2", "10.0.2.2", "cafe")), pass(packet));
        portB.sink().orElseThrow().flush();
        assertEquals(
                List.of(arp(BROADCAST, macB, 1, "10.0.2.1", "000000000000", "10.0.2.2")),
                receive(hostB),
                "the router asks for it");

        send(hostB, arp(macB, HOST_B, 2, "10.0.2.2", macB, "10.0.2.1"));
        assertEquals(List.of(), receive(portB), "ARP does not pass");
        portB.sink().orElseThrow().flush();
        assertEquals(List.of(ipv4(HOST_B, macB, "10.0.1.2", "10.0.2.2", "cafe")), pass(packet));
        assertEquals(1, portB.source().orElseThrow().filteredPackets().get("arp"));
    }

    @Test
    void aRequestIsAnsweredOnThePortItCameFrom() {
        send(hostA, arp(BROADCAST, HOST_A, 1, "10.0.1.2", "000000000000", "10.0.1.1"));
        assertEquals(List.of(), receive(portA));
        portA.sink().orElseThrow().flush();
        portB.sink().orElseThrow().flush();
        assertEquals(List.of(arp(HOST_A, macA, 2, "10.0.1.1", HOST_A, "10.0.1.2")), receive(hostA));
        assertEquals(List.of(), receive(hostB));
    }

    @Test
    void requestsForOthersAndFromOtherSubnetsAreNotAnswered() {
        send(hostA, arp(BROADCAST, HOST_A, 1, "10.0.1.2", "000000000000", "10.0.1.3"));
        send(hostA, arp(BROADCAST, HOST_A, 1, "10.0.2.2", "000000000000", "10.0.1.1"));
        send(hostA, arp(BROADCAST, BROADCAST, 1, "10.0.1.2", "000000000000", "10.0.1.1"));
        receive(portA);
        portA.sink().orElseThrow().flush();
        assertEquals(List.of(), receive(hostA));
    }

    /** Neither its IPv4 nor its Ethernet address: whoever were believed would get its packets, or it would send to itself. */
    @Test
    void nobodyElseIsBelievedToBeTheRouter() {
        send(hostA, arp(BROADCAST, HOST_A, 1, "10.0.1.1", "000000000000", "10.0.1.1"));
        send(hostA, arp(macA, HOST_A, 2, "10.0.1.1", macA, "10.0.1.1"));
        send(hostB, arp(macB, macB, 2, "10.0.2.2", macB, "10.0.2.1"));
        assertEquals(List.of(), receive(portA));
        assertEquals(List.of(), receive(portB));
        portA.sink().orElseThrow().flush();
        assertEquals(List.of(), receive(hostA));
        assertEquals(2, portA.source().orElseThrow().filteredPackets().get("arp-refused"));
        assertEquals(1, portB.source().orElseThrow().filteredPackets().get("arp-refused"));
        portB.sink().orElseThrow().flush();
        String packet = ipv4(macA, HOST_A, "10.0.1.2", "10.0.2.2", "cafe");
        assertEquals(List.of(ipv4(BROADCAST, macB, "10.0.1.2", "10.0.2.2", "cafe")), pass(packet));
    }

    /** As a router does (RFC 1812, 5.2.2): each bit of the header counts, those of options too. */
    @Test
    void aWrongHeaderChecksumIsDroppedAndCounted() {
        String right = ipv4(macA, HOST_A, "10.0.1.2", "10.0.2.2", "cafe");
        String longest = macA + HOST_A + "0800"
                + header("4f", "00010203040506".repeat(6).substring(0, 80), "10.0.1.2", "10.0.2.2");
        assertEquals(1, pass(right).size());
        assertEquals(1, pass(longest).size());
        int dropped = 0;
        for (int bit = 0; bit < 8 * 60; bit++) {
            byte[] frame = HexFormat.of().parseHex(longest);
            frame[14 + bit / 8] ^= (byte) (1 << bit % 8);
            List<String> passed = pass(HexFormat.of().formatHex(frame));
            assertEquals(List.of(), passed, "bit " + bit);
            dropped++;
        }
        Map<String, Long> filtered = portA.source().orElseThrow().filteredPackets();
        assertEquals(dropped, filtered.get("bad-checksum") + filtered.get("not-ipv4"));
        assertTrue(filtered.get("bad-checksum") > 400, filtered.toString());
    }

    /** Where a packet goes was decided before the link, so it may be changed there, or cut off behind the Ethernet header. */
    @Test
    void whateverTheLinkDoesToAPacketItsStationStays() {
        send(hostB, arp(macB, HOST_B, 2, "10.0.2.2", macB, "10.0.2.1"));
        receive(portB);
        portB.sink().orElseThrow().flush();
        for (String truncate : List.of("1,14", "0.5,20", "")) {
            LinkModels models = LinkModels.of(
                            Map.of(Role.CORRUPT, "1,100", Role.TRUNCATE, truncate), new RandomStreams(5, 0))
                    .keepingDestinations();
            Annotator link = new Annotator(models);
            for (int i = 0; i < 1000; i++) {
                send(hostA, ipv4(macA, HOST_A, "10.0.1.2", "10.0.2.2", "cafe".repeat(i % 20)));
                for (String routed : receive(portA)) {
                    send(portB, changed(link, routed));
                }
                List<String> got = receive(hostB);
                assertEquals(1, got.size());
                assertTrue(got.get(0).startsWith(HOST_B + macB), got.get(0));
                assertTrue(!truncate.equals("1,14") || got.get(0).length() == 28, got.get(0));
            }
        }
        portB.sink().orElseThrow().flush();
        assertEquals(List.of(), receive(hostB), "nobody else is asked for");
    }

    private static String changed(Annotator link, String frame) {
        MemorySegment memory = Arena.ofAuto().allocate(2048, 64);
        byte[] bytes = HexFormat.of().parseHex(frame);
        MemorySegment.copy(bytes, 0, memory, ValueLayout.JAVA_BYTE, 0, bytes.length);
        PacketContext packet = new PacketContext();
        packet.reset(memory, 0, bytes.length, 0);
        assertEquals(Fate.FORWARD, link.decide(packet));
        return HexFormat.of().formatHex(memory.asSlice(0, packet.lengthBytes()).toArray(ValueLayout.JAVA_BYTE));
    }

    @Test
    void aGatewayTakesWhatIsForNeitherSubnet() {
        send(hostB, arp(macB, HOST_B, 2, "10.0.2.254", macB, "10.0.2.1"));
        receive(portB);
        portB.sink().orElseThrow().flush();
        assertEquals(
                List.of(ipv4(HOST_B, macB, "10.0.1.2", "192.0.2.9", "")),
                pass(ipv4(macA, HOST_A, "10.0.1.2", "192.0.2.9", "")),
                "a reply that nobody asked for is believed when it is to the router");
    }

    @Test
    void whatIsNotToBeRoutedIsCountedByItsReason() {
        send(hostA, ipv4(macA, HOST_A, "10.0.1.2", "10.0.1.3", "")); // stays in its subnet
        send(hostA, ipv4(macA, HOST_A, "10.0.1.2", "10.0.2.255", "")); // a subnet's broadcast
        send(hostA, ipv4(macA, HOST_A, "10.0.1.2", "10.0.2.0", ""));
        send(hostA, ipv4(macA, HOST_A, "10.0.1.2", "224.0.0.1", ""));
        send(hostA, ipv4(macA, HOST_A, "10.0.1.2", "255.255.255.255", ""));
        send(hostB, ipv4(macB, HOST_B, "10.0.2.2", "192.0.2.9", "")); // no gateway on that side
        send(hostA, ipv4(macA, HOST_A, "10.0.1.2", "10.0.2.1", "")); // the router's own
        send(hostA, ipv4(HOST_B, HOST_A, "10.0.1.2", "10.0.2.2", "")); // another station's
        send(hostA, macA + HOST_A + "86dd" + "60".repeat(46)); // IPv6
        send(hostA, macA + HOST_A + "8100" + "00050800" + "45".repeat(42)); // VLAN
        send(hostA, macA + HOST_A + "0800" + "45".repeat(10)); // too short
        send(hostA, macA + HOST_A + "0800" + "45000fff" + "00".repeat(42)); // says more than there is
        send(hostA, macA + HOST_A + "0800" + "44000014" + "00".repeat(42)); // a header of 16 bytes
        send(hostA, BROADCAST + HOST_A + "0806" + "0001080006040001" + "00".repeat(10)); // ARP cut short
        send(hostA, BROADCAST + HOST_A + "0806" + "0001080006050001" + "00".repeat(38)); // of odd lengths
        assertEquals(List.of(), receive(portA));
        assertEquals(List.of(), receive(portB));
        assertEquals(
                Map.ofEntries(
                        Map.entry("arp", 0L),
                        Map.entry("arp-mailbox-full", 0L),
                        Map.entry("arp-refused", 0L),
                        Map.entry("not-to-router", 2L),
                        Map.entry("not-ipv4", 7L),
                        Map.entry("bad-checksum", 0L),
                        Map.entry("no-route", 5L)),
                portA.source().orElseThrow().filteredPackets());
        assertEquals(1, portB.source().orElseThrow().filteredPackets().get("no-route"));
    }

    /** Whatever comes: only packets that are to be routed pass, and every one that came is passed or counted. */
    @Test
    void anyBytesPassOrAreCounted() {
        Random random = new Random(3);
        long passed = 0;
        int sent = 200_000;
        for (int i = 0; i < sent; i++) {
            byte[] frame = new byte[14 + random.nextInt(80)];
            random.nextBytes(frame);
            System.arraycopy(HexFormat.of().parseHex(macA), 0, frame, 0, 6);
            frame[12] = 8;
            frame[13] = (byte) (random.nextInt(4) == 0 ? 6 : 0);
            if (frame.length >= 34 && random.nextBoolean()) {
                System.arraycopy(
                        HexFormat.of().parseHex("4500" + "001400000000400163e60a0001020a0002"), 0, frame, 14, 19);
                frame[33] = (byte) (random.nextBoolean() ? 2 : random.nextInt());
            }
            send(hostA, HexFormat.of().formatHex(frame));
            if (i % 200 == 199) {
                passed += receive(portA).size();
                portA.sink().orElseThrow().flush();
                receive(hostA);
            }
        }
        long counted = portA.source().orElseThrow().filteredPackets().values().stream()
                .mapToLong(Long::longValue)
                .sum();
        assertEquals(sent, passed + counted);
        assertTrue(passed > sent / 10, passed + " passed");
    }

    @Test
    void gatewaysAndSubnetsHaveToFit() {
        refused("10.0.1.1/24", "10.0.1.2/24");
        refused("10.0.1.1/16", "10.0.2.1/24");
        refused("10.0.1.1/24", "10.0.2.1/24", "10.0.3.1");
        refused("10.0.1.1/24", "10.0.2.1/24", "10.0.2.1");
        refused("10.0.1.1/24", "10.0.2.1/24", "10.0.2.255");
        refused("10.0.1.1/24", "10.0.2.1/24", "10.0.2.3", "10.0.2.4");
        assertEquals(
                2,
                RoutedPort.withGateways(routerA, routerB, List.of("10.0.2.9", "10.0.1.9"))
                        .size());
        for (String bad : List.of(
                "10.0.1.1", "10.0.1/24", "10.0.1.256/24", "10.0.1.1/33", "10.0.1.1/0", "0.0.0.1/8", "224.0.0.1/8")) {
            assertThrows(IllegalArgumentException.class, () -> RouterPort.parse(bad), bad);
        }
        assertTrue(RouterPort.parse("10.0.0.0/31").hasStation(Ipv4.parse("10.0.0.1")));
    }

    private static void refused(String a, String b, String... gateways) {
        assertThrows(
                IllegalArgumentException.class,
                () -> RoutedPort.withGateways(RouterPort.parse(a), RouterPort.parse(b), List.of(gateways)));
    }

    /** Sends a frame from host A and through the router as a link would; what host B gets, without ARP. */
    private List<String> pass(String frame) {
        send(hostA, frame);
        for (String routed : receive(portA)) {
            send(portB, routed);
        }
        return receive(hostB).stream()
                .filter(got -> !got.startsWith("0806", 24))
                .toList();
    }

    private static void send(PacketPort port, String hex) {
        byte[] frame = HexFormat.of().parseHex(hex);
        PacketBatch batch = new PacketBatch(1);
        assertEquals(1, port.sink().orElseThrow().reserve(batch, 1));
        MemorySegment memory = port.sink().orElseThrow().memory();
        MemorySegment.copy(frame, 0, memory, ValueLayout.JAVA_BYTE, batch.offset[0], frame.length);
        batch.length[0] = frame.length;
        port.sink().orElseThrow().transmit(batch, 1, System.nanoTime());
    }

    private static List<String> receive(PacketPort port) {
        PacketBatch batch = new PacketBatch(64);
        List<String> frames = new ArrayList<>();
        for (int i = 0; i < 20; i++) { // a batch may be empty because all of it was taken out
            if (port.source().orElseThrow().receive(batch, System::nanoTime) > 0) {
                for (int k = 0; k < batch.count; k++) {
                    frames.add(HexFormat.of()
                            .formatHex(port.source()
                                    .orElseThrow()
                                    .memory()
                                    .asSlice(batch.offset[k], batch.length[k])
                                    .toArray(ValueLayout.JAVA_BYTE)));
                }
                port.source().orElseThrow().release();
            }
        }
        return frames;
    }

    private static String address(String dotted) {
        return HexFormat.of().toHexDigits(Ipv4.parse(dotted));
    }

    private static String ipv4(String destination, String source, String from, String to, String payload) {
        return destination + source + "0800" + header("45", "", from, to, payload.length() / 2) + payload;
    }

    private static String header(String first, String options, String from, String to) {
        return header(first, options, from, to, 0);
    }

    private static String header(String first, String options, String from, String to, int payloadBytes) {
        int length = 20 + options.length() / 2 + payloadBytes;
        String before = first + "00" + HexFormat.of().toHexDigits((short) length) + "000000004011";
        String after = address(from) + address(to) + options;
        int sum = 0;
        for (byte[] bytes :
                List.of(HexFormat.of().parseHex(before), HexFormat.of().parseHex(after))) {
            for (int i = 0; i < bytes.length; i += 2) {
                sum += (bytes[i] & 0xFF) << 8 | (bytes[i + 1] & 0xFF);
            }
        }
        return before + HexFormat.of().toHexDigits((short) ~(sum % 0xFFFF)) + after;
    }

    private static String arp(
            String destination, String source, int operation, String from, String targetMac, String to) {
        String frame = destination + source + "0806" + "000108000604"
                + HexFormat.of().toHexDigits((short) operation) + source + address(from) + targetMac + address(to);
        return frame + "00".repeat(18);
    }
}
