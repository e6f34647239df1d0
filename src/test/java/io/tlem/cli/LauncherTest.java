package io.tlem.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.tlem.testing.Privileged;
import java.io.DataInputStream;
import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The emulator starts, or one line says why it does not. */
class LauncherTest {
    private static final int JAVA_8 = 52;

    @TempDir
    static Path folder;

    private static String run(int status, String shell, String... arguments) throws Exception {
        List<String> command = new ArrayList<>(List.of("sh", "-c", shell + "\nexec \"$@\"", "start"));
        command.addAll(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:+UseSerialGC",
                "--enable-native-access=ALL-UNNAMED",
                "-cp",
                classPath(),
                "io.tlem.cli.Launcher"));
        command.addAll(List.of(arguments));
        Path output = folder.resolve("output");
        Process process = new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(output.toFile())
                .start();
        assertTrue(process.waitFor(60, TimeUnit.SECONDS), "still running");
        String said = Files.readString(output);
        assertEquals(status, process.exitValue(), said);
        return said;
    }

    /** The launcher has a folder of its own: in the locale C, Java finds no classes where names have letters beyond ASCII. */
    private static String classPath() throws IOException {
        String file = "io/tlem/cli/Launcher.class";
        Path copy = folder.resolve("classes").resolve(file);
        if (!Files.exists(copy)) {
            Files.createDirectories(copy.getParent());
            try (InputStream launcher = Launcher.class.getResourceAsStream("/" + file)) {
                Files.copy(launcher, copy);
            }
        }
        return folder.resolve("classes") + File.pathSeparator + System.getProperty("java.class.path");
    }

    @Test
    void olderJavasCanReadIt() throws IOException {
        try (DataInputStream content = new DataInputStream(Launcher.class.getResourceAsStream("Launcher.class"))) {
            assertEquals(0xcafebabe, content.readInt());
            content.readUnsignedShort();
            assertEquals(JAVA_8, content.readUnsignedShort());
        }
    }

    @Test
    void startsTheEmulator() throws Exception {
        assertTrue(run(0, "", "--version").startsWith("tlem "));
    }

    @ParameterizedTest
    @ValueSource(ints = {9, 12, 20, 40})
    void fewOpenFilesAreRefusedInOneLine(int files) throws Exception {
        if (!Files.isReadable(Path.of("/proc/self/limits"))) {
            Privileged.missing("no /proc/self/limits");
        }
        assertEquals(
                "tlem: needs 64 open files, and " + files + " are allowed; ulimit -n 1024 raises that\n",
                run(2, "ulimit -n " + files, "run", "-i", "generator:count=1", "-i", "sink:"));
    }

    @Test
    void anArgumentThatTheLocaleLosesIsSaidToBeLost() throws Exception {
        byte[] bytes = "config --config \"$(printf '\\303\\234bung')\"".getBytes(StandardCharsets.US_ASCII);
        String said = run(2, "LC_ALL=C; export LC_ALL; set -- \"$@\" " + new String(bytes, StandardCharsets.US_ASCII));
        assertTrue(said.startsWith("tlem: in this locale"), said);
        assertTrue(said.contains("tools/tlem") && said.lines().count() == 1, said);
    }
}
