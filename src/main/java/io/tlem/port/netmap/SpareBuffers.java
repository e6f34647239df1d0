package io.tlem.port.netmap;

import io.tlem.os.NetmapLayout;
import io.tlem.port.PacketBatch;
import io.tlem.port.ZeroCopy;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;

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

    private static final VarHandle LONGS =
            MethodHandles.arrayElementVarHandle(long[].class).withInvokeExactBehavior();

    // Positions that only grow, each in the middle of an array: longs ahead of it and as many behind, so that no other
    // object,
    // and no other thread's, shares its lines.
    private static final int AT = 16;
    private final long[] given = new long[AT + 1 + AT]; // the sink's thread writes it
    private final long[] taken = new long[AT + 2 + AT]; // the source's thread; then the last given that it has seen

    private final MemorySegment memory; // the source's
    private final NetmapRing from;
    private final int[] spare;
    private final int mask;
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
        this.spare = new int[Math.max(1, Integer.highestOneBit(Math.max(1, most - 1)) << 1)];
        this.mask = spare.length - 1;
        int next = first;
        int count = 0;
        while (from.isBuffer(next) && count < most) {
            spare[count++] = next;
            next = NetmapLayout.nextExtraBuffer(memory, from.bufferAt(next));
        }
        given[AT] = count;
        taken[AT + 1] = count;
    }

    /** How many are spare. Before they are used, and after. */
    int count() {
        return (int) (given[AT] - taken[AT]);
    }

    /**
     * Has kept packets go to a ring from now on, if it is in the same memory: what is written into a spare buffer here is there,
     * too. Not by the region's number: each provider counts its own.
     */
    boolean handOnTo(MemorySegment sinkMemory, NetmapRing ring) {
        if (count() == 0 || ring.bufferBytes() != from.bufferBytes() || !ring.isBuffer(spare[0])) {
            return false;
        }
        long mark = memory.address() ^ System.nanoTime();
        for (long written : new long[] {mark, ~mark}) {
            memory.set(ValueLayout.JAVA_LONG_UNALIGNED, from.bufferAt(spare[0]), written);
            if (sinkMemory.get(ValueLayout.JAVA_LONG_UNALIGNED, ring.bufferAt(spare[0])) != written) {
                return false;
            }
        }
        toMemory = sinkMemory;
        to = ring;
        return true;
    }

    @Override
    public void keep(PacketBatch received, int count) {
        int[] tags = received.tag;
        for (int i = 0; i < count; i++) {
            if (tags[i] != 0) {
                tags[i] = keep(received.place[i], received.offset[i]);
            }
        }
    }

    private int keep(long slot, long offset) {
        long next = taken[AT];
        if (slot == NOWHERE || (next == taken[AT + 1] && !more())) {
            return 0;
        }
        int buffer = NetmapLayout.buffer(NetmapLayout.read(memory, slot));
        if (!from.isBuffer(buffer) || from.bufferAt(buffer) != offset) {
            return 0; // somebody else has written into the ring since
        }
        BufferExchange.put(memory, slot, spare[(int) next & mask]);
        taken[AT] = next + 1;
        return buffer;
    }

    private boolean more() {
        taken[AT + 1] = (long) LONGS.getAcquire(given, AT);
        return taken[AT] != taken[AT + 1];
    }

    @Override
    public void place(PacketBatch reserved, int count) {
        int[] tags = reserved.tag;
        long next = given[AT];
        for (int i = 0; i < count; i++) {
            if (tags[i] > 0) {
                long slot = reserved.place[i];
                spare[(int) next++ & mask] = NetmapLayout.buffer(NetmapLayout.read(toMemory, slot));
                BufferExchange.put(toMemory, slot, tags[i]);
                reserved.offset[i] = to.bufferAt(tags[i]);
            }
        }
        LONGS.setRelease(given, AT, next);
    }

    @Override
    public void free(int buffer) {
        long next = given[AT];
        spare[(int) next & mask] = buffer;
        LONGS.setRelease(given, AT, next + 1);
    }

    /**
     * Makes netmap's list of those that are spare, and leaves none here. After both threads have ended.
     *
     * @return the first of the list, 0 when there is none
     */
    int giveBack() {
        int first = 0;
        for (long next = taken[AT]; next != given[AT]; next++) {
            int buffer = spare[(int) next & mask];
            if (from.isBuffer(buffer)) {
                NetmapLayout.setNextExtraBuffer(memory, from.bufferAt(buffer), first);
                first = buffer;
            }
        }
        taken[AT] = given[AT];
        return first;
    }
}
