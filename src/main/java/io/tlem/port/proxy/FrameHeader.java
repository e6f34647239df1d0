package io.tlem.port.proxy;

import io.tlem.wire.Ethernet;
import io.tlem.wire.InternetChecksum;
import io.tlem.wire.IpProtocol;
import io.tlem.wire.Ipv4;
import io.tlem.wire.Ipv6;
import io.tlem.wire.NetworkBytes;
import io.tlem.wire.Tcp;
import io.tlem.wire.Udp;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.net.Inet4Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;

/**
 * The headers of one way of a session, as a wire would carry them: Ethernet, IP, and UDP or TCP with the time stamp option.
 * What is under way on the link counts and is treated as such a frame. The session's number is in the Ethernet source
 * address; everything else must be as it was written, checksums included, for a receiver to take it. Used by any thread.
 */
final class FrameHeader {
    static final int SYN = 0x02;
    static final int RST = 0x04;
    static final int ACK = 0x10;

    /** Time stamps (RFC 7323) and what fills them up, as nearly all segments have them. */
    private static final int TCP_OPTION_BYTES = 12;

    private static final int TCP_OPTIONS = 0x0101_080a;
    private static final int TTL = 64;
    private static final long TO = 0x02_00_00_00_00_01L; // locally administered
    private static final long FROM = 0x02_00L << 32;
    private static final int SOURCE_ID_AT = 8;
    private static final int IPV4_MAPPED = 0xffff;
    private static final int NEXT_HEADER_AT = Ethernet.HEADER_BYTES + Ipv6.NEXT_HEADER_AT;

    private final MemorySegment written; // without lengths, flags, numbers and checksums
    private final boolean ipv6;
    private final boolean tcp;
    private final int addressesAt;
    private final int transportAt;
    private final int bytes;

    FrameHeader(ProxyRule.Protocol protocol, int session, InetSocketAddress from, InetSocketAddress to) {
        ipv6 = !(from.getAddress() instanceof Inet4Address && to.getAddress() instanceof Inet4Address);
        tcp = protocol == ProxyRule.Protocol.TCP;
        transportAt = Ethernet.HEADER_BYTES + (ipv6 ? Ipv6.HEADER_BYTES : Ipv4.MIN_HEADER_BYTES);
        addressesAt = Ethernet.HEADER_BYTES + (ipv6 ? Ipv6.ADDRESSES_AT : Ipv4.ADDRESSES_AT);
        bytes = transportAt + (tcp ? Tcp.MIN_HEADER_BYTES + TCP_OPTION_BYTES : Udp.HEADER_BYTES);
        written = MemorySegment.ofArray(new byte[bytes]);
        Ethernet.setAddresses(written, 0, TO, FROM | Integer.toUnsignedLong(session));
        NetworkBytes.setShort(written, Ethernet.TYPE_AT, ipv6 ? Ethernet.IPV6 : Ethernet.IPV4);
        int ip = Ethernet.HEADER_BYTES;
        int number = tcp ? IpProtocol.TCP : IpProtocol.UDP;
        if (ipv6) {
            NetworkBytes.setByte(written, ip, 0x60);
            NetworkBytes.setByte(written, ip + Ipv6.NEXT_HEADER_AT, number);
            NetworkBytes.setByte(written, ip + Ipv6.HOP_LIMIT_AT, TTL);
        } else {
            NetworkBytes.setShort(written, ip, 0x4500);
            NetworkBytes.setByte(written, ip + Ipv4.TTL_AT, TTL);
            NetworkBytes.setByte(written, ip + Ipv4.PROTOCOL_AT, number);
        }
        int half = (ipv6 ? Ipv6.ADDRESSES_BYTES : Ipv4.ADDRESSES_BYTES) / 2;
        setAddress(addressesAt, from.getAddress());
        setAddress(addressesAt + half, to.getAddress());
        NetworkBytes.setShort(written, transportAt, from.getPort());
        NetworkBytes.setShort(written, transportAt + 2, to.getPort());
        if (tcp) {
            NetworkBytes.setByte(written, transportAt + Tcp.DATA_OFFSET_AT, ((bytes - transportAt) / 4) << 4);
            NetworkBytes.setInt(written, transportAt + Tcp.MIN_HEADER_BYTES, TCP_OPTIONS);
        }
    }

    private void setAddress(int at, InetAddress address) {
        byte[] octets = address.getAddress();
        boolean mapped = ipv6 && address instanceof Inet4Address;
        if (mapped) {
            NetworkBytes.setShort(written, at + 10, IPV4_MAPPED);
        }
        MemorySegment.copy(octets, 0, written, ValueLayout.JAVA_BYTE, mapped ? at + 12 : at, octets.length);
    }

    /** Of all headers together. */
    int bytes() {
        return bytes;
    }

