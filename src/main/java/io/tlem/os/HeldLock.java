package io.tlem.os;

import io.tlem.bindings.linux.Linux;
import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.locks.LockSupport;

/**
 * A file or folder that is locked for as long as this is open: for other processes, whatever their namespaces, and for
 * other holders in this one. The system unlocks it when the process ends, however that comes about, so that a lock that
 * is held tells that its holder lives.
 *
 * <p>The lock belongs to the open file (flock(2)), not to the process as Java's do, which are lost when anybody in the
 * process closes the file.
 */
public final class HeldLock implements AutoCloseable {
    private static final int EXCLUSIVE_OR_FAIL = Linux.LOCK_EX() | Linux.LOCK_NB(); // as in FreeBSD
    /** Not blocking: somebody may have put a FIFO there. */
    private static final int FILE_FLAGS =
            Platform.O_RDONLY | Platform.O_NONBLOCK | Platform.O_NOFOLLOW | Platform.O_CLOEXEC;

    private static final int ORDINARY_MODE = 0600;
    private static final long POLL_NANOS = 5_000_000;

    private int fd;

    private HeldLock(int fd) {
        this.fd = fd;
    }

    /**
     * Locks a file, which is made if it is missing. A symbolic link is refused.
     *
     * @return empty when somebody else holds the lock
     * @throws SystemCallException when the file cannot be opened
     */
    public static Optional<HeldLock> tryTake(Path file) {
        return tryOpen(file, FILE_FLAGS | Platform.O_CREAT);
    }

    /** As {@link #tryTake}, with a file or folder that must be there. */
    public static Optional<HeldLock> tryTakeExisting(Path file) {
        return tryOpen(file, FILE_FLAGS);
    }

    /**
     * Locks a folder, and waits for others to unlock it.
     *
     * @param longestNanos of the wait
     * @throws SystemCallException when the folder cannot be opened, or somebody holds its lock for longer
     */
    public static HeldLock takeFolder(Path folder, long longestNanos) {
        long start = System.nanoTime();
        while (true) {
            Optional<HeldLock> taken = tryOpen(folder, FILE_FLAGS | Platform.O_DIRECTORY);
            if (taken.isPresent()) {
                return taken.get();
            }
            long waited = System.nanoTime() - start;
            if (waited >= longestNanos) {
                throw new SystemCallException(
                        "flock",
                        folder + ", which another process has kept locked for " + waited / 1_000_000_000L + " s",
                        Errno.EAGAIN);
            }
            LockSupport.parkNanos(POLL_NANOS);
        }
    }

    private static Optional<HeldLock> tryOpen(Path path, int flags) {
        int fd = Calls.require(Calls.open(path.toString(), flags, ORDINARY_MODE), "open", path.toString());
        int locked = Calls.flock(fd, EXCLUSIVE_OR_FAIL);
        if (locked >= 0) {
            return Optional.of(new HeldLock(fd));
        }
        Calls.close(fd);
        if (locked != -Errno.EAGAIN) {
            throw new SystemCallException("flock", path.toString(), -locked);
        }
        return Optional.empty();
    }

    /** Unlocks it. The file stays. */
    @Override
    public void close() {
        if (fd >= 0) {
            Calls.close(fd);
            fd = -1;
        }
    }
}
