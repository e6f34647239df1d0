package io.tlem.port.packet;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;

/**
 * Where the headers of a frame lie, from Ethernet through VLAN tags and IP to the transport header. A reused object
 * that {@link #parse} fills; nothing outside the frame is read.
 */
final class PacketHeaders {
    static final int ETHERNET_BYTES = 14;
    static final int VLAN_TAG_BYTES = 4;
    static final int TYPE_OFFSET = 12;
    static final int IPV6_BYTES = 40;
    static final int TCP = 6;
    static final int UDP = 17;
    static final int SCTP = 132;

    private static final int TYPE_IPV4 = 0x0800;
    private static final int TYPE_IPV6 = 0x86dd;
    private static final int HOP_BY_HOP = 0;
    private static final int ROUTING = 43;
    private static final int DESTINATION_OPTIONS = 60;
    private static final int FRAGMENTED = 0x3fff; // more fragments, or an offset
    private static final int MAX_TAGS = 4;

    private static final ValueLayout.OfShort SHORT = ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.BIG_ENDIAN);

    /** Of the IP header in the frame. */
    int networkOffset;

    /** Of the transport header in the frame. */
    int transportOffset;

    /** Of the first byte behind the IP packet: frames may be padded. */
    int end;

    /** Of the transport header. */
    int protocol;

    /** IPv6 or IPv4. */
    boolean ipv6;

    /**
     * Finds the headers of a whole, unfragmented IP packet.
     *
     * @return false when the frame is none, or its lengths contradict each other
     */
    boolean parse(MemorySegment memory, long offset, int length) {
        int at = TYPE_OFFSET;
        int tags = 0;
        while (true) {
            if (at + 2 > length) {
                return false;
            }
            int type = getShort(memory, offset + at);
            at += 2;
            if (type == TYPE_IPV4) {
                return parseIpv4(memory, offset, length, at);
            }
            if (type == TYPE_IPV6) {
                return parseIpv6(memory, offset, length, at);
            }
            if (!isVlan(type) || ++tags > MAX_TAGS) {
                return false;
            }
            at += 2; // the tag's number; the next type follows
        }
    }

    private boolean parseIpv4(MemorySegment memory, long offset, int length, int network) {
        if (network + 20 > length) {
            return false;
        }
        int first = getByte(memory, offset + network);
        int headerBytes = (first & 15) * 4;
        int totalBytes = getShort(memory, offset + network + 2);
        if (first >>> 4 != 4
                || headerBytes < 20
                || totalBytes < headerBytes
                || network + totalBytes > length
                || (getShort(memory, offset + network + 6) & FRAGMENTED) != 0) {
            return false;
        }
        ipv6 = false;
        networkOffset = network;
        transportOffset = network + headerBytes;
        end = network + totalBytes;
        protocol = getByte(memory, offset + network + 9);
        return true;
    }

    private boolean parseIpv6(MemorySegment memory, long offset, int length, int network) {
        if (network + IPV6_BYTES > length || getByte(memory, offset + network) >>> 4 != 6) {
            return false;
        }
        int stop = network + IPV6_BYTES + getShort(memory, offset + network + 4);
        if (stop > length) {
            return false;
        }
        int next = getByte(memory, offset + network + 6);
        int at = network + IPV6_BYTES;
        while (next == HOP_BY_HOP || next == ROUTING || next == DESTINATION_OPTIONS) {
            if (at + 8 > stop) {
                return false;
            }
            if (next == ROUTING && getByte(memory, offset + at + 3) != 0) {
                return false; // on its way elsewhere: the checksum is over another address than the header's
            }
            next = getByte(memory, offset + at);
            at += (getByte(memory, offset + at + 1) + 1) * 8;
        }
        if (at > stop) {
            return false;
        }
        ipv6 = true;
        networkOffset = network;
        transportOffset = at;
        end = stop;
        protocol = next;
        return true;
    }

    /** True for the types of VLAN tags: 802.1Q, 802.1ad, and what was used before that. */
    static boolean isVlan(int type) {
        return type == 0x8100 || type == 0x88a8 || type == 0x9100;
    }

    static int getByte(MemorySegment memory, long offset) {
        return Byte.toUnsignedInt(memory.get(ValueLayout.JAVA_BYTE, offset));
    }

    static int getShort(MemorySegment memory, long offset) {
        return Short.toUnsignedInt(memory.get(SHORT, offset));
    }

    static void putShort(MemorySegment memory, long offset, int value) {
        memory.set(SHORT, offset, (short) value);
    }
}
