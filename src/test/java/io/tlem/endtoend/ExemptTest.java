package io.tlem.endtoend;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Stations find each other through a link that is slow and loses everything else. */
@Tag("privileged")
class ExemptTest {
    private static final Duration LIMIT = Duration.ofSeconds(30);

    @ParameterizedTest
    @ValueSource(
            strings = {
                "--loss 1 --delay 30s",
                "--loss 1 --stages 3",
                "--loss-after 1 --bandwidth 1k --queue codel --delay 1s"
            })
    void neighboursAreFound(String models) {
        EmulatedNetwork.require("ping");
        List<String> options = new ArrayList<>(List.of(models.split(" ")));
        options.addAll(List.of("--exempt", "arp,nd", "--drain", "0", "--buffer", "4M", "--warm-up", "0"));
        try (EmulatedNetwork network = EmulatedNetwork.start(options.toArray(String[]::new))) {
            for (String address : List.of(EmulatedNetwork.RIGHT4, EmulatedNetwork.RIGHT6)) {
                assertEquals(
                        1,
                        network.left()
                                .run(LIMIT, "ping", "-n", "-c", "2", "-i", "0.2", "-W", "0.3", address)
                                .status());
                String neighbour = network.left().ip("neighbour", "show", address);
                assertTrue(neighbour.contains("lladdr"), neighbour);
            }
            EmulatorReport report = network.stop();
            EmulatorReport.Direction there = report.leftToRight();
            assertTrue(there.exempt() >= 2, report.toString());
            assertEquals(there.exempt(), there.transmitted(), report.toString());
            assertTrue(there.received() >= there.exempt() + 4, report.toString());
        }
    }
}
