package io.tlem.endtoend;

import io.tlem.testing.Await;
import io.tlem.testing.Privileged;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;

/** A control group with a limit of memory, for programs that are started in it. Gone when closed. */
final class MemoryGroup implements AutoCloseable {
    private static final AtomicInteger COUNT = new AtomicInteger();

    private final Path folder;

    private MemoryGroup(Path folder) {
        this.folder = folder;
    }

    /** Skips the test where there can be no such group. */
    static MemoryGroup limitedTo(long bytes) {
        Privileged.root();
        String name = "tlemtest-" + ProcessHandle.current().pid() + "-" + COUNT.incrementAndGet();
        try {
            Path one = versionOne();
            boolean two = one == null && Files.isDirectory(Path.of("/sys/fs/cgroup"));
            MemoryGroup group = new MemoryGroup((two ? Path.of("/sys/fs/cgroup") : one).resolve(name));
            Files.createDirectory(group.folder);
            Files.writeString(group.folder.resolve(two ? "memory.max" : "memory.limit_in_bytes"), Long.toString(bytes));
            return group;
        } catch (IOException e) {
            Privileged.missing("no control group with a limit of memory can be made: " + e);
            throw new UncheckedIOException(e);
        }
    }

    /** This process's group in the hierarchy of version 1, or null. */
    private static Path versionOne() throws IOException {
        for (String line : Files.readAllLines(Path.of("/proc/self/cgroup"))) {
            String[] parts = line.split(":", 3);
            Path folder = Path.of("/sys/fs/cgroup/memory", parts[2]);
            if (List.of(parts[1].split(",")).contains("memory") && Files.isDirectory(folder)) {
                return folder;
            }
        }
        return null;
    }

    /** A command that runs this one in the group. */
    List<String> command(List<String> command) {
        List<String> inside = new ArrayList<>();
        inside.addAll(List.of("sh", "-c", "echo $$ >\"$0\" && exec \"$@\""));
        inside.add(folder.resolve("cgroup.procs").toString());
        inside.addAll(command);
        return inside;
    }

    @Override
    public void close() {
        Await.until(
                "the group is empty",
                Duration.ofSeconds(10),
                () -> folder.toFile().delete());
    }
}
