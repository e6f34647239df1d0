package io.tlem.os;

import java.lang.foreign.AddressLayout;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.util.Objects;
import java.util.Optional;

/**
 * The loops over the slots of a netmap ring in C, where they can be had: {@link KernelLibrary}. They go from slot to slot as long
 * as nothing is out of the ordinary; what is, is left to the same loops in Java. They read each slot once and check what they
 * have read, for others may write there at any time.
 *
 * <p>Used by one thread, and only of memory outside the heap that nobody can take away.
 */
public final class SlotKernel {
    private static final AddressLayout POINTER = ValueLayout.ADDRESS;
    private static final MemoryLayout WORD = ValueLayout.JAVA_LONG;
    private static final MemoryLayout NUMBER = ValueLayout.JAVA_INT;

    private static final Optional<KernelLibrary> LIBRARY = open();

    private static final MethodHandle TAKE = handle(
            "tlem_take_slots",
            FunctionDescriptor.of(
                    NUMBER, WORD, WORD, NUMBER, NUMBER, WORD, NUMBER, NUMBER, NUMBER, NUMBER, POINTER, POINTER, POINTER,
                    NUMBER, NUMBER));
    private static final MethodHandle OFFER = handle(
            "tlem_offer_slots",
            FunctionDescriptor.of(
                    NUMBER, WORD, WORD, NUMBER, NUMBER, WORD, NUMBER, NUMBER, POINTER, POINTER, NUMBER, NUMBER));
    private static final MethodHandle FILL = handle(
            "tlem_fill_slots",
            FunctionDescriptor.of(NUMBER, WORD, NUMBER, NUMBER, NUMBER, POINTER, POINTER, POINTER, NUMBER, NUMBER));
    private static final MethodHandle MOVE =
            handle("tlem_move_slots", FunctionDescriptor.of(WORD, WORD, WORD, NUMBER, NUMBER, NUMBER, NUMBER, NUMBER));

    private final long slots; // address of the first
    private final long slotsAt;
    private final int count;
    private final long buffers;
    private final int bufferBytes;
    private final int bufferCount;
    private final HeapView offsetsView = new HeapView();
    private final HeapView lengthsView = new HeapView();
    private final HeapView placesView = new HeapView();
    private final HeapView tagsView = new HeapView();
    private final HeapView writtenView = new HeapView();

    /**
     * @param ring offset of the ring in the memory
     * @param count of its slots, which lie in the memory
     * @param buffers offset of the buffer with number 0
     * @param bufferCount above all numbers of buffers that lie in the memory
     */
    public SlotKernel(MemorySegment memory, long ring, int count, long buffers, int bufferBytes, int bufferCount) {
        this.slotsAt = NetmapLayout.slot(ring, 0);
        this.slots = memory.asSlice(slotsAt, NetmapLayout.SLOT_BYTES * count).address();
        this.count = count;
        this.buffers = buffers;
        this.bufferBytes = bufferBytes;
        this.bufferCount = bufferCount;
    }

    /** Whether there are loops in C. */
    public static boolean isAvailable() {
        return LIBRARY.isPresent();
    }

    private static Optional<KernelLibrary> open() {
        try {
            return KernelLibrary.open(
                    "tlem_slot_layout",
                    (int) NetmapLayout.SLOT_BYTES,
                    NetmapLayout.FIRST_BUFFER,
                    NetmapLayout.BUFFER_CHANGED,
                    NetmapLayout.MORE_FRAGMENTS);
        } catch (IllegalArgumentException e) {
            return Optional.empty(); // the loops over records are not there either, and say why
        }
    }

    private static MethodHandle handle(String name, FunctionDescriptor descriptor) {
        return LIBRARY.map(library -> library.handle(name, descriptor)).orElse(null);
    }

    /**
     * Hands out packets that lie in one slot each, until one does not, is shorter or longer than allowed, or its slot names a
     * buffer that is not there.
     *
     * @param slot of the first
     * @param offsets become where the packets are, from entry {@code first} on, and {@code lengths} their lengths, bytes, and
     *     {@code places} where their slots are
     * @param limit behind the last entry
     * @return how many there are
     */
    public int take(
            int slot, int shortest, int longest, long[] offsets, int[] lengths, long[] places, int first, int limit) {
        check(slot, first, limit, Math.min(offsets.length, Math.min(lengths.length, places.length)));
        try {
            return (int) TAKE.invokeExact(
                    slots,
                    slotsAt,
                    count,
                    slot,
                    buffers,
                    bufferBytes,
                    bufferCount,
                    shortest,
                    longest,
                    offsetsView.of(offsets),
                    lengthsView.of(lengths),
                    placesView.of(places),
                    first,
                    limit);
        } catch (Throwable e) {
            throw KernelLibrary.unexpected(e);
        }
    }

    /**
     * Hands out slots, until one names a buffer that is not there.
     *
     * @param slot the first
     * @param offsets become where their buffers are, from entry {@code first} on, and {@code places} where they are themselves
     * @param limit behind the last entry
     * @return how many there are
     */
    public int offer(int slot, long[] offsets, long[] places, int first, int limit) {
        check(slot, first, limit, Math.min(offsets.length, places.length));
        try {
            return (int) OFFER.invokeExact(
                    slots,
                    slotsAt,
                    count,
                    slot,
                    buffers,
                    bufferBytes,
                    bufferCount,
                    offsetsView.of(offsets),
                    placesView.of(places),
                    first,
                    limit);
        } catch (Throwable e) {
            throw KernelLibrary.unexpected(e);
        }
    }

    /**
     * Writes lengths into slots, and the mark of another buffer where the tag is more than 0, until a packet is longer than a
     * buffer.
     *
     * @param slot the first
     * @param lengths from entry {@code first} on, bytes
     * @param written becomes the length in each slot of the ring
     * @param limit behind the last entry
     * @return how many
     */
    public int fill(int slot, int[] lengths, int[] tags, int[] written, int first, int limit) {
        check(slot, first, limit, Math.min(lengths.length, tags.length));
        Objects.checkFromToIndex(0, count, written.length);
        try {
            return (int) FILL.invokeExact(
                    slots,
                    count,
                    slot,
                    bufferBytes,
                    lengthsView.of(lengths),
                    tagsView.of(tags),
                    writtenView.of(written),
                    first,
                    limit);
        } catch (Throwable e) {
            throw KernelLibrary.unexpected(e);
        }
    }

    /**
     * Moves packets into slots of the same numbers of another ring of the same memory, as long, whose buffers come into these
     * slots in return; until a slot names a buffer that is not there, or a packet is longer than one.
     *
     * @param slot the first
     * @param most how many, at most
     * @return how many, and in the upper 32 bits how many of them up to the last that ends a packet
     */
    public long move(SlotKernel to, int slot, int most) {
        check(slot, 0, most, count);
        Objects.checkFromToIndex(0, count, to.count);
        try {
            return (long) MOVE.invokeExact(slots, to.slots, count, slot, bufferBytes, bufferCount, most);
        } catch (Throwable e) {
            throw KernelLibrary.unexpected(e);
        }
    }

    private void check(int slot, int first, int limit, int entries) {
        Objects.checkIndex(slot, count);
        Objects.checkFromToIndex(first, limit, entries);
    }
}
