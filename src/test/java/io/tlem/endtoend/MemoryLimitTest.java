package io.tlem.endtoend;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** The emulator in a control group with less memory than the machine has. */
@Tag("privileged")
class MemoryLimitTest {
    private static final Duration LIMIT = Duration.ofSeconds(40);
    private static final long MIB = 1 << 20;

    private static List<String> emulator(String... arguments) {
        return Program.java("io.tlem.cli.Main", List.of("-Xms64m", "-Xmx256m"), List.of(arguments));
    }

    /** 100 ms at the assumed 10 Gbit/s are 295 MiB a direction. */
    @Test
    void buffersFitIntoTheGroupsLimit() {
        EmulatedNetwork.require("ping");
        try (EmulatedNetwork network = EmulatedNetwork.unjoined();
                MemoryGroup group = MemoryGroup.limitedTo(512 * MIB);
                Program emulator = Program.start(group.command(network.middle()
                        .command(emulator(
                                "run", "-i", "packet:left", "-i", "packet:right", "-D", "100ms", "--json"))))) {
            emulator.awaitOutput("\"interval\"", LIMIT);
            network.left()
                    .run(LIMIT, "ping", "-n", "-c", "3", "-i", "0.1", EmulatedNetwork.RIGHT4)
                    .succeeded();
            emulator.interrupt();
            Program.Result result = emulator.await(LIMIT);
            assertEquals(0, result.status(), emulator.toString());
            EmulatorReport report = EmulatorReport.parse(result.out());
            assertTrue(report.leftToRight().transmitted() >= 3, report.toString());
        }
    }

    @Test
    void tooLittleIsOneLine() {
        List<List<String>> tooMuch = List.of(
                List.of("512", "run", "-i", "generator:", "-i", "sink:", "-B", "10G", "-D", "200ms"),
                List.of("128", "run", "-i", "generator:", "-i", "sink:"));
        for (List<String> words : tooMuch) {
            try (MemoryGroup group = MemoryGroup.limitedTo(Long.parseLong(words.get(0)) * MIB)) {
                String[] arguments = words.subList(1, words.size()).toArray(String[]::new);
                Program.Result result = Program.run(LIMIT, group.command(emulator(arguments)));
                assertEquals(2, result.status(), result.toString());
                assertEquals(1, result.err().lines().count(), result.toString());
                assertTrue(result.err().contains("within the memory limit of the control group"), result.err());
            }
        }
    }
}
