package io.tlem.endtoend;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.tlem.port.PacketPort;
import io.tlem.port.PortAddress;
import io.tlem.port.PortException;
import io.tlem.port.pipe.PipePortProvider;
import io.tlem.testing.Await;
import io.tlem.testing.Packets;
import io.tlem.testing.Privileged;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Pipes beside other users, other PID namespaces, and processes that end before their time. */
@Tag("privileged")
class PipeNeighboursTest {
    private static final Duration LIMIT = Duration.ofSeconds(60);
    private static final Path SHARED_MEMORY = Path.of("/dev/shm");

    /** Runs its arguments in a mount namespace with an empty /dev/shm of its own. */
    private static final List<String> OWN_SHARED_MEMORY =
            List.of("unshare", "-m", "sh", "-c", "mount -t tmpfs -o mode=1777 tmpfs /dev/shm && exec \"$@\"", "sh");

    @TempDir
    private Path folder;

    @BeforeEach
    void require() {
        Privileged.root();
        Privileged.tool("setpriv", "unshare", "prlimit");
    }

    private static List<String> both(List<String> first, List<String> second) {
        return Stream.concat(first.stream(), second.stream()).toList();
    }

    private static List<String> peer(String address, int packets) {
        return Program.java(
                PipePeer.class.getName(),
                List.of("-Xmx64m", "-XX:+PerfDisableSharedMem"),
                List.of(address, Integer.toString(packets)));
    }

    private static List<String> demo(String... options) {
        List<String> arguments = new ArrayList<>(List.of("demo", "--duration", "1s", "-qq"));
        arguments.addAll(List.of(options));
        return Program.java("io.tlem.cli.Main", List.of("-Xmx256m"), arguments);
    }

    /** Every name that a pipe has or once had, as links into a folder in which only root may make files. */
    @Test
    void noPlantedLinkIsFollowed() {
        String plant = "mkdir -m 755 /dev/shm/target; for name in tlem-0 tlem-pipe.planted.1 tlem-pipes.root.lock"
                + " planted.1.pipe planted.1.0; do"
                + " setpriv --reuid 65534 --regid 65534 --clear-groups ln -s target/$name /dev/shm/$name; done; ";
        String show = "; status=$?; ls -A /dev/shm/target; exit $status";
        List<String> planted = both(OWN_SHARED_MEMORY, List.of("sh", "-c", plant + "\"$@\"" + show, "sh"));
        Program.Result result = Program.run(LIMIT, both(planted, peer("pipe:planted{1", 0)));
        assertEquals("exchanged 0\n", result.succeeded(), "nothing was made in the links' targets");
    }

    /** Locks that every user could take, in folders that every user may write. */
    @Test
    void theDemoWaitsForNobody() throws IOException {
        List<String> holder = Unprivileged.java(folder, LockHolder.class.getName(), "/dev/shm/tlem-pipes.root.lock");
        String hold = "until grep -q locked " + folder + "/said; do sleep 0.1; done; \"$@\"; status=$?;"
                + " kill $!; exit $status";
        String start = String.join(" ", holder).replaceAll("\\$", "\\\\\\$") + " >" + folder + "/said & ";
        List<String> beside = both(OWN_SHARED_MEMORY, List.of("sh", "-c", start + hold, "sh"));
        assertEquals("", Program.run(LIMIT, both(beside, demo())).succeeded());
    }

    /** The same name is another pipe, until the other user's is asked for. */
    @Test
    void anotherUsersPipeIsAttachedToOnlyWhenAskedFor() throws IOException {
        Path theirs = SHARED_MEMORY.resolve("tlem-" + Unprivileged.USER);
        try (Program other = Program.start(
                Unprivileged.java(folder, PipePeer.class.getName(), "pipe:theirs{1", Integer.toString(1000)))) {
            Await.until(
                    "their pipe is there",
                    LIMIT,
                    () -> !other.running() || Files.exists(theirs.resolve("theirs.1.pipe")));
            assertTrue(other.running(), other::toString);
            try (PacketPort own = new PipePortProvider().open(PortAddress.parse("pipe:theirs}1"))) {
                assertTrue(Packets.send(own.sink().orElseThrow(), new byte[60]));
                assertEquals(0, Packets.receive(own.source().orElseThrow()).size());
            }
            String asked = "pipe:theirs}1,user=" + Unprivileged.USER;
            assertEquals(
                    "exchanged 1000\n", Program.run(LIMIT, peer(asked, 1000)).succeeded());
            assertEquals("exchanged 1000\n", other.await(LIMIT).succeeded());
        } finally {
            Program.output(
                    "rm", "-rf", theirs.toString()); // who is not its user leaves the files to its user's next pipe
        }
    }

