package io.tlem.os;

import io.tlem.bindings.linux.Linux;
import io.tlem.bindings.linux.pollfd;
import io.tlem.bindings.linux.timespec;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/** Waits until something can be read from one of some open files. Used by one thread. */
final class ReadWait {
    private static final long NANOS_PER_SECOND = 1_000_000_000L;

    private final MemorySegment requests;
    private final int count;
    private final MemorySegment limit;

    /** @param arena owns what is allocated */
    ReadWait(Arena arena, int... files) {
        count = files.length;
        requests = arena.allocate(pollfd.layout(), count);
        limit = arena.allocate(timespec.layout());
        for (int i = 0; i < count; i++) {
            MemorySegment request = pollfd.asSlice(requests, i);
            pollfd.fd(request, files[i]);
            pollfd.events(request, (short) Linux.POLLIN());
        }
    }

    /**
     * Waits; a signal ends it early.
     *
     * @param nanos at most
     */
    void await(long nanos) {
        timespec.tv_sec(limit, nanos / NANOS_PER_SECOND);
        timespec.tv_nsec(limit, nanos % NANOS_PER_SECOND);
        int ignored = Calls.ppoll(requests, count, limit);
    }
}
