package io.tlem.os;

import io.tlem.bindings.linux.Linux;
import io.tlem.bindings.linux.cmsghdr;
import io.tlem.bindings.linux.iovec;
import io.tlem.bindings.linux.msghdr;
import io.tlem.bindings.linux.pollfd;
import io.tlem.bindings.linux.sockaddr_un;
import io.tlem.bindings.linux.timeval;
import io.tlem.bindings.linux.ucred;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;

/**
 * A socket in the file system where processes hand an open file to whoever connects: memory that has no name is found
 * there, from other PID namespaces too. Who gets the file gets the socket with it, and hands both on, so that it does not
 * matter which of them ends first. A thread of its own does it; Linux only.
 */
final class Handover {
    private static final int STREAM = Linux.SOCK_STREAM() | Linux.SOCK_CLOEXEC();
    private static final int BACKLOG = 16;
    private static final int PATIENCE_MILLIS = 5000; // shorter than others wait for the lock of a pipe's folder
    private static final int PAUSE_MILLIS = 1000;
    private static final long END_MILLIS = 1000;

    private static final long FILES_AT = cmsghdr.sizeof();
    private static final long CONTROL_BYTES = FILES_AT + 2 * Integer.BYTES; // the file, the socket

    private final int file;
    private final int socket;
    private final int end;
    private final Thread thread;

    private Handover(Path path, int file, int socket) {
        this.file = file;
        this.socket = socket;
        end = Calls.require(Calls.eventfd(Linux.EFD_CLOEXEC()), "eventfd", path.toString());
        thread = Thread.ofPlatform()
                .daemon()
                .name("hands over " + path.getFileName())
                .unstarted(this::serve);
        try {
            thread.start();
        } catch (Error e) { // there are too many
            Calls.close(end);
            throw e;
        }
    }

    /**
     * Hands out a file, to this user's processes and root's, until {@link #close}, which closes the file too.
     *
     * @param path where there is nothing yet; what is there after a failure is the caller's to remove
     * @param file stays the caller's when this fails
     * @throws SystemCallException when no socket can be there
     */
    static Handover offer(Path path, int file) throws IOException {
        int socket = Calls.require(
                Calls.socket(Linux.AF_UNIX(), STREAM | Linux.SOCK_NONBLOCK(), 0), "socket", path.toString());
        try (Arena arena = Arena.ofConfined()) {
            Calls.require(Calls.bind(socket, address(arena, path)), "bind", path.toString());
            Files.setPosixFilePermissions(path, PosixFilePermissions.fromString("rw-------"));
            Calls.require(Calls.listen(socket, BACKLOG), "listen", path.toString());
            return new Handover(path, file, socket);
        } catch (IOException | RuntimeException | Error e) {
            Calls.close(socket);
            throw e;
        }
    }

    /**
     * Gets a file from whoever hands it out, and hands it out too, until {@link #close}.
     *
     * @param owner number of the user who has to have made the socket
     * @throws IOException with one line when it is another one's, or nobody answers
     * @throws SystemCallException when there is no socket, or nobody has it any more
     */
    static Handover take(Path path, int owner) throws IOException {
        return take(path, owner, PATIENCE_MILLIS);
    }