    /** Length of a frame with so much payload, which has at least 60 bytes. */
    int frameBytes(int payload) {
        return Math.max(Ethernet.MIN_FRAME_BYTES, bytes + payload);
    }

    /**
     * Makes a frame of a payload that lies behind the place for the headers.
     *
     * @param flags of TCP
     * @param sequence of TCP
     * @return its length
     */
    int write(MemorySegment memory, long frame, int payload, int flags, int sequence) {
        MemorySegment.copy(written, 0, memory, frame, bytes);
        int length = frameBytes(payload);
        memory.asSlice(frame + bytes + payload, length - bytes - payload).fill((byte) 0);
        long ip = frame + Ethernet.HEADER_BYTES;
        long transport = frame + transportAt;
        int transportBytes = bytes - transportAt + payload;
        if (ipv6) {
            NetworkBytes.setShort(memory, ip + Ipv6.PAYLOAD_LENGTH_AT, transportBytes);
        } else {
            NetworkBytes.setShort(memory, ip + Ipv4.TOTAL_LENGTH_AT, Ipv4.MIN_HEADER_BYTES + transportBytes);
            Ipv4.setChecksum(memory, ip);
        }
        if (tcp) {
            NetworkBytes.setByte(memory, transport + Tcp.FLAGS_AT, flags);
            NetworkBytes.setInt(memory, transport + Tcp.SEQUENCE_AT, sequence);
        } else {
            NetworkBytes.setShort(memory, transport + Udp.LENGTH_AT, transportBytes);
        }
        InternetChecksum.setNonZero(
                memory, transport, transportBytes, checksumAt(frame), pseudoHeader(memory, ip, transportBytes));
        return length;
    }

    private long checksumAt(long frame) {
        return frame + transportAt + (tcp ? Tcp.CHECKSUM_AT : Udp.CHECKSUM_AT);
    }

    private long pseudoHeader(MemorySegment memory, long ip, int transportBytes) {
        return InternetChecksum.addPseudoHeader(
                memory, ip, ipv6, tcp ? IpProtocol.TCP : IpProtocol.UDP, transportBytes, 0);
    }

    /** Number of the session that a frame is of, whatever else is in it. */
    static int session(MemorySegment memory, long frame) {
        return NetworkBytes.intAt(memory, frame + SOURCE_ID_AT);
    }

    /** Payload of a frame of any stream. */
    static int streamPayload(MemorySegment memory, long frame) {
        long ip = frame + Ethernet.HEADER_BYTES;
        int transportBytes = NetworkBytes.unsignedShort(memory, frame + Ethernet.TYPE_AT) == Ethernet.IPV6
                ? NetworkBytes.unsignedShort(memory, ip + Ipv6.PAYLOAD_LENGTH_AT)
                : Ipv4.totalBytes(memory, ip) - Ipv4.MIN_HEADER_BYTES;
        return transportBytes - Tcp.MIN_HEADER_BYTES - TCP_OPTION_BYTES;
    }

    /** Payload of a frame of this session, or -1 when a receiver would not take it: something in it has been changed. */
    int payload(MemorySegment memory, long frame, int length) {
        if (length < bytes) {
            return -1;
        }
        long ip = frame + Ethernet.HEADER_BYTES;
        int transportBytes = ipv6
                ? NetworkBytes.unsignedShort(memory, ip + Ipv6.PAYLOAD_LENGTH_AT)
                : Ipv4.totalBytes(memory, ip) - Ipv4.MIN_HEADER_BYTES;
        if (transportBytes < bytes - transportAt
                || transportAt + transportBytes > length
                || !isAsWritten(memory, frame, Ethernet.TYPE_AT, Ethernet.HEADER_BYTES + 1)
                || !isAsWritten(memory, frame, addressesAt, transportAt + 4)
                || !(ipv6
                        ? isAsWritten(memory, frame, NEXT_HEADER_AT, NEXT_HEADER_AT + 1)
                        : Ipv4.hasRightChecksum(memory, ip))) {
            return -1;
        }
        long sum = pseudoHeader(memory, ip, transportBytes);
        boolean right =
                InternetChecksum.finish(InternetChecksum.add(memory, frame + transportAt, transportBytes, sum)) == 0;
        return right ? transportBytes - (bytes - transportAt) : -1;
    }

    private boolean isAsWritten(MemorySegment memory, long frame, int from, int to) {
        return MemorySegment.mismatch(memory, frame + from, frame + to, written, from, to) < 0;
    }

    /** Flags of a TCP frame. */
    int flags(MemorySegment memory, long frame) {
        return NetworkBytes.unsignedByte(memory, frame + transportAt + Tcp.FLAGS_AT);
    }

    /** Sequence number of a TCP frame. */
    int sequence(MemorySegment memory, long frame) {
        return NetworkBytes.intAt(memory, frame + transportAt + Tcp.SEQUENCE_AT);
    }
}