    /** What the one that made it has written is still there for the next, because the other end had the memory meanwhile. */
    @Test
    void theOtherEndHandsThePipeOnWhenItsMakerIsKilled() throws IOException {
        Path theirs = SHARED_MEMORY.resolve("tlem-" + Unprivileged.USER);
        List<String> maker = Unprivileged.java(folder, PipePeer.class.getName(), "pipe:survived{1", "1");
        String asked = "pipe:survived}1,user=" + Unprivileged.USER;
        try (Program killed = Program.start(maker)) {
            Await.until("their pipe is there", LIMIT, () -> Files.exists(theirs.resolve("survived.1.1")));
            try (PacketPort other = opened(asked)) {
                List<byte[]> received = new ArrayList<>();
                Await.until("one packet", LIMIT, () -> {
                    received.addAll(Packets.receive(other.source().orElseThrow()));
                    return received.size() == 1;
                });
                Program.output("kill", "-KILL", Long.toString(killed.pid()));
                killed.await(LIMIT);
                try (Program next = Program.start(maker)) {
                    Await.until("another packet", LIMIT, () -> {
                        received.addAll(Packets.receive(other.source().orElseThrow()));
                        return received.size() == 2 || !next.running();
                    });
                    assertEquals(2, received.size(), next::toString);
                }
            }
        } finally {
            Program.output("rm", "-rf", theirs.toString());
        }
    }

    /** As soon as its maker has finished making it. */
    private static PacketPort opened(String address) {
        PacketPort[] port = new PacketPort[1];
        Await.until(address, LIMIT, () -> {
            try {
                port[0] = new PipePortProvider().open(PortAddress.parse(address));
                return true;
            } catch (PortException e) {
                return false;
            }
        });
        return port[0];
    }

    @Test
    void whoMayNotJoinIsToldSoInOneLine() throws IOException {
        try (PacketPort own = new PipePortProvider().open(PortAddress.parse("pipe:closed{1"))) {
            Program.Result refused = Program.run(
                    LIMIT,
                    Unprivileged.java(folder, "io.tlem.cli.Main", "run", "-i", "pipe:closed}1,user=0", "-i", "sink:"));
            assertEquals(1, refused.status(), refused.err());
            assertEquals(1, refused.err().lines().count(), refused.err());
            assertTrue(refused.err().contains("closed to this user"), refused.err());
            assertTrue(own.source().isPresent());
        }
    }

    /** Each process is number 1 in its namespace. */
    @Test
    void twoPidNamespacesShareAPipe() {
        List<String> unshare = List.of("unshare", "--pid", "--fork", "--kill-child", "--mount-proc");
        try (Program left = Program.start(both(unshare, peer("pipe:namespaces{1", 1000)));
                Program right = Program.start(both(unshare, peer("pipe:namespaces}1", 1000)))) {
            assertEquals("exchanged 1000\n", left.await(LIMIT).succeeded());
            assertEquals("exchanged 1000\n", right.await(LIMIT).succeeded());
        }
    }

    @Test
    void nothingStaysOfAWarmUpThatIsEnded() throws IOException {
        for (String signal : List.of("TERM", "KILL")) {
            Set<String> before = sharedMemory();
            try (Program demo = Program.start(demo())) {
                Await.until("the warm-up runs", LIMIT, () -> maps(demo.pid()).contains("warmup"));
                Program.output("kill", "-" + signal, Long.toString(demo.pid()));
                demo.await(LIMIT);
            }
            Set<String> left = sharedMemory();
            left.removeAll(before);
            assertEquals(Set.of(), left);
        }
    }

    @Test
    void nothingStaysWhereFilesMayHaveNoLength() throws IOException {
        Set<String> before = sharedMemory();
        for (List<String> command : List.of(demo(), peer("pipe:nolength{1", 0))) {
            List<String> limited = both(
                    List.of("sh", "-c", "{ prlimit --fsize=0 \"$@\"; echo status $? >&2; } 2>&1 | cat", "sh"), command);
            String said = Program.run(LIMIT, limited).out();
            assertTrue(said.contains("more than ulimit -f lets a file have): file too large (EFBIG)"), said);
            assertTrue(said.endsWith("status 1\n"), said);
        }
        Set<String> left = sharedMemory();
        left.removeAll(before);
        assertEquals(Set.of(), left);
    }

    /** What was killed cannot remove its pipe: whoever attaches next does, also to another. */
    @Test
    void whatKilledProcessesLeaveIsRemovedByTheNext() {
        Path pipe = SHARED_MEMORY.resolve("tlem-0").resolve("left.1.pipe");
        Program killed = Program.start(peer("pipe:left{1", 1));
        Await.until("the pipe is there", LIMIT, () -> Files.exists(pipe));
        killed.close();
        assertTrue(Files.exists(pipe));
        new PipePortProvider().open(PortAddress.parse("pipe:next{1")).close();
        assertFalse(Files.exists(pipe));
    }

    private static String maps(long process) {
        try {
            return Files.readString(Path.of("/proc", Long.toString(process), "maps"));
        } catch (IOException e) {
            return "";
        }
    }

    /** Files that are memory, but for those of tests that run at the same time. */
    private static Set<String> sharedMemory() throws IOException {
        try (Stream<Path> files = Files.walk(SHARED_MEMORY)) {
            return files.map(Path::toString).collect(Collectors.toSet());
        }
    }
}
