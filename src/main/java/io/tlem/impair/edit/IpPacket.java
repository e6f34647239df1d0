package io.tlem.impair.edit;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;

/**
 * Where the headers of an IP packet are in an Ethernet frame, behind up to eight VLAN tags. One object is reused. Used by one
 * thread.
 */
public final class IpPacket {
    static final ValueLayout.OfShort SHORT = ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.BIG_ENDIAN);
    static final ValueLayout.OfByte BYTE = ValueLayout.JAVA_BYTE;

    static final int ETHERTYPE_AT = 12;
    static final int TAG_BYTES = 4;
    static final int IPV4_BYTES = 20;
    static final int IPV6_BYTES = 40;

    private static final int MOST_TAGS = 8;
    private static final int SHORTEST_FRAME_BYTES = 60; // without tags; shorter ones are padded
    private static final int IPV4 = 0x0800;
    private static final int IPV6 = 0x86DD;
    private static final int CONGESTION_EXPERIENCED = 3;

    private MemorySegment memory = MemorySegment.NULL;
    private long frame;
    private long end;
    private int tags;
    private int type;
    private long ip;
    private int version;
    private long headerEnd;
    private long packetEnd;

    /** Looks at a frame; afterwards {@link #isIp} says whether it holds an IP packet with a whole header. */
    public void parse(MemorySegment frameMemory, long offset, int length) {
        memory = frameMemory;
        frame = offset;
        end = offset + length;
        version = 0;
        tags = 0;
        type = 0;
        long at = offset + ETHERTYPE_AT;
        if (at + 2 <= end) {
            type = unsigned(at);
            while (isTag(type) && tags < MOST_TAGS && at + TAG_BYTES + 2 <= end) {
                tags++;
                at += TAG_BYTES;
                type = unsigned(at);
            }
        }
        ip = at + 2;
        packetEnd = end;
        headerEnd = ip;
        if (type == IPV4 && ip + IPV4_BYTES <= end && (memory.get(BYTE, ip) & 0xF0) == 0x40) {
            headerEnd = ip + (memory.get(BYTE, ip) & 0xF) * 4L;
            packetEnd = ip + unsigned(ip + 2);
            version = headerEnd >= ip + IPV4_BYTES && headerEnd <= end ? 4 : 0;
        } else if (type == IPV6 && ip + IPV6_BYTES <= end && (memory.get(BYTE, ip) & 0xF0) == 0x60) {
            headerEnd = ip + IPV6_BYTES;
            packetEnd = headerEnd + unsigned(ip + 4);
            version = 6;
        }
    }

    /** Customers' and providers' tags, and those that were used for the latter before there was a standard. */
    static boolean isTag(int type) {
        return type == 0x8100 || type == 0x88A8 || type == 0x9100 || type == 0x9200 || type == 0x9300;
    }

    private int unsigned(long at) {
        return Short.toUnsignedInt(memory.get(SHORT, at));
    }

    /** Whether it is IPv4 or IPv6. */
    public boolean isIp() {
        return version != 0;
    }

    /** 4, 6, or 0. */
    int version() {
        return version;
    }

    /** What stands behind the tags: the type, or, of old frames, a length. */
    int type() {
        return type;
    }

    int tags() {
        return tags;
    }

    /** Where what the Ethernet frame carries begins. */
    long start() {
        return ip;
    }

    /** Where the IP header ends; of IPv6 without what extends it. */
    long headerEnd() {
        return headerEnd;
    }

    /** Where the packet ends as its header says, which may be behind the frame's end. */
    long packetEnd() {
        return packetEnd;
    }

    long frameEnd() {
        return end;
    }

    /** Length of what the frame carries: without Ethernet header and tags, and without the padding of a short IP packet. */
    public int carriedBytes() {
        long carried = Math.max(0, end - ip);
        boolean mayBePadded = end - frame <= SHORTEST_FRAME_BYTES + (long) TAG_BYTES * tags;
        return (int) (version != 0 && mayBePadded ? Math.clamp(packetEnd - ip, 0, carried) : carried);
    }

    /**
     * Marks the packet as having experienced congestion (RFC 3168), if its sender can be told so, and keeps the checksum of
     * an IPv4 header right.
     *
     * @return whether it is marked now; false for a packet that is not IP or whose sender does not take part in ECN
     */
    public boolean markCongestion() {
        if (version == 0) {
            return false;
        }
        // The two bits are the lowest of IPv4's second byte and bits 20 and 21 of IPv6's first word.
        int shift = version == 4 ? 0 : 4;
        int before = unsigned(ip);
        if ((before >> shift & CONGESTION_EXPERIENCED) == 0) {
            return false;
        }
        int after = before | CONGESTION_EXPERIENCED << shift;
        memory.set(SHORT, ip, (short) after);
        if (version == 4) {
            adjust(memory, ip + 10, before, after);
        }
        return true;
    }

    /** Eqn. 3 of RFC 1624: what a checksum is when a word that it covers has changed. */
    static void adjust(MemorySegment memory, long field, int before, int after) {
        int sum = (~Short.toUnsignedInt(memory.get(SHORT, field)) & 0xFFFF) + (~before & 0xFFFF) + after;
        sum = (sum & 0xFFFF) + (sum >>> 16);
        sum = (sum & 0xFFFF) + (sum >>> 16);
        memory.set(SHORT, field, (short) ~sum);
    }
}
