package io.tlem.port.generator;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;

/**
 * The frames that the generator sends and the sink checks: UDP over IPv4 from 198.18.0.1 to 198.19.0.1 (the benchmark
 * networks of RFC 2544), port 9 (discard), with a sequence number and the time of sending.
 *
 * <pre>
 *  0          14      34     42          46         50              58
 *  +----------+-------+------+-----------+----------+---------------+------ - -
 *  | Ethernet | IPv4  | UDP  | "tlem"    | seq low  | sent ns       | zeros
 *  +----------+-------+------+-----------+----------+---------------+------ - -
 * </pre>
 *
 * <p>The sequence number is 32 bits; the UDP checksum is 0, which is valid over IPv4.
 */
final class TestFrame {
    static final int MIN_BYTES = 60;
    static final int MAX_BYTES = 9216;

    private static final ValueLayout.OfShort SHORT = ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.BIG_ENDIAN);
    private static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.BIG_ENDIAN);
    private static final ValueLayout.OfLong LONG = ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.BIG_ENDIAN);

    private static final int MARK = 0x746c_656d; // "tlem"
    private static final long MARK_AT = 42;
    private static final long SEQUENCE_AT = 46;
    private static final long SENT_AT = 50;

    private TestFrame() {}

    /** Writes everything but sequence number and time. {@code length} from {@link #MIN_BYTES} to {@link #MAX_BYTES}. */
    static void writeTemplate(MemorySegment memory, long at, int length) {
        memory.asSlice(at, length).fill((byte) 0);
        memory.set(SHORT, at, (short) 0x0200); // locally administered addresses
        memory.set(INT, at + 2, 0x0000_0002);
        memory.set(SHORT, at + 6, (short) 0x0200);
        memory.set(INT, at + 8, 0x0000_0001);
        memory.set(SHORT, at + 12, (short) 0x0800);
        long ip = at + 14;
        memory.set(INT, ip, 0x4500_0000 | (length - 14));
        memory.set(INT, ip + 8, 0x4011_0000); // TTL 64, UDP
        memory.set(INT, ip + 12, 0xc612_0001); // 198.18.0.1
        memory.set(INT, ip + 16, 0xc613_0001); // 198.19.0.1
        memory.set(SHORT, ip + 10, headerChecksum(memory, ip));
        long udp = at + 34;
        memory.set(SHORT, udp, (short) 9);
        memory.set(SHORT, udp + 2, (short) 9);
        memory.set(SHORT, udp + 4, (short) (length - 34));
        memory.set(INT, at + MARK_AT, MARK);
    }

    private static short headerChecksum(MemorySegment memory, long ip) {
        int sum = 0;
        for (int i = 0; i < 20; i += 2) {
            sum += memory.get(SHORT, ip + i) & 0xffff;
        }
        sum = (sum & 0xffff) + (sum >>> 16);
        sum = (sum & 0xffff) + (sum >>> 16);
        return (short) ~sum;
    }

    static void stamp(MemorySegment memory, long at, int sequence, long sentNanos) {
        memory.set(INT, at + SEQUENCE_AT, sequence);
        memory.set(LONG, at + SENT_AT, sentNanos);
    }

    static boolean isTestFrame(MemorySegment memory, long at, int length) {
        return length >= MIN_BYTES && memory.get(INT, at + MARK_AT) == MARK;
    }

    static int sequence(MemorySegment memory, long at) {
        return memory.get(INT, at + SEQUENCE_AT);
    }

    static long sentNanos(MemorySegment memory, long at) {
        return memory.get(LONG, at + SENT_AT);
    }
}
