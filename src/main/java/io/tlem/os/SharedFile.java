package io.tlem.os;

import io.tlem.bindings.linux.Linux;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;

/**
 * Memory that several map, in this process or in others. In Linux it has no name and its length is sealed, so that nobody
 * can take it away from those who have mapped it; a socket is where others find it ({@link Handover}). In FreeBSD others
 * find it as an ordinary file, and whoever may write that may make it shorter.
 */
public final class SharedFile implements AutoCloseable {
    private static final int FLAGS = Platform.O_RDWR | Platform.O_NONBLOCK | Platform.O_NOFOLLOW | Platform.O_CLOEXEC;
    private static final int ORDINARY_MODE = 0600;
    private static final int PERMISSIONS = 07777;
    private static final int FILE_TYPE = 0170000;
    private static final int REGULAR = 0100000;
    private static final int SEALS = Linux.F_SEAL_SHRINK() | Linux.F_SEAL_GROW() | Linux.F_SEAL_SEAL();

    private final String name;
    private final boolean stays;
    private Optional<Handover> handover = Optional.empty(); // owns fd
    private int fd;

    private SharedFile(String name, int fd, boolean stays) {
        this.name = name;
        this.fd = fd;
        this.stays = stays;
    }

    /**
     * Makes memory of this length that others find at a path: this user's processes, and root's.
     *
     * @param path what is there after a failure is the caller's to remove
     * @throws SystemCallException when there is something of this name already, or no such memory is possible
     */
    public static SharedFile make(Path path, long bytes) throws IOException {
        if (!Platform.LINUX) {
            return makeFile(path, bytes);
        }
        SharedFile made = unnamed(path.toString(), path.getFileName().toString(), bytes);
        try {
            made.handover = Optional.of(Handover.offer(path, made.fd));
            return made;
        } catch (IOException | RuntimeException | Error e) {
            made.close();
            throw e;
        }
    }

    static SharedFile makeFile(Path path, long bytes) {
        int fd = Calls.open(path.toString(), FLAGS | Platform.O_CREAT | Platform.O_EXCL, ORDINARY_MODE);
        SharedFile made = new SharedFile(path.toString(), Calls.require(fd, "open", path.toString()), false);
        try {
            made.resize(bytes);
            return made;
        } catch (SystemCallException e) {
            made.close();
            throw e;
        }
    }

    /**
     * Opens what {@link #make} has made, as long as anybody has it open.
     *
     * @param owner number of the user whose it has to be
     * @throws IOException with one line when it is another one's, others may open it too, or it is not what make makes
     * @throws SystemCallException when it cannot be opened
     */
    public static SharedFile open(Path path, int owner) throws IOException {
        if (!Platform.LINUX) {
            return openFile(path, owner);
        }
        Handover taken = Handover.take(path, owner);
        SharedFile opened = new SharedFile(path.toString(), taken.file(), true);
        opened.handover = Optional.of(taken);
        try {
            if (!opened.isSealedMemory()) {
                throw new IOException(path + ": whoever has the other end hands over memory that it could take away");
            }
            return opened;
        } catch (IOException | RuntimeException e) {
            opened.close();
            throw e;
        }
    }

    /** Whether it is what {@link #unnamed} makes: only that can neither change its length nor lack memory for a page. */
    private boolean isSealedMemory() throws IOException {
        int seals = Calls.fcntl(fd, Linux.F_GET_SEALS(), 0);
        if (seals < 0 || (seals & SEALS) != SEALS) {
            return false;
        }
        try (SharedFile own = unnamed("", "", 0)) { // huge pages are of another file system, and may run out
            return status("unix:dev").equals(own.status("unix:dev"));
        }
    }

    static SharedFile openFile(Path path, int owner) throws IOException {
        int fd = Calls.require(Calls.open(path.toString(), FLAGS, 0), "open", path.toString());
        SharedFile opened = new SharedFile(path.toString(), fd, false);
        try {
            String complaint = complaint(opened.status("unix:mode,uid,nlink"), owner);
            if (!complaint.isEmpty()) {
                throw new IOException(path + " " + complaint);
            }
            return opened;
        } catch (IOException | RuntimeException e) {
            opened.close();
            throw e;
        }
    }

    private static String complaint(Map<String, Object> found, int owner) {
        int mode = (int) found.get("mode");
        if ((mode & FILE_TYPE) != REGULAR || (int) found.get("nlink") != 1) {
            return "is not a file with one name";
        }
        if ((int) found.get("uid") != owner) {
            return "belongs to user " + Integer.toUnsignedString((int) found.get("uid"));
        }
        return (mode & PERMISSIONS) == ORDINARY_MODE
                ? ""
                : String.format("has the mode %04o instead of 0600", mode & PERMISSIONS);
    }

    /**
     * Makes memory that no other process finds, and that is gone with the last who has mapped it.
     *
     * @param name for people
     */
    public static SharedFile unnamed(String name, long bytes) {
        return unnamed(name, name, bytes);
    }

    private static SharedFile unnamed(String name, String shortName, long bytes) {
        int fd = Platform.FREE_BSD
                ? FreeBsdCalls.get().createUnnamed()
                : Calls.memfdCreate(shortName, Linux.MFD_CLOEXEC() | Linux.MFD_ALLOW_SEALING());
        SharedFile made = new SharedFile(
                name, Calls.require(fd, Platform.FREE_BSD ? "shm_open" : "memfd_create", name), Platform.LINUX);
        try {
            made.resize(bytes);
            if (Platform.LINUX) {
                Calls.require(Calls.fcntl(made.fd, Linux.F_ADD_SEALS(), SEALS), "fcntl", name + ", F_ADD_SEALS");
            }
            return made;
        } catch (SystemCallException e) {
            made.close();
            throw e;
        }
    }

    private void resize(long bytes) {
        int result = Calls.ftruncate(fd, bytes);
        String argument = name + ", " + bytes + " bytes";
        Calls.require(
                result,
                "ftruncate",
                result == -Errno.EFBIG ? argument + ", more than ulimit -f lets a file have" : argument);
    }

    /** Its length. */
    public long bytes() throws IOException {
        return (long) status("unix:size").get("size");
    }

    /** Of what is open, whatever may have its name by now; where no /proc leads to that, of what has the name. */
    private Map<String, Object> status(String attributes) throws IOException {
        return Platform.LINUX
                ? Files.readAttributes(Path.of("/proc/self/fd", Integer.toString(fd)), attributes)
                : Files.readAttributes(Path.of(name), attributes, LinkOption.NOFOLLOW_LINKS);
    }

    /** Where it is, or what it is called. */
    public String name() {
        return name;
    }

    /** Whether what is mapped of it is known to stay there, whatever other processes do. */
    public boolean stays() {
        return stays;
    }

    /**
     * Maps its beginning, shared, followed without a gap by memory of this process only. The mapping stays when this is
     * closed.
     *
     * @param arena owns both
     * @param bytes of the file, rounded up to pages; a touch beyond the file's end ends the process
     * @param extraBytes of ordinary memory, rounded up to pages; it begins at {@code bytes} rounded up
     * @throws SystemCallException when either cannot be had
     */
    public MemorySegment map(Arena arena, long bytes, long extraBytes) {
        return NetmapLibrary.standard().mapShared(arena, fd, name, bytes, extraBytes);
    }

    @Override
    public void close() {
        if (fd >= 0) {
            handover.ifPresentOrElse(Handover::close, () -> Calls.close(fd));
            fd = -1;
        }
    }
}
