package io.tlem.os;

import static java.lang.foreign.ValueLayout.JAVA_INT;

import io.tlem.bindings.linux.Linux;
import io.tlem.bindings.linux.ifreq;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/** Sees an interface of the network that the opening thread is in, whatever it is called by now. Any thread. */
public final class InterfaceWatch implements AutoCloseable {
    private static final long VALUE = ifreq.ifr_ifru$offset();

    private final int index;
    private final int socket;
    private final Arena arena = Arena.ofShared();
    private final MemorySegment request = arena.allocate(ifreq.layout()); // guarded by this
    private boolean closed; // guarded by this

    /** @throws SystemCallException when there are no sockets */
    public InterfaceWatch(int index) {
        this.index = index;
        socket = Calls.require(
                Calls.socket(Linux.AF_INET(), Linux.SOCK_DGRAM() | Linux.SOCK_CLOEXEC(), 0), "socket", "AF_INET");
    }

    /** MTU, or a negated error number, {@link Errno#ENODEV} where the interface has been removed, or moved to another network. */
    public synchronized int mtu() {
        if (closed) {
            return -Errno.EBADFD;
        }
        request.set(JAVA_INT, VALUE, index);
        int result = Calls.ioctl(socket, Linux.SIOCGIFNAME(), request); // writes the name, which the next call reads
        if (result >= 0) {
            result = Calls.ioctl(socket, Linux.SIOCGIFMTU(), request);
        }
        return result < 0 ? result : request.get(JAVA_INT, VALUE);
    }

    @Override
    public synchronized void close() {
        if (!closed) {
            closed = true;
            Calls.close(socket);
            arena.close();
        }
    }
}
