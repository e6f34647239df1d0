package io.tlem.testing;

import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/** A copy of what is in {@code native/} and made into a library, to be changed and compiled as the build does it. */
public final class NativeBuild {
    /** Relative to the module, where Maven runs tests. */
    private static final Path NATIVE = Path.of("..", "native");

    private final Path folder;

    private NativeBuild(Path folder) {
        this.folder = folder;
    }

    /** What a program left when it ended; standard error is among the output. */
    public record Result(int status, String output) {}

    /** Copies source and build into a folder of its own. */
    public static NativeBuild copy(Path parent) throws IOException {
        Path folder = Files.createDirectory(parent.resolve("native"));
        for (String name : List.of("build", "tlem_kernel.c", "tlem_guard.c")) {
            Files.copy(NATIVE.resolve(name), folder.resolve(name), StandardCopyOption.COPY_ATTRIBUTES);
        }
        return new NativeBuild(folder);
    }

    /** Where the library is made. */
    public Path library() {
        return folder.resolve("made").resolve(System.mapLibraryName("tlem_kernel"));
    }

    /** Changes the source. */
    public void replace(String text, String by) throws IOException {
        Path source = folder.resolve("tlem_kernel.c");
        String old = Files.readString(source);
        assertTrue(old.contains(text), text);
        Files.writeString(source, old.replace(text, by));
    }

    public Result run(String... options) throws IOException, InterruptedException {
        return run(Map.of(), options);
    }

    /** Builds, with these variables of the environment too. */
    public Result run(Map<String, String> environment, String... options) throws IOException, InterruptedException {
        List<String> command = new ArrayList<>(List.of(
                "/bin/sh",
                folder.resolve("build").toString(),
                library().getParent().toString()));
        command.addAll(List.of(options));
        return run(folder, command, environment);
    }

    /** Runs a program to its end. */
    public static Result run(Path folder, List<String> command, Map<String, String> environment)
            throws IOException, InterruptedException {
        Path output = Files.createTempFile(folder, "output", "");
        ProcessBuilder builder =
                new ProcessBuilder(command).redirectErrorStream(true).redirectOutput(output.toFile());
        builder.environment().putAll(environment);
        Process process = builder.start();
        try {
            boolean ended = process.waitFor(280, TimeUnit.SECONDS);
            String text = Files.readString(output);
            assertTrue(ended, "hangs: " + text);
            return new Result(process.exitValue(), text);
        } finally {
            process.destroyForcibly();
        }
    }

    /** This Java with the class path of the tests; the class and its arguments are to be added. */
    public static List<String> java(String... options) {
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "--enable-native-access=ALL-UNNAMED",
                "-XX:+UseSerialGC"));
        command.addAll(List.of(options));
        command.addAll(List.of("-cp", System.getProperty("java.class.path")));
        return command;
    }

    /** The file of a program. */
    public static Path onPath(String tool) {
        return Stream.of(System.getenv("PATH").split(File.pathSeparator, -1))
                .map(folder -> Path.of(folder, tool))
                .filter(Files::isExecutable)
                .findFirst()
                .orElseThrow();
    }
}
