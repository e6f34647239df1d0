package io.tlem.testing;

import java.io.IOException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/** A control group of its own, which limits how many threads the processes in it have together. Closing it removes it. */
public final class ThreadLimit implements AutoCloseable {
    /** Where the controller may be: of version 1, and of version 2. */
    private static final List<Path> ROOTS = Stream.of("/sys/fs/cgroup/pids", "/sys/fs/cgroup", "/sys/fs/cgroup/unified")
            .map(Path::of)
            .toList();

    private final Path folder;

    private ThreadLimit(Path folder) {
        this.folder = folder;
    }

    /** Makes one without a limit yet; where there can be none, the calling test is skipped. */
    public static ThreadLimit make(String name) throws IOException {
        Privileged.root();
        for (Path root : ROOTS) {
            Path folder =
                    root.resolve("tlem-" + name + "-" + ProcessHandle.current().pid());
            try {
                Files.createDirectory(folder);
            } catch (FileSystemException e) { // no such folder, or one that holds no groups
                continue;
            }
            if (Files.isWritable(folder.resolve("pids.max"))) {
                return new ThreadLimit(folder);
            }
            Files.delete(folder);
        }
        Privileged.missing("no pids controller of control groups that may be used");
        throw new AssertionError();
    }

    public Path folder() {
        return folder;
    }

    /** The command that runs another here. */
    public List<String> command(List<String> command) {
        List<String> all =
                new ArrayList<>(List.of("sh", "-c", "echo $$ >\"$0\" && exec \"$@\"", folder + "/cgroup.procs"));
        all.addAll(command);
        return all;
    }

    /**
     * Sets the limit.
     *
     * @param threads at most; those of the shell that {@link #command} begins with count too
     */
    public void set(int threads) throws IOException {
        Files.writeString(folder.resolve("pids.max"), Integer.toString(threads));
    }

    /** Processes that run here. */
    public List<String> processes() throws IOException {
        return Files.readAllLines(folder.resolve("cgroup.procs"));
    }

    @Override
    public void close() throws IOException {
        Files.delete(folder);
    }
}
