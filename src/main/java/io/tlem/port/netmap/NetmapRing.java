package io.tlem.port.netmap;

import io.tlem.os.NetmapLayout;
import io.tlem.os.SlotKernel;
import io.tlem.port.PacketBatch;
import io.tlem.port.PortAddress;
import io.tlem.port.PortException;
import java.lang.foreign.MemorySegment;

/**
 * One ring as the program sees it. Everything about it that packets are handled with is read and checked once, when
 * it is opened, and tail after each sync: what the memory says later, through an error or on purpose, leads to no access
 * outside the port's memory. Used by one thread.
 */
final class NetmapRing {
    private static final int MAX_SLOTS = 1 << 20;
    private static final int MIN_BUFFER_BYTES = 64;

    private final PortAddress address;
    private final String name;
    private final MemorySegment memory;
    private final long ring;
    private final int slots;
    private final long buffers;
    private final int bufferBytes;
    private final int bufferCount;
    private final SlotKernel inC; // null where the loops over slots are in Java

    @SuppressWarnings("unused") // the ring made next is another thread's: not on a cache line with this one
    private final byte[] apart = new byte[256];

    private int head;
    private int tail;

    /**
     * @param name for messages: {@code receive ring 0}
     * @param portBytes length of the port's memory, at the beginning of {@code memory}
     * @param ring offset of the ring
     * @param memoryStays whether nobody can take the memory away: C would not notice
     * @throws PortException when the ring or its buffers do not lie in the port's memory
     */
    NetmapRing(PortAddress address, String name, MemorySegment memory, long portBytes, long ring, boolean memoryStays) {
        this.address = address;
        this.name = name;
        this.memory = memory;
        this.ring = ring;
        if (ring < 0 || ring % 8 != 0 || ring > portBytes - NetmapLayout.RING_BYTES) {
            throw broken("lies at " + ring + " of " + portBytes + " bytes of memory");
        }
        slots = NetmapLayout.slots(memory, ring);
        if (slots < 2 || slots > MAX_SLOTS || NetmapLayout.slot(ring, slots) > portBytes) {
            throw broken("has " + slots + " slots at " + ring + " of " + portBytes + " bytes of memory");
        }
        bufferBytes = NetmapLayout.bufferBytes(memory, ring);
        buffers = ring + NetmapLayout.bufferOffset(memory, ring);
        if (bufferBytes < MIN_BUFFER_BYTES || bufferBytes > 65536 || buffers < 0 || buffers > portBytes) {
            throw broken(
                    "has buffers of " + bufferBytes + " bytes at " + buffers + " of " + portBytes + " bytes of memory");
        }
        bufferCount = (int) Math.min(Integer.MAX_VALUE, (portBytes - buffers) / bufferBytes);
        if (NetmapLayout.offsetMask(memory, ring) != 0) {
            throw broken("has packets at offsets in their buffers (NETMAP_REQ_OPT_OFFSETS), which is not supported");
        }
        inC = memoryStays && memory.isNative() && SlotKernel.isAvailable()
                ? new SlotKernel(memory, ring, slots, buffers, bufferBytes, bufferCount)
                : null;
        head = NetmapLayout.head(memory, ring);
        if (head < 0 || head >= slots) {
            throw broken("has head " + head + " of " + slots + " slots");
        }
        // Whoever had the rings before may have looked ahead without taking.
        NetmapLayout.setHead(memory, ring, head);
        refresh();
    }

    /** Number of slots. */
    int slots() {
        return slots;
    }

    /** Length of each buffer in bytes. */
    int bufferBytes() {
        return bufferBytes;
    }

    /** First slot of the program. */
    int head() {
        return head;
    }

    /** Slots from head to tail: received ones in a receive ring, free ones in a transmit ring. */
    int available() {
        return distance(head, tail);
    }

    /** Slots of a transmit ring that were passed to netmap and have not come back yet. */
    int pending() {
        return slots - 1 - available();
    }

    /** Slots from one to another, in the ring's order. */
    int distance(int from, int to) {
        int distance = to - from;
        return distance < 0 ? distance + slots : distance;
    }

    /** The slot that is {@code steps} after another; at most once round the ring. */
    int after(int slot, int steps) {
        int next = slot + steps;
        return next >= slots ? next - slots : next;
    }

    /** A slot's value, see {@link NetmapLayout}. */
    long read(int slot) {
        return NetmapLayout.read(memory, NetmapLayout.slot(ring, slot));
    }

    /** Offset of a slot in the memory. */
    long slotAt(int slot) {
        return NetmapLayout.slot(ring, slot);
    }

    /** Offset of a buffer in the memory, of its number. */
    long bufferAt(int index) {
        return buffers + (long) index * bufferBytes;
    }

    /**
     * Makes entries of a batch packets of the ring, each in a slot of its own, in C where that may be. Ends at a packet that is
     * not like that, which is the caller's.
     *
     * @param slot the first packet's
     * @param first entry
     * @param limit behind the last entry
     * @return how many there are now; 0 without C
     */
    int takeInC(PacketBatch batch, int slot, int shortest, int longest, int first, int limit) {
        return inC == null
                ? 0
                : inC.take(slot, shortest, longest, batch.offset, batch.length, batch.place, first, limit);
    }

    /** As {@link #takeInC}, of free slots. */
    int offerInC(PacketBatch batch, int slot, int first, int limit) {
        return inC == null ? 0 : inC.offer(slot, batch.offset, batch.place, first, limit);
    }

    /** As {@link #takeInC}, of packets that become the ring's; {@code written} becomes the length in each slot. */
    int fillInC(PacketBatch batch, int slot, int[] written, int first, int limit) {
        return inC == null ? 0 : inC.fill(slot, batch.length, batch.tag, written, first, limit);
    }

    /** Writes length and flags of a slot. */
    void write(int slot, int length, int flags) {
        NetmapLayout.write(memory, NetmapLayout.slot(ring, slot), length, flags);
    }

    /**
     * Offset of the buffer that a slot names.
     *
     * @param value the slot's
     * @throws PortException when it is none of the port's buffers
     */
    long buffer(int slot, long value) {
        int index = NetmapLayout.buffer(value);
        if (!isBuffer(index)) {
            throw broken("names buffer " + Integer.toUnsignedString(index) + " in slot " + slot + ", of " + bufferCount
                    + " buffers");
        }
        return bufferAt(index);
    }

    /** Whether the port has a buffer of this number. */
    boolean isBuffer(int index) {
        return index >= NetmapLayout.FIRST_BUFFER && index < bufferCount;
    }

    /** Gives the slots before this one to netmap, with the next sync. */
    void advanceTo(int slot) {
        head = slot;
        NetmapLayout.setHead(memory, ring, slot);
    }

    /**
     * Takes over tail, after a sync.
     *
     * @throws PortException when netmap has reset the ring or says what cannot be
     */
    void refresh() {
        int newTail = NetmapLayout.tail(memory, ring);
        if (newTail < 0 || newTail >= slots) {
            throw broken("has tail " + newTail + " of " + slots + " slots");
        }
        int itsHead = NetmapLayout.head(memory, ring);
        if (itsHead != head) {
            throw broken("was reset: head is " + itsHead + " and not " + head);
        }
        tail = newTail;
    }

    PortException broken(String what) {
        return new PortException(address, name + " " + what);
    }
}
