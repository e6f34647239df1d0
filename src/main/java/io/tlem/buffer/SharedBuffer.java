package io.tlem.buffer;

import io.tlem.os.SystemMemory;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * The circular buffer of one pipeline in one mapped segment.
 *
 * <pre>
 *  0                                  4096
 *  +--------+---------+----------+- -+---------+---------+---------+ - - - - +
 *  | magic, | stored  | annotated|   | record  | record  | record  |         |
 *  | sizes  | released: 128 bytes|   |         |         |         |         |
 *  +--------+---------+----------+- -+---------+---------+---------+ - - - - +
 *  |&lt;--------- header page ---------&gt;|&lt;----------- capacity ----------------&gt;|
 * </pre>
 *
 * <p>Positions count bytes from the start and only grow; the offset of a position is kept beside it by the
 * {@link RecordWriter} and the {@link RecordReader}s, which always know where the buffer wraps, so the capacity need
 * not be a power of two.
 */
public final class SharedBuffer {
    /** Bytes before the first record. */
    public static final int HEADER_PAGE_BYTES = 4096;

    /** First eight bytes of the buffer, {@code "TLEMBUF1"} read as a big-endian number. */
    public static final long MAGIC = 0x544c_454d_4255_4631L;

    /** Smallest capacity: room for a few packets of any size a port hands out. */
    public static final long MIN_CAPACITY_BYTES = 1 << 16;

    /**
     * Makes more of the memory present, so that the stages need not wait for it when they come there first. For one
     * thread, while they use the buffer.
     *
     * @return false when all of it is present
     */
    public boolean makePresent(long bytes) {
        long from = presentBytes;
        presentBytes = Math.min(from + bytes, segment.byteSize());
        if (presentBytes > from) {
            SystemMemory.makePresent(segment.asSlice(from, presentBytes - from));
        }
        return presentBytes < segment.byteSize();
    }

    /** What kind of pages a buffer is to lie on. */
    public enum Pages {
        /** Huge pages, or an error. */
        HUGE_REQUIRED(SystemMemory.HugePages.REQUIRE),
        /** Huge pages when there are enough, else transparent huge pages, else ordinary ones. */
        HUGE_PREFERRED(SystemMemory.HugePages.PREFER),
        /** Ordinary pages. */
        ORDINARY(SystemMemory.HugePages.NEVER);

        private final SystemMemory.HugePages policy;

        Pages(SystemMemory.HugePages policy) {
            this.policy = policy;
        }
    }

    private static final int CURSOR_STORED = 1;
    private static final int CURSOR_ANNOTATED = 2;
    private static final int CURSOR_RELEASED = 3;

    private final MemorySegment segment;
    private final long capacityBytes;
    private final String memoryKind;
    private final boolean onHugePages;
    private long presentBytes; // of the thread that makes more present

    private SharedBuffer(
            MemorySegment segment, long capacityBytes, String memoryKind, boolean onHugePages, long presentBytes) {
        this.segment = segment;
        this.capacityBytes = capacityBytes;
        this.memoryKind = memoryKind;
        this.onHugePages = onHugePages;
        this.presentBytes = presentBytes;
        segment.set(ValueLayout.JAVA_LONG.withOrder(java.nio.ByteOrder.BIG_ENDIAN), 0, MAGIC);
        segment.set(ValueLayout.JAVA_LONG, 8, capacityBytes);
    }

    /**
     * Maps a buffer, zeroed.
     *
     * @param arena owns the mapping; to be closed only after every stage has ended
     * @param capacityBytes bytes for records; rounded up to whole pages, at least {@link #MIN_CAPACITY_BYTES}
     * @param pages what kind of pages to use
     * @throws io.tlem.os.SystemCallException when the memory cannot be had
     */
    public static SharedBuffer allocate(Arena arena, long capacityBytes, Pages pages) {
        return allocate(arena, capacityBytes, pages, 0);
    }

    /**
     * As {@link #allocate(Arena, long, Pages)}.
     *
     * @param otherCapacityBytes of another buffer that lacks huge pages as well, 0 for none: where there are too few, the
     *     hint says how many serve both
     */
    public static SharedBuffer allocate(Arena arena, long capacityBytes, Pages pages, long otherCapacityBytes) {
        long other = otherCapacityBytes == 0 ? 0 : mappedBytes(otherCapacityBytes);
        SystemMemory.Mapping mapping = SystemMemory.allocate(arena, mappedBytes(capacityBytes), pages.policy, other);
        long records = (mapping.segment().byteSize() - HEADER_PAGE_BYTES) & -PacketRecord.ALIGNMENT;
        return new SharedBuffer(mapping.segment(), records, mapping.kind(), mapping.reserved(), mapping.presentBytes());
    }

    private static long mappedBytes(long capacityBytes) {
        return HEADER_PAGE_BYTES + Math.max(capacityBytes, MIN_CAPACITY_BYTES);
    }

    /** A buffer in memory the caller provides, for tests and for offline use; at least header page and minimum. */
    public static SharedBuffer over(MemorySegment segment) {
        long records = (segment.byteSize() - HEADER_PAGE_BYTES) & -PacketRecord.ALIGNMENT;
        if (records < 2L * PacketRecord.MIN_STRIDE) {
            throw new IllegalArgumentException("a shared buffer needs more than " + segment.byteSize() + " bytes");
        }
        return new SharedBuffer(segment, records, "given memory", false, segment.byteSize());
    }

    /** Whether batches can be copied by the C library, as {@link RecordWriter#appendInC} does. */
    public static boolean hasNativeKernel() {
        return NativeKernel.AVAILABLE;
    }

    /** Why the C library that is there is not used; empty where nothing is wrong. */
    public static String nativeKernelRefusal() {
        return NativeKernel.REFUSAL;
    }

    /** The whole mapping, header page included; record offsets are offsets into it. */
    public MemorySegment segment() {
        return segment;
    }

    /** Bytes available to records. */
    public long capacityBytes() {
        return capacityBytes;
    }

    /** What kind of pages the buffer lies on, and why, for people. */
    public String memoryKind() {
        return memoryKind;
    }

    /** Whether it lies on huge pages that were reserved. */
    public boolean onHugePages() {
        return onHugePages;
    }

    /** Up to where the input stage has stored packets. */
    public Cursor stored() {
        return new Cursor(segment, (long) CURSOR_STORED * Cursor.LINE_BYTES);
    }

    /** Up to where packets have their fate and release time. With two stages the input stage publishes this one only. */
    public Cursor annotated() {
        return new Cursor(segment, (long) CURSOR_ANNOTATED * Cursor.LINE_BYTES);
    }

    /** Up to where the output stage is done with the records, so that their room may be used again. */
    public Cursor released() {
        return new Cursor(segment, (long) CURSOR_RELEASED * Cursor.LINE_BYTES);
    }
}
