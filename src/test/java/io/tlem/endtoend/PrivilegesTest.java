package io.tlem.endtoend;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.tlem.testing.Await;
import io.tlem.testing.Privileged;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What the threads of root's emulator may still do while packets flow, as the kernel tells. */
@Tag("privileged")
class PrivilegesTest {
    private static final Duration LIMIT = Duration.ofSeconds(60);
    private static final long CAP_DAC_READ_SEARCH = 1L << 2;
    private static final long CAP_NET_ADMIN = 1L << 12;
    private static final long CAP_NET_RAW = 1L << 13;
    private static final long CAP_IPC_LOCK = 1L << 14;
    private static final long CAP_SYS_NICE = 1L << 23;

    @BeforeEach
    void require() {
        Privileged.root();
    }

    /** Of one thread: users, capabilities and so on under their names in its status. */
    private record ThreadStatus(String name, Map<String, String> fields) {
        long mask(String field) {
            return Long.parseUnsignedLong(fields.get(field), 16);
        }
    }

    /** Whose threads have no priority, unless the options give them one. */
    private static Program emulator(String... options) {
        List<String> arguments = new ArrayList<>(List.of("run", "--stages", "2", "-i", "generator:pps=100", "-i"));
        arguments.addAll(List.of(options));
        if (!arguments.contains("--nice")) {
            arguments.addAll(List.of("--nice", "0"));
        }
        return Program.start(Program.java("io.tlem.cli.Main", List.of("-XX:+PerfDisableSharedMem"), arguments));
    }

    /** All threads, once the link's run. */
    private static List<ThreadStatus> threads(Program emulator) {
        emulator.awaitOutput("a->b", LIMIT); // the first line of a second of traffic
        try (Stream<Path> tasks = Files.list(Path.of("/proc", Long.toString(emulator.pid()), "task"))) {
            return tasks.map(PrivilegesTest::status)
                    .filter(thread -> !thread.fields().isEmpty())
                    .toList();
        } catch (IOException e) {
            throw new AssertionError(emulator.toString(), e);
        }
    }

    private static ThreadStatus status(Path task) {
        try {
            Map<String, String> fields = Files.readAllLines(task.resolve("status")).stream()
                    .map(line -> line.split(":\\s*", 2))
                    .collect(Collectors.toMap(words -> words[0], words -> words[1].strip(), (a, b) -> b, TreeMap::new));
            return new ThreadStatus(fields.get("Name"), fields);
        } catch (IOException e) { // a thread that has ended
            return new ThreadStatus("", Map.of());
        }
    }

    private static void mayDo(long kept, List<ThreadStatus> threads) {
        int own = 0;
        for (ThreadStatus thread : threads) {
            boolean isOwn = thread.fields().get("Uid").matches("0\\s.*");
            own += isOwn ? 1 : 0;
            for (String set : List.of("CapPrm", "CapEff")) {
                assertEquals(isOwn ? kept : 0, thread.mask(set), set + " of " + thread);
            }
            assertEquals(0, thread.mask("CapInh"), thread.toString());
            if (isOwn) {
                assertEquals(0, thread.mask("CapBnd"), thread.toString());
                assertEquals("1", thread.fields().get("NoNewPrivs"), thread.toString());
            } else {
                assertFalse(thread.name().contains("->"), "a thread of a direction: " + thread);
            }
        }
        assertTrue(own >= 3, "the main thread and two of the link's: " + threads);
    }

    @Test
    void portsWithoutDevicesKeepNothing() {
        try (Program emulator = emulator("sink:")) {
            mayDo(0, threads(emulator));
            emulator.interrupt();
            emulator.await(LIMIT).succeeded();
        }
    }

    /** They leave the real-time policy and come back to it. */
    @Test
    void threadsWithANiceValueKeepTheRightToIt() {
        try (Program emulator = emulator("sink:", "--nice", "-3")) {
            mayDo(CAP_SYS_NICE, threads(emulator));
            emulator.interrupt();
            emulator.await(LIMIT).succeeded();
        }
    }

    @Test
    void tapPortsNeedNothingOnceTheyAreOpen() {
        if (!Files.isWritable(Path.of("/dev/net/tun"))) {
            Privileged.missing("no /dev/net/tun");
        }
        try (Program emulator = emulator("tap:tltestrights")) {
            mayDo(0, threads(emulator));
            emulator.interrupt();
            emulator.await(LIMIT).succeeded();
            assertFalse(Files.exists(Path.of("/sys/class/net/tltestrights")));
        }
    }

    @Test
    void aPipesFilesAreRemovedAllTheSame() throws IOException {
        Path pipe = Path.of("/dev/shm/tlem-0/rights.1.pipe");
        try (Program emulator = emulator("pipe:rights{1", "--realtime", "1", "--sleep", "50us")) {
            mayDo(CAP_SYS_NICE, threads(emulator));
            assertTrue(Files.exists(pipe));
            emulator.interrupt();
            emulator.await(LIMIT).succeeded();
            assertFalse(Files.exists(pipe));
        }
    }

