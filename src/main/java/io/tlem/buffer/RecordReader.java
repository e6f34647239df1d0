package io.tlem.buffer;

import java.lang.foreign.MemorySegment;

/**
 * Walks the records that the stage before has published, in order. Used by one thread.
 *
 * <p>{@link #peek} at the next packet, {@link #advance} past it; {@link #publish} once a batch tells the neighbours
 * how far this stage is. Or {@link #scan} for the packets that are due, and {@link #consume} those that were sent.
 */
public final class RecordReader extends ThreadOwned {
    /** Returned by {@link #peek} when the stage before has published nothing more. */
    public static final long EMPTY = -1;

    /** {@link #nextReleaseNanos} where nothing is known of the next packet. */
    public static final long UNKNOWN = Long.MAX_VALUE;

    private static final int OFFSET = 0;
    private static final int LEFT = 1;
    private static final int RELEASE = 2;

    private final long[] state = new long[3];
    private final long[] copied = new long[1];
    private final HeapView copiedView = new HeapView();
    private final HeapView stateView = new HeapView();
    private final HeapView recordsView = new HeapView();
    private final HeapView lengthsView = new HeapView();
    private final HeapView arrivalsView = new HeapView();
    private final HeapView releasesView = new HeapView();
    private final HeapView slotsView = new HeapView();
    private final MemorySegment segment;
    private final long end;
    private final Cursor upstream;
    private final Cursor published;
    private long position;
    private long offset = SharedBuffer.HEADER_PAGE_BYTES;
    private long cachedUpstream;
    private long scannedPosition;
    private long scannedOffset = SharedBuffer.HEADER_PAGE_BYTES;
    private long nextReleaseNanos = UNKNOWN;

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

    /** Whether the stage before has published nothing more. */
    public boolean isEmpty() {
        return position == cachedUpstream && !refreshed();
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

    /**
     * Looks at the records from here on as far as they are due, without going past them. Records that are not to be
     * forwarded are passed over.
     *
     * @param now records with a release time after this are not due
     * @param limit most packets to be found, at most the length of each array
     * @param records offset of each packet's record
     * @param lengths of each packet
     * @param arrivals of each packet, ns
     * @param releases of each packet, ns; non-decreasing
     * @return how many were found
     */
    public int scan(long now, int limit, long[] records, int[] lengths, long[] arrivals, long[] releases) {
        return NativeKernel.AVAILABLE
                ? scanInC(now, limit, records, lengths, arrivals, releases)
                : scanInJava(now, limit, records, lengths, arrivals, releases);
    }

    int scanInC(long now, int limit, long[] records, int[] lengths, long[] arrivals, long[] releases) {
        cachedUpstream = upstream.readAcquire();
        state[OFFSET] = offset;
        state[LEFT] = cachedUpstream - position;
        state[RELEASE] = UNKNOWN;
        int found = NativeKernel.scan(
                segment.address(),
                end,
                now,
                limit,
                recordsView.of(records),
                lengthsView.of(lengths),
                arrivalsView.of(arrivals),
                releasesView.of(releases),
                stateView.of(state));
        scannedOffset = state[OFFSET];
        scannedPosition = cachedUpstream - state[LEFT];
        nextReleaseNanos = state[RELEASE];
        return found;
    }

    int scanInJava(long now, int limit, long[] records, int[] lengths, long[] arrivals, long[] releases) {
        MemorySegment memory = segment;
        long last = end;
        long at = offset;
        long left = cachedUpstream - position;
        int found = 0;
        boolean refreshed = false;
        nextReleaseNanos = UNKNOWN;
        while (found < limit) {
            if (left == 0) {
                if (refreshed) { // once: a scan ends, whatever the stage before does meanwhile
                    break;
                }
                refreshed = true;
                long before = cachedUpstream;
                cachedUpstream = upstream.readAcquire();
                left = cachedUpstream - before;
                if (left == 0) {
                    break;
                }
            }
            if (at == last) {
                at = SharedBuffer.HEADER_PAGE_BYTES;
            }
            long word = PacketRecord.word(memory, at);
            int stride = PacketRecord.strideOf(word);
            if (PacketRecord.fateOf(word) == PacketRecord.FORWARD) {
                long release = PacketRecord.releaseNanos(memory, at);
                if (release > now) {
                    nextReleaseNanos = release;
                    break;
                }
                records[found] = at;
                lengths[found] = PacketRecord.lengthOf(word);
                arrivals[found] = PacketRecord.arrivalNanos(memory, at);
                releases[found] = release;
                found++;
            }
            at += stride;
            left -= stride;
        }
        scannedOffset = at;
        scannedPosition = cachedUpstream - left;
        return found;
    }

    /** Release time of the packet at which the last {@link #scan} ended, or {@link #UNKNOWN}. */
    public long nextReleaseNanos() {
        return nextReleaseNanos;
    }

    /**
     * Copies a packet that {@link #scan} has found into a slot, up to 64 bytes as 64: faster, and both have the room.
     *
     * @param slot offset in {@code to}
     */
    public void copyOut(long record, int length, MemorySegment to, long slot) {
        MemorySegment.copy(segment, PacketRecord.packetOffset(record), to, slot, Math.max(length, 64));
    }

    /**
     * As {@link #copyOut} for packets in turn, in C, for memory that nobody can take away: C would not notice.
     *
     * @param longest packet that slots hold
     * @return how many were copied: all but those from the first on that is longer, or whose slot does not lie in
     *     {@code to}
     */
    public int copyOutInC(
            long[] records,
            int[] lengths,
            int first,
            int longest,
            MemorySegment to,
            long[] slots,
            int firstSlot,
            int count) {
        copied[0] = 0;
        return NativeKernel.copyOut(
                segment.address(),
                Math.min(end, scannedOffset + cachedUpstream - scannedPosition),
                recordsView.of(records),
                lengthsView.of(lengths),
                longest,
                to.address(),
                to.byteSize(),
                slotsView.of(slots),
                first,
                firstSlot,
                count,
                copiedView.of(copied));
    }

    /** Bytes of the packets that the last {@link #copyOutInC} has copied. */
    public long copiedBytes() {
        return copied[0];
    }

    /**
     * Goes past everything that was scanned.
     *
     * @return whether there was anything
     */
    public boolean consume() {
        return moveTo(scannedPosition, scannedOffset);
    }

    /**
     * Goes past what was scanned before this record, which {@link #scan} has found.
     *
     * @return whether there was anything
     */
    public boolean consumeBefore(long record) {
        return moveTo(scannedPosition - (scannedOffset > record ? scannedOffset - record : wrapped(record)), record);
    }

    private boolean moveTo(long newPosition, long newOffset) {
        boolean moved = newPosition != position;
        position = newPosition;
        offset = newOffset;
        return moved;
    }

    /** Bytes from a record to where the scan ended, when the end of the buffer lies in between. */
    private long wrapped(long record) {
        return end - record + scannedOffset - SharedBuffer.HEADER_PAGE_BYTES;
    }

    /** Tells the neighbours that this stage is done with everything before its position. */
    public void publish() {
        published.publishRelease(position);
    }
}
