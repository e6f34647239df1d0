package io.tlem.bench;

import io.tlem.os.SystemMemory;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/** Packets in slots as netmap's rings have them: 1024 slots of 2048 bytes, or of 16384 where packets are longer. */
final class PacketMemory {
    /** Slots; a power of two. */
    static final int SLOTS = 1024;

    /** Bytes of an ordinary slot. */
    static final int SLOT_BYTES = 2048;

    private static final int LARGE_SLOT_BYTES = 16384;

    private final MemorySegment segment;
    private final String kind;
    private final int slotBytes;
    private final int[] lengths = new int[SLOTS];
    private final long[] offsets = new long[SLOTS];

    /** Empty slots for packets of these sizes, on huge pages where there are some. */
    PacketMemory(Arena arena, PacketSizes sizes) {
        slotBytes = slotBytes(sizes);
        SystemMemory.Mapping mapping =
                SystemMemory.allocate(arena, (long) SLOTS * slotBytes, SystemMemory.HugePages.PREFER);
        segment = mapping.segment();
        kind = mapping.kind();
        for (int i = 0; i < SLOTS; i++) {
            lengths[i] = sizes.length(i);
            offsets[i] = offset(i);
        }
    }

    static int slotBytes(PacketSizes sizes) {
        return sizes.longest() <= SLOT_BYTES ? SLOT_BYTES : LARGE_SLOT_BYTES;
    }

    /** Fills every slot with content of its own. */
    PacketMemory filled() {
        for (long at = 0; at < segment.byteSize(); at += Long.BYTES) {
            segment.set(ValueLayout.JAVA_LONG, at, (at + 1) * 0x9E37_79B9_7F4A_7C15L);
        }
        return this;
    }

    MemorySegment segment() {
        return segment;
    }

    /** What kind of pages it lies on. */
    String kind() {
        return kind;
    }

    int slotBytes() {
        return slotBytes;
    }

    /** Length of the packet in each slot. The array itself: not to be written. */
    int[] lengths() {
        return lengths;
    }

    /** Writes the offsets of slots in turn, from this one on, the first one after the last. */
    void copyOffsets(int slot, long[] to, int count) {
        int before = Math.min(count, SLOTS - slot);
        System.arraycopy(offsets, slot, to, 0, before);
        System.arraycopy(offsets, 0, to, before, count - before);
    }

    /** Writes the lengths of the packets in slots in turn, as {@link #copyOffsets}. */
    void copyLengths(int slot, int[] to, int count) {
        int before = Math.min(count, SLOTS - slot);
        System.arraycopy(lengths, slot, to, 0, before);
        System.arraycopy(lengths, 0, to, before, count - before);
    }

    long offset(int slot) {
        return (long) slot * slotBytes;
    }

    /** The first slot whose packet differs from the one in the same slot of another memory, or -1. */
    int firstDifference(PacketMemory other) {
        for (int i = 0; i < SLOTS; i++) {
            long from = offset(i);
            if (MemorySegment.mismatch(segment, from, from + lengths[i], other.segment, from, from + lengths[i]) >= 0) {
                return i;
            }
        }
        return -1;
    }
}
