package io.tlem.buffer;

import java.lang.foreign.MemorySegment;
import java.util.Arrays;

/**
 * As {@link RecordReader}, for records of which some overtake others or are sent twice. Packets that keep their places are
 * found where they are; those that do not are in a heap of offsets, ordered by release time. A record's room is given back
 * when all before it are sent: what was sent out of turn is marked in its record.
 *
 * <pre>
 *       freed            next in order              seen         published by the stage before
 *  ───────┴────────────────────┴─────────────────────┴────────────────┴──►
 *          sent, or in the heap   not due, or in the heap
 * </pre>
 */
public final class ReorderingReader extends ThreadOwned implements DueRecords {
    private static final int INITIAL_HEAP = 1024;
    private static final long NOTHING = -1;

    private final MemorySegment segment;
    private final long end;
    private final Cursor upstream;
    private final Cursor published;
    private long cachedUpstream;
    private long freedPosition;
    private long freedOffset = SharedBuffer.HEADER_PAGE_BYTES;
    private long orderPosition;
    private long orderOffset = SharedBuffer.HEADER_PAGE_BYTES;
    private long seenPosition;
    private long seenOffset = SharedBuffer.HEADER_PAGE_BYTES;
    private long nextReleaseNanos = UNKNOWN;

    // A binary heap; the smallest release time first, of equal ones the packet that came first.
    private int heapSize;
    private long[] heapRelease = new long[INITIAL_HEAP];
    private long[] heapPosition = new long[INITIAL_HEAP];
    private long[] heapRecord = new long[INITIAL_HEAP];

    // What the last scan has found.
    private int found;
    private long[] foundRecords = {};
    private long[] foundReleases = {};
    private long[] foundPositions = {};
    private boolean[] foundInHeap = {};

    /**
     * @param upstream cursor of the stage before
     * @param published cursor that this reader owns
     */
    public ReorderingReader(SharedBuffer buffer, Cursor upstream, Cursor published) {
        this.segment = buffer.segment();
        this.end = SharedBuffer.HEADER_PAGE_BYTES + buffer.capacityBytes();
        this.upstream = upstream;
        this.published = published;
    }

    @Override
    public boolean isEmpty() {
        if (freedPosition != cachedUpstream) {
            return false;
        }
        cachedUpstream = upstream.readAcquire();
        return freedPosition == cachedUpstream;
    }

    @Override
    public int scan(long now, int limit, long[] records, int[] lengths, long[] arrivals, long[] releases) {
        lookAhead();
        if (foundPositions.length < limit) {
            foundPositions = new long[limit];
            foundInHeap = new boolean[limit];
        }
        foundRecords = records;
        foundReleases = releases;
        found = 0;
        while (true) {
            long inOrder = nextInOrder();
            long release = inOrder == NOTHING ? UNKNOWN : PacketRecord.releaseNanos(segment, inOrder);
            boolean fromHeap = heapSize > 0
                    && (heapRelease[0] < release
                            || (heapRelease[0] == release && (inOrder == NOTHING || heapPosition[0] < orderPosition)));
            if (fromHeap) {
                release = heapRelease[0];
            } else if (inOrder == NOTHING) {
                nextReleaseNanos = UNKNOWN;
                return found;
            }
            if (found == limit || release > now) {
                nextReleaseNanos = release;
                return found;
            }
            long record = fromHeap ? heapRecord[0] : inOrder;
            long word = PacketRecord.word(segment, record);
            records[found] = record;
            lengths[found] = PacketRecord.lengthOf(word);
            arrivals[found] = PacketRecord.arrivalNanos(segment, record);
            releases[found] = release;
            foundInHeap[found] = fromHeap;
            foundPositions[found] = fromHeap ? heapPosition[0] : orderPosition;
            found++;
            if (fromHeap) {
                pop();
            } else {
                orderPosition += PacketRecord.strideOf(word);
                orderOffset += PacketRecord.strideOf(word);
            }
        }
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
            if (fate == PacketRecord.OVERTAKE || fate == PacketRecord.OVERTAKE_TWICE) {
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
            if (PacketRecord.fateOf(word) == PacketRecord.FORWARD) {
                return orderOffset;
            }
            orderPosition += PacketRecord.strideOf(word);
            orderOffset += PacketRecord.strideOf(word);
        }
        return NOTHING;
    }

    @Override
    public long nextReleaseNanos() {
        return nextReleaseNanos;
    }

    @Override
    public boolean othersMayBeEarlier() {
        return true;
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
        return 0;
    }

    @Override
    public long copiedBytes() {
        return 0;
    }

    @Override
    public boolean consume(int sent) {
        for (int i = 0; i < sent; i++) {
            int fate = PacketRecord.fate(segment, foundRecords[i]);
            PacketRecord.setFate(
                    segment,
                    foundRecords[i],
                    fate == PacketRecord.OVERTAKE_TWICE ? PacketRecord.OVERTAKE : PacketRecord.SENT);
        }
        for (int i = found - 1; i >= sent; i--) {
            if (foundInHeap[i]) {
                push(foundReleases[i], foundPositions[i], foundRecords[i]);
            } else { // the first of those in order is the last one here
                orderPosition = foundPositions[i];
                orderOffset = foundRecords[i];
            }
        }
        found = 0;
        return free();
    }

    private boolean free() {
        long before = freedPosition;
        while (freedPosition != orderPosition) {
            if (freedOffset == end) {
                freedOffset = SharedBuffer.HEADER_PAGE_BYTES;
            }
            long word = PacketRecord.word(segment, freedOffset);
            int fate = PacketRecord.fateOf(word);
            if (fate == PacketRecord.OVERTAKE || fate == PacketRecord.OVERTAKE_TWICE) {
                break;
            }
            freedPosition += PacketRecord.strideOf(word);
            freedOffset += PacketRecord.strideOf(word);
        }
        return freedPosition != before;
    }

    @Override
    public void publish() {
        published.publishRelease(freedPosition);
    }

    @Override
    public long countRemaining() {
        lookAhead();
        long remaining = heapSize;
        while (nextInOrder() != NOTHING) {
            long word = PacketRecord.word(segment, orderOffset);
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
