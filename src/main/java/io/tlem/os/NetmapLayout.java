package io.tlem.os;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static java.lang.foreign.ValueLayout.JAVA_SHORT;

import io.tlem.bindings.netmap.Netmap;
import io.tlem.bindings.netmap.netmap_if;
import io.tlem.bindings.netmap.netmap_ring;
import io.tlem.bindings.netmap.netmap_slot;
import java.lang.foreign.MemorySegment;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;

/**
 * Where things are in the memory that netmap and a program share. Every method takes the memory and the offset of the
 * structure in it, and checks nothing but the segment's bounds.
 *
 * <p>A slot is read and written as one long, {@code buf_idx} in bits 0 to 31, {@code len} in 32 to 47, {@code flags} in
 * 48 to 63: one access instead of three.
 */
public final class NetmapLayout {
    /** Bytes of a {@code netmap_if} without its table of rings. */
    public static final long INTERFACE_BYTES = netmap_if.ring_ofs$offset();
    /** Bytes of a {@code netmap_ring} without its slots. */
    public static final long RING_BYTES = netmap_ring.slot$offset();
    /** Bytes of a slot. */
    public static final long SLOT_BYTES = netmap_slot.sizeof();
    /** Buffers below this index are never a slot's. */
    public static final int FIRST_BUFFER = 2;
    /** Flag of a slot: its buffer is another one than before. */
    public static final int BUFFER_CHANGED = Netmap.NS_BUF_CHANGED();
    /** Flag of a slot: the packet goes on in the next one. */
    public static final int MORE_FRAGMENTS = Netmap.NS_MOREFRAG();
    /** Direction of a transmit ring, as the kernel writes it; the comment in netmap's header has it the other way round. */
    public static final int TRANSMIT = 1;
    /** Direction of a receive ring. */
    public static final int RECEIVE = 0;

    private static final long NAME_BYTES = netmap_if.ni_name$layout().byteSize();
    private static final long HEAD = netmap_ring.head$offset();
    private static final long CUR = netmap_ring.cur$offset();
    private static final long TAIL = netmap_ring.tail$offset();

    static {
        if (ByteOrder.nativeOrder() != ByteOrder.LITTLE_ENDIAN) {
            throw new UnsupportedOperationException("netmap slots are read as on little-endian systems");
        }
    }

    private NetmapLayout() {}

    // The interface

    /** NIC transmit rings of a port. */
    public static int transmitRings(MemorySegment memory, long port) {
        return memory.get(JAVA_INT, port + netmap_if.ni_tx_rings$offset());
    }

    /** NIC receive rings of a port. */
    public static int receiveRings(MemorySegment memory, long port) {
        return memory.get(JAVA_INT, port + netmap_if.ni_rx_rings$offset());
    }

    /** Host transmit rings of a port; netmaps before API 14 leave it 0 and have one. */
    public static int hostTransmitRings(MemorySegment memory, long port) {
        return memory.get(JAVA_INT, port + netmap_if.ni_host_tx_rings$offset());
    }

    /** Host receive rings of a port; netmaps before API 14 leave it 0 and have one. */
    public static int hostReceiveRings(MemorySegment memory, long port) {
        return memory.get(JAVA_INT, port + netmap_if.ni_host_rx_rings$offset());
    }

    /** Offset of a ring from its interface, 0 when it is not bound. Order: transmit, host transmit, receive, host receive. */
    public static long ringOffset(MemorySegment memory, long port, int index) {
        return memory.get(JAVA_LONG, port + INTERFACE_BYTES + 8L * index);
    }

    /** Writes an interface with one transmit and one receive ring and no host rings. */
    public static void writeInterface(
            MemorySegment memory, long port, String name, long transmitRing, long receiveRing) {
        memory.asSlice(port, INTERFACE_BYTES).fill((byte) 0);
        byte[] bytes = name.getBytes(StandardCharsets.UTF_8);
        MemorySegment.copy(bytes, 0, memory, JAVA_BYTE, port, (int) Math.min(bytes.length, NAME_BYTES - 1));
        memory.set(JAVA_INT, port + netmap_if.ni_version$offset(), Netmap.NETMAP_API());
        memory.set(JAVA_INT, port + netmap_if.ni_tx_rings$offset(), 1);
        memory.set(JAVA_INT, port + netmap_if.ni_rx_rings$offset(), 1);
        memory.set(JAVA_LONG, port + INTERFACE_BYTES, transmitRing - port);
        memory.set(JAVA_LONG, port + INTERFACE_BYTES + 8, receiveRing - port);
    }

    /** First of the list of extra buffers that netmap has given a port, 0 when there is none. */
    public static int extraBuffers(MemorySegment memory, long port) {
        return memory.get(JAVA_INT, port + netmap_if.ni_bufs_head$offset());
    }

