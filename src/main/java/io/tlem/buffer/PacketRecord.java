package io.tlem.buffer;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * Layout of a record in the shared buffer: a 32-byte header, then the packet, padded to {@link #ALIGNMENT}.
 *
 * <pre>
 *  0        4        8            16             24       28      32
 *  +--------+--------+------------+--------------+--------+-------+-- - - --+- - -+
 *  | stride | length | arrival ns | release ns   | fate   | spare | packet  | pad |
 *  +--------+--------+------------+--------------+--------+-------+-- - - --+- - -+
 *  |&lt;------------------------------- stride, a multiple of 64 -------------------&gt;|
 * </pre>
 *
 * <p>A record never wraps: where the next one does not fit before the end of the buffer, a padding record
 * ({@code length} = {@link #PADDING}) fills the rest. Records are at least 128 bytes, so that a packet of up to 64
 * bytes may be copied as one whole 64-byte block.
 *
 * <p>Fields are native-endian and plain: they are published by the {@link Cursor} that passes the record.
 */
public final class PacketRecord {
    /** Bytes before the packet. */
    public static final int HEADER_BYTES = 32;

    /** Every record starts at, and its stride is, a multiple of this. */
    public static final int ALIGNMENT = 64;

    /** Smallest stride of a packet record. */
    public static final int MIN_STRIDE = 128;

    /** Length field of a record that only fills the end of the buffer. */
    public static final int PADDING = -1;

    private static final long STRIDE = 0;
    private static final long LENGTH = 4;
    private static final long ARRIVAL = 8;
    private static final long RELEASE = 16;
    private static final long FATE = 24;

    private PacketRecord() {}

    /** Bytes a packet takes in the buffer. {@code packetBytes} is 0 or more. */
    public static int strideOf(int packetBytes) {
        return Math.max(MIN_STRIDE, (HEADER_BYTES + packetBytes + ALIGNMENT - 1) & -ALIGNMENT);
    }

    /** Bytes from this record to the next. */
    public static int stride(MemorySegment segment, long record) {
        return segment.get(ValueLayout.JAVA_INT, record + STRIDE);
    }

    /** Length of the packet in bytes, or {@link #PADDING}. */
    public static int length(MemorySegment segment, long record) {
        return segment.get(ValueLayout.JAVA_INT, record + LENGTH);
    }

    /** When the packet arrived, ns of the monotonic clock. */
    public static long arrivalNanos(MemorySegment segment, long record) {
        return segment.get(ValueLayout.JAVA_LONG, record + ARRIVAL);
    }

    /** When the packet is due on the other port, ns of the monotonic clock. */
    public static long releaseNanos(MemorySegment segment, long record) {
        return segment.get(ValueLayout.JAVA_LONG, record + RELEASE);
    }

    /** What becomes of the packet: the ordinal of an {@code io.tlem.impair.Fate}. */
    public static int fate(MemorySegment segment, long record) {
        return segment.get(ValueLayout.JAVA_INT, record + FATE);
    }

    /** Where the packet's first byte is. */
    public static long packetOffset(long record) {
        return record + HEADER_BYTES;
    }

    /** Writes stride and length. */
    static void begin(MemorySegment segment, long record, int stride, int length) {
        segment.set(ValueLayout.JAVA_INT, record + STRIDE, stride);
        segment.set(ValueLayout.JAVA_INT, record + LENGTH, length);
    }

    /** Writes the arrival time. */
    public static void setArrivalNanos(MemorySegment segment, long record, long arrivalNanos) {
        segment.set(ValueLayout.JAVA_LONG, record + ARRIVAL, arrivalNanos);
    }

    /** Writes the packet's fate and, meaningful for a forwarded packet, its release time. */
    public static void setDecision(MemorySegment segment, long record, int fate, long releaseNanos) {
        segment.set(ValueLayout.JAVA_LONG, record + RELEASE, releaseNanos);
        segment.set(ValueLayout.JAVA_INT, record + FATE, fate);
    }
}
