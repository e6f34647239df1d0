package io.tlem.buffer;

import io.tlem.layout.ThreadOwned;
import io.tlem.os.HeapView;
import java.lang.foreign.MemorySegment;
import java.util.Objects;

/** What a {@link RecordWriter} changes all the time. */
abstract class WriterProgress extends ThreadOwned {
    long position;
    long offset = SharedBuffer.HEADER_PAGE_BYTES;
    long cachedReleased;
    int claimedStride;
    int appendedEnd;
}

/**
 * Writes records at the head of a shared buffer. Used by one thread.
 *
 * <p>{@link #claim} a record, fill it, {@link #commit} it; {@link #publish} once a batch makes the committed records
 * visible to the next stage. A claimed record that is not committed is claimed again. Or {@link #append} a whole batch
 * for which {@link #hasRoom}.
 */
public final class RecordWriter extends WriterProgress {
    @SuppressWarnings("unused") // keeps the fields above apart from what lies behind this object
    private long q0, q1, q2, q3, q4, q5, q6, q7, q8, q9, qa, qb, qc, qd, qe, qf;

    /** Returned by {@link #claim} when the buffer is full. */
    public static final long FULL = -1;

    /** A release time that says: do not store this packet. */
    public static final long OMIT = Long.MIN_VALUE;

    private static final int OFFSET =
            16; // longs ahead of it and as many behind, so that no other object shares its lines
    private static final int BYTES = OFFSET + 1;

    private final long[] state = new long[OFFSET + 6 + OFFSET];
    private final MemorySegment stateView = MemorySegment.ofArray(state).asSlice((long) OFFSET * Long.BYTES);
    private final HeapView offsetsView = new HeapView();
    private final HeapView lengthsView = new HeapView();
    private final HeapView arrivalsView = new HeapView();
    private final HeapView releasesView = new HeapView();
    private final HeapView tagsView = new HeapView();
    private final MemorySegment segment;
    private final long capacity;
    private final Cursor published;
    private final Cursor released;

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
            PacketRecord.pad(segment, offset, (int) untilEnd);
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

    /**
     * Whether packets whose strides add up to this have room, wherever the end of the buffer comes in between.
     *
     * @param longestStride of any of them
     */
    public boolean hasRoom(long strides, int longestStride) {
        // Less than one record is lost at the end of the buffer.
        return capacity - (position - cachedReleased) >= strides + longestStride || refreshed(strides + longestStride);
    }

    /**
     * How many packets have room for sure, wherever the end of the buffer comes in between.
     *
     * @param keptBytes of the room that are not for them
     * @param longestStride of any of them
     * @param most that are asked for
     * @return 0 to {@code most}
     */
    public int room(long keptBytes, int longestStride, int most) {
        long wanted = (most + 1L) * longestStride + keptBytes;
        if (capacity - (position - cachedReleased) >= wanted || refreshed(wanted)) {
            return most;
        }
        return (int) Math.max(0, (capacity - (position - cachedReleased) - keptBytes) / longestStride - 1);
    }

    /**
     * As {@link #append}, in C, for memory that nobody can take away: C would not notice.
     *
     * @return how many packets were looked at: all but those from the first on that does not lie in {@code from}
     */
    public int appendInC(
            MemorySegment from,
            long[] offsets,
            int[] lengths,
            long[] arrivals,
            long firstNumber,
            long[] releases,
            int[] tags,
            int count) {
        long start = offset;
        state[OFFSET] = start;
        state[BYTES] = 0;
        int seen = NativeKernel.append(
                segment.address(),
                SharedBuffer.HEADER_PAGE_BYTES + capacity,
                from.address(),
                from.byteSize(),
                offsetsView.of(offsets),
                lengthsView.of(lengths),
                arrivalsView.of(arrivals),
                firstNumber,
                releasesView.of(releases),
                tags == null ? MemorySegment.NULL : tagsView.of(tags),
                count,
                stateView);
        offset = state[OFFSET];
        position += offset >= start ? offset - start : offset - start + capacity;
        return seen;
    }

    /** Bytes of the packets that the last {@link #appendInC} has looked at. */
    public long seenBytes() {
        return state[BYTES];
    }

    /**
     * Stores and commits packets that have room, but for those whose release time is {@link #OMIT}.
     *
     * @param from memory of the packets: it and the record both hold 64 bytes of a shorter one
     * @param firstNumber of the packet that is the first in the arrays, whether or not it is one of these
     * @param tags more than 0 where the packet stays in a buffer of its port, whose number it is, and is not copied; else what
     *     goes with the packet; null for 0
     * @param first of the packets
     * @param end behind the last of them, in the arrays
     */
    public void append(
            MemorySegment from,
            long[] offsets,
            int[] lengths,
            long[] arrivals,
            long firstNumber,
            long[] releases,
            int[] tags,
            int first,
            int end) {
        MemorySegment to = segment;
        long limit = SharedBuffer.HEADER_PAGE_BYTES + capacity;
        long at = offset;
        long start = at; // where what is not part of position yet begins
        int i = first;
        try {
            for (; i < end; i++) {
                long release = releases[i];
                if (release == OMIT) {
                    continue;
                }
                int length = Objects.checkIndex(lengths[i], PacketRecord.LENGTH_LIMIT);
                int tag = tags == null ? 0 : tags[i];
                int stride = tag <= 0 ? PacketRecord.strideOf(length) : PacketRecord.KEPT_STRIDE;
                if (stride > limit - at) {
                    offset = at;
                    position += at - start;
                    wrap(limit - at);
                    at = offset;
                    start = at;
                }
                if (tag <= 0) {
                    PacketRecord.begin(to, at, stride, length);
                    // Up to 64 bytes are copied as 64, which is faster.
                    MemorySegment.copy(
                            from,
                            offsets[i],
                            to,
                            PacketRecord.packetOffset(at),
                            Math.max(length, PacketRecord.LEAST_COPIED));
                } else {
                    PacketRecord.beginKept(to, at, length);
                }
                PacketRecord.setTag(to, at, tag);
                PacketRecord.setArrival(to, at, arrivals[i], firstNumber + i);
                PacketRecord.setReleaseNanos(to, at, release);
                at += stride;
            }
        } finally {
            position += at - start;
            offset = at;
            appendedEnd = i;
        }
    }

    /** Behind the last packet that the last {@link #append} has stored or omitted, in the arrays: all, unless it has thrown. */
    public int appendedEnd() {
        return appendedEnd;
    }

    /** Publishes every committed record. */
    public void publish() {
        published.publishRelease(position);
    }
}
