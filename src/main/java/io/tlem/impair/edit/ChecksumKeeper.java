package io.tlem.impair.edit;

import static io.tlem.wire.NetworkBytes.setByte;
import static io.tlem.wire.NetworkBytes.setShort;
import static io.tlem.wire.NetworkBytes.unsignedByte;
import static io.tlem.wire.NetworkBytes.unsignedShort;

import io.tlem.wire.Ethernet;
import io.tlem.wire.Icmp;
import io.tlem.wire.InternetChecksum;
import io.tlem.wire.IpPacket;
import io.tlem.wire.IpProtocol;
import io.tlem.wire.Ipv4;
import io.tlem.wire.Ipv6;
import io.tlem.wire.Tcp;
import io.tlem.wire.Udp;
import java.lang.foreign.MemorySegment;

/**
 * Changes bits of a packet that stays what it is, and keeps its checksums right as if its sender had sent it so: those of the
 * IPv4 header, TCP, UDP, UDP-Lite, ICMP, ICMPv6 and IGMP. Left alone is what says what the packet is (types, lengths, protocols,
 * flags, options, what extends an IPv6 header), and what a checksum may cover that is not in the frame or not known here:
 * fragments, packets whose lengths lie, tunnels, SCTP and other protocols. One object is reused. Used by one thread.
 *
 * <pre>
 *  Ethernet, tags | IP header | more headers (IPv6) | TCP, UDP, ... | payload | padding
 *     types stay  |  by field |        stays        |   by field    | free    | free
 * </pre>
 */
final class ChecksumKeeper {
    private final IpPacket ip = new IpPacket();
    private MemorySegment memory = MemorySegment.NULL;
    private long typesFrom;
    private boolean addressesFree;
    private int protocol; // 0 where what is behind the IP header is left alone
    private long transport;
    private long checksum; // of what is behind the IP header, 0 when there is none
    private boolean coversAddresses;
    private long coveredEnd;
    private long optionsEnd; // of TCP

    /** Looks at a frame, whose checksums are right. */
    void parse(MemorySegment frameMemory, long offset, int length) {
        memory = frameMemory;
        ip.parse(frameMemory, offset, length);
        typesFrom = offset + Ethernet.TYPE_AT;
        protocol = 0;
        checksum = 0;
        addressesFree = false;
        if (ip.isIp() && ip.findTransport(Math.min(ip.packetEnd(), ip.frameEnd()))) {
            transport = ip.transport();
            parseTransport(ip.protocol());
        }
    }

    private void parseTransport(int found) {
        long packetEnd = ip.packetEnd();
        long bytes = packetEnd - transport;
        if (packetEnd > ip.frameEnd() || !fits(found, bytes)) {
            return;
        }
        protocol = found;
        addressesFree = !ip.hasOtherAddresses();
        coveredEnd = packetEnd;
        coversAddresses = found != IpProtocol.ICMP && found != IpProtocol.IGMP;
        switch (found) {
            case IpProtocol.TCP -> {
                checksum = transport + Tcp.CHECKSUM_AT;
                optionsEnd = transport + Tcp.headerBytes(memory, transport);
            }
            case IpProtocol.UDP -> {
                coveredEnd = transport + udpLength();
                long field = transport + Udp.CHECKSUM_AT;
                checksum = unsignedShort(memory, field) == 0 ? 0 : field;
            }
            case IpProtocol.UDP_LITE -> {
                coveredEnd = udpLength() == 0 ? packetEnd : transport + udpLength();
                checksum = transport + Udp.CHECKSUM_AT;
            }
            default -> checksum = transport + Icmp.CHECKSUM_AT;
        }
    }

    /** Whether a protocol is known, and its header says lengths that the packet has. */
    private boolean fits(int found, long bytes) {
        return switch (found) {
            case IpProtocol.TCP ->
                bytes >= Tcp.MIN_HEADER_BYTES
                        && isBetween(Tcp.headerBytes(memory, transport), Tcp.MIN_HEADER_BYTES, bytes);
            case IpProtocol.UDP -> bytes >= Udp.HEADER_BYTES && isBetween(udpLength(), Udp.HEADER_BYTES, bytes);
            case IpProtocol.UDP_LITE ->
                bytes >= Udp.HEADER_BYTES && (udpLength() == 0 || isBetween(udpLength(), Udp.HEADER_BYTES, bytes));
            case IpProtocol.ICMP, IpProtocol.IGMP -> ip.version() == 4 && bytes >= Icmp.IPV4_HEADER_BYTES;
            case IpProtocol.ICMPV6 -> ip.version() == 6 && bytes >= Icmp.IPV6_HEADER_BYTES;
            default -> false;
        };
    }

