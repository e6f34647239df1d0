package io.tlem.endtoend;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Not root: the one line says which capability is missing. */
@Tag("privileged")
class CapabilityTest {
    private static final List<String> UNPRIVILEGED = List.of(
            "setpriv",
            "--reuid",
            "65534",
            "--regid",
            "65534",
            "--clear-groups",
            "--inh-caps=-all",
            "--bounding-set=-all");

    @TempDir
    private Path folder;

    @BeforeEach
    void require() {
        EmulatedNetwork.require("setpriv");
    }

    @Test
    void packetPortNamesTheMissingCapability() throws IOException {
        String classPath = readableByAll(System.getProperty("java.class.path"));
        try (EmulatedNetwork network = EmulatedNetwork.unjoined()) {
            List<String> java = new ArrayList<>(UNPRIVILEGED);
            java.addAll(List.of(Program.javaLauncher(), "--enable-native-access=ALL-UNNAMED", "-cp", classPath));
            java.addAll(List.of("io.tlem.cli.Main", "run", "-i", "packet:left", "-i", "packet:right"));
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

    /** A copy of the class path, which may lie in root's home. */
    private String readableByAll(String classPath) throws IOException {
        Files.setPosixFilePermissions(folder, PosixFilePermissions.fromString("rwxr-xr-x"));
        List<String> copies = new ArrayList<>();
        for (String entry : classPath.split(File.pathSeparator, -1)) {
            Path from = Path.of(entry);
            if (!entry.isEmpty() && Files.exists(from)) {
                Path to = folder.resolve(Integer.toString(copies.size()));
                copy(from, to);
                copies.add(to.toString());
            }
        }
        return String.join(File.pathSeparator, copies);
    }

    private static void copy(Path from, Path to) throws IOException {
        try (Stream<Path> tree = Files.walk(from)) {
            for (Path path : tree.toList()) {
                Path copy = from.equals(path)
                        ? to
                        : to.resolve(from.relativize(path).toString());
                Files.copy(path, copy);
                Files.setPosixFilePermissions(
                        copy, PosixFilePermissions.fromString(Files.isDirectory(path) ? "rwxr-xr-x" : "rw-r--r--"));
            }
        }
    }
}
