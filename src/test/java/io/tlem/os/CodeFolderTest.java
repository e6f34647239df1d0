package io.tlem.os;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.tlem.testing.Privileged;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A folder for code stays nowhere, whether it could be used or not. */
class CodeFolderTest {
    @TempDir
    Path folder;

    /** What a process of its own does here. */
    static final class Maker {
        public static void main(String[] arguments) {
            try (CodeFolder made = CodeFolder.make()) {
                Runtime.getRuntime().halt(made.path().isPresent() ? 1 : 0);
            }
        }
    }

    @Test
    void isRemovedWhenClosed() throws IOException {
        try (CodeFolder made = CodeFolder.make()) {
            assertTrue(made.path().isEmpty() || Files.isDirectory(made.path().get()));
        }
    }

    /** Under {@code ulimit -f 0} it cannot even be tried. */
    @Test
    void nothingStaysWhereFilesMayHaveNoLength() throws Exception {
        Privileged.tool("prlimit");
        Process process = new ProcessBuilder(List.of(
                        "prlimit",
                        "--fsize=0",
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "--enable-native-access=ALL-UNNAMED",
                        "-XX:-UsePerfData",
                        "-Djava.io.tmpdir=" + folder,
                        "-cp",
                        System.getProperty("java.class.path"),
                        Maker.class.getName()))
                .inheritIO()
                .start();
        assertTrue(process.waitFor(60, TimeUnit.SECONDS));
        assertEquals(0, process.exitValue());
        try (Stream<Path> left = Files.list(folder)) {
            assertEquals(List.of(), left.toList());
        }
    }
}
