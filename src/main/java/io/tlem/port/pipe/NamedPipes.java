package io.tlem.port.pipe;

import io.tlem.os.HeldLock;
import io.tlem.os.PrivateFolder;
import io.tlem.os.SharedFile;
import io.tlem.os.SystemCallException;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.TreeSet;

/**
 * Pipes between processes of one user, files in a folder that is this user's alone, three for each pipe:
 *
 * <pre>
 *   NAME.ID.pipe    where its memory is found
 *   NAME.ID.0       locked by who has the end {
 *   NAME.ID.1       locked by who has the end }
 * </pre>
 *
 * The first that attaches makes them, the last that detaches removes them, and who attaches also removes those whose
 * users were killed: whoever has an end keeps its file locked. Who attaches or detaches keeps the folder locked meanwhile.
 */
final class NamedPipes implements PipePlace {
    /** Much more than an attach takes on a busy machine. */
    private static final long LONGEST_WAIT_NANOS = 10_000_000_000L;

    private static final String MEMORY = ".pipe";

    private final OptionalInt otherUser;
    private final long longestWaitNanos;

    /** @param otherUser whose pipes they are, empty for this process's own user */
    NamedPipes(OptionalInt otherUser) {
        this(otherUser, LONGEST_WAIT_NANOS);
    }

    /** @param longestWaitNanos for the folder's lock */
    NamedPipes(OptionalInt otherUser, long longestWaitNanos) {
        this.otherUser = otherUser;
        this.longestWaitNanos = longestWaitNanos;
    }

    /** Where this user's pipes are. */
    static Path folder() throws IOException {
        return PrivateFolder.sharedMemory();
    }

    @Override
    public Attached attach(Arena arena, String name, int end, int wantedSlots, int defaultSlots) throws IOException {
        Path folder = otherUser.isPresent() ? PrivateFolder.sharedMemoryOf(otherUser.getAsInt()) : folder();
        if (otherUser.isPresent() && !Files.exists(folder.resolve(name + MEMORY), LinkOption.NOFOLLOW_LINKS)) {
            throw new IOException("there is no " + folder.resolve(name + MEMORY)
                    + ", or it is closed to this user: the user whose pipe it is attaches first");
        }
        HeldLock folderLock = lock(folder, longestWaitNanos);
        try {
            if (otherUser.isEmpty()) {
                removeLeftovers(folder);
                if (!Files.exists(folder.resolve(name + MEMORY), LinkOption.NOFOLLOW_LINKS)) {
                    return make(arena, folder, name, end, wantedSlots == 0 ? defaultSlots : wantedSlots);
                }
            }
            return attachExisting(arena, folder, name, end);
        } finally {
            folderLock.close();
        }
    }

    private static HeldLock lock(Path folder, long longestWaitNanos) throws IOException {
        try {
            return HeldLock.takeFolder(folder, longestWaitNanos);
        } catch (SystemCallException e) {
            throw new IOException(e.getMessage(), e);
        }
    }

    private Attached make(Arena arena, Path folder, String name, int end, int slots) throws IOException {
        HeldLock endLock = null;
        SharedFile file = null;
        try {
            HeldLock.tryTake(endFile(folder, name, 1 - end)).ifPresent(HeldLock::close);
            endLock = HeldLock.tryTake(endFile(folder, name, end)).orElseThrow();
            file = SharedFile.make(folder.resolve(name + MEMORY), PipeFile.requireBytes(slots));
            return new End(folder, name, true, PipeFile.layOut(arena, file, name, slots), file, endLock);
        } catch (IOException | RuntimeException e) { // there is no room for it, for example
            close(endLock, file);
            removeFiles(folder, name);
            throw e;
        }
    }

    private Attached attachExisting(Arena arena, Path folder, String name, int end) throws IOException {
        Path endFile = endFile(folder, name, end);
        int owner = otherUser.orElse(PrivateFolder.userId());
        HeldLock endLock = HeldLock.tryTakeExisting(endFile)
                .orElseThrow(() -> new BusyException("somebody has this end: " + endFile + " is locked"));
        SharedFile file = null;
        try {
            if (isFree(endFile(folder, name, 1 - end))) { // another user's; of one's own such a pipe has been removed
                throw new IOException("nobody has the other end: the user whose pipe it is attaches first");
            }
            file = SharedFile.open(folder.resolve(name + MEMORY), owner);
            PipeFile pipe = PipeFile.of(arena, file, name);
            return new End(folder, name, otherUser.isEmpty(), pipe, file, endLock);
        } catch (IOException | RuntimeException e) {
            close(endLock, file);
            throw e;
        }
    }

    private static void close(HeldLock endLock, SharedFile file) {
        if (file != null) {
            file.close();
        }
        if (endLock != null) {
            endLock.close();
        }
    }

    /** An end of such a pipe. */
    private record End(Path folder, String name, boolean own, PipeFile pipe, SharedFile file, HeldLock endLock)
            implements Attached {
        @Override
        public void detach() {
            HeldLock folderLock = null;
            try {
                folderLock = lock(folder, LONGEST_WAIT_NANOS);
            } catch (IOException e) {
                // What is left is removed by who attaches next.
            }
            close(endLock, file);
            if (folderLock != null) {
                if (own) {
                    removeIfFree(folder, name);
                }
                folderLock.close();
            }
        }
    }

    private static Path endFile(Path folder, String name, int end) {
        return folder.resolve(name + "." + end);
    }

    /** Whether nobody has an end. Only while the folder is locked: in between the answer is true for nobody. */
    private static boolean isFree(Path endFile) {
        if (!Files.exists(endFile, LinkOption.NOFOLLOW_LINKS)) {
            return true;
        }
        Optional<HeldLock> taken = HeldLock.tryTakeExisting(endFile);
        taken.ifPresent(HeldLock::close);
        return taken.isPresent();
    }

    /** Removes every pipe that nobody has an end of: those who had one were killed. */
    private static void removeLeftovers(Path folder) throws IOException {
        Set<String> names = new TreeSet<>();
        try (DirectoryStream<Path> files = Files.newDirectoryStream(folder)) {
            for (Path file : files) {
                String text = file.getFileName().toString();
                if (text.matches(".*\\.(pipe|[01])")) {
                    names.add(text.substring(0, text.lastIndexOf('.')));
                }
            }
        }
        names.forEach(name -> removeIfFree(folder, name));
    }

    private static void removeIfFree(Path folder, String name) {
        if (isFree(endFile(folder, name, 0)) && isFree(endFile(folder, name, 1))) {
            removeFiles(folder, name);
        }
    }

    private static void removeFiles(Path folder, String name) {
        try {
            Files.deleteIfExists(folder.resolve(name + MEMORY));
            for (int end = 0; end < PipeFile.ENDS; end++) {
                Files.deleteIfExists(endFile(folder, name, end));
            }
        } catch (IOException e) {
            // Left to who attaches next; an attach of this name says then what is in its way.
        }
    }
}
