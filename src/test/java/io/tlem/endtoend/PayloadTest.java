package io.tlem.endtoend;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What is sent arrives unchanged, although the ends leave checksums and segmentation to a device that is not there. */
@Tag("privileged")
class PayloadTest {
    private static final int FILE_BYTES = 16 << 20;
    private static final int SEGMENT_BYTES = 1448;
    private static final int DATAGRAMS = 5_003;
    private static final int DATAGRAM_BYTES = 1203;
    private static final long DATAGRAM_RATE = 80_000_000;
    private static final Duration LIMIT = Duration.ofSeconds(20);
    private static final List<String> ADDRESSES = List.of(EmulatedNetwork.RIGHT4, EmulatedNetwork.RIGHT6);

    @TempDir
    private Path folder;

    @BeforeEach
    void require() {
        EmulatedNetwork.require("ping", "ethtool");
    }

    @ParameterizedTest(name = "{0}, VLAN: {1}")
    @CsvSource({"packet,false", "packet,true", "tap,true", "xdp,true"})
    void fileOverTcp(String kind, boolean tagged) throws Exception {
        byte[] content = new byte[FILE_BYTES];
        new Random(1).nextBytes(content);
        Path file = Files.write(folder.resolve("random"), content);
        try (EmulatedNetwork network = EmulatedNetwork.startOf(
                kind, "--warm-up", "0", "--delay", "1ms", "--bandwidth", "200M", "--queue", "256k")) {
            if (kind.equals("xdp")) { // tags beside the packet do not get through
                network.left()
                        .run(LIMIT, "ethtool", "-K", EmulatedNetwork.DEVICE, "txvlan", "off")
                        .succeeded();
                network.right()
                        .run(LIMIT, "ethtool", "-K", EmulatedNetwork.DEVICE, "txvlan", "off")
                        .succeeded();
            }
            if (tagged) {
                Vlan.between(network);
            }
            long sentBefore = network.left().statistic(EmulatedNetwork.DEVICE, "tx_packets");
            for (String address : ADDRESSES) {
                Transfer.Received received =
                        Transfer.send(network.left(), network.right(), address, file, Duration.ofSeconds(60));
                assertEquals(FILE_BYTES, received.bytes());
                assertEquals(Transfer.sha256(content), received.sha256());
            }
            long sent = network.left().statistic(EmulatedNetwork.DEVICE, "tx_packets") - sentBefore;
            assertEquals(0, network.right().tcpChecksumErrors());
            assertEquals(0, network.left().tcpChecksumErrors());
            long passed = network.stop().leftToRight().received();
            System.out.println(kind + (tagged ? " in a VLAN" : "") + ": the sender made " + sent
                    + " packets of two files, of which the link made " + passed);
            assertTrue(sent < passed / 2 || kind.equals("xdp"), "no super-packets were sent"); // it has them cut before
            assertTrue(passed >= (long) ADDRESSES.size() * FILE_BYTES / SEGMENT_BYTES, "super-packets were not cut");
        }
    }

    @ParameterizedTest(name = "{0}, VLAN: {1}")
    @CsvSource({"packet,false", "packet,true", "tun,false"})
    void datagrams(String kind, boolean tagged) throws Exception {
        try (EmulatedNetwork network = EmulatedNetwork.startOf(kind, "--warm-up", "0", "--delay", "1ms")) {
            if (tagged) {
                Vlan.between(network);
            }
            long noRoomBefore = 0;
            for (String address : ADDRESSES) {
                for (String mode : List.of("send", "segmented")) {
                    Datagrams.Received received = Datagrams.send(
                            network.left(), network.right(), mode, address, DATAGRAMS, DATAGRAM_BYTES, DATAGRAM_RATE);
                    long noRoom = network.right().udpBufferErrors() - noRoomBefore;
                    noRoomBefore += noRoom;
                    System.out.println(mode + " to " + address + (tagged ? " in a VLAN" : "") + ": " + received
                            + ", no room at the receiver: " + noRoom);
                    assertEquals(0, received.corrupt());
                    assertEquals(received.packets(), received.distinct());
                    assertEquals(DATAGRAMS, received.packets() + noRoom);
                }
            }
            EmulatorReport report = network.stop();
            assertEquals(0, report.leftToRight().missed(), "missed by the port");
            assertEquals(0, network.right().udpChecksumErrors());
            assertTrue(report.leftToRight().received() >= 4L * DATAGRAMS, "super-packets were not cut: " + report);
        }
    }
}
