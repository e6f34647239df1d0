package io.tlem.endtoend;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

@Tag("privileged")
class ThroughputTest {
    private static final int UDP_PAYLOAD = 1400;
    private static final int UDP_FRAME = UDP_PAYLOAD + 8 + 20 + 14;

    @BeforeEach
    void require() {
        EmulatedNetwork.require("iperf3");
    }

    /**
     * The queue is twice what the path holds, 125 kB, so that one flow keeps the link busy between its losses. With the
     * default of 50 000 bytes, a third of that, the rate is the congestion control's doing as much as the link's.
     */
    @ParameterizedTest
    @CsvSource({
        EmulatedNetwork.RIGHT4 + ", 256k, 90",
        EmulatedNetwork.RIGHT6 + ", 256k, 90",
        EmulatedNetwork.RIGHT4 + ", 50000, 50"
    })
    void tcpFillsTheLink(String address, String queue, double leastMegabits) throws Exception {
        Attempts.repeat(() -> {
            try (EmulatedNetwork network =
                    EmulatedNetwork.start("--bandwidth", "100M", "--delay", "5ms", "--queue", queue)) {
                Json end = iperf3(network, "-c", address, "-t", "3").get("end");
                double megabits = end.get("sum_received", "bits_per_second").decimal() / 1e6;
                System.out.printf(
                        Locale.ROOT,
                        "TCP to %s through 100 Mbit/s, 5 ms each way, queue %s: %.2f Mbit/s, %d retransmitted%n",
                        address,
                        queue,
                        megabits,
                        end.get("sum_sent", "retransmits").number());
                EmulatorReport report = network.stop();
                assertTrue(megabits >= leastMegabits && megabits <= 100, megabits + " Mbit/s; " + report);
                assertEquals(0, report.leftToRight().missed(), "missed by the port");
            }
        });
    }

    /**
     * The rate is that of the frames, which is what the link's bandwidth counts. It is moderate, so that iperf3 at the
     * receiver keeps up on a busy machine too: what it has no room for counts as lost on the way.
     */
    @Test
    void udpAtTwiceTheRateLosesHalf() throws Exception {
        Attempts.repeat(() -> {
            try (EmulatedNetwork network = EmulatedNetwork.start("--bandwidth", "20M", "--delay", "5ms")) {
                long payloadRate = 40_000_000L * UDP_PAYLOAD / UDP_FRAME;
                Json end = iperf3(
                                network,
                                "-c",
                                EmulatedNetwork.RIGHT4,
                                "-u",
                                "-b",
                                Long.toString(payloadRate),
                                "-l",
                                Integer.toString(UDP_PAYLOAD),
                                "-w",
                                Long.toString(socketBuffer()),
                                "-t",
                                "3")
                        .get("end");
                double lostPercent = end.get("sum", "lost_percent").decimal();
                EmulatorReport report = network.stop();
                System.out.printf(
                        Locale.ROOT,
                        "UDP at 40 Mbit/s into 20 Mbit/s: %.2f %% lost of %d, by the queue %d; no room at the receiver: %d%n",
                        lostPercent,
                        end.get("sum", "packets").number(),
                        report.leftToRight().dropped("queue"),
                        network.right().udpBufferErrors());
                assertEquals(50, lostPercent, 2, report.toString());
            }
        });
    }

    /** Bytes: as much as iperf3 can make use of and the system allows, so that the receiver is no bottleneck. */
    private static long socketBuffer() throws IOException {
        long most = 2 << 20;
        for (String limit : List.of("rmem_max", "wmem_max")) {
            most = Math.min(most, Sysctl.read(Path.of("/proc/sys/net/core", limit)));
        }
        return most;
    }

    private static Json iperf3(EmulatedNetwork network, String... arguments) {
        try (Program server = network.right().start("iperf3", "-s", "-1", "--forceflush")) {
            server.awaitOutput("Server listening", Duration.ofSeconds(10));
            String[] command = new String[arguments.length + 2];
            command[0] = "iperf3";
            command[1] = "-J";
            System.arraycopy(arguments, 0, command, 2, arguments.length);
            return Json.parse(
                    network.left().run(Duration.ofSeconds(60), command).succeeded());
        }
    }
}
