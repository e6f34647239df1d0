package io.tlem.endtoend;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.tlem.cli.Main;
import io.tlem.testing.Privileged;
import java.time.Duration;
import java.util.List;
import java.util.regex.Matcher;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** {@code tlem doctor --fix IFACE -- COMMAND}: what is mended stays so while the command runs, and no longer. */
@Tag("privileged")
@Timeout(60)
class DoctorFixTest {
    private static final Duration LIMIT = Duration.ofSeconds(20);
    private static final String FORWARDING = "/proc/sys/net/ipv4/conf/fix0/forwarding";

    private Namespace network;

    @BeforeEach
    void makeAnInterfaceThatForwards() {
        Privileged.root();
        Privileged.tool("ip", "sh");
        network = Namespace.create("tlem-fix-" + ProcessHandle.current().pid());
        network.ip("link", "add", "fix0", "type", "veth", "peer", "name", "fix1");
        assertEquals(0, network.run(LIMIT, "sh", "-c", "echo 1 >" + FORWARDING).status());
    }

    @AfterEach
    void delete() {
        network.delete();
    }

    private String forwarding() {
        return network.run(LIMIT, "cat", FORWARDING).succeeded().strip();
    }

    private Program doctor(String line) {
        return network.startJava(Main.class, "doctor", "--fix", "fix0", "--", "sh", "-c", line);
    }

    @Test
    void theCommandRunsOnAMendedMachineAndItsStatusIsTheEnd() {
        try (Program doctor = doctor("cat " + FORWARDING + "; exit 7")) {
            Program.Result result = doctor.await(LIMIT);
            assertEquals(7, result.status(), result.toString());
            assertEquals("0\n", result.out(), "nothing but what the command says");
            List<String> said = result.err().lines().toList();
            assertTrue(said.contains("tlem: changed   fix0: IPv4 forwarding: 1 -> 0"), result.err());
            assertEquals(changes(said, "changed "), changes(said, "undone "), result.err());
        }
        assertEquals("1", forwarding());
    }

    private static long changes(List<String> said, String what) {
        return said.stream().filter(line -> line.startsWith("tlem: " + what)).count();
    }

    /** It gets the signal, and may take its time. */
    @Test
    void aSignalIsTheCommandsOwn() {
        try (Program doctor = doctor("trap 'cat " + FORWARDING + "; exit 9' TERM; echo ready $$; sleep 60 & wait")) {
            Matcher ready = doctor.awaitOutput("ready (\\d+)", LIMIT);
            assertEquals("0", forwarding());
            Program.output("kill", "-TERM", Long.toString(doctor.pid()));
            Program.Result result = doctor.await(LIMIT);
            assertEquals(9, result.status(), result.toString());
            assertEquals("ready " + ready.group(1) + "\n0\n", result.out(), "still mended");
        }
        assertEquals("1", forwarding());
    }
}
