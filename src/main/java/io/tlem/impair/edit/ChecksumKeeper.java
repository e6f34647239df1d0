package io.tlem.impair.edit;

import static io.tlem.impair.edit.IpPacket.BYTE;
import static io.tlem.impair.edit.IpPacket.SHORT;

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
    private static final int TCP = 6;
    private static final int UDP = 17;
    private static final int ICMP = 1;
    private static final int IGMP = 2;
    private static final int ICMPV6 = 58;
    private static final int UDP_LITE = 136;

    private static final int HOP_BY_HOP = 0;
    private static final int ROUTING = 43;
    private static final int FRAGMENT = 44;
    private static final int DESTINATION_OPTIONS = 60;
    private static final int MOST_HEADERS = 16;

    private static final int TYPE_ARP = 0x0806;
    private static final int FIRST_TYPE = 0x0600; // below are lengths
    private static final int MPLS = 0x8847;
    private static final int MPLS_UPSTREAM = 0x8848;
    private static final int PPPOE = 0x8864;
    private static final int IPV4 = 0x0800;
    private static final int IPV6 = 0x86DD;

    private final IpPacket ip = new IpPacket();
    private MemorySegment memory = MemorySegment.NULL;
    private long typesFrom;
    private long typesEnd;
    private boolean addressesFree;
    private boolean isFragment;
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
        typesFrom = offset + IpPacket.ETHERTYPE_AT;
        typesEnd = typesFrom + (long) IpPacket.TAG_BYTES * ip.tags() + 2;
        protocol = 0;
        checksum = 0;
        isFragment = false;
        addressesFree = false;
        transport = ip.headerEnd();
        if (ip.version() == 4) {
            parseIpv4();
        } else if (ip.version() == 6) {
            parseIpv6();
        }
    }

    private void parseIpv4() {
        isFragment = (unsigned(ip.start() + 6) & 0x3FFF) != 0;
        // A source route has another destination than the header, and is what checksums cover then.
        addressesFree = !isFragment && ip.headerEnd() == ip.start() + IpPacket.IPV4_BYTES;
        if (!isFragment) {
            parseTransport(byteAt(ip.start() + 9));
        }
    }

    private void parseIpv6() {
        int next = byteAt(ip.start() + 6);
        addressesFree = true;
        for (int headers = 0; headers < MOST_HEADERS; headers++) {
            boolean known = next == HOP_BY_HOP || next == ROUTING || next == FRAGMENT || next == DESTINATION_OPTIONS;
            if (!known) {
                parseTransport(next);
                return;
            }
            if (transport + 8 > ip.packetEnd() || transport + 8 > ip.frameEnd()) {
                break;
            }
            if (next == FRAGMENT && (unsigned(transport + 2) & 0xFFF9) != 0) {
                isFragment = true;
                break;
            }
            // A route and a home address stand for the header's addresses in checksums.
            addressesFree &= next != ROUTING && next != DESTINATION_OPTIONS;
            int bytes = next == FRAGMENT ? 8 : 8 * (byteAt(transport + 1) + 1);
            next = byteAt(transport);
            transport += bytes;
        }
        addressesFree = false;
    }

    private void parseTransport(int found) {
        long packetEnd = ip.packetEnd();
        long bytes = packetEnd - transport;
        boolean isWhole = packetEnd <= ip.frameEnd() && fits(found, bytes);
        if (!isWhole) {
            addressesFree = false;
            return;
        }
        protocol = found;
        coveredEnd = packetEnd;
        coversAddresses = found != ICMP && found != IGMP;
        switch (found) {
            case TCP -> {
                checksum = transport + 16;
                optionsEnd = transport + (byteAt(transport + 12) >>> 4) * 4L;
            }
            case UDP -> {
                coveredEnd = transport + unsigned(transport + 4);
                checksum = unsigned(transport + 6) == 0 ? 0 : transport + 6;
            }
            case UDP_LITE -> {
                int coverage = unsigned(transport + 4);
                coveredEnd = coverage == 0 ? packetEnd : transport + coverage;
                checksum = transport + 6;
            }
            default -> checksum = transport + 2;
        }
    }

    /** Whether a protocol is known, and its header says lengths that the packet has. */
    private boolean fits(int found, long bytes) {
        return switch (found) {
            case TCP -> {
                int header = bytes < 20 ? 0 : (byteAt(transport + 12) >>> 4) * 4;
                yield header >= 20 && header <= bytes;
            }
            case UDP -> bytes >= 8 && isBetween(unsigned(transport + 4), 8, bytes);
            case UDP_LITE ->
                bytes >= 8 && (unsigned(transport + 4) == 0 || isBetween(unsigned(transport + 4), 8, bytes));
            case ICMP, IGMP -> ip.version() == 4 && bytes >= 8;
            case ICMPV6 -> ip.version() == 6 && bytes >= 4;
            default -> false;
        };
    }

    private static boolean isBetween(int value, int min, long max) {
        return value >= min && value <= max;
    }

    private int unsigned(long at) {
        return Short.toUnsignedInt(memory.get(SHORT, at));
    }

    private int byteAt(long at) {
        return memory.get(BYTE, at) & 0xFF;
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
        boolean inAddresses = inHeader && at >= ip.start() + (ip.version() == 4 ? 12 : 8);
        boolean covered = checksum != 0
                && ((inAddresses && coversAddresses) || (protocol != 0 && at >= transport && at < coveredEnd));
        long word = at - (at - ip.start() & 1);
        boolean last = !inHeader && word + 1 >= coveredEnd; // an odd last byte counts with a zero behind it
        int before = !inHeader && !covered ? 0 : last ? byteAt(at) << 8 : unsigned(word);
        memory.set(BYTE, at, (byte) (memory.get(BYTE, at) ^ xor));
        if (!inHeader && !covered) {
            return true;
        }
        int after = last ? byteAt(at) << 8 : unsigned(word);
        if (inHeader && ip.version() == 4) {
            IpPacket.adjust(memory, ip.start() + 10, before, after);
        }
        if (covered) {
            IpPacket.adjust(memory, checksum, before, after);
            boolean zeroIsNone = protocol == UDP || protocol == UDP_LITE;
            if (zeroIsNone && memory.get(SHORT, checksum) == 0) {
                memory.set(SHORT, checksum, (short) 0xFFFF);
            }
        }
        return true;
    }

    private boolean isFree(long at) {
        if (at < ip.start()) {
            return at < typesFrom || at >= typesEnd || (at - typesFrom) % IpPacket.TAG_BYTES >= 2;
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
        return type == TYPE_ARP
                || type < FIRST_TYPE
                || !(type == IPV4
                        || type == IPV6
                        || type == MPLS
                        || type == MPLS_UPSTREAM
                        || type == PPPOE
                        || IpPacket.isTag(type));
    }

    private boolean isFreeInHeader(long place) {
        if (ip.version() == 4) {
            boolean inAddresses = place >= 12 && place < IpPacket.IPV4_BYTES;
            boolean inNumber = place == 4 || place == 5;
            return place == 1 || place == 8 || (inNumber && !isFragment) || (inAddresses && addressesFree);
        }
        return place == 1 || place == 2 || place == 3 || place == 7 || (place >= 8 && addressesFree);
    }

    private boolean isFreeInTransport(long place, long at) {
        return switch (protocol) {
            case TCP -> !(place == 12 || place == 13 || place == 16 || place == 17) && (place < 20 || at >= optionsEnd);
            case UDP, UDP_LITE -> place < 4 || place >= 8;
            default -> place >= 4;
        };
    }
}
