package io.tlem.os;

import static java.lang.foreign.ValueLayout.JAVA_INT;

import io.tlem.bindings.linux.Linux;
import io.tlem.bindings.linux.xdp_ring_offset;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.VarHandle;

/**
 * One of the four rings of an {@link XdpSocket}, shared with the kernel: one of the two writes entries, the other reads them. Their
 * counters run on without end. Each ring is one thread's of this process.
 */
@SuppressWarnings("restricted") // what the kernel shares is memory outside
final class XdpRing {
    private static final VarHandle COUNTER = JAVA_INT.varHandle().withInvokeExactBehavior();
    private static final int NEED_WAKEUP = Linux.XDP_RING_NEED_WAKEUP();

    private final MemorySegment ring;
    private final long producer;
    private final long consumer;
    private final long flags;
    private final long entries;
    private final int entryBytes;
    private final int mask;

    /**
     * @param offsets where things are in the mapping, a {@code struct xdp_ring_offset}
     * @param entries of the ring, a power of two
     * @param place which ring, as an offset in the socket
     */
    XdpRing(Arena arena, int fd, MemorySegment offsets, int entries, int entryBytes, long place) {
        producer = xdp_ring_offset.producer(offsets);
        consumer = xdp_ring_offset.consumer(offsets);
        flags = xdp_ring_offset.flags(offsets);
        this.entries = xdp_ring_offset.desc(offsets);
        this.entryBytes = entryBytes;
        mask = entries - 1;
        long bytes = this.entries + (long) entries * entryBytes;
        int access = Linux.PROT_READ() | Linux.PROT_WRITE();
        int kind = Linux.MAP_SHARED() | Linux.MAP_POPULATE();
        long address = Calls.require(Calls.mmap(0, bytes, access, kind, fd, place), "mmap", "AF_XDP ring");
        ring = MemorySegment.ofAddress(address).reinterpret(bytes, arena, ignored -> Calls.munmap(address, bytes));
    }

    /** What the kernel has done so far, of a ring that it writes. */
    int produced() {
        return (int) COUNTER.getAcquire(ring, producer);
    }

    /** What the kernel has done so far, of a ring that it reads. */
    int consumed() {
        return (int) COUNTER.getAcquire(ring, consumer);
    }

    /** Tells the kernel that what is before this number has been written. */
    void setProduced(int number) {
        COUNTER.setRelease(ring, producer, number);
    }

    /** Tells the kernel that what is before this number has been read. */
    void setConsumed(int number) {
        COUNTER.setRelease(ring, consumer, number);
    }

    /** Whether the kernel waits to be told that there is something. */
    boolean needsWakeup() {
        return ((int) COUNTER.getAcquire(ring, flags) & NEED_WAKEUP) != 0;
    }

    private long entry(int number) {
        return entries + (long) (number & mask) * entryBytes;
    }

    long address(int number) {
        return ring.get(ValueLayout.JAVA_LONG, entry(number));
    }

    int length(int number) {
        return ring.get(JAVA_INT, entry(number) + Long.BYTES);
    }

    void setAddress(int number, long address) {
        ring.set(ValueLayout.JAVA_LONG, entry(number), address);
    }

    /** Of an entry that has one. */
    void setLength(int number, int length, int options) {
        ring.set(JAVA_INT, entry(number) + Long.BYTES, length);
        ring.set(JAVA_INT, entry(number) + Long.BYTES + Integer.BYTES, options);
    }

    int options(int number) {
        return ring.get(JAVA_INT, entry(number) + Long.BYTES + Integer.BYTES);
    }
}
