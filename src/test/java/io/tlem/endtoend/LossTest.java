package io.tlem.endtoend;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Locale;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

@Tag("privileged")
class LossTest {
    private static final int DATAGRAMS = 20_000;
    private static final int SIZE = 100;
    /** 10 000 datagrams a second. */
    private static final long RATE = 10_000 * SIZE * 8;

    @BeforeEach
    void require() {
        EmulatedNetwork.require("ping");
    }

    /** One direction loses 5 %, the other 20 %; the emulator's count and the receiver's must both be plausible. */
    @Test
    void eachDirectionLosesItsShare() throws Exception {
        Attempts.repeat(() -> {
            try (EmulatedNetwork network = EmulatedNetwork.start("--loss", "0.05", "--loss", "0.2", "--seed", "1")) {
                long came = arrived(network.left(), network.right(), EmulatedNetwork.RIGHT4);
                long cameBack = arrived(network.right(), network.left(), EmulatedNetwork.LEFT4);
                EmulatorReport report = network.stop();
                check("left to right", 0.05, came, report.leftToRight());
                check("right to left", 0.2, cameBack, report.rightToLeft());
            }
        });
    }

    /** Datagrams that reached the other end, whether or not its socket had room for them. */
    private static long arrived(Namespace from, Namespace to, String address) {
        Datagrams.Received received = Datagrams.send(from, to, "send", address, DATAGRAMS, SIZE, RATE);
        assertEquals(0, received.corrupt());
        assertEquals(received.packets(), received.distinct());
        return received.packets() + to.udpBufferErrors();
    }

    private static void check(String name, double probability, long came, EmulatorReport.Direction direction) {
        Binomial atReceiver = new Binomial(DATAGRAMS, probability);
        Binomial inEmulator = new Binomial(direction.received(), probability);
        long missing = DATAGRAMS - came;
        long lost = direction.dropped("loss");
        System.out.printf(
                Locale.ROOT,
                "loss of %.0f %%, %s: receiver misses %d of %d, 99.9 %% interval %s; emulator lost %d of %d, %s%n",
                probability * 100,
                name,
                missing,
                DATAGRAMS,
                atReceiver.interval(),
                lost,
                direction.received(),
                inEmulator.interval());
        assertEquals(0, direction.missed(), "missed by the port");
        assertTrue(inEmulator.plausible(lost), "lost " + lost + ", interval " + inEmulator.interval());
        assertTrue(atReceiver.plausible(missing), "missing " + missing + ", interval " + atReceiver.interval());
        // The link also carries some packets of ARP and IPv6, and may lose a few of them.
        assertTrue(Math.abs(missing - lost) <= 20, missing + " missing, " + lost + " lost");
    }
}
