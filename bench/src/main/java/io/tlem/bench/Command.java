package io.tlem.bench;

import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/** Other programs, and the emulator as a process of its own. */
final class Command {
    /** What runs; it ends when this process is ended. Programs may still be started then, to clear up. */
    private static final Set<Process> RUNNING = ConcurrentHashMap.newKeySet();

    private static final int REASON_LENGTH = 200;

    static {
        Runtime.getRuntime().addShutdownHook(new Thread(() -> RUNNING.forEach(Process::destroy)));
    }

    private Command() {}

    /** Where a program of this name is. */
    static Optional<Path> find(String name) {
        String path = Optional.ofNullable(System.getenv("PATH")).orElse("") + ":/usr/local/sbin:/usr/sbin:/sbin";
        return Stream.of(path.split(File.pathSeparator, -1))
                .map(folder -> Path.of(folder, name))
                .filter(Files::isExecutable)
                .findFirst();
    }

    /** Starts a program, which ends with this process; its standard error goes where its output goes. */
    static Process start(List<String> command) {
        Process process = startAlone(command);
        RUNNING.add(process);
        CompletableFuture<Boolean> ignored = process.onExit().thenApply(RUNNING::remove);
        return process;
    }

    private static Process startAlone(List<String> command) {
        try {
            return new ProcessBuilder(command)
                    .redirectErrorStream(true)
                    .redirectInput(ProcessBuilder.Redirect.from(new File("/dev/null")))
                    .start();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Runs a program to its end and returns what it has printed. */
    static String output(List<String> command) {
        return await(start(command), command);
    }

    /** The same, of a program that is ended by force when it takes longer than the limit. */
    static String output(Duration limit, List<String> command) {
        Process process = start(command);
        CompletableFuture<Process> late = new CompletableFuture<Process>()
                .completeOnTimeout(process, limit.toMillis(), TimeUnit.MILLISECONDS)
                .thenApply(Process::destroyForcibly);
        try {
            return await(process, command);
        } catch (IllegalStateException e) {
            throw late.isDone()
                    ? new IllegalStateException(String.join(" ", command) + ": not within " + limit.toSeconds() + " s")
                    : e;
        } finally {
            late.cancel(false);
        }
    }

    /** {@link #output(List)} */
    static String output(String... command) {
        return output(List.of(command));
    }

    /** As {@link #output(List)}, of what tidies up while this process ends, and is not ended with it. */
    static String outputAtExit(String... command) {
        return await(startAlone(List.of(command)), List.of(command));
    }

    /** Waits for a program that must end well, and returns what it has printed. */
    static String await(Process process, List<String> command) {
        try {
            String text = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            int status = process.waitFor();
            if (status != 0) {
                throw new IllegalStateException(
                        String.join(" ", command) + " ended with status " + status + ": " + endOf(text));
            }
            return text;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            process.destroy();
            throw new IllegalStateException("interrupted", e);
        }
    }

    /** In one line, the end of what a program has said, where it says why it failed. */
    private static String endOf(String text) {
        String line = text.strip().replaceAll("\\s+", " ");
        return line.length() <= REASON_LENGTH ? line : "... " + line.substring(line.length() - REASON_LENGTH);
    }

    /** Ends a program as Ctrl-C does. */
    static void end(Process process) {
        process.destroy();
        try {
            if (!process.waitFor(10, TimeUnit.SECONDS)) {
                process.destroyForcibly();
            }
        } catch (InterruptedException e) {
            process.destroyForcibly();
            Thread.currentThread().interrupt();
        }
    }

    /** Compiles a program of {@code native/}; empty when there is no compiler or no source here. */
    static Optional<Path> compiled(String name) throws IOException {
        Optional<Path> source = Stream.of("native", "../native")
                .map(folder -> Path.of(System.getProperty("tlem.root", "."), folder, name + ".c"))
                .filter(Files::isReadable)
                .findFirst();
        if (source.isEmpty() || find("cc").isEmpty()) {
            return Optional.empty();
        }
        Path folder = Files.createTempDirectory("tlem-bench");
        Path program = folder.resolve(name);
        folder.toFile().deleteOnExit();
        program.toFile().deleteOnExit();
        output("cc", "-O2", "-pthread", "-o", program.toString(), source.get().toString());
        return Optional.of(program);
    }

    /** {@code tlem} with the options of {@code tools/tlem}, from the class path of this process and with its loops in C. */
    static List<String> tlem(List<String> javaOptions, String... arguments) {
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "--enable-native-access=ALL-UNNAMED",
                "-XX:+UseSerialGC",
                "-Xms64m",
                "-Xmx256m"));
        String loops = System.getProperty("tlem.native", "");
        if (!loops.isEmpty()) {
            command.add("-Dtlem.native=" + loops);
        }
        command.addAll(javaOptions);
        command.addAll(List.of("-cp", System.getProperty("java.class.path"), "io.tlem.cli.Main"));
        command.addAll(List.of(arguments));
        return command;
    }
}
