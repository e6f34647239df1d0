package io.tlem.port.netmap;

import io.tlem.os.NetmapLayout;
import io.tlem.port.NumberRing;
import io.tlem.port.PacketBatch;
import io.tlem.port.ZeroCopy;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * The extra buffers that netmap has given a port, for packets that are handed on from its receive rings to a transmit ring of
 * the same memory region. Those that are spare are in a ring between two threads:
 *
 * <pre>
 *   receive slot ◄── spare ◄── taken ── ring of spare ones ── given ◄── transmit slot
 *        └──────── packet's buffer, in a record of the shared buffer ────────►┘
 * </pre>
 *
 * <p>As many buffers as go out come back, so the ring has room for all.
 */
final class SpareBuffers implements ZeroCopy {
    /** Place of a packet that is in no single buffer. */
    static final long NOWHERE = 0;

    /** Copying a shorter packet is faster. */
    private static final int LEAST_BYTES = 256;

    private final MemorySegment memory; // the source's
    private final NetmapRing from;
    private final int first;
    private final NumberRing spare;
    private MemorySegment toMemory;
    private NetmapRing to;

    /**
     * @param memory of the port
     * @param from one of its receive rings
     * @param first buffer of netmap's list of extra ones: the first word of each says which is the next, 0 for none
     * @param most buffers that may be in the list
     */
    SpareBuffers(MemorySegment memory, NetmapRing from, int first, int most) {
        this.memory = memory;
        this.from = from;
        this.first = first;
        this.spare = new NumberRing(most);
        int next = first;
        for (int count = 0; count < most && from.isBuffer(next); count++) {
            spare.give(next);
            next = NetmapLayout.nextExtraBuffer(memory, from.bufferAt(next));
        }
        spare.publish();
    }

    /** How many are spare. Before they are used, and after. */
    int count() {
        return spare.count();
    }

    /**
     * Has kept packets go to a ring from now on, if it is in the same memory: what is written into a spare buffer here is there,
     * too. Not by the region's number: each provider counts its own.
     */
    boolean handOnTo(MemorySegment sinkMemory, NetmapRing ring) {
        if (count() == 0 || ring.bufferBytes() != from.bufferBytes() || !ring.isBuffer(first)) {
            return false;
        }
        long mark = memory.address() ^ System.nanoTime();
        for (long written : new long[] {mark, ~mark}) {
            memory.set(ValueLayout.JAVA_LONG_UNALIGNED, from.bufferAt(first), written);
            if (sinkMemory.get(ValueLayout.JAVA_LONG_UNALIGNED, ring.bufferAt(first)) != written) {
                return false;
            }
        }
        toMemory = sinkMemory;
        to = ring;
        return true;
    }

    @Override
    public int leastBytes() {
        return LEAST_BYTES;
    }

    @Override
    public void keep(PacketBatch received, int count) {
        for (int i = 0; i < count; i++) {
            long slot = received.place[i];
            received.tag[i] = slot == NOWHERE ? 0 : keep(slot, received.offset[i]);
        }
    }

    private int keep(long slot, long offset) {
        int buffer = NetmapLayout.buffer(NetmapLayout.read(memory, slot));
        if (!from.isBuffer(buffer) || from.bufferAt(buffer) != offset) {
            return 0; // somebody else has written into the ring since
        }
        int other = spare.take();
        if (other == NumberRing.NONE) {
            return 0;
        }
        BufferExchange.put(memory, slot, other);
        return buffer;
    }

    @Override
    public void place(PacketBatch reserved, int count) {
        int[] tags = reserved.tag;
        for (int i = 0; i < count; i++) {
            if (tags[i] > 0) {
                long slot = reserved.place[i];
                spare.give(NetmapLayout.buffer(NetmapLayout.read(toMemory, slot)));
                BufferExchange.put(toMemory, slot, tags[i]);
                reserved.offset[i] = to.bufferAt(tags[i]);
            }
        }
        spare.publish();
    }

    @Override
    public void free(int buffer) {
        spare.give(buffer);
        spare.publish();
    }

    /**
     * Makes netmap's list of those that are spare, and leaves none here. After both threads have ended.
     *
     * @return the first of the list, 0 when there is none
     */
    int giveBack() {
        int list = 0;
        for (int buffer = spare.take(); buffer != NumberRing.NONE; buffer = spare.take()) {
            if (from.isBuffer(buffer)) {
                NetmapLayout.setNextExtraBuffer(memory, from.bufferAt(buffer), list);
                list = buffer;
            }
        }
        return list;
    }
}
