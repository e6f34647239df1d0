package io.tlem.buffer;

import java.lang.foreign.MemorySegment;

/**
 * Writes records at the head of a shared buffer. Used by one thread.
 *
 * <p>{@link #claim} a record, fill it, {@link #commit} it; {@link #publish} once a batch makes the committed records
 * visible to the next stage. A claimed record that is not committed is claimed again.
 */
public final class RecordWriter extends ThreadOwned {
    /** Returned by {@link #claim} when the buffer is full. */
    public static final long FULL = -1;

    private final MemorySegment segment;
    private final long capacity;
    private final Cursor published;
    private final Cursor released;
    private long position;
    private long offset = SharedBuffer.HEADER_PAGE_BYTES;
    private long cachedReleased;
    private int claimedStride;

    /**
     * @param published cursor this writer owns: the buffer's {@code stored()}, or {@code annotated()} when records are
     *     annotated before they are published
     */
    public RecordWriter(SharedBuffer buffer, Cursor published) {
        this.segment = buffer.segment();
        this.capacity = buffer.capacityBytes();
        this.published = published;
        this.released = buffer.released();
    }

    /**
     * Finds room for a packet and writes the record's stride and length.
     *
     * @param packetBytes length of the packet, 0 or more
     * @return the record's offset in the buffer's segment, or {@link #FULL}
     */
    public long claim(int packetBytes) {
        int stride = PacketRecord.strideOf(packetBytes);
        long untilEnd = SharedBuffer.HEADER_PAGE_BYTES + capacity - offset;
        long needed = stride <= untilEnd ? stride : untilEnd + stride;
        if (capacity - (position - cachedReleased) < needed && !refreshed(needed)) {
            return FULL;
        }
        if (stride > untilEnd) {
            wrap(untilEnd);
        }
        PacketRecord.begin(segment, offset, stride, packetBytes);
        claimedStride = stride;
        return offset;
    }

    private boolean refreshed(long needed) {
        cachedReleased = released.readAcquire();
        return capacity - (position - cachedReleased) >= needed;
    }

    private void wrap(long untilEnd) {
        if (untilEnd > 0) {
            PacketRecord.begin(segment, offset, (int) untilEnd, PacketRecord.PADDING);
        }
        position += untilEnd;
        offset = SharedBuffer.HEADER_PAGE_BYTES;
    }

    /** Makes the claimed record part of what the next {@link #publish} publishes. */
    public void commit() {
        position += claimedStride;
        offset += claimedStride;
        claimedStride = 0;
    }

    /** Publishes every committed record. */
    public void publish() {
        published.publishRelease(position);
    }
}
