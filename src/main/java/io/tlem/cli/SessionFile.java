package io.tlem.cli;

import io.tlem.control.ControlClient;
import io.tlem.os.HeldLock;
import io.tlem.spec.Section;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.locks.LockSupport;
import picocli.CommandLine.Model.CommandSpec;

/**
 * The file of TLEM's {@code -s}: whoever has locked it first runs the link, whose name it holds; all others ask that one. Used by one
 * thread.
 */
final class SessionFile implements AutoCloseable {
    private static final long SECOND = 1_000_000_000L;
    private static final long POLL_NANOS = 20_000_000;

    /** For one that has just locked the file to open its ports. */
    private static final long START_NANOS = 10 * SECOND;

    /** For one whose link has ended to write its reports and end. */
    private static final long END_NANOS = 15 * SECOND;

    private static final int MOST_BYTES = 256;

    private final Path file;
    private final HeldLock lock;

    private SessionFile(Path file, HeldLock lock) {
        this.file = file;
        this.lock = lock;
    }

    /**
     * Becomes the one that runs the link.
     *
     * @return empty when another one does
     * @throws io.tlem.os.SystemCallException when the file cannot be made or opened
     */
    static Optional<SessionFile> take(Path file) throws IOException {
        Optional<SessionFile> taken = HeldLock.tryTake(file).map(lock -> new SessionFile(file, lock));
        if (taken.isPresent()) {
            taken.get().write("");
        }
        return taken;
    }

    /** Says how the link is found. */
    void write(String name) throws IOException {
        Files.writeString(file, name);
    }

    /** The name of the link that another one runs. */
    private static String name(Path file) throws IOException {
        long start = System.nanoTime();
        while (true) {
            try (InputStream in = Files.newInputStream(file)) {
                String name = new String(in.readNBytes(MOST_BYTES), StandardCharsets.UTF_8).strip();
                if (!name.isEmpty()) {
                    return name;
                }
            }
            if (System.nanoTime() - start > START_NANOS) {
                throw new UsageException("-s " + file + ": it is locked, and names no link");
            }
            LockSupport.parkNanos(POLL_NANOS);
        }
    }

    /** Has the link of another one become what the options of a command say. */
    static int change(Path file, CommandSpec command) throws IOException {
        String name = name(file);
        try (ControlClient link = ControlClient.connect(name)) {
            Map<String, Object> part = NamedChange.part(
                    command, Section.BOTH, NamedChange.hasOwnModels(link), "tlem set " + name + " both");
            if (part.isEmpty()) {
                throw new UsageException("-s " + file + ": the link " + name
                        + " runs already, and nothing is to change; say what, such as -D 30ms");
            }
            return new ChangeOptions().change(link, "set", Map.of("change", part));
        }
    }

    /** Ends the link of another one, and waits until that has ended, too. */
    static int end(Path file) throws IOException {
        if (!Files.exists(file) || isFree(file)) {
            throw new UsageException("-a: no link runs with -s " + file);
        }
        boolean ended = StopCommand.stop(name(file), false);
        long start = System.nanoTime();
        while (ended && !isFree(file)) {
            if (System.nanoTime() - start > END_NANOS) {
                return 1;
            }
            LockSupport.parkNanos(POLL_NANOS);
        }
        return ended ? 0 : 1;
    }

    private static boolean isFree(Path file) {
        Optional<HeldLock> lock = HeldLock.tryTakeExisting(file);
        lock.ifPresent(HeldLock::close);
        return lock.isPresent();
    }

    @Override
    public void close() {
        lock.close();
    }
}
