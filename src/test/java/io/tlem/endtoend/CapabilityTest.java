package io.tlem.endtoend;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
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
}
