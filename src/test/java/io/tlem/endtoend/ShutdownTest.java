package io.tlem.endtoend;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.tlem.testing.Await;
import io.tlem.testing.Privileged;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Locale;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** SIGINT while traffic flows: the emulator drains, reports and leaves nothing behind. */
@Tag("privileged")
class ShutdownTest {
    private static final Path HUGE_PAGES = Path.of("/proc/sys/vm/nr_hugepages");
    private static final int NEEDED_PAGES = 64;

    @BeforeEach
    void require() {
        EmulatedNetwork.require("iperf3");
    }

    @Test
    void interruptedDuringLoad() {
        interruptDuringLoad("any memory");
    }

    @Test
    void interruptedDuringLoadWithHugePages() throws IOException {
        if (!Files.isWritable(HUGE_PAGES)) {
            Privileged.missing("no huge pages: " + HUGE_PAGES + " cannot be written");
        }
        long before = Sysctl.read(HUGE_PAGES);
        try {
            Sysctl.write(HUGE_PAGES, before + NEEDED_PAGES);
            Privileged.hugepages(NEEDED_PAGES);
            assertTrue(interruptDuringLoad("huge pages", "-H") > 0, "huge pages in use");
        } finally {
            Sysctl.write(HUGE_PAGES, before);
        }
    }

    /** Returns how many huge pages were in use. */
    private static long interruptDuringLoad(String memory, String... more) {
        long hugeInUse;
        long freeBefore = freeHugePages();
        Set<String> filesBefore = sharedMemoryFiles();
        String[] options = Stream.concat(
                        Stream.of("--warm-up", "0", "--bandwidth", "100M", "--delay", "20ms", "--queue", "256k"),
                        Stream.of(more))
                .toArray(String[]::new);
        try (EmulatedNetwork network = EmulatedNetwork.start(options);
                Program server = network.right().start("iperf3", "-s", "--forceflush")) {
            server.awaitOutput("Server listening", Duration.ofSeconds(10));
            try (Program client = network.left().start("iperf3", "-c", EmulatedNetwork.RIGHT4, "-t", "60")) {
                long sent = network.left().statistic(EmulatedNetwork.DEVICE, "tx_bytes");
                Await.until(
                        "20 MB of load " + client,
                        Duration.ofSeconds(20),
                        () -> network.left().statistic(EmulatedNetwork.DEVICE, "tx_bytes") > sent + 20_000_000);
                hugeInUse = freeBefore - freeHugePages();
                long start = System.nanoTime();
                EmulatorReport report = network.stop();
                double seconds = (System.nanoTime() - start) / 1e9;
                System.out.printf(
                        Locale.ROOT,
                        "SIGINT during load, %s (%d huge pages in use): ended in %.2f s, %d received, %d still inside%n",
                        memory,
                        hugeInUse,
                        seconds,
                        report.leftToRight().received(),
                        report.leftToRight().stillInside());
                assertTrue(report.leftToRight().transmittedBytes() > 10_000_000, report.toString());
                assertTrue(seconds < 5, seconds + " s to end");
                // Delay and drain of 100 ms more: everything received has left.
                assertEquals(0, report.leftToRight().stillInside());
                assertEquals(0, report.rightToLeft().stillInside());
            }
        }
        Await.until("huge pages free as before", Duration.ofSeconds(5), () -> freeHugePages() == freeBefore);
        Set<String> filesAfter = sharedMemoryFiles();
        filesAfter.removeAll(filesBefore);
        assertEquals(Set.of(), filesAfter);
        return hugeInUse;
    }

    private static long freeHugePages() {
        try (Stream<String> lines = Files.lines(Path.of("/proc/meminfo"))) {
            return lines.filter(line -> line.startsWith("HugePages_Free:"))
                    .mapToLong(line -> Long.parseLong(line.substring(15).strip()))
                    .sum();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Ours, where memory is shared through files. */
    private static Set<String> sharedMemoryFiles() {
        return Stream.of("/dev/hugepages", "/dev/shm")
                .map(Path::of)
                .filter(Files::isDirectory)
                .flatMap(ShutdownTest::list)
                .filter(file -> file.contains("tlem"))
                .collect(Collectors.toCollection(TreeSet::new));
    }

    private static Stream<String> list(Path folder) {
        try (Stream<Path> files = Files.list(folder)) {
            return files.map(Path::toString).toList().stream();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
