package io.tlem.buffer;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * Layout of a record in the shared buffer: a 48-byte header, then the packet, padded to {@link #ALIGNMENT}.
 *
 * <pre>
 *  0                        8            16           24       32      40      48
 *  +------------------------+------------+------------+--------+-------+-------+-- - --+- - -+
 *  | stride | length | fate | arrival ns | release ns | number | again |  tag  | packet | pad |
 *  +------------------------+------------+------------+--------+-------+-------+-- - --+- - -+
 *  |&lt;-------------------------- stride, a multiple of 64 -----------------------------------&gt;|
 *
 *  first word, from its lowest bit: stride 32 bits, length 24, fate 8
 *  number: of the packet among those received, from 0
 *  again: second release time, of a packet that is sent twice
 *  tag: what the port has given along with the packet; of one that was {@link #KEPT} in a buffer of the port, its number,
 *       and such a record ends here
 * </pre>
 *
 * <p>A record never wraps: where the next one does not fit before the end of the buffer, a padding record
 * ({@code fate} = {@link #PADDING}) fills the rest. No two records share a cache line, and each is at least 128
 * bytes, so that a packet of up to 64 bytes may be copied as one whole 64-byte block.
 *
 * <p>Fields are native-endian and plain: they are published by the {@link Cursor} that passes the record.
 */
public final class PacketRecord {
    /** Bytes before the packet. */
    public static final int HEADER_BYTES = 48;

    /** Every record starts at, and its stride is, a multiple of this. */
    public static final int ALIGNMENT = 64;

    /** Smallest stride of a packet record. */
    public static final int MIN_STRIDE = 128;

    /** As many bytes as are copied of a shorter packet: record and port have the room, and it is faster. */
    static final int LEAST_COPIED = 64;

    /** Fate of a packet that is to be sent; any other is passed over. */
    public static final int FORWARD = 0;

    /** Fate of a packet that is to be sent at its release time, whatever those ahead of it do. */
    public static final int OVERTAKE = 0x80;

    /** Fate of a packet that is to be sent as {@link #OVERTAKE}, and once more at its second release time. */
    public static final int OVERTAKE_TWICE = 0x81;

    /** Fate of a packet that is not to be sent. */
    public static final int DROPPED = 1;

    /** Fate of a packet that is to be sent as {@link #FORWARD}, and is not in its record but in a buffer of its port. */
    static final int KEPT = 2;

    /** Stride of the record of a packet that was kept. */
    static final int KEPT_STRIDE = ALIGNMENT;

    /** Fate of a packet that was sent out of turn, and whose record is still between others. */
    static final int SENT = 0x7F;

    /** Fate of a record that only fills the end of the buffer. */
    public static final int PADDING = 0xFF;

    /** Packets are shorter than this. */
    static final int LENGTH_LIMIT = 1 << 24;

    private static final int LENGTH_SHIFT = 32;
    private static final int LENGTH_MASK = LENGTH_LIMIT - 1;
    private static final int FATE_SHIFT = 56;
    private static final long FATE_MASK = 0xFFL << FATE_SHIFT;

    private static final long WORD = 0;
    private static final long ARRIVAL = 8;
    private static final long RELEASE = 16;
    private static final long NUMBER = 24;
    private static final long AGAIN = 32;
    static final long TAG = 40;

    private PacketRecord() {}

    /** Bytes a packet takes in the buffer. {@code packetBytes} is 0 or more. */
    public static int strideOf(int packetBytes) {
        return Math.max(MIN_STRIDE, (HEADER_BYTES + packetBytes + ALIGNMENT - 1) & -ALIGNMENT);
    }

    /** Stride, length and fate. */
    static long word(MemorySegment segment, long record) {
        return segment.get(ValueLayout.JAVA_LONG, record + WORD);
    }

    /** Bytes from a record with this word to the next. */
    static int strideOf(long word) {
        return (int) word;
    }

    /** Length of the packet in a record with this word, in bytes. */
    static int lengthOf(long word) {
        return (int) (word >>> LENGTH_SHIFT) & LENGTH_MASK;
    }

    /** What becomes of the packet in a record with this word. */
    static int fateOf(long word) {
        return (int) (word >>> FATE_SHIFT);
    }

    /** Whether a packet of that fate leaves in its turn. */
    static boolean isInTurn(int fate) {
        return fate == FORWARD || fate == KEPT;
    }

    /** Whether a packet of that fate leaves at its time whatever those ahead of it do. */
    static boolean isOutOfTurn(int fate) {
        return fate == OVERTAKE || fate == OVERTAKE_TWICE;
    }

    /** Length of the packet in bytes. */
    public static int length(MemorySegment segment, long record) {
        return lengthOf(word(segment, record));
    }

    /** When the packet arrived, ns of the monotonic clock. */
    public static long arrivalNanos(MemorySegment segment, long record) {
        return segment.get(ValueLayout.JAVA_LONG, record + ARRIVAL);
    }

    /** When the packet is due on the other port, ns of the monotonic clock. */
    public static long releaseNanos(MemorySegment segment, long record) {
        return segment.get(ValueLayout.JAVA_LONG, record + RELEASE);
    }

    /** Number of the packet among those received, from 0. */
    public static long number(MemorySegment segment, long record) {
        return segment.get(ValueLayout.JAVA_LONG, record + NUMBER);
    }

    /** When the packet is due a second time, ns; of one that is to be sent twice. */
    static long againNanos(MemorySegment segment, long record) {
        return segment.get(ValueLayout.JAVA_LONG, record + AGAIN);
    }

    /** What becomes of the packet: one of the fates above. */
    public static int fate(MemorySegment segment, long record) {
        return fateOf(word(segment, record));
    }

    /** Where the packet's first byte is. */
    public static long packetOffset(long record) {
        return record + HEADER_BYTES;
    }

    /** Writes stride, length and {@link #FORWARD}, and that there is no tag. */
    static void begin(MemorySegment segment, long record, int stride, int length) {
        segment.set(ValueLayout.JAVA_LONG, record + WORD, stride | (long) length << LENGTH_SHIFT);
        setTag(segment, record, 0);
    }

    /** Writes the beginning of the record of a packet that was kept. */
    static void beginKept(MemorySegment segment, long record, int length) {
        long rest = KEPT_STRIDE | (long) length << LENGTH_SHIFT;
        segment.set(ValueLayout.JAVA_LONG, record + WORD, rest | (long) KEPT << FATE_SHIFT);
    }

    /** What the port has given along with the packet; of one that was kept, the number of its buffer. */
    static int tag(MemorySegment segment, long record) {
        return (int) segment.get(ValueLayout.JAVA_LONG, record + TAG);
    }

    static void setTag(MemorySegment segment, long record, int tag) {
        segment.set(ValueLayout.JAVA_LONG, record + TAG, tag);
    }

    /** Writes a record that fills the end of the buffer. */
    static void pad(MemorySegment segment, long record, int stride) {
        segment.set(ValueLayout.JAVA_LONG, record + WORD, stride | (long) PADDING << FATE_SHIFT);
    }

    /** Writes when the packet arrived, and its number. */
    public static void setArrival(MemorySegment segment, long record, long arrivalNanos, long number) {
        segment.set(ValueLayout.JAVA_LONG, record + ARRIVAL, arrivalNanos);
        segment.set(ValueLayout.JAVA_LONG, record + NUMBER, number);
    }

    /** Writes the release time. */
    public static void setReleaseNanos(MemorySegment segment, long record, long releaseNanos) {
        segment.set(ValueLayout.JAVA_LONG, record + RELEASE, releaseNanos);
    }

    /** Writes that the packet is sent a second time, and when. */
    public static void setAgain(MemorySegment segment, long record, long againNanos) {
        segment.set(ValueLayout.JAVA_LONG, record + AGAIN, againNanos);
        setFate(segment, record, OVERTAKE_TWICE);
    }

    static void setFate(MemorySegment segment, long record, int fate) {
        long rest = word(segment, record) & ~FATE_MASK;
        segment.set(ValueLayout.JAVA_LONG, record + WORD, rest | (long) fate << FATE_SHIFT);
    }

    /** Writes the length of a packet that has become shorter; its record stays as long as it is. */
    public static void shorten(MemorySegment segment, long record, int length) {
        long rest = word(segment, record) & ~((long) LENGTH_MASK << LENGTH_SHIFT);
        segment.set(ValueLayout.JAVA_LONG, record + WORD, rest | (long) length << LENGTH_SHIFT);
    }

    /** Writes the packet's fate and, meaningful for a forwarded packet, its release time. */
    public static void setDecision(MemorySegment segment, long record, int fate, long releaseNanos) {
        setReleaseNanos(segment, record, releaseNanos);
        setFate(segment, record, fate);
    }
}
