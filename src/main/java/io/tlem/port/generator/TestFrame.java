package io.tlem.port.generator;

import io.tlem.wire.Ethernet;
import io.tlem.wire.IpProtocol;
import io.tlem.wire.Ipv4;
import io.tlem.wire.NetworkBytes;
import io.tlem.wire.Udp;
import java.lang.foreign.MemorySegment;

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
    static final int MIN_BYTES = Ethernet.MIN_FRAME_BYTES;
    static final int MAX_BYTES = 9216;

    private static final int MARK = 0x746c_656d; // "tlem"
    private static final long MARK_AT = 42;
    private static final long SEQUENCE_AT = 46;
    private static final long SENT_AT = 50;

    private TestFrame() {}

    /** Writes everything but sequence number and time. {@code length} from {@link #MIN_BYTES} to {@link #MAX_BYTES}. */
    static void writeTemplate(MemorySegment memory, long at, int length) {
        memory.asSlice(at, length).fill((byte) 0);
        Ethernet.setAddresses(memory, at, 0x02_00_00_00_00_02L, 0x02_00_00_00_00_01L); // locally administered
        NetworkBytes.setShort(memory, at + Ethernet.TYPE_AT, Ethernet.IPV4);
        long ip = at + Ethernet.HEADER_BYTES;
        NetworkBytes.setShort(memory, ip, 0x4500);
        NetworkBytes.setShort(memory, ip + Ipv4.TOTAL_LENGTH_AT, length - Ethernet.HEADER_BYTES);
        NetworkBytes.setByte(memory, ip + Ipv4.TTL_AT, 64);
        NetworkBytes.setByte(memory, ip + Ipv4.PROTOCOL_AT, IpProtocol.UDP);
        NetworkBytes.setInt(memory, ip + Ipv4.ADDRESSES_AT, 0xc612_0001); // 198.18.0.1
        NetworkBytes.setInt(memory, ip + Ipv4.ADDRESSES_AT + 4, 0xc613_0001); // 198.19.0.1
        Ipv4.setChecksum(memory, ip);
        long udp = ip + Ipv4.MIN_HEADER_BYTES;
        NetworkBytes.setInt(memory, udp, 0x0009_0009); // ports
        NetworkBytes.setShort(memory, udp + Udp.LENGTH_AT, (int) (at + length - udp));
        NetworkBytes.setInt(memory, at + MARK_AT, MARK);
    }

    static void stamp(MemorySegment memory, long at, int sequence, long sentNanos) {
        NetworkBytes.setInt(memory, at + SEQUENCE_AT, sequence);
        NetworkBytes.setLong(memory, at + SENT_AT, sentNanos);
    }

    static boolean isTestFrame(MemorySegment memory, long at, int length) {
        return length >= MIN_BYTES && NetworkBytes.intAt(memory, at + MARK_AT) == MARK;
    }

    static int sequence(MemorySegment memory, long at) {
        return NetworkBytes.intAt(memory, at + SEQUENCE_AT);
    }

    static long sentNanos(MemorySegment memory, long at) {
        return NetworkBytes.longAt(memory, at + SENT_AT);
    }
}
