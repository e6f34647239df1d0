package io.tlem.endtoend;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Not root: the one line says which capability is missing. */
@Tag("privileged")
class CapabilityTest {
    @TempDir
    private Path folder;

    @BeforeEach
    void require() {
        EmulatedNetwork.require("setpriv");
    }

    @Test
    void packetPortNamesTheMissingCapability() throws IOException {
        List<String> java =
                Unprivileged.java(folder, "io.tlem.cli.Main", "run", "-i", "packet:left", "-i", "packet:right");
        try (EmulatedNetwork network = EmulatedNetwork.unjoined()) {
            Program.Result result =
                    Program.run(Duration.ofSeconds(20), network.middle().command(java));
            System.out.println("unprivileged: exit status " + result.status() + ", "
                    + result.err().strip());
            assertEquals(2, result.status(), result.toString());
            assertEquals("", result.out());
            assertEquals(1, result.err().lines().count(), result.err());
            assertTrue(result.err().contains("CAP_NET_RAW"), result.err());
            assertTrue(result.err().contains("left"), result.err());
        }
    }

    @Test
    void xdpPortNamesTheMissingCapabilities() throws IOException {
        List<String> java = Unprivileged.java(folder, "io.tlem.cli.Main", "run", "-i", "xdp:left", "-i", "xdp:right");
        try (EmulatedNetwork network = EmulatedNetwork.unjoined()) {
            Program.Result result =
                    Program.run(Duration.ofSeconds(20), network.middle().command(java));
            assertEquals(2, result.status(), result.toString());
            assertEquals(1, result.err().lines().count(), result.err());
            String missing = "CAP_NET_ADMIN, CAP_NET_RAW, CAP_BPF or CAP_SYS_ADMIN";
            assertTrue(
                    result.err().contains("xdp:left: needs capabilities that are missing: " + missing), result.err());
        }
    }

    @Test
    void tapPortNamesTheMissingCapabilityAndWhatRootCanDo() throws IOException {
        List<String> java =
                Unprivileged.java(folder, "io.tlem.cli.Main", "run", "-i", "tap:tlown", "-i", "sink:", "-q");
        try (EmulatedNetwork network = EmulatedNetwork.unjoined()) {
            Namespace middle = network.middle();
            Program.Result result = Program.run(Duration.ofSeconds(20), middle.command(java));
            assertEquals(2, result.status(), result.toString());
            assertEquals(1, result.err().lines().count(), result.err());
            assertTrue(result.err().contains("CAP_NET_ADMIN"), result.err());
            assertTrue(result.err().contains("ip tuntap add dev tlown mode tap"), result.err());
            middle.ip("tuntap", "add", "dev", "tlown", "mode", "tap", "user", "65534");
            middle.ip("link", "set", "tlown", "up");
            List<String> again = new ArrayList<>(java);
            again.addAll(List.of("--duration", "100ms"));
            Program.Result owned =
                    Program.run(Duration.ofSeconds(30), middle.command(Unprivileged.withTunDevice(again)));
            assertEquals(0, owned.status(), owned.toString());
        }
    }

    /** The shell puts in the user's numbers, and the hint the capability, without what setcap does to Java. */
    @Test
    void whatTheRefusalAdvisesWorks() throws IOException {
        List<String> unprivileged = Unprivileged.java(
                folder,
                "io.tlem.cli.Main",
                "run",
                "-i",
                "packet:left",
                "-i",
                "packet:right",
                "--duration",
                "100ms",
                "-q");
        try (EmulatedNetwork network = EmulatedNetwork.unjoined()) {
            String message = Program.run(
                            Duration.ofSeconds(20), network.middle().command(unprivileged))
                    .err();
            Matcher advice =
                    Pattern.compile("with: sudo (setpriv .*) tlem \\.\\.\\.").matcher(message);
            assertTrue(advice.find(), message);
            List<String> advised = new ArrayList<>(
                    List.of("sh", "-c", "id() { echo 65534; }; exec " + advice.group(1) + " \"$@\"", "advice"));
            advised.addAll(unprivileged.subList(unprivileged.indexOf(Program.javaLauncher()), unprivileged.size()));
            Program.Result result =
                    Program.run(Duration.ofSeconds(30), network.middle().command(advised));
            assertEquals(0, result.status(), result.toString());
        }
    }
}
