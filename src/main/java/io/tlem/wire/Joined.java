package io.tlem.wire;

import java.lang.foreign.MemorySegment;

/**
 * Packets of one flow that follow each other so that one super-packet can stand for them: whoever cuts that into segments, as the
 * kernel and network cards do, makes these very packets again, to the last bit.
 *
 * <p>They are TCP or UDP in an IP packet without options or extension headers, in Ethernet with one VLAN tag at most. All checksums
 * are there and right, all bytes of the headers are the same but for
 *
 * <ul>
 *   <li>the length, the same in all but the last, which may be shorter
 *   <li>the identification of IPv4, which counts up, and the checksums
 *   <li>in TCP the sequence number, which goes on with the payload; FIN and PSH, on the last only; CWR, on the first only
 * </ul>
 *
 * <p>A checksum that could be written as either zero is left alone: who cuts may write the other. One object is reused: {@link
 * #begin}, then {@link #append} while it returns true. Used by one thread.
 */
public final class Joined {
    /** Headers are not longer: Ethernet, a tag, IPv6, TCP with its options. */
    public static final int MAX_HEADER_BYTES = Ethernet.HEADER_BYTES + Ethernet.TAG_BYTES + Ipv6.HEADER_BYTES + 60;

    private static final int LAST_ONLY = Tcp.FIN | Tcp.PSH;
    private static final int NEVER = Tcp.SYN | Tcp.RST | Tcp.URG;
    private static final int OTHER_ZERO = 0xffff;

    private MemorySegment memory = MemorySegment.NULL;
    private long first;
    private int firstLength;
    private boolean ipv6;
    private boolean tcp;
    private int network;
    private int transport;
    private int headerBytes;
    private int segmentBytes;
    private int payloadBytes;
    private int count;
    private int flags;
    private boolean open;

    /**
     * Takes a packet as the first one. Its checksums are looked at once another one follows.
     *
     * @return whether others may follow it
     */
    public boolean begin(MemorySegment packets, long offset, int length) {
        memory = packets;
        first = offset;
        count = 1;
        firstLength = length;
        open = findHeaders(length) && mayBeFirst();
        return open;
    }

    private boolean findHeaders(int length) {
        long typeAt = first + Ethernet.TYPE_AT;
        if (length <= Ethernet.HEADER_BYTES + Ethernet.TAG_BYTES + Ipv4.MIN_HEADER_BYTES + Udp.HEADER_BYTES) {
            return false;
        }
        int type = NetworkBytes.unsignedShort(memory, typeAt);
        if (Ethernet.isVlan(type)) {
            typeAt += Ethernet.TAG_BYTES;
            type = NetworkBytes.unsignedShort(memory, typeAt);
        }
        long ip = typeAt + Ethernet.TYPE_BYTES;
        network = (int) (ip - first);
        int protocol;
        if (type == Ethernet.IPV4 && NetworkBytes.unsignedByte(memory, ip) == 0x45 && !Ipv4.isFragment(memory, ip)) {
            ipv6 = false;
            transport = network + Ipv4.MIN_HEADER_BYTES;
            protocol = NetworkBytes.unsignedByte(memory, ip + Ipv4.PROTOCOL_AT);
        } else if (type == Ethernet.IPV6
                && length > network + Ipv6.HEADER_BYTES + Udp.HEADER_BYTES
                && NetworkBytes.unsignedByte(memory, ip) >>> 4 == 6) {
            ipv6 = true;
            transport = network + Ipv6.HEADER_BYTES;
            protocol = NetworkBytes.unsignedByte(memory, ip + Ipv6.NEXT_HEADER_AT);
        } else {
            return false;
        }
        tcp = protocol == IpProtocol.TCP;
        if (!tcp && protocol != IpProtocol.UDP) {
            return false;
        }
        if (tcp && length <= transport + Tcp.MIN_HEADER_BYTES) {
            return false;
        }
        int transportBytes = tcp ? Tcp.headerBytes(memory, first + transport) : Udp.HEADER_BYTES;
        headerBytes = transport + transportBytes;
        segmentBytes = length - headerBytes;
        payloadBytes = segmentBytes;
        return segmentBytes > 0 && (!tcp || transportBytes >= Tcp.MIN_HEADER_BYTES);
    }

    private boolean mayBeFirst() {
        flags = tcp ? flagsOf(first) : 0;
        return (flags & (NEVER | LAST_ONLY)) == 0;
    }

    private int flagsOf(long packet) {
        return NetworkBytes.unsignedByte(memory, packet + transport + Tcp.FLAGS_AT);
    }

    /** Whether lengths and checksums are as whoever cuts writes them. */
    private boolean isRight(long packet, int length) {
        long ip = packet + network;
        long at = packet + transport;
        int bytes = length - transport;
        if (ipv6) {
            if (NetworkBytes.unsignedShort(memory, ip + Ipv6.PAYLOAD_LENGTH_AT) != bytes) {
                return false;
            }
        } else if (Ipv4.totalBytes(memory, ip) != length - network
                || NetworkBytes.unsignedShort(memory, ip + Ipv4.CHECKSUM_AT) == OTHER_ZERO
                || !Ipv4.hasRightChecksum(memory, ip)) {
            return false;
        }
        if (!tcp && NetworkBytes.unsignedShort(memory, at + Udp.LENGTH_AT) != bytes) {
            return false;
        }
        int checksum = NetworkBytes.unsignedShort(memory, at + checksumAt());
        if (checksum == 0 || checksum == OTHER_ZERO) {
            return false;
        }
        long sum = InternetChecksum.addPseudoHeader(memory, ip, ipv6, protocol(), bytes, 0);
        return InternetChecksum.finish(InternetChecksum.add(memory, at, bytes, sum)) == 0;
    }