    /** As {@link #take(Path, int)}, with another patience. */
    static Handover take(Path path, int owner, int patienceMillis) throws IOException {
        int connection = Calls.require(Calls.socket(Linux.AF_UNIX(), STREAM, 0), "socket", path.toString());
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment patience = arena.allocate(timeval.layout());
            timeval.tv_sec(patience, patienceMillis / 1000);
            timeval.tv_usec(patience, patienceMillis % 1000 * 1000L);
            for (int option : new int[] {Linux.SO_SNDTIMEO(), Linux.SO_RCVTIMEO()}) { // the first is for connect
                Calls.require(
                        Calls.setsockopt(connection, Linux.SOL_SOCKET(), option, patience), "setsockopt", "timeout");
            }
            answered(Calls.connect(connection, address(arena, path)), "connect", path, patienceMillis);
            MemorySegment maker = arena.allocate(ucred.layout());
            int known = Calls.getsockopt(
                    connection, Linux.SOL_SOCKET(), Linux.SO_PEERCRED(), maker, arena.allocate(ValueLayout.JAVA_INT));
            Calls.require(known, "getsockopt", "SO_PEERCRED");
            if (ucred.uid(maker) != owner) {
                throw new IOException(path + " belongs to user " + Integer.toUnsignedString(ucred.uid(maker)));
            }
            MemorySegment control = arena.allocate(CONTROL_BYTES, Long.BYTES);
            long received = Calls.recvmsg(connection, message(arena, control), Linux.MSG_CMSG_CLOEXEC());
            answered(received, "recvmsg", path, patienceMillis);
            int[] files = files(control);
            if (files.length != 2) {
                closeAll(files);
                throw new IOException(path + ": whoever has the other end did not hand it over");
            }
            try {
                return new Handover(path, files[0], files[1]);
            } catch (RuntimeException | Error e) {
                closeAll(files);
                throw e;
            }
        } finally {
            Calls.close(connection);
        }
    }

    private static int[] files(MemorySegment control) {
        return cmsghdr.cmsg_level(control) == Linux.SOL_SOCKET() && cmsghdr.cmsg_type(control) == Linux.SCM_RIGHTS()
                ? control.asSlice(FILES_AT, cmsghdr.cmsg_len(control) - FILES_AT)
                        .toArray(ValueLayout.JAVA_INT)
                : new int[0];
    }

    private static void answered(long result, String call, Path path, int patienceMillis) throws IOException {
        if (result == -Errno.EAGAIN) {
            throw new IOException(path + ": whoever has the other end has not answered for " + patienceMillis / 1000
                    + " s, as a process that was stopped");
        }
        Calls.require(result, call, path.toString());
    }

    private static void closeAll(int... files) {
        for (int open : files) {
            Calls.close(open);
        }
    }

    private static MemorySegment address(Arena arena, Path path) {
        byte[] name = path.toString().getBytes(StandardCharsets.UTF_8);
        MemorySegment address = arena.allocate(sockaddr_un.layout());
        MemorySegment place = sockaddr_un.sun_path(address);
        if (name.length >= place.byteSize()) {
            throw new SystemCallException("bind", path + ", of " + name.length + " bytes", Linux.ENAMETOOLONG());
        }
        sockaddr_un.sun_family(address, (short) Linux.AF_UNIX());
        place.copyFrom(MemorySegment.ofArray(name));
        return address;
    }

    /** One byte, without which nothing is sent, and what goes with it. */
    private static MemorySegment message(Arena arena, MemorySegment control) {
        MemorySegment data = arena.allocate(iovec.layout());
        iovec.iov_base(data, arena.allocate(1));
        iovec.iov_len(data, 1);
        MemorySegment message = arena.allocate(msghdr.layout());
        msghdr.msg_iov(message, data);
        msghdr.msg_iovlen(message, 1);
        msghdr.msg_control(message, control);
        msghdr.msg_controllen(message, control.byteSize());
        return message;
    }

    /** The file that is handed out. */
    int file() {
        return file;
    }

    private void serve() {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment control = arena.allocate(CONTROL_BYTES, Long.BYTES);
            cmsghdr.cmsg_len(control, CONTROL_BYTES);
            cmsghdr.cmsg_level(control, Linux.SOL_SOCKET());
            cmsghdr.cmsg_type(control, Linux.SCM_RIGHTS());
            control.asSlice(FILES_AT).copyFrom(MemorySegment.ofArray(new int[] {file, socket}));
            MemorySegment message = message(arena, control);
            MemorySegment waited = arena.allocate(pollfd.layout(), 2);
            MemorySegment ended = watch(waited, 0, end);
            MemorySegment asked = watch(waited, 1, socket);
            boolean paused = false;
            while (pollfd.revents(ended) == 0) {
                Calls.poll(waited, paused ? 1 : 2, paused ? PAUSE_MILLIS : -1);
                paused = !paused && pollfd.revents(asked) != 0 && !handOut(message);
            }
        }
        closeAll(file, socket, end);
    }

    private static MemorySegment watch(MemorySegment waited, int index, int fd) {
        MemorySegment entry = pollfd.asSlice(waited, index);
        pollfd.fd(entry, fd);
        pollfd.events(entry, (short) Linux.POLLIN());
        return entry;
    }

    /** Answers one who asks; false when there is no use in trying again at once. */
    private boolean handOut(MemorySegment message) {
        int connection = Calls.accept(socket);
        if (connection < 0) {
            return connection == -Errno.EAGAIN; // another process was faster
        }
        // Whoever does not get it says so.
        Calls.sendmsg(connection, message, Linux.MSG_DONTWAIT() | Linux.MSG_NOSIGNAL());
        Calls.close(connection);
        return true;
    }

    /** Ends it, and closes the file. Once only. */
    void close() {
        try (Arena arena = Arena.ofConfined()) {
            Calls.write(end, arena.allocateFrom(ValueLayout.JAVA_LONG, 1));
            thread.join(END_MILLIS); // longer only where another process has made the socket a blocking one
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt(); // the thread closes what is open by itself
        }
    }
}
