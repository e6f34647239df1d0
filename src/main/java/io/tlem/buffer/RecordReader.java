package io.tlem.buffer;

import io.tlem.layout.ThreadOwned;
import java.lang.foreign.MemorySegment;

/** What a {@link RecordReader} changes all the time. */
abstract class ReaderProgress extends ThreadOwned {
    long position;
    long offset = SharedBuffer.HEADER_PAGE_BYTES;
    long cachedUpstream;
}

/**
 * Walks the records that the stage before has published, in order. Used by one thread.
 *
 * <p>{@link #peek} at the next packet, {@link #advance} past it; {@link #publish} once a batch tells the neighbours
 * how far this stage is.
 */
public final class RecordReader extends ReaderProgress {
    @SuppressWarnings("unused") // keeps the fields above apart from what lies behind this object
    private long q0, q1, q2, q3, q4, q5, q6, q7, q8, q9, qa, qb, qc, qd, qe, qf;

    /** Returned by {@link #peek} when the stage before has published nothing more. */
    public static final long EMPTY = -1;

    private final MemorySegment segment;
    private final long end;
    private final Cursor upstream;
    private final Cursor published;

    /**
     * @param upstream cursor of the stage before
     * @param published cursor that this reader owns
     */
    public RecordReader(SharedBuffer buffer, Cursor upstream, Cursor published) {
        this.segment = buffer.segment();
        this.end = SharedBuffer.HEADER_PAGE_BYTES + buffer.capacityBytes();
        this.upstream = upstream;
        this.published = published;
    }

    /** Offset of the next packet's record in the buffer's segment, or {@link #EMPTY}. Padding is skipped. */
    public long peek() {
        if (position == cachedUpstream && !refreshed()) {
            return EMPTY;
        }
        if (offset == end) {
            offset = SharedBuffer.HEADER_PAGE_BYTES;
        } else if (PacketRecord.fate(segment, offset) == PacketRecord.PADDING) {
            return peekPastPadding();
        }
        return offset;
    }

    private boolean refreshed() {
        cachedUpstream = upstream.readAcquire();
        return position != cachedUpstream;
    }

    private long peekPastPadding() {
        position += end - offset;
        offset = SharedBuffer.HEADER_PAGE_BYTES;
        return peek(); // the packet behind the padding may not be published yet
    }

    /** Goes past the record that {@link #peek} returned. */
    public void advance() {
        int stride = PacketRecord.strideOf(PacketRecord.word(segment, offset));
        position += stride;
        offset += stride;
    }

    /** Tells the neighbours that this stage is done with everything before its position. */
    public void publish() {
        published.publishRelease(position);
    }
}
