package io.tlem.endtoend;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.tlem.testing.Await;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * Two emulators in a row: what the first one sends the second receives, whatever is between them, and both delays count.
 *
 * <pre>
 *   left ==== packet:left  FIRST ==== SECOND  packet:right ==== right
 * </pre>
 */
@Tag("privileged")
@Timeout(120)
class TwoEmulatorsTest {
    private static final Duration LIMIT = Duration.ofSeconds(30);
    private static final int FILE_BYTES = 8 << 20;
    private static final double DELAY_MILLIS = 2 + 3;

    @TempDir
    private Path folder;

    @BeforeAll
    static void checkMachine() {
        EmulatedNetwork.require("ping");
    }

    @ParameterizedTest
    @CsvSource({
        "packet:first, packet:second",
        "xdp:first, packet:second",
        "tap:first, packet:first",
        "pipe:twoemulators{1, pipe:twoemulators}1"
    })
    void nothingIsLostBetweenThem(String first, String second) throws Exception {
        byte[] content = new byte[FILE_BYTES];
        new Random(3).nextBytes(content);
        Path file = Files.write(folder.resolve("random"), content);
        try (EmulatedNetwork network = EmulatedNetwork.unjoined()) {
            if (second.endsWith(":second")) {
                network.middle().ip("link", "add", "first", "type", "veth", "peer", "name", "second");
                network.middle().ip("link", "set", "first", "up");
                network.middle().ip("link", "set", "second", "up");
            }
            if (first.startsWith("tap:")) { // and so stays when the first one ends
                network.middle().ip("tuntap", "add", "first", "mode", "tap");
                network.middle().ip("link", "set", "first", "up");
            }
            try (Program one = start(network, "packet:left", first, "2ms");
                    Program two = start(network, second, "packet:right", "3ms")) {
                Await.until("the ends answer", LIMIT, () -> ping(network, 1).contains("1 received"));
                for (String line : ping(network, 20).lines().toList()) {
                    int time = line.indexOf("time=");
                    if (time >= 0) {
                        double millis =
                                Double.parseDouble(line.substring(time + 5).split(" ", 2)[0]);
                        assertTrue(millis >= 2 * DELAY_MILLIS, line);
                    }
                }
                Transfer.Received received =
                        Transfer.send(network.left(), network.right(), EmulatedNetwork.RIGHT6, file, LIMIT);
                assertEquals(FILE_BYTES, received.bytes());
                assertEquals(Transfer.sha256(content), received.sha256());
                EmulatorReport.Direction sender = stop(one).leftToRight();
                EmulatorReport.Direction receiver = stop(two).leftToRight();
                assertTrue(sender.transmitted() >= FILE_BYTES / 1448, sender.toString());
                assertEquals(sender.transmitted(), receiver.received() + receiver.missed(), sender + "\n" + receiver);
            }
        }
    }

    private static Program start(EmulatedNetwork network, String a, String b, String delay) {
        List<String> arguments =
                new ArrayList<>(List.of("run", "-i", a, "-i", b, "--json", "--warm-up", "0", "--delay", delay));
        Program emulator = Program.start(
                network.middle().command(Program.java("io.tlem.cli.Main", List.of("-Xms64m", "-Xmx256m"), arguments)));
        try {
            emulator.awaitOutput("\"start\"", LIMIT);
            return emulator;
        } catch (Throwable e) {
            emulator.close();
            throw e;
        }
    }

    private static String ping(EmulatedNetwork network, int count) {
        return network.left()
                .run(
                        LIMIT,
                        "ping",
                        "-n",
                        "-c",
                        Integer.toString(count),
                        "-i",
                        "0.05",
                        "-W",
                        "2",
                        EmulatedNetwork.RIGHT4)
                .out();
    }

    private static EmulatorReport stop(Program emulator) {
        emulator.interrupt();
        Program.Result result = emulator.await(LIMIT);
        assertEquals(0, result.status(), emulator::toString);
        return EmulatorReport.parse(result.out());
    }
}
