package io.tlem.endtoend;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.Locale;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

@Tag("privileged")
class DirectionsTest {
    private static final int SIZE = 1400;
    private static final double FRAME_OVERHEAD = (SIZE + 42.0) / SIZE;

    @BeforeEach
    void require() {
        EmulatedNetwork.require("ping");
    }

    /** Delay and bandwidth; {@link LossTest} has two losses. */
    @Test
    void differWhenAskedTo() throws Exception {
        Attempts.repeat(() -> {
            double[] times;
            EmulatorReport report;
            try (EmulatedNetwork network = EmulatedNetwork.start("-D", "5ms", "-D", "15ms")) {
                times = Ping.sortedMillis(network.left(), EmulatedNetwork.RIGHT4, 200);
                report = network.stop();
            }
            double there = report.leftToRight().medianMillisInside();
            double back = report.rightToLeft().medianMillisInside();
            System.out.printf(
                    Locale.ROOT,
                    "5 ms there, 15 ms back: median inside %.3f ms and %.3f ms, ping %s%n",
                    there,
                    back,
                    Ping.describe(times));
            assertEquals(5, there, 0.5);
            assertEquals(15, back, 0.5);
            assertEquals(20, Ping.median(times), 0.5);

            try (EmulatedNetwork network = EmulatedNetwork.start("-B", "40M", "-B", "10M")) {
                double forth = frameRate(network.left(), network.right(), EmulatedNetwork.RIGHT4, 80_000_000);
                double backwards = frameRate(network.right(), network.left(), EmulatedNetwork.LEFT4, 20_000_000);
                network.stop();
                System.out.printf(
                        Locale.ROOT,
                        "40 Mbit/s there, 10 Mbit/s back: frames come at %.2f and %.2f Mbit/s%n",
                        forth / 1e6,
                        backwards / 1e6);
                assertEquals(40e6, forth, 0.8e6);
                assertEquals(10e6, backwards, 0.2e6);
            }
        });
    }

    /** Rate at which frames arrive while twice the link's rate is sent for two seconds. */
    private static double frameRate(Namespace from, Namespace to, String address, long bitsPerSecond) {
        long count = bitsPerSecond / 8 / SIZE;
        Datagrams.Received received = Datagrams.send(from, to, "send", address, count, SIZE, bitsPerSecond);
        assertEquals(0, received.corrupt());
        return received.bitsPerSecond() * FRAME_OVERHEAD;
    }
}
