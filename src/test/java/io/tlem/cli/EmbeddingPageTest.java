package io.tlem.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The files of the page on embedding, used as its reader does: from an empty folder, with javac and java and nothing else. */
@Timeout(120)
class EmbeddingPageTest {
    private static final Pattern BLOCK =
            Pattern.compile("```java\n(package example;\n.*?public final class (\\w+).*?)```", Pattern.DOTALL);

    @TempDir
    Path folder;

    @Test
    void itsFilesAreThoseOfTheTestsCompileAndSayWhatThePageSays() throws Exception {
        String page = Reference.page("embedding");
        Files.createDirectories(folder.resolve("example"));
        List<String> files = new ArrayList<>();
        Matcher block = BLOCK.matcher(page);
        while (block.find()) {
            String file = "example/" + block.group(2) + ".java";
            Files.writeString(folder.resolve(file), block.group(1));
            files.add(file);
            Path compiled = Reference.root().resolve("src/test/java").resolve(file);
            if (Files.exists(compiled)) {
                assertEquals(Files.readString(compiled), block.group(1), file);
            }
        }
        assertEquals(List.of("example/MyModels.java", "example/MemoryPort.java", "example/Embedded.java"), files);
        List<String> javac = new ArrayList<>(List.of(tool("javac"), "-Werror", "-cp", emulator(), "-d", "classes"));
        javac.addAll(files);
        assertEquals("", run(javac));
        String printed = run(List.of(
                tool("java"),
                "--enable-native-access=ALL-UNNAMED",
                "-cp",
                emulator() + File.pathSeparator + "classes",
                "example.Embedded"));
        assertEquals("from packet 100 on all are lost\n100 have arrived\n", printed);
        assertTrue(page.contains("```\n" + printed + "```"), "the page shows what it prints");
    }

    private static String tool(String name) {
        return Path.of(System.getProperty("java.home"), "bin", name).toString();
    }

    /** What a user has: the emulator and its libraries, no tests. */
    private static String emulator() {
        return Arrays.stream(System.getProperty("java.class.path").split(File.pathSeparator, -1))
                .filter(entry -> !entry.contains("test-classes"))
                .map(entry -> Path.of(entry).toAbsolutePath().toString())
                .collect(Collectors.joining(File.pathSeparator));
    }

    private String run(List<String> command) throws IOException, InterruptedException {
        Path output = folder.resolve("output");
        Process process = new ProcessBuilder(command)
                .directory(folder.toFile())
                .redirectErrorStream(true)
                .redirectOutput(output.toFile())
                .start();
        assertTrue(process.waitFor(60, TimeUnit.SECONDS), command.toString());
        String printed = Files.readString(output);
        assertEquals(0, process.exitValue(), printed);
        return printed;
    }
}
