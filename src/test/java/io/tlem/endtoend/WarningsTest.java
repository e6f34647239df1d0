package io.tlem.endtoend;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.tlem.testing.Await;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** What makes packets go missing is said to those as well who asked for silence. */
class WarningsTest {
    @BeforeAll
    static void requirements() {
        EmulatedNetwork.require();
    }

    @Test
    void surviveTheGreatestQuietAndAreSaidOnce() {
        try (EmulatedNetwork network = EmulatedNetwork.start("-qq", "--warm-up", "0")) {
            network.middle().ip("address", "add", "10.79.0.1/24", "dev", "right");
            await(network, "tlem: warning: right has an address of this host, 10.79.0.1/24");
            network.middle().ip("link", "set", "left", "down");
            await(network, "tlem: warning: left has been set down");
            network.middle().ip("link", "set", "left", "up");
            network.middle().ip("address", "flush", "dev", "right");
            network.stop();
            List<String> warnings = network.emulator()
                    .err()
                    .lines()
                    .filter(line -> line.contains("left has been set down") || line.contains("right has an address"))
                    .toList();
            assertEquals(2, warnings.size(), network.emulator().err());
        }
    }

    private static void await(EmulatedNetwork network, String text) {
        Await.until(
                text + " from " + network.emulator(),
                Duration.ofSeconds(10),
                () -> network.emulator().err().contains(text));
    }
}
