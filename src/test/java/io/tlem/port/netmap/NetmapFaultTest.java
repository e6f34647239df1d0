package io.tlem.port.netmap;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTimeout;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.tlem.os.Errno;
import io.tlem.port.PacketPort;
import io.tlem.port.PortAddress;
import io.tlem.port.PortException;
import io.tlem.testing.FakeNetmap;
import io.tlem.testing.Packets;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Each of netmap's calls fails, once and for ever: the port works on or says what has failed, and keeps nothing. */
@Timeout(60)
class NetmapFaultTest {
    @TempDir
    static Path folder;

    private static FakeNetmap fake;

    private List<String> files;
    private long mappings;

    @BeforeAll
    static void build() {
        fake = FakeNetmap.build(folder);
        use(); // what is loaded for it stays loaded
    }

    @BeforeEach
    void count() throws IOException {
        fake.reset();
        files = files();
        mappings = mappings();
    }

    @AfterEach
    void nothingIsLeft() throws IOException {
        fake.reset();
        List<String> left = files();
        files.forEach(left::remove); // what ran before may close some of its own meanwhile
        assertEquals(List.of(), left, "open files");
        assertEquals(mappings, mappings(), "mappings of the port");
    }

    /** Where each open file leads to. */
    private static List<String> files() throws IOException {
        List<String> targets = new ArrayList<>();
        try (Stream<Path> open = Files.list(Path.of("/proc/self/fd"))) {
            for (Path file : (Iterable<Path>) open::iterator) {
                String target = target(file);
                if (!target.startsWith("/proc/")) { // the folder itself, being read
                    targets.add(target);
                }
            }
        }
        return targets;
    }

    private static String target(Path file) throws IOException {
        try {
            return Files.readSymbolicLink(file).toString();
        } catch (NoSuchFileException e) {
            return "/proc/closed since";
        }
    }

    private static long mappings() throws IOException {
        try (Stream<String> maps = Files.lines(Path.of("/proc/self/maps"))) {
            return maps.filter(line -> line.contains("memfd:fake-netmap")).count();
        }
    }

    private static PacketPort open() {
        return new NetmapPortProvider().open(PortAddress.parse("netmap:loop0,slots=32,library=" + fake.library()));
    }

    /** A port's life, with each call but poll. */
    private static void use() {
        try (PacketPort port = open()) {
            for (int i = 0; i < 100; i++) {
                byte[] packet = new byte[60 + i];
                packet[59] = (byte) i;
                assertTrue(Packets.send(port.sink().orElseThrow(), packet), "no room");
                assertArrayEquals(
                        packet, Packets.receive(port.source().orElseThrow()).getFirst());
            }
        }
    }

    static Stream<Arguments> callsAndErrors() {
        return Stream.of("open", "NIOCCTRL", "mmap", "NIOCTXSYNC", "NIOCRXSYNC")
                .flatMap(call ->
                        Stream.of("EINTR", "EAGAIN", "ENOMEM", "ENXIO", "EIO").map(error -> Arguments.of(call, error)));
    }

    static int number(String error) {
        return switch (error) {
            case "EINTR" -> Errno.EINTR;
            case "EAGAIN" -> Errno.EAGAIN;
            case "ENOMEM" -> Errno.ENOMEM;
            case "ENXIO" -> Errno.ENXIO;
            case "EIO" -> Errno.EIO;
            default -> throw new IllegalArgumentException(error);
        };
    }

    @ParameterizedTest
    @MethodSource("callsAndErrors")
    void aCallThatAlwaysFailsIsReported(String call, String error) {
        fake.fail(call, number(error), 0, -1);
        failure(call, error);
    }

    @ParameterizedTest
    @MethodSource("callsAndErrors")
    void aCallThatFailsOnceIsMadeAgainOrReported(String call, String error) {
        fake.fail(call, number(error), 0, 1);
        if (error.equals("EINTR") || error.equals("EAGAIN")) {
            assertTimeout(Duration.ofSeconds(5), NetmapFaultTest::use);
        } else {
            failure(call, error);
        }
    }

    private static void failure(String call, String error) {
        PortException failure =
                assertTimeout(Duration.ofSeconds(5), () -> assertThrows(PortException.class, NetmapFaultTest::use));
        String message = failure.getMessage();
        assertEquals(1, message.lines().count(), message);
        assertTrue(message.startsWith("netmap:loop0"), message);
        assertTrue(message.contains(call.equals("NIOCCTRL") ? "REGISTER" : call), message);
        assertTrue(message.contains(error), message);
    }

    /** It is asked once a second, by who gets nothing done. */
    @ParameterizedTest
    @ValueSource(strings = {"EINTR", "ENXIO"})
    void aPollThatAlwaysFailsIsReported(String error) {
        try (PacketPort port = open()) {
            fake.fail("poll", number(error), 0, -1);
            long deadline = System.nanoTime() + 4_000_000_000L;
            PortException failure = assertThrows(PortException.class, () -> {
                while (System.nanoTime() < deadline) {
                    Packets.receive(port.source().orElseThrow());
                }
            });
            assertTrue(failure.getMessage().contains("poll failed: " + error), failure.getMessage());
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"EINTR", "EAGAIN", "ENOMEM", "ENXIO", "EIO"})
    void whatFailsWhileAPortIsClosedIsOfNoConsequence(String error) {
        for (String call : List.of("munmap", "close")) {
            fake.fail(call, number(error), 0, -1);
        }
        use();
    }

    /** A port sets aside 5 MB and more; those that could not be opened or unmapped would show. */
    @ParameterizedTest
    @ValueSource(strings = {"NIOCCTRL", "mmap", "munmap"})
    void noMemoryIsKept(String call) throws IOException {
        long before = addressSpaceKib();
        fake.fail(call, Errno.ENOMEM, 0, -1);
        for (int i = 0; i < 100; i++) {
            if (call.equals("munmap")) {
                open().close();
            } else {
                assertThrows(PortException.class, NetmapFaultTest::open);
            }
        }
        long grown = addressSpaceKib() - before;
        assertTrue(grown < 250_000, grown + " KiB");
    }

    private static long addressSpaceKib() throws IOException {
        try (Stream<String> status = Files.lines(Path.of("/proc/self/status"))) {
            return status.filter(line -> line.startsWith("VmSize:"))
                    .mapToLong(line -> Long.parseLong(line.replaceAll("[^0-9]", "")))
                    .sum();
        }
    }

    @Test
    void theDescriptionSaysWhatWasBound() {
        fake.prepare(4, 64, 2048);
        try (PacketPort port = open()) {
            assertTrue(
                    port.description()
                            .contains("/dev/netmap, 4 receive rings of 64 x 2048 B, 4 transmit rings of 64 x 2048 B"
                                    + " (the first is used), memory region 7"),
                    port.description());
        }
    }
}