    /** Says where the list of extra buffers begins, 0 for nowhere. */
    public static void setExtraBuffers(MemorySegment memory, long port, int first) {
        memory.set(JAVA_INT, port + netmap_if.ni_bufs_head$offset(), first);
    }

    /** The extra buffer behind one in the list, 0 when that is the last. */
    public static int nextExtraBuffer(MemorySegment memory, long buffer) {
        return memory.get(JAVA_INT, buffer);
    }

    /** Puts an extra buffer into the list, behind another. */
    public static void setNextExtraBuffer(MemorySegment memory, long buffer, int next) {
        memory.set(JAVA_INT, buffer, next);
    }

    // A ring

    /** From the ring to buffer 0. */
    public static long bufferOffset(MemorySegment memory, long ring) {
        return memory.get(JAVA_LONG, ring + netmap_ring.buf_ofs$offset());
    }

    /** Slots of a ring. */
    public static int slots(MemorySegment memory, long ring) {
        return memory.get(JAVA_INT, ring + netmap_ring.num_slots$offset());
    }

    /** Bytes of each buffer. */
    public static int bufferBytes(MemorySegment memory, long ring) {
        return memory.get(JAVA_INT, ring + netmap_ring.nr_buf_size$offset());
    }

    /** {@link #TRANSMIT} or {@link #RECEIVE}. */
    public static int direction(MemorySegment memory, long ring) {
        return memory.get(JAVA_SHORT, ring + netmap_ring.dir$offset());
    }

    /** Bits of a slot's pointer that are an offset in its buffer. */
    public static long offsetMask(MemorySegment memory, long ring) {
        return memory.get(JAVA_LONG, ring + netmap_ring.offset_mask$offset());
    }

    /** First slot of the program. */
    public static int head(MemorySegment memory, long ring) {
        return memory.get(JAVA_INT, ring + HEAD);
    }

    /** How far the program has looked. */
    public static int cur(MemorySegment memory, long ring) {
        return memory.get(JAVA_INT, ring + CUR);
    }

    /** First slot of the provider. */
    public static int tail(MemorySegment memory, long ring) {
        return memory.get(JAVA_INT, ring + TAIL);
    }

    /** Sets head and cur to the same slot. */
    public static void setHead(MemorySegment memory, long ring, int slot) {
        memory.set(JAVA_INT, ring + CUR, slot);
        memory.set(JAVA_INT, ring + HEAD, slot);
    }

    /** Sets tail: the provider. */
    public static void setTail(MemorySegment memory, long ring, int slot) {
        memory.set(JAVA_INT, ring + TAIL, slot);
    }

    /** Writes a ring without its slots, head and cur 0 and tail as given: the provider. */
    public static void writeRing(
            MemorySegment memory, long ring, int direction, int slots, int bufferBytes, long buffers, int tail) {
        memory.asSlice(ring, RING_BYTES).fill((byte) 0);
        memory.set(JAVA_LONG, ring + netmap_ring.buf_ofs$offset(), buffers - ring);
        memory.set(JAVA_INT, ring + netmap_ring.num_slots$offset(), slots);
        memory.set(JAVA_INT, ring + netmap_ring.nr_buf_size$offset(), bufferBytes);
        memory.set(JAVA_SHORT, ring + netmap_ring.dir$offset(), (short) direction);
        setHead(memory, ring, 0);
        setTail(memory, ring, tail);
    }

    // A slot

    /** Offset of a slot. */
    public static long slot(long ring, int index) {
        return ring + RING_BYTES + SLOT_BYTES * index;
    }

    /** A slot but for its pointer. */
    public static long read(MemorySegment memory, long slot) {
        return memory.get(JAVA_LONG, slot);
    }

    /** Writes a slot but for its pointer. */
    public static void write(MemorySegment memory, long slot, long value) {
        memory.set(JAVA_LONG, slot, value);
    }

    /** Writes length and flags of a slot. */
    public static void write(MemorySegment memory, long slot, int length, int flags) {
        memory.set(JAVA_INT, slot + 4, (length & 0xFFFF) | (flags << 16));
    }

    /** Index of the buffer, unsigned. */
    public static int buffer(long slot) {
        return (int) slot;
    }

    /** Length in bytes. */
    public static int length(long slot) {
        return (int) (slot >>> 32) & 0xFFFF;
    }

    /** Flags. */
    public static int flags(long slot) {
        return (int) (slot >>> 48);
    }

    /** A slot's value. */
    public static long value(int buffer, int length, int flags) {
        return Integer.toUnsignedLong(buffer) | ((long) (length & 0xFFFF) << 32) | ((long) flags << 48);
    }
}
