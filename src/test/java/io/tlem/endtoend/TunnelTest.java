package io.tlem.endtoend;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** TCP in VXLAN between hosts whose interfaces have all their offloads. */
class TunnelTest {
    private static final String LEFT = "10.78.0.1";
    private static final String RIGHT = "10.78.0.2";

    @BeforeAll
    static void requirements() {
        EmulatedNetwork.require("iperf3");
    }

    @ParameterizedTest
    @CsvSource({
        EmulatedNetwork.LEFT4 + ',' + EmulatedNetwork.RIGHT4 + ",noudpcsum",
        EmulatedNetwork.LEFT4 + ',' + EmulatedNetwork.RIGHT4 + ",udpcsum",
        EmulatedNetwork.LEFT6 + ',' + EmulatedNetwork.RIGHT6 + ",noudp6zerocsumtx"
    })
    void superPacketsInVxlanAreCut(String left, String right, String checksum) {
        try (EmulatedNetwork network = EmulatedNetwork.start("--warm-up", "0", "--delay", "1ms")) {
            addTunnel(network.left(), left, right, checksum, LEFT);
            addTunnel(network.right(), right, left, checksum, RIGHT);
            double megabits;
            try (Program server = network.right().start("iperf3", "-s", "-1", "--forceflush")) {
                server.awaitOutput("Server listening", Duration.ofSeconds(10));
                Json end = Json.parse(network.left()
                                .run(Duration.ofSeconds(30), "iperf3", "-J", "-c", RIGHT, "-t", "2")
                                .succeeded())
                        .get("end");
                megabits = end.get("sum_received", "bits_per_second").decimal() / 1e6;
            }
            EmulatorReport report = network.stop();
            long arrived = report.leftToRight().received();
            System.out.printf(
                    Locale.ROOT,
                    "TCP in VXLAN over %s, %s: %.0f Mbit/s, %d packets%n",
                    left,
                    checksum,
                    megabits,
                    arrived);
            assertTrue(megabits > 5, megabits + " Mbit/s; " + report);
            assertTrue(arrived > megabits * 1e6 / 8 * 2 / 1600, arrived + " packets of 1500 bytes at most");
            // A full ring on a busy machine, and what came before the beginning; before, it was every super-packet.
            long missed = report.leftToRight().missed();
            assertTrue(missed < arrived / 100, missed + " missed by the port, " + arrived + " passed");
            assertEquals(0, network.right().tcpChecksumErrors());
            assertEquals(0, network.right().udpChecksumErrors());
            assertEquals(
                    "",
                    network.emulator()
                            .err()
                            .lines()
                            .filter(line -> line.contains("warning"))
                            .findFirst()
                            .orElse(""));
        }
    }

    private static void addTunnel(Namespace end, String local, String remote, String checksum, String address) {
        end.ip(Stream.concat(
                        List.of("link", "add", "tunnel0", "type", "vxlan", "id", "42", "dstport", "4789").stream(),
                        Stream.of("local", local, "remote", remote, "dev", EmulatedNetwork.DEVICE, checksum))
                .toArray(String[]::new));
        end.ip("address", "add", address + "/24", "dev", "tunnel0");
        end.ip("link", "set", "tunnel0", "up");
    }
}
