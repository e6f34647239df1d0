package io.tlem.os;

import io.tlem.bindings.linux.Linux;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.Map;

/** A file whose memory several map, in this process or in others, or memory of that kind without a name. */
public final class SharedFile implements AutoCloseable {
    private static final int FLAGS = Platform.O_RDWR | Platform.O_NONBLOCK | Platform.O_NOFOLLOW | Platform.O_CLOEXEC;
    private static final int ORDINARY_MODE = 0600;
    private static final int PERMISSIONS = 07777;
    private static final int FILE_TYPE = 0170000;
    private static final int REGULAR = 0100000;

    private final String name;
    private int fd;

    private SharedFile(String name, int fd) {
        this.name = name;
        this.fd = fd;
    }

    /**
     * Makes a file of this length, for its user only.
     *
     * @throws SystemCallException when there is something of this name already, or no such file is possible; then none is
     *     left
     */
    public static SharedFile make(Path path, long bytes) {
        int fd = Calls.open(path.toString(), FLAGS | Platform.O_CREAT | Platform.O_EXCL, ORDINARY_MODE);
        SharedFile made = new SharedFile(path.toString(), Calls.require(fd, "open", path.toString()));
        try {
            made.resize(bytes);
            return made;
        } catch (SystemCallException e) {
            made.close();
            try {
                Files.deleteIfExists(path);
            } catch (IOException notDeleted) {
                e.addSuppressed(notDeleted);
            }
            throw e;
        }
    }

    /**
     * Opens a file as {@link #make} has made it.
     *
     * @param owner number of the user whose it has to be
     * @throws IOException with one line when it is another one's, or others may open it too
     * @throws SystemCallException when it cannot be opened
     */
    public static SharedFile open(Path path, int owner) throws IOException {
        int fd = Calls.require(Calls.open(path.toString(), FLAGS, 0), "open", path.toString());
        SharedFile opened = new SharedFile(path.toString(), fd);
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
        int fd = Platform.FREE_BSD ? FreeBsdCalls.get().createUnnamed() : Calls.memfdCreate(name, Linux.MFD_CLOEXEC());
        SharedFile made =
                new SharedFile(name, Calls.require(fd, Platform.FREE_BSD ? "shm_open" : "memfd_create", name));
        try {
            made.resize(bytes);
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
            Calls.close(fd);
            fd = -1;
        }
    }
}
