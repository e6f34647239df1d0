package io.tlem.route;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.tlem.port.PacketBatch;
import io.tlem.port.PacketPort;
import io.tlem.port.PortAddress;
import io.tlem.port.pipe.PipePortProvider;
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
        send(hostA, arp(BROADCAST, HOST_A, 1, "10.0.1.1", "000000000000", "10.0.1.1"));
        send(hostA, arp(BROADCAST, BROADCAST, 1, "10.0.1.2", "000000000000", "10.0.1.1"));
        receive(portA);
        portA.sink().orElseThrow().flush();
        assertEquals(List.of(), receive(hostA));
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
                Map.of("arp", 0L, "arp-mailbox-full", 0L, "not-to-router", 2L, "not-ipv4", 7L, "no-route", 5L),
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
                        HexFormat.of().parseHex("4500" + "001400000000400100000a0001020a0002"), 0, frame, 14, 19);
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
        assertTrue(passed > sent / 8, passed + " passed");
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
        int length = 20 + payload.length() / 2;
        return destination + source + "0800" + "4500" + HexFormat.of().toHexDigits((short) length) + "0000000040110000"
                + address(from) + address(to) + payload;
    }

    private static String arp(
            String destination, String source, int operation, String from, String targetMac, String to) {
        String frame = destination + source + "0806" + "000108000604"
                + HexFormat.of().toHexDigits((short) operation) + source + address(from) + targetMac + address(to);
        return frame + "00".repeat(18);
    }
}
