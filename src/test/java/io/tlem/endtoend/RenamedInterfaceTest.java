package io.tlem.endtoend;

import static org.junit.jupiter.api.Assertions.assertTrue;

import io.tlem.testing.Await;
import java.time.Duration;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** An interface that gets another name while the link runs is the same interface. */
@Tag("privileged")
@Timeout(60)
class RenamedInterfaceTest {
    private static final Duration LIMIT = Duration.ofSeconds(30);

    @BeforeAll
    static void checkMachine() {
        EmulatedNetwork.require("ping");
    }

    @ParameterizedTest
    @ValueSource(strings = {"packet", "xdp"})
    void packetsPassUnderTheOtherName(String kind) throws Exception {
        try (EmulatedNetwork network = EmulatedNetwork.startOf(kind, "--warm-up", "0")) {
            ping(network, "10");
            rename(network, "left", "left2");
            rename(network, "right", "right2");
            awaitCarrier(network);
            ping(network, "20");
            // The MTU is that of the interface, not of one that is called as it was before.
            network.middle().ip("link", "set", "right2", "mtu", "1000");
            Await.until(
                    "longer packets are refused",
                    LIMIT,
                    () -> longerPing(network).out().contains("1 packets transmitted, 0 received"));
            ping(network, "5");
            rename(network, "left2", "left");
            rename(network, "right2", "right");
            awaitCarrier(network);
            ping(network, "5");
            EmulatorReport report = network.stop();
            assertTrue(report.leftToRight().transmitted() >= 40, report.toString());
        }
    }

    private static void rename(EmulatedNetwork network, String name, String next) {
        network.middle().ip("link", "set", name, "down");
        network.middle().ip("link", "set", name, "name", next);
        network.middle().ip("link", "set", next, "up");
    }

    /** The kernel may take seconds, on a busy machine, to send again on an interface whose other end was down. */
    private static void awaitCarrier(EmulatedNetwork network) throws Exception {
        Await.until(
                "the ends answer again",
                LIMIT,
                () -> network.left()
                        .run(LIMIT, "ping", "-n", "-c", "1", "-W", "1", EmulatedNetwork.RIGHT4)
                        .out()
                        .contains("1 received"));
    }

    private static Program.Result longerPing(EmulatedNetwork network) {
        return network.left().run(LIMIT, "ping", "-n", "-c", "1", "-W", "1", "-s", "1200", EmulatedNetwork.RIGHT4);
    }

    private static void ping(EmulatedNetwork network, String count) throws Exception {
        String said = network.left()
                .run(LIMIT, "ping", "-n", "-c", count, "-i", "0.05", "-w", "20", EmulatedNetwork.RIGHT4)
                .succeeded();
        assertTrue(said.contains(count + " received"), said);
    }
}
