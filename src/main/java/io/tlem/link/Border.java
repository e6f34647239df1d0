package io.tlem.link;

import io.tlem.layout.ThreadOwned;
import io.tlem.port.PacketBatch;
import io.tlem.port.PortAddress;
import io.tlem.port.PortException;
import java.lang.foreign.MemorySegment;

/** What a {@link Border} changes all the time. */
abstract class BorderProgress extends ThreadOwned {
    long lastNanos;
    boolean started;
}

/**
 * Where packets change between a port and a link: looks at what a port says once a batch, so that nothing behind needs to.
 * A port may be anybody's, and the loops that copy do not ask. Used by one thread.
 */
final class Border extends BorderProgress {
    @SuppressWarnings("unused") // keeps the fields above apart from what lies behind this object
    private long q0, q1, q2, q3, q4, q5, q6, q7, q8, q9, qa, qb, qc, qd, qe, qf;

    private static final int LINE_BYTES = 64; // as many are copied of a shorter packet

    private final PortAddress port;
    private final long memoryBytes;
    private final int longest;

    /**
     * @param memory the port's
     * @param longest packet handed out, or that a slot holds
     */
    Border(PortAddress port, MemorySegment memory, int longest) {
        this.port = port;
        this.memoryBytes = memory.byteSize();
        this.longest = longest;
        if (longest < 1) {
            throw new PortException(port, "says that its longest packet has " + longest + " bytes");
        }
    }

    /** What Java says when there is no memory where a segment is. */
    PortException memoryLost(InternalError fault) {
        return new PortException(port, "its memory has gone, as if the file behind it was made shorter", fault);
    }

    /** Whether C may use a memory: it is outside Java's heap, and nobody can take it away. */
    static boolean isForC(MemorySegment memory, boolean stays) {
        return stays && memory.isNative();
    }

    /**
     * Looks at packets that a port has received.
     *
     * @param count what it has returned
     * @throws PortException when there is one that it cannot have, or that does not lie in its memory
     */
    void received(PacketBatch batch, int count) {
        if (count < 0 || count > batch.capacity() || count != batch.count) {
            throw new PortException(
                    port,
                    "says it has received " + count + " packets, and put " + batch.count + " into a batch of "
                            + batch.capacity());
        }
        if (count == 0) {
            return;
        }
        long[] arrivals = batch.arrivalNanos;
        long last = started ? lastNanos : arrivals[0];
        int most = longest(batch.length, count);
        if ((longest - most | outside(batch.offset, count, most) | arrivals[0] - last | decrease(arrivals, count))
                < 0) {
            lookAtEach(batch, last);
        }
        lastNanos = arrivals[count - 1];
        started = true;
    }

    // Loops of one kind each, which the JIT compiler turns into vector instructions.

    /** The longest packet; more than any is long when one has a negative length. */
    private static int longest(int[] lengths, int count) {
        int most = 0;
        int signs = 0;
        for (int i = 0; i < count; i++) {
            most = Math.max(most, lengths[i]);
            signs |= lengths[i];
        }
        return signs < 0 ? Integer.MAX_VALUE : most;
    }

    /** Negative when not all offsets lie in memory with so many bytes behind them. */
    private long outside(long[] offsets, int count, int bytes) {
        long last = memoryBytes - Math.max(bytes, LINE_BYTES);
        long faults = 0;
        for (int i = 0; i < count; i++) {
            faults |= offsets[i] | last - offsets[i];
        }
        return faults;
    }

    /** Negative when one time is before the one ahead of it. */
    private static long decrease(long[] times, int count) {
        long faults = 0;
        for (int i = 1; i < count; i++) {
            faults |= times[i] - times[i - 1];
        }
        return faults;
    }

    /** A short packet may lie where the longest of its batch could not. */
    private void lookAtEach(PacketBatch batch, long lastNanos) {
        long last = lastNanos;
        for (int i = 0; i < batch.count; i++) {
            int length = batch.length[i];
            if (length < 0 || length > longest) {
                throw new PortException(
                        port, "hands out a packet of " + length + " bytes, and says its longest has " + longest);
            }
            if (!lies(batch.offset[i], length)) {
                throw outside("hands out a packet", batch.offset[i], length);
            }
            if (batch.arrivalNanos[i] < last) {
                throw new PortException(port, "hands out packets whose arrival times decrease");
            }
            last = batch.arrivalNanos[i];
        }
    }

    private boolean lies(long offset, int bytes) {
        return offset >= 0 && offset <= memoryBytes - Math.max(bytes, LINE_BYTES);
    }

    private PortException outside(String what, long offset, int bytes) {
        return new PortException(
                port, what + " of " + bytes + " bytes at " + offset + " of its " + memoryBytes + " bytes of memory");
    }

    /**
     * Looks at slots that a port has made free.
     *
     * @param count what it has returned
     * @param limit what it was asked for
     * @throws PortException when there are more, or one does not lie in its memory
     */
    void reserved(PacketBatch batch, int count, int limit) {
        if (count < 0 || count > limit || count != batch.count) {
            throw new PortException(
                    port,
                    "says it has " + count + " free slots, and put " + batch.count + " into a batch, of " + limit
                            + " asked for");
        }
        if (outside(batch.offset, count, longest) < 0) {
            for (int i = 0; i < count; i++) {
                if (!lies(batch.offset[i], longest)) {
                    throw outside("has a slot", batch.offset[i], longest);
                }
            }
        }
    }

    /** Looks at the slots that a port has made free anew, behind one that holds a packet of this length. */
    void enlarged(PacketBatch batch, int index, int length, int limit) {
        if (!lies(batch.offset[index], length)) {
            throw outside("has a slot", batch.offset[index], length);
        }
        if (batch.count <= index || batch.count > limit) {
            throw new PortException(port, "has made " + limit + " free slots " + batch.count);
        }
        for (int i = index + 1; i < batch.count; i++) {
            if (!lies(batch.offset[i], longest)) {
                throw outside("has a slot", batch.offset[i], longest);
            }
        }
    }
}
