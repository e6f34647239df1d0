package io.tlem.endtoend;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.tlem.os.Errno;
import io.tlem.testing.FakeNetmap;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** {@code --netmap-library}: the emulator on a netmap that is a library, whole and failing. */
@Timeout(120)
class NetmapLibraryTest {
    private static final Duration LIMIT = Duration.ofSeconds(30);

    @TempDir
    static Path folder;

    private static FakeNetmap fake;

    @BeforeAll
    static void build() {
        fake = FakeNetmap.build(folder);
    }

    /** Runs the emulator; {@code fault} as in the library's FAKE_NETMAP_FAIL. */
    private static Program.Result run(String fault, String arguments) {
        List<String> command = new ArrayList<>(List.of("env", "FAKE_NETMAP_FAIL=" + fault));
        command.addAll(Program.java(
                "io.tlem.cli.Main",
                List.of(),
                List.of(("run " + arguments + " -D 1ms --json -q --netmap-library " + fake.library()).split(" "))));
        return Program.run(LIMIT, command);
    }

    /** The only direction of a run, with its books in balance. */
    private static EmulatorReport.Direction direction(Program.Result result) {
        Json summary = Json.parse(result.out().lines().toList().getLast());
        List<Json> directions = summary.get("directions").array();
        assertEquals(1, directions.size(), result.out());
        assertEquals(0, directions.getFirst().get("unaccounted_packets").number(), result.out());
        EmulatorReport.Direction direction = new EmulatorReport.Direction(directions.getFirst());
        assertEquals(
                direction.received(),
                direction.transmitted() + direction.droppedPackets() + direction.stillInside(),
                result.out());
        return direction;
    }

    /** Also by the loops in C. */
    @ParameterizedTest
    @ValueSource(strings = {"netmap:null0", "netmap:null0,trusted=on"})
    void everyPacketIsPassedToTheLibrary(String port) {
        Program.Result result = run("", "-i generator:size=imix,pps=200k,count=50000 -i " + port);
        result.succeeded();
        EmulatorReport.Direction direction = direction(result);
        assertEquals(50_000, direction.received());
        assertEquals(50_000, direction.transmitted());
        assertEquals("", result.err());
    }

    @Test
    void whatALibraryDoesNotTakeIsAccountedFor() {
        Program.Result result =
                run("", "-i generator:size=60,pps=10k -i netmap:loop0,slots=128 --duration 1s --drain 50ms");
        result.succeeded();
        EmulatorReport.Direction direction = direction(result);
        assertEquals(127, direction.transmitted(), "those in the loopback's receive ring");
        assertEquals(127, direction.dropped("port"), "those in the transmit ring");
        assertTrue(direction.received() > 2 * 127, result.out());
    }

    @ParameterizedTest
    @CsvSource({"NIOCTXSYNC, 20,  generator:pps=50k, netmap:null0", "NIOCRXSYNC, 200, netmap:loop0,      sink:"})
    void aFailureIsOneLineAndStatus1(String call, int after, String a, String b) {
        Program.Result result = run(call + "," + Errno.ENXIO + "," + after + ",-1", "-i " + a + " -i " + b);
        assertEquals(1, result.status(), result.toString());
        assertEquals(1, result.err().lines().count(), result.err());
        assertTrue(result.err().startsWith("tlem: netmap:"), result.err());
        assertTrue(result.err().contains(call) && result.err().contains("ENXIO"), result.err());
        direction(result);
    }
}