    private int udpLength() {
        return unsignedShort(memory, transport + Udp.LENGTH_AT);
    }

    private static boolean isBetween(int value, int min, long max) {
        return value >= min && value <= max;
    }

    /**
     * Inverts bits of a byte of the frame, unless it is to be left alone.
     *
     * @return whether they are inverted
     */
    boolean change(long at, int xor) {
        if (!isFree(at)) {
            return false;
        }
        boolean inHeader = ip.isIp() && at >= ip.start() && at < ip.headerEnd();
        boolean inAddresses =
                inHeader && at >= ip.start() + (ip.version() == 4 ? Ipv4.ADDRESSES_AT : Ipv6.ADDRESSES_AT);
        boolean covered = checksum != 0
                && ((inAddresses && coversAddresses) || (protocol != 0 && at >= transport && at < coveredEnd));
        long word = at - (at - ip.start() & 1);
        boolean last = !inHeader && word + 1 >= coveredEnd; // an odd last byte counts with a zero behind it
        int before = !inHeader && !covered ? 0 : last ? unsignedByte(memory, at) << 8 : unsignedShort(memory, word);
        setByte(memory, at, unsignedByte(memory, at) ^ xor);
        if (!inHeader && !covered) {
            return true;
        }
        int after = last ? unsignedByte(memory, at) << 8 : unsignedShort(memory, word);
        if (inHeader && ip.version() == 4) {
            InternetChecksum.adjust(memory, ip.start() + Ipv4.CHECKSUM_AT, before, after);
        }
        if (covered) {
            InternetChecksum.adjust(memory, checksum, before, after);
            boolean zeroIsNone = protocol == IpProtocol.UDP || protocol == IpProtocol.UDP_LITE;
            if (zeroIsNone && unsignedShort(memory, checksum) == 0) {
                setShort(memory, checksum, 0xFFFF);
            }
        }
        return true;
    }

    private boolean isFree(long at) {
        if (at < ip.start()) {
            return at < typesFrom || (at - typesFrom) % Ethernet.TAG_BYTES >= Ethernet.TYPE_BYTES;
        }
        if (!ip.isIp()) {
            return isFreeContent();
        }
        if (at < ip.headerEnd()) {
            return isFreeInHeader(at - ip.start());
        }
        if (protocol == 0) {
            // Padding, unless a length of 0 says that the packet is longer than can be said.
            return at >= ip.packetEnd() && ip.packetEnd() > ip.headerEnd();
        }
        return at >= transport && isFreeInTransport(at - transport, at);
    }

    /** Of a frame without IP: nothing of what should be IP, or carries it, as there are checksums inside. */
    private boolean isFreeContent() {
        int type = ip.type();
        boolean hasInside = type == Ethernet.IPV4
                || type == Ethernet.IPV6
                || type == Ethernet.PPPOE
                || Ethernet.isMpls(type)
                || Ethernet.isVlan(type);
        return !hasInside;
    }

    private boolean isFreeInHeader(long place) {
        if (ip.version() == 4) {
            boolean inAddresses = place >= Ipv4.ADDRESSES_AT && place < Ipv4.MIN_HEADER_BYTES;
            boolean inNumber = place == Ipv4.IDENTIFICATION_AT || place == Ipv4.IDENTIFICATION_AT + 1;
            return place == Ipv4.TOS_AT
                    || place == Ipv4.TTL_AT
                    || (inNumber && !ip.isFragment())
                    || (inAddresses && addressesFree);
        }
        boolean inFlow = place > 0 && place < Ipv6.PAYLOAD_LENGTH_AT; // the version stays, and what shares its byte
        return inFlow || place == Ipv6.HOP_LIMIT_AT || (place >= Ipv6.ADDRESSES_AT && addressesFree);
    }

    private boolean isFreeInTransport(long place, long at) {
        return switch (protocol) {
            case IpProtocol.TCP -> {
                boolean fixed = place == Tcp.DATA_OFFSET_AT
                        || place == Tcp.FLAGS_AT
                        || place == Tcp.CHECKSUM_AT
                        || place == Tcp.CHECKSUM_AT + 1;
                yield !fixed && (place < Tcp.MIN_HEADER_BYTES || at >= optionsEnd);
            }
            case IpProtocol.UDP, IpProtocol.UDP_LITE -> place < Udp.LENGTH_AT || place >= Udp.HEADER_BYTES;
            default -> place >= Icmp.CHECKSUM_AT + 2;
        };
    }
}