    private static Program joined(EmulatedNetwork network, String kind) {
        List<String> arguments =
                List.of("run", "--warm-up", "0", "--nice", "0", "-i", kind + ":left", "-i", kind + ":right");
        return Program.start(network.middle()
                .command(Program.java("io.tlem.cli.Main", List.of("-XX:+PerfDisableSharedMem"), arguments)));
    }

    @Test
    void packetPortsKeepWhatANewRingTakes() {
        try (EmulatedNetwork network = EmulatedNetwork.unjoined();
                Program emulator = joined(network, "packet")) {
            mayDo(CAP_NET_RAW | CAP_NET_ADMIN, threads(emulator));
            emulator.interrupt();
            emulator.await(LIMIT).succeeded();
        }
    }

    /** And the interfaces are rid of the program however the emulator ends. */
    @Test
    void xdpPortsNeedNothingOnceTheyAreOpen() {
        try (EmulatedNetwork network = EmulatedNetwork.unjoined("xdp")) {
            for (String signal : List.of("KILL", "INT")) {
                try (Program emulator = joined(network, "xdp")) {
                    mayDo(0, threads(emulator));
                    assertTrue(network.middle().ip("-d", "link", "show", "left").contains("xdp"));
                    Program.output("kill", "-" + signal, Long.toString(emulator.pid()));
                    Await.until("the end: " + emulator, LIMIT, () -> !emulator.running());
                    Await.until(
                            "the interface without the program",
                            LIMIT,
                            () -> !network.middle().ip("-d", "link").contains("xdp"));
                }
            }
        }
    }

    /** What the virtual machine maps later is locked too, by whichever thread: a refusal would end the process. */
    @Test
    void memoryThatIsLockedCanGrow() {
        try (Program emulator = emulator("sink:", "--mlock", "--duration", "3s")) {
            List<ThreadStatus> ofLink = threads(emulator).stream()
                    .filter(thread -> thread.name().contains("->"))
                    .toList();
            assertEquals(2, ofLink.size(), ofLink.toString());
            for (ThreadStatus thread : ofLink) {
                assertEquals(CAP_IPC_LOCK, thread.mask("CapEff"), thread.toString());
            }
            emulator.await(LIMIT).succeeded();
        }
    }

    /** As in the home of who says sudo. */
    @Test
    void classesInAnotherUsersClosedFolderAreLoadedToTheEnd(@TempDir Path folder) throws IOException {
        String classPath = Unprivileged.readableByAll(folder, System.getProperty("java.class.path"));
        Files.setAttribute(folder, "unix:uid", Unprivileged.USER);
        Files.setPosixFilePermissions(folder, PosixFilePermissions.fromString("rwx------"));
        List<String> command = Program.javaOf(
                classPath,
                "io.tlem.cli.Main",
                List.of("-XX:+PerfDisableSharedMem"),
                List.of("run", "--stages", "2", "--nice", "0", "-i", "generator:", "-i", "sink:"));
        try (Program emulator = Program.start(command)) {
            mayDo(CAP_DAC_READ_SEARCH, threads(emulator));
            emulator.interrupt();
            emulator.await(LIMIT).succeeded();
        }
    }

    @Test
    void everythingIsKeptWhenAskedFor() {
        try (Program emulator = emulator("sink:", "--keep-privileges")) {
            for (ThreadStatus thread : threads(emulator)) {
                assertTrue(thread.fields().get("Uid").matches("0\\s.*"), thread.toString());
                assertTrue((thread.mask("CapEff") & CAP_NET_ADMIN) != 0, thread.toString());
            }
            emulator.interrupt();
            emulator.await(LIMIT).succeeded();
        }
    }

    /** JNA's library is unpacked into a folder of the process's own, and nothing of it stays. */
    @Test
    void whatPinningUnpacksIsPrivate() throws IOException {
        try (Program emulator = emulator("sink:", "--cpus", firstCpu())) {
            threads(emulator);
            List<String> library = Files.readAllLines(Path.of("/proc", Long.toString(emulator.pid()), "maps")).stream()
                    .filter(line -> line.contains("/jna"))
                    .toList();
            assertFalse(library.isEmpty());
            for (String line : library) {
                assertTrue(line.matches(".*/tlem-[0-9]+/jna[0-9]+\\.tmp \\(deleted\\)"), line);
                Path folder = Path.of(line.replaceAll("^[^/]*(/.*)/jna[0-9].*$", "$1"));
                assertFalse(Files.exists(folder), folder.toString());
            }
            emulator.interrupt();
            emulator.await(LIMIT).succeeded();
        }
    }

    private static String firstCpu() throws IOException {
        return Files.readAllLines(Path.of("/proc/self/status")).stream()
                .filter(line -> line.startsWith("Cpus_allowed_list:"))
                .map(line -> line.replaceAll("^.*:\\s*([0-9]+).*$", "$1"))
                .findFirst()
                .orElseThrow();
    }
}
