package io.tlem.endtoend;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@Tag("privileged")
class DelayTest {
    @BeforeEach
    void require() {
        EmulatedNetwork.require("ping");
    }

    @ParameterizedTest
    @ValueSource(strings = {EmulatedNetwork.RIGHT4, EmulatedNetwork.RIGHT6})
    void pingTakesTheDelayOfBothWays(String address) throws Exception {
        Attempts.repeat(() -> {
            try (EmulatedNetwork network = EmulatedNetwork.start("--delay", "10ms")) {
                double[] times = Ping.sortedMillis(network.left(), address, 100);
                System.out.println("ping " + address + " at 10 ms each way: " + Ping.describe(times));
                assertEquals(20, Ping.median(times), 0.5, Ping.describe(times));
                assertTrue(times[0] >= 19.9, () -> "earlier than the delay: " + Ping.describe(times));
                network.stop();
            }
        });
    }
}
