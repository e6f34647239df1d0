package io.tlem.buffer;

import io.tlem.layout.ThreadOwned;
import java.lang.foreign.MemorySegment;
import java.util.function.IntConsumer;

/** What an {@link OrderedReader} changes all the time. */
abstract class OrderedProgress extends ThreadOwned {
    long position; // gone past
    long offset = SharedBuffer.HEADER_PAGE_BYTES; // of the record there
    long cachedUpstream;
    long publishedPosition;
    long nextReleaseNanos = DueRecords.UNKNOWN; // of the packet at the position, once that was looked at
    long copiedBytes;
    long unsettled;
}

/** The records of packets that leave in the order in which they came: release times do not decrease. */
public final class OrderedReader extends OrderedProgress implements DueRecords {
    @SuppressWarnings("unused") // keeps the fields above apart from what lies behind this object
    private long q0, q1, q2, q3, q4, q5, q6, q7, q8, q9, qa, qb, qc, qd, qe, qf;

    /**
     * While so many bytes for each slot are known, the cursor of the stage before is not looked at: its line would have to come
     * from another core, for packets that are not due before those that are known.
     */
    private static final long PLENTY_BYTES = 2048;

    private static final int AT = 16; // longs ahead of it and as many behind, so that no other object shares its lines
    private static final int LEFT = AT + 1;
    private static final int ENDED_AT = AT + 2;
    private static final int BYTES = AT + 3;

    private final long[] state = new long[AT + 5 + AT];
    private final MemorySegment stateView = MemorySegment.ofArray(state).asSlice((long) AT * Long.BYTES);
    private final MemorySegment offsetsView;
    private final MemorySegment lengthsView;
    private final MemorySegment arrivalsView;
    private final MemorySegment releasesView;
    private final MemorySegment numbersView;
    private final MemorySegment tagsView;
    private final SharedBuffer buffer;
    private final MemorySegment segment;
    private final long end;
    private final Cursor upstream;
    private final Cursor published;
    private final Slots slots;
    private final boolean inC;

    /**
     * @param upstream cursor of the stage before
     * @param published cursor that this reader owns
     * @param slots to copy into
     */
    public OrderedReader(SharedBuffer buffer, Cursor upstream, Cursor published, Slots slots) {
        this(buffer, upstream, published, slots, NativeKernel.AVAILABLE && slots.stays());
    }

    OrderedReader(SharedBuffer buffer, Cursor upstream, Cursor published, Slots slots, boolean inC) {
        this.buffer = buffer;
        this.segment = buffer.segment();
        this.end = SharedBuffer.HEADER_PAGE_BYTES + buffer.capacityBytes();
        this.upstream = upstream;
        this.published = published;
        this.slots = slots;
        this.inC = inC;
        this.offsetsView = MemorySegment.ofArray(slots.offset());
        this.lengthsView = MemorySegment.ofArray(slots.length());
        this.arrivalsView = MemorySegment.ofArray(slots.arrivalNanos());
        this.releasesView = MemorySegment.ofArray(slots.releaseNanos());
        this.numbersView = MemorySegment.ofArray(slots.number());
        this.tagsView = MemorySegment.ofArray(slots.tag());
    }

    /** Goes on where another ended, which has nothing out of turn any more. */
    OrderedReader(SharedBuffer buffer, Cursor upstream, Cursor published, Slots slots, long position, long offset) {
        this(buffer, upstream, published, slots);
        this.position = position;
        this.offset = offset;
        this.cachedUpstream = position;
    }

    @Override
    public DueRecords reordering() {
        return new ReorderingReader(buffer, upstream, published, slots, position, offset, unsettled);
    }

    @Override
    public DueRecords ordered() {
        return this;
    }

    @Override
    public long nextReleaseNanos() {
        return nextReleaseNanos != UNKNOWN ? nextReleaseNanos : look();
    }

    /** Goes to the next packet that is to be sent, but not past one that leaves out of turn. */
    private long look() {
        while (position != cachedUpstream || refreshed()) {
            if (offset == end) {
                offset = SharedBuffer.HEADER_PAGE_BYTES;
            }
            long word = PacketRecord.word(segment, offset);
            int fate = PacketRecord.fateOf(word);
            if (PacketRecord.isInTurn(fate)) {
                nextReleaseNanos = PacketRecord.releaseNanos(segment, offset);
                return nextReleaseNanos;
            }
            if (PacketRecord.isOutOfTurn(fate)) {
                return UNKNOWN;
            }
            position += PacketRecord.strideOf(word);
            offset += PacketRecord.strideOf(word);
        }
        return UNKNOWN;
    }

    private boolean refreshed() {
        cachedUpstream = upstream.readAcquire();
        return position != cachedUpstream;
    }

    @Override
    public boolean othersMayBeEarlier() {
        return false;
    }

    @Override
    public int copyDue(long now, long oldest, int longest, int first, int last) {
        if (cachedUpstream - position < (last - first) * PLENTY_BYTES) {
            cachedUpstream = upstream.readAcquire();
        }
        nextReleaseNanos = UNKNOWN;
        copiedBytes = 0;
        int slot = inC ? first + copyDueInC(now, oldest, longest, first, last) : first;
        while (slot < last) { // what C has left, if it is not for one of these reasons
            long release = nextReleaseNanos();
            if (release > now || release < oldest || nextLength() > longest) {
                break;
            }
            copiedBytes += nextLength();
            copyNext(slot);
            slot++;
        }
        return slot - first;
    }

    private int copyDueInC(long now, long oldest, int longest, int first, int last) {
        state[AT] = offset;
        state[LEFT] = cachedUpstream - position;
        state[ENDED_AT] = UNKNOWN;
        int copied = NativeKernel.copyDue(
                segment.address(),
                end,
                now,
                oldest,
                longest,
                slots.memory().address(),
                slots.memory().byteSize(),
                offsetsView,
                lengthsView,
                arrivalsView,
                releasesView,
                numbersView,
                tagsView,
                first,
                last,
                stateView);
        offset = state[AT];
        position = cachedUpstream - state[LEFT];
        nextReleaseNanos = state[ENDED_AT];
        copiedBytes = state[BYTES];
        unsettled += copied;
        return copied;
    }

    @Override
    public long copiedBytes() {
        return copiedBytes;
    }

    @Override
    public int nextLength() {
        return PacketRecord.length(segment, offset);
    }

    @Override
    public long nextNumber() {
        return PacketRecord.number(segment, offset);
    }

    @Override
    public long nextArrivalNanos() {
        return PacketRecord.arrivalNanos(segment, offset);
    }

    @Override
    public int nextTag() {
        return PacketRecord.tag(segment, offset);
    }

    @Override
    public void copyNext(int slot) {
        slots.fill(slot, segment, offset, nextReleaseNanos);
        skipNext();
        unsettled++;
    }

    @Override
    public void skipNext() {
        int stride = PacketRecord.strideOf(PacketRecord.word(segment, offset));
        position += stride;
        offset += stride;
        nextReleaseNanos = UNKNOWN;
    }

    @Override
    public void settle() {
        unsettled = 0;
    }

    @Override
    public void publish() {
        if (position != publishedPosition) {
            publishedPosition = position;
            published.publishRelease(position);
        }
    }

    @Override
    public long countRemaining(IntConsumer kept) {
        return reordering().countRemaining(kept);
    }
}
