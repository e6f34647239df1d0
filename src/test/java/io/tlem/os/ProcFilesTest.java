package io.tlem.os;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;

class ProcFilesTest {
    /** A kernel gives a setting whole or not at all. */
    @Test
    @EnabledOnOs(OS.LINUX)
    void settingsOfSeveralDigitsAreReadWhole() throws IOException {
        Process cat = new ProcessBuilder("cat", "/proc/sys/kernel/pid_max").start();
        String expected;
        try (BufferedReader out = cat.inputReader(StandardCharsets.US_ASCII)) {
            expected = out.readLine();
        }
        assertTrue(expected.length() > 1, expected);
        assertEquals(Optional.of(expected), ProcFiles.firstLine(Path.of("/proc/sys/kernel/pid_max")));
    }

    @Test
    void whatCannotBeReadIsEmpty() {
        assertEquals(List.of(), ProcFiles.lines(Path.of("no-such-file")));
        assertEquals(List.of(), ProcFiles.lines(Path.of(".")));
    }
}
