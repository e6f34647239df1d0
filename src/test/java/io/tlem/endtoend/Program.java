package io.tlem.endtoend;

import io.tlem.testing.Await;
import io.tlem.testing.OwnJava;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.opentest4j.AssertionFailedError;

/** A running program and what it has printed so far. Closing it kills it. */
final class Program implements AutoCloseable {
    private static final int SIGINT_BIT = 1;

    private final List<String> command;
    private final Path folder;
    private final Process process;

    private Program(List<String> command, Path folder, Process process) {
        this.command = command;
        this.folder = folder;
        this.process = process;
    }

    /** What a program left when it ended. */
    record Result(int status, String out, String err) {
        /** The output of a program that must have ended well. */
        String succeeded() {
            if (status != 0) {
                throw new AssertionFailedError("exit status " + status + ": " + out + err);
            }
            return out;
        }
    }

    static Program start(List<String> command) {
        try {
            Path folder = Files.createTempDirectory("tlem-test-");
            ProcessBuilder builder = new ProcessBuilder(command)
                    .redirectInput(
                            ProcessBuilder.Redirect.from(Path.of("/dev/null").toFile()))
                    .redirectOutput(folder.resolve("out").toFile())
                    .redirectError(folder.resolve("err").toFile());
            return new Program(List.copyOf(command), folder, builder.start());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    static Result run(Duration limit, List<String> command) {
        try (Program program = start(command)) {
            return program.await(limit);
        }
    }

    /** Runs a program of a few milliseconds that must end well, and returns its output. */
    static String output(String... command) {
        Result result = run(Duration.ofSeconds(20), List.of(command));
        if (result.status() != 0) {
            throw new AssertionFailedError(String.join(" ", command) + ": " + result);
        }
        return result.out();
    }

    /** This Java, running a class of the test class path. */
    static List<String> java(String mainClass, List<String> options, List<String> arguments) {
        return java(OwnJava.classes(), mainClass, options, arguments);
    }

    /** As the other, with another class path. */
    static List<String> javaOf(String classPath, String mainClass, List<String> options, List<String> arguments) {
        return java(List.of("-cp", classPath), mainClass, options, arguments);
    }

    private static List<String> java(
            List<String> classes, String mainClass, List<String> options, List<String> arguments) {
        List<String> command = new ArrayList<>();
        command.add(javaLauncher());
        command.addAll(List.of("--enable-native-access=ALL-UNNAMED", "-XX:+UseSerialGC"));
        command.addAll(options);
        command.addAll(classes);
        command.add(mainClass);
        command.addAll(arguments);
        return command;
    }

    static String javaLauncher() {
        return OwnJava.launcher();
    }

    long pid() {
        return process.pid();
    }

    boolean running() {
        return process.isAlive();
    }

    String out() {
        return read("out");
    }

    String err() {
        return read("err");
    }

    private String read(String name) {
        try {
            return new String(Files.readAllBytes(folder.resolve(name)), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Waits until the output has the pattern, and returns its match. */
    Matcher awaitOutput(String regex, Duration limit) {
        Pattern pattern = Pattern.compile(regex);
        Await.until(
                "'" + regex + "' in the output of " + this,
                limit,
                () -> !running() || pattern.matcher(out()).find());
        Matcher matcher = pattern.matcher(out());
        if (!matcher.find()) {
            throw new AssertionFailedError("no '" + regex + "' in the output of " + this);
        }
        return matcher;
    }

    /** Waits for the end. */
    Result await(Duration limit) {
        try {
            if (!process.waitFor(limit.toMillis(), TimeUnit.MILLISECONDS)) {
                throw new AssertionFailedError("not ended within " + limit.toSeconds() + " s: " + this);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new AssertionFailedError("interrupted", e);
        }
        return new Result(process.exitValue(), out(), err());
    }

    /**
     * Sends SIGINT, or SIGTERM where SIGINT cannot arrive: a suite started in the background of a shell inherits an
     * ignored SIGINT, and so do its children.
     */
    void interrupt() {
        output("sh", "-c", "kill -" + (ignoresInterrupt() ? "TERM" : "INT") + " " + pid());
    }

    private boolean ignoresInterrupt() {
        try {
            return Files.readAllLines(Path.of("/proc", Long.toString(pid()), "status")).stream()
                    .filter(line -> line.startsWith("SigIgn:"))
                    .map(line -> Long.parseUnsignedLong(line.substring(7).strip(), 16))
                    .anyMatch(mask -> (mask >>> SIGINT_BIT & 1) == 1);
        } catch (IOException e) {
            return false;
        }
    }

    @Override
    public void close() {
        process.destroyForcibly();
        try {
            process.waitFor();
            Files.deleteIfExists(folder.resolve("out"));
            Files.deleteIfExists(folder.resolve("err"));
            Files.deleteIfExists(folder);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public String toString() {
        List<String> words = new ArrayList<>(command);
        int classPath = words.indexOf("-cp");
        if (classPath >= 0) {
            words.set(classPath + 1, "...");
        }
        return String.join(" ", words) + "\n" + out() + err();
    }
}
