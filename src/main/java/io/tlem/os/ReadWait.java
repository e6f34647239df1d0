package io.tlem.os;

import io.tlem.bindings.linux.Linux;
import io.tlem.bindings.linux.pollfd;
import io.tlem.bindings.linux.timespec;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/** Waits until something can be read from an open file. Used by one thread. */
final class ReadWait {
    private static final long NANOS_PER_SECOND = 1_000_000_000L;

    private final MemorySegment request;
    private final MemorySegment limit;

    /** @param arena owns what is allocated */
    ReadWait(Arena arena, int fd) {
        request = arena.allocate(pollfd.layout());
        limit = arena.allocate(timespec.layout());
        pollfd.fd(request, fd);
        pollfd.events(request, (short) Linux.POLLIN());
    }

    /**
     * Waits; a signal ends it early.
     *
     * @param nanos at most
     */
    void await(long nanos) {
        timespec.tv_sec(limit, nanos / NANOS_PER_SECOND);
        timespec.tv_nsec(limit, nanos % NANOS_PER_SECOND);
        int ignored = Calls.ppoll(request, limit);
    }
}
