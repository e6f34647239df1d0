package io.tlem.buffer;

import io.tlem.layout.ThreadOwned;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.function.IntConsumer;

/** What a {@link ReorderingReader} changes all the time. */
abstract class ReorderingProgress extends ThreadOwned {
    long cachedUpstream;
    long freedPosition;
    long freedOffset;
    long orderPosition;
    long orderOffset;
    long seenPosition;
    long seenOffset;

    // A binary heap; the smallest release time first, of equal ones the packet that came first.
    int heapSize;
    long[] heapRelease = new long[ReorderingReader.INITIAL_HEAP];
    long[] heapPosition = new long[ReorderingReader.INITIAL_HEAP];
    long[] heapRecord = new long[ReorderingReader.INITIAL_HEAP];

    boolean nextInHeap; // what nextReleaseNanos has found
    long copiedBytes;
    long unsettled;
    long publishedPosition;
}

/**
 * As {@link OrderedReader}, for records of which some overtake others or are sent twice. Packets that keep their places are
 * found where they are; those that do not are in a heap of offsets, ordered by release time. A record's room is given back
 * when all before it are sent: what was sent out of turn is marked in its record.
 *
 * <pre>
 *       freed            next in order              seen         published by the stage before
 *  ───────┴────────────────────┴─────────────────────┴────────────────┴──►
 *          sent, or in the heap   not due, or in the heap
 * </pre>
 */
public final class ReorderingReader extends ReorderingProgress implements DueRecords {
    @SuppressWarnings("unused") // keeps the fields above apart from what lies behind this object
    private long q0, q1, q2, q3, q4, q5, q6, q7, q8, q9, qa, qb, qc, qd, qe, qf;

    static final int INITIAL_HEAP = 1024;
    private static final long NOTHING = -1;

    private final SharedBuffer buffer;
    private final MemorySegment segment;
    private final long end;
    private final Cursor upstream;
    private final Cursor published;
    private final Slots slots;

    /**
     * @param upstream cursor of the stage before
     * @param published cursor that this reader owns
     * @param slots to copy into
     */
    public ReorderingReader(SharedBuffer buffer, Cursor upstream, Cursor published, Slots slots) {
        this(buffer, upstream, published, slots, 0, SharedBuffer.HEADER_PAGE_BYTES, 0);
    }

    /** Goes on where another ended. */
    ReorderingReader(
            SharedBuffer buffer,
            Cursor upstream,
            Cursor published,
            Slots slots,
            long position,
            long offset,
            long unsettled) {
        this.buffer = buffer;
        this.segment = buffer.segment();
        this.freedPosition = position;
        this.freedOffset = offset;
        this.orderPosition = position;
        this.orderOffset = offset;
        this.seenPosition = position;
        this.seenOffset = offset;
        this.unsettled = unsettled;
        this.end = SharedBuffer.HEADER_PAGE_BYTES + buffer.capacityBytes();
        this.upstream = upstream;
        this.published = published;
        this.slots = slots;
    }

    @Override
    public long nextReleaseNanos() {
        lookAhead();
        return next();
    }

    /** Of what is known. */
    private long next() {
        long inOrder = nextInOrder();
        long release = inOrder == NOTHING ? UNKNOWN : PacketRecord.releaseNanos(segment, inOrder);
        nextInHeap = heapSize > 0
                && (heapRelease[0] < release
                        || (heapRelease[0] == release && (inOrder == NOTHING || heapPosition[0] < orderPosition)));
        return nextInHeap ? heapRelease[0] : release;
    }

    private long nextRecord() {
        return nextInHeap ? heapRecord[0] : orderOffset;
    }

    @Override
    public int copyDue(long now, long oldest, int longest, int first, int last) {
        lookAhead();
        copiedBytes = 0;
        int slot = first;
        while (slot < last) {
            long release = next();
            if (release > now || release < oldest || release == UNKNOWN || nextLength() > longest) {
                break;
            }
            copiedBytes += nextLength();
            copyNext(slot++);
        }
        return slot - first;
    }

    @Override
    public long copiedBytes() {
        return copiedBytes;
    }

    @Override
    public int nextLength() {
        return PacketRecord.length(segment, nextRecord());
    }

    @Override
    public long nextNumber() {
        return PacketRecord.number(segment, nextRecord());
    }

    @Override
    public long nextArrivalNanos() {
        return PacketRecord.arrivalNanos(segment, nextRecord());
    }

    @Override
    public int nextTag() {
        return PacketRecord.tag(segment, nextRecord());
    }

    @Override
    public DueRecords reordering() {
        return this;
    }

    @Override
    public DueRecords ordered() {
        lookAhead();
        free();
        return heapSize == 0 && freedPosition == orderPosition && unsettled == 0
                ? new OrderedReader(buffer, upstream, published, slots, orderPosition, orderOffset)
                : this;
    }

    @Override
    public void copyNext(int slot) {
        long record = nextRecord();
        slots.fill(slot, segment, record, nextInHeap ? heapRelease[0] : PacketRecord.releaseNanos(segment, record));
        skipNext();
        unsettled++;
    }

