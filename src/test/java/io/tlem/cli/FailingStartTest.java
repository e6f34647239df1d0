package io.tlem.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.tlem.testing.ThreadLimit;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Every step of a start fails once: whatever it is, threads end before memory goes, and everything is closed. */
@Timeout(240)
class FailingStartTest {
    @TempDir
    Path folder;

    @Test
    void eachCallOfThePorts() throws Exception {
        succeeds(command());
    }

    @Test
    @Tag("privileged")
    void eachThread() throws Exception {
        try (ThreadLimit limit = ThreadLimit.make("failing-start")) {
            List<String> command = new ArrayList<>(command());
            command.add(limit.folder().toString());
            succeeds(limit.command(command));
        }
    }

    private static List<String> command() {
        return List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "--enable-native-access=ALL-UNNAMED",
                "-XX:+UseSerialGC",
                "-XX:-UseDynamicNumberOfCompilerThreads", // threads that come and go by themselves would be counted
                "-Xmx256m",
                "-cp",
                System.getProperty("java.class.path"),
                FailingStarts.class.getName());
    }

    private void succeeds(List<String> command) throws IOException, InterruptedException {
        Path output = folder.resolve("output");
        Process process = new ProcessBuilder(command)
                .directory(folder.toFile())
                .redirectErrorStream(true)
                .redirectOutput(output.toFile())
                .start();
        try {
            boolean ended = process.waitFor(200, TimeUnit.SECONDS);
            String printed = Files.readString(output);
            assertTrue(ended, "hangs: " + printed);
            assertEquals(0, process.exitValue(), printed);
            assertTrue(printed.contains(" starts failed and gave everything back"), printed);
        } finally {
            process.destroyForcibly().waitFor();
        }
    }
}
