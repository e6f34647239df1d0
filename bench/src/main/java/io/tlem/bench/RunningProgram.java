package io.tlem.bench;

import java.io.BufferedReader;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.locks.LockSupport;

/** A program beside the benchmark until it is closed, and the lines that it has said so far. */
final class RunningProgram implements AutoCloseable {
    private static final long POLL_NANOS = 5_000_000;

    private final List<String> command;
    private final Process process;
    private final Thread reader;
    private final List<Line> lines = new ArrayList<>();

    /**
     * What was said in one line.
     *
     * @param nanos when, of {@link System#nanoTime}
     */
    record Line(long nanos, String text) {}

    RunningProgram(List<String> command) {
        this.command = command;
        this.process = Command.start(command);
        this.reader = Thread.ofPlatform().daemon().start(this::read);
    }

    private void read() {
        try (BufferedReader out = process.inputReader()) {
            for (String text = out.readLine(); text != null; text = out.readLine()) {
                synchronized (lines) {
                    lines.add(new Line(System.nanoTime(), text));
                }
            }
        } catch (IOException e) {
            // It has ended; who waits for a line sees that.
        }
    }

    List<Line> lines() {
        synchronized (lines) {
            return List.copyOf(lines);
        }
    }

    /** Returns once a line has this text in it. */
    void await(String text, Duration limit) {
        long deadline = System.nanoTime() + limit.toNanos();
        while (lines().stream().noneMatch(line -> line.text().contains(text))) {
            if (!process.isAlive() || System.nanoTime() > deadline) {
                throw new IllegalStateException(String.join(" ", command) + " did not say " + text + ": "
                        + String.join(" ", lines().stream().map(Line::text).toList()));
            }
            LockSupport.parkNanos(POLL_NANOS);
        }
    }

    /** Ends it. */
    @Override
    public void close() {
        Command.end(process);
        try {
            reader.join(1000);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
