package io.tlem.impair.edit;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;

/**
 * Where the headers of an IP packet are in an Ethernet frame, behind up to two VLAN tags. One object is reused. Used by one
 * thread.
 */
public final class IpPacket {
    private static final ValueLayout.OfShort SHORT = ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.BIG_ENDIAN);
    private static final ValueLayout.OfByte BYTE = ValueLayout.JAVA_BYTE;

    private static final int ETHERTYPE_AT = 12;
    private static final int IPV4 = 0x0800;
    private static final int IPV6 = 0x86DD;
    private static final int VLAN = 0x8100;
    private static final int SERVICE_VLAN = 0x88A8;
    private static final int IPV4_BYTES = 20;
    private static final int IPV6_BYTES = 40;
    private static final int TCP = 6;
    private static final int UDP = 17;

    private static final int CONGESTION_EXPERIENCED = 3;

    private MemorySegment memory = MemorySegment.NULL;
    private long ip;
    private int version;
    private long checksum; // of TCP or UDP, 0 when there is none
    private long covered; // where what it covers, beyond addresses, begins
    private long coveredEnd;

    /** Looks at a frame; afterwards {@link #isIp} says whether it holds an IP packet with a whole header. */
    public void parse(MemorySegment frame, long offset, int length) {
        memory = frame;
        version = 0;
        checksum = 0;
        long at = offset + ETHERTYPE_AT;
        long end = offset + length;
        int type = 0;
        for (int tags = 0; tags <= 2 && at + 2 <= end; tags++) {
            type = Short.toUnsignedInt(frame.get(SHORT, at));
            at += 2;
            if (type != VLAN && type != SERVICE_VLAN) {
                break;
            }
            at += 2;
        }
        ip = at;
        if (type == IPV4 && at + IPV4_BYTES <= end && (frame.get(BYTE, at) & 0xF0) == 0x40) {
            parseIpv4(end);
        } else if (type == IPV6 && at + IPV6_BYTES <= end && (frame.get(BYTE, at) & 0xF0) == 0x60) {
            version = 6;
            int payload = Short.toUnsignedInt(memory.get(SHORT, ip + 4));
            parseTransport(memory.get(BYTE, ip + 6), ip + IPV6_BYTES, ip + IPV6_BYTES + payload, end);
        }
    }

    private void parseIpv4(long end) {
        int headerBytes = (memory.get(BYTE, ip) & 0xF) * 4;
        if (headerBytes < IPV4_BYTES || ip + headerBytes > end) {
            return;
        }
        version = 4;
        boolean fragment = (memory.get(SHORT, ip + 6) & 0x3FFF) != 0;
        if (!fragment) {
            int total = Short.toUnsignedInt(memory.get(SHORT, ip + 2));
            parseTransport(memory.get(BYTE, ip + 9), ip + headerBytes, ip + total, end);
        }
    }

    private void parseTransport(int protocol, long at, long transportEnd, long end) {
        long field = protocol == TCP ? at + 16 : protocol == UDP ? at + 6 : 0;
        if (field != 0 && field + 2 <= transportEnd && transportEnd <= end) {
            boolean without = protocol == UDP && memory.get(SHORT, field) == 0;
            checksum = without ? 0 : field;
            covered = at;
            coveredEnd = transportEnd;
        }
    }

    /** Whether it is IPv4 or IPv6. */
    public boolean isIp() {
        return version != 0;
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
        int before = Short.toUnsignedInt(memory.get(SHORT, ip));
        if ((before >> shift & CONGESTION_EXPERIENCED) == 0) {
            return false;
        }
        int after = before | CONGESTION_EXPERIENCED << shift;
        memory.set(SHORT, ip, (short) after);
        if (version == 4) {
            adjust(ip + 10, before, after);
        }
        return true;
    }

    /**
     * Changes a byte and keeps the checksums that cover it right: that of the IPv4 header, and of TCP or UDP, with the
     * addresses they cover. A checksum itself, and what says where headers and checksums are, is not changed.
     *
     * @return whether it was changed
     */
    public boolean changeCovered(long at, int xor) {
        long word = at - (at - ip & 1);
        boolean inHeader = version == 4 && at >= ip && at < ip + (memory.get(BYTE, ip) & 0xF) * 4L;
        long place = at - ip;
        boolean structural =
                (version == 4 && (place == 0 || place == 2 || place == 3 || place == 6 || place == 7 || place == 9))
                        || (version == 6 && (place == 0 || place == 4 || place == 5 || place == 6));
        boolean inTransport = checksum != 0 && at >= covered && at < coveredEnd;
        boolean inChecksum = (version == 4 && word == ip + 10) || (checksum != 0 && word == checksum);
        boolean inAddresses = version != 0 && at >= ip + (version == 4 ? 12 : 8) && at < ip + (version == 4 ? 20 : 40);
        if (inChecksum || structural) {
            return false;
        }
        boolean last = inTransport && word + 1 >= coveredEnd; // an odd last byte counts with a zero behind it
        int before = last ? (memory.get(BYTE, at) & 0xFF) << 8 : Short.toUnsignedInt(memory.get(SHORT, word));
        memory.set(BYTE, at, (byte) (memory.get(BYTE, at) ^ xor));
        int after = last ? (memory.get(BYTE, at) & 0xFF) << 8 : Short.toUnsignedInt(memory.get(SHORT, word));
        if (inHeader) {
            adjust(ip + 10, before, after);
        }
        if (inTransport || (inAddresses && checksum != 0)) {
            adjust(checksum, before, after);
        }
        return true;
    }

    /** Eqn. 3 of RFC 1624. */
    private void adjust(long field, int before, int after) {
        int sum = (~Short.toUnsignedInt(memory.get(SHORT, field)) & 0xFFFF) + (~before & 0xFFFF) + after;
        sum = (sum & 0xFFFF) + (sum >>> 16);
        sum = (sum & 0xFFFF) + (sum >>> 16);
        memory.set(SHORT, field, (short) ~sum);
    }
}