    private int protocol() {
        return tcp ? IpProtocol.TCP : IpProtocol.UDP;
    }

    private int checksumAt() {
        return tcp ? Tcp.CHECKSUM_AT : Udp.CHECKSUM_AT;
    }

    /**
     * Adds the packet that follows, in the same memory.
     *
     * @param known whether it and the one before it were cut from one super-packet, as whoever cuts this one would: then only its
     *     length is looked at
     * @return false when it cannot be one of them; nothing has changed then
     */
    public boolean append(long packet, int length, boolean known) {
        int payload = length - headerBytes;
        if (!open
                || payload <= 0
                || payload > segmentBytes
                || headerBytes - network + payloadBytes + payload > Ipv4.MAX_PACKET_BYTES
                || (!known && !follows(packet, length))) {
            return false;
        }
        int own = tcp ? flagsOf(packet) : 0;
        payloadBytes += payload;
        count++;
        flags |= own;
        open = payload == segmentBytes && (own & LAST_ONLY) == 0;
        return true;
    }

    private boolean follows(long packet, int length) {
        return continues(packet) && (count > 1 || isRight(first, firstLength)) && isRight(packet, length);
    }

    private boolean continues(long packet) {
        long ip = first + network;
        long at = first + transport;
        long d = packet - first;
        if (!isSame(first, d, network)) {
            return false;
        }
        if (ipv6) {
            if (!isSame(ip, d, Ipv6.PAYLOAD_LENGTH_AT)
                    || !isSame(ip + Ipv6.NEXT_HEADER_AT, d, Ipv6.HEADER_BYTES - Ipv6.NEXT_HEADER_AT)) {
                return false;
            }
        } else {
            int expected = NetworkBytes.unsignedShort(memory, ip + Ipv4.IDENTIFICATION_AT) + count & 0xffff;
            if (NetworkBytes.unsignedShort(memory, ip + d + Ipv4.IDENTIFICATION_AT) != expected
                    || !isSame(ip, d, Ipv4.TOTAL_LENGTH_AT)
                    || !isSame(ip + Ipv4.IDENTIFICATION_AT + 2, d, Ipv4.CHECKSUM_AT - Ipv4.IDENTIFICATION_AT - 2)
                    || !isSame(ip + Ipv4.ADDRESSES_AT, d, Ipv4.ADDRESSES_BYTES)) {
                return false;
            }
        }
        if (!tcp) {
            return isSame(at, d, Udp.LENGTH_AT); // the ports
        }
        int differing = flagsOf(packet) ^ flagsOf(first);
        return (differing & ~(LAST_ONLY | Tcp.CWR)) == 0
                && (flagsOf(packet) & Tcp.CWR) == 0
                && NetworkBytes.intAt(memory, at + d + Tcp.SEQUENCE_AT)
                        == NetworkBytes.intAt(memory, at + Tcp.SEQUENCE_AT) + payloadBytes
                && isSame(at, d, Tcp.SEQUENCE_AT)
                && isSame(at + Tcp.SEQUENCE_AT + 4, d, Tcp.FLAGS_AT - Tcp.SEQUENCE_AT - 4)
                && isSame(at + Tcp.FLAGS_AT + 1, d, Tcp.CHECKSUM_AT - Tcp.FLAGS_AT - 1)
                && isSame(at + Tcp.CHECKSUM_AT + 2, d, headerBytes - transport - Tcp.CHECKSUM_AT - 2);
    }

    private boolean isSame(long at, long distance, int length) {
        return NetworkBytes.areEqual(memory, at, at + distance, length);
    }

    /**
     * Writes the headers of the super-packet. Its transport checksum is left to whoever cuts it or finishes it: the field has the
     * sum of the pseudo header.
     *
     * @return {@link #headerBytes}
     */
    public int writeHeaders(MemorySegment target, long offset) {
        MemorySegment.copy(memory, first, target, offset, headerBytes);
        int bytes = headerBytes - transport + payloadBytes;
        long ip = offset + network;
        long at = offset + transport;
        if (ipv6) {
            NetworkBytes.setShort(target, ip + Ipv6.PAYLOAD_LENGTH_AT, bytes);
        } else {
            NetworkBytes.setShort(target, ip + Ipv4.TOTAL_LENGTH_AT, bytes + Ipv4.MIN_HEADER_BYTES);
            Ipv4.setChecksum(target, ip);
        }
        if (tcp) {
            NetworkBytes.setByte(target, at + Tcp.FLAGS_AT, flags);
        } else {
            NetworkBytes.setShort(target, at + Udp.LENGTH_AT, bytes);
        }
        long sum = InternetChecksum.addPseudoHeader(target, ip, ipv6, protocol(), bytes, 0);
        InternetChecksum.put(target, at + checksumAt(), (short) ~InternetChecksum.finish(sum));
        return headerBytes;
    }

    /** How many packets they are. */
    public int count() {
        return count;
    }

    /** Whether they are TCP; else they are UDP. */
    public boolean isTcp() {
        return tcp;
    }

    /** Whether they are IPv6; else they are IPv4. */
    public boolean isIpv6() {
        return ipv6;
    }

    /** Whether the first of them says that its sender has slowed down. */
    public boolean hasCwr() {
        return (flags & Tcp.CWR) != 0;
    }

    /** Bytes of the headers of each of them. */
    public int headerBytes() {
        return headerBytes;
    }

    /** Bytes of the payload of each but the last. */
    public int segmentBytes() {
        return segmentBytes;
    }

    /** Where the transport header starts in each of them. */
    public int checksumStart() {
        return transport;
    }

    /** Where its checksum is behind that. */
    public int checksumField() {
        return checksumAt();
    }
}
