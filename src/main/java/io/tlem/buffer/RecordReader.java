package io.tlem.buffer;

import java.lang.foreign.MemorySegment;

/**
 * Walks the records that the stage before has published, in order. Used by one thread.
 *
 * <p>{@link #peek} at the next packet, {@link #advance} past it; {@link #publish} once a batch tells the neighbours
 * how far this stage is. Or {@link #scan} for the packets that are due, and {@link #consume} those that were sent.
 */
public final class RecordReader extends ThreadOwned implements DueRecords {
    /** Returned by {@link #peek} when the stage before has published nothing more. */
    public static final long EMPTY = -1;

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
    private long[] found = {}; // records of the last scan
    private int foundCount;

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

    @Override
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

    @Override
    public int scan(long now, int limit, long[] records, int[] lengths, long[] arrivals, long[] releases) {
        found = records;
        foundCount = NativeKernel.AVAILABLE
                ? scanInC(now, limit, records, lengths, arrivals, releases)
                : scanInJava(now, limit, records, lengths, arrivals, releases);
        return foundCount;
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

    @Override
    public long nextReleaseNanos() {
        return nextReleaseNanos;
    }

    @Override
    public boolean othersMayBeEarlier() {
        return false;
    }

    @Override
    public void copyOut(long record, int length, MemorySegment to, long slot) {
        MemorySegment.copy(segment, PacketRecord.packetOffset(record), to, slot, Math.max(length, 64));
    }

    @Override
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

    @Override
    public long copiedBytes() {
        return copied[0];
    }

    @Override
    public boolean consume(int sent) {
        return sent < foundCount ? consumeBefore(found[sent]) : consume();
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
    @Override
    public void publish() {
        published.publishRelease(position);
    }

    @Override
    public long countRemaining() {
        long remaining = 0;
        for (long record = peek(); record != EMPTY; record = peek()) {
            if (PacketRecord.fate(segment, record) == PacketRecord.FORWARD) {
                remaining++;
            }
            advance();
        }
        return remaining;
    }
}