    @Override
    public void skipNext() {
        long record = nextRecord();
        long word = PacketRecord.word(segment, record);
        boolean again = PacketRecord.fateOf(word) == PacketRecord.OVERTAKE_TWICE;
        PacketRecord.setFate(segment, record, again ? PacketRecord.OVERTAKE : PacketRecord.SENT);
        if (nextInHeap) {
            pop();
        } else {
            orderPosition += PacketRecord.strideOf(word);
            orderOffset += PacketRecord.strideOf(word);
        }
    }

    @Override
    public void settle() {
        unsettled = 0;
    }

    /** Puts what has come and does not keep its place into the heap. */
    private void lookAhead() {
        cachedUpstream = upstream.readAcquire();
        while (seenPosition != cachedUpstream) {
            if (seenOffset == end) {
                seenOffset = SharedBuffer.HEADER_PAGE_BYTES;
            }
            long word = PacketRecord.word(segment, seenOffset);
            int fate = PacketRecord.fateOf(word);
            if (PacketRecord.isOutOfTurn(fate)) {
                push(PacketRecord.releaseNanos(segment, seenOffset), seenPosition, seenOffset);
            }
            if (fate == PacketRecord.OVERTAKE_TWICE) {
                push(PacketRecord.againNanos(segment, seenOffset), seenPosition, seenOffset);
            }
            seenPosition += PacketRecord.strideOf(word);
            seenOffset += PacketRecord.strideOf(word);
        }
    }

    /** The next record that keeps its place, or {@link #NOTHING}; goes past those before it. */
    private long nextInOrder() {
        while (orderPosition != seenPosition) {
            if (orderOffset == end) {
                orderOffset = SharedBuffer.HEADER_PAGE_BYTES;
            }
            long word = PacketRecord.word(segment, orderOffset);
            if (PacketRecord.isInTurn(PacketRecord.fateOf(word))) {
                return orderOffset;
            }
            orderPosition += PacketRecord.strideOf(word);
            orderOffset += PacketRecord.strideOf(word);
        }
        return NOTHING;
    }

    @Override
    public boolean othersMayBeEarlier() {
        return true;
    }

    @Override
    public void publish() {
        free();
        if (freedPosition != publishedPosition) {
            publishedPosition = freedPosition;
            published.publishRelease(freedPosition);
        }
    }

    /** Goes past what is sent, up to a record that still has to be. */
    private void free() {
        while (freedPosition != orderPosition) {
            if (freedOffset == end) {
                freedOffset = SharedBuffer.HEADER_PAGE_BYTES;
            }
            long word = PacketRecord.word(segment, freedOffset);
            if (PacketRecord.isOutOfTurn(PacketRecord.fateOf(word))) {
                break;
            }
            freedPosition += PacketRecord.strideOf(word);
            freedOffset += PacketRecord.strideOf(word);
        }
    }

    @Override
    public long countRemaining(IntConsumer kept) {
        lookAhead();
        long remaining = unsettled + heapSize;
        while (nextInOrder() != NOTHING) {
            long word = PacketRecord.word(segment, orderOffset);
            if (PacketRecord.fateOf(word) == PacketRecord.KEPT) {
                kept.accept(PacketRecord.tag(segment, orderOffset));
            }
            orderPosition += PacketRecord.strideOf(word);
            orderOffset += PacketRecord.strideOf(word);
            remaining++;
        }
        return remaining;
    }

    private boolean before(int a, int b) {
        return heapRelease[a] != heapRelease[b] ? heapRelease[a] < heapRelease[b] : heapPosition[a] < heapPosition[b];
    }

    private void push(long release, long position, long record) {
        if (heapSize == heapRelease.length) {
            heapRelease = Arrays.copyOf(heapRelease, 2 * heapSize);
            heapPosition = Arrays.copyOf(heapPosition, 2 * heapSize);
            heapRecord = Arrays.copyOf(heapRecord, 2 * heapSize);
        }
        int at = heapSize++;
        heapRelease[at] = release;
        heapPosition[at] = position;
        heapRecord[at] = record;
        while (at > 0 && before(at, (at - 1) / 2)) {
            swap(at, (at - 1) / 2);
            at = (at - 1) / 2;
        }
    }

    private void pop() {
        swap(0, --heapSize);
        int at = 0;
        while (true) {
            int child = 2 * at + 1;
            if (child >= heapSize) {
                return;
            }
            if (child + 1 < heapSize && before(child + 1, child)) {
                child++;
            }
            if (!before(child, at)) {
                return;
            }
            swap(at, child);
            at = child;
        }
    }

    private void swap(int a, int b) {
        long release = heapRelease[a];
        heapRelease[a] = heapRelease[b];
        heapRelease[b] = release;
        long position = heapPosition[a];
        heapPosition[a] = heapPosition[b];
        heapPosition[b] = position;
        long record = heapRecord[a];
        heapRecord[a] = heapRecord[b];
        heapRecord[b] = record;
    }
}
