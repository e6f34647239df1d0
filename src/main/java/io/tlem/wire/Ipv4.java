package io.tlem.wire;

import java.lang.foreign.MemorySegment;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The header of IPv4 (RFC 791), and its addresses: ints, the first byte highest. */
public final class Ipv4 {
    /** Bytes of the header without options. */
    public static final int MIN_HEADER_BYTES = 20;
    /** Bytes that the longest packet has. */
    public static final int MAX_PACKET_BYTES = 0xffff;
    /** Of the type of service: DSCP and ECN (RFC 2474, RFC 3168). */
    public static final int TOS_AT = 1;
    /** Of the packet's length with the header, two bytes. */
    public static final int TOTAL_LENGTH_AT = 2;
    /** Of the number that fragments of a packet share, two bytes. */
    public static final int IDENTIFICATION_AT = 4;
    /** Of the routers that may still pass the packet on. */
    public static final int TTL_AT = 8;
    /** Of the byte that says what follows. */
    public static final int PROTOCOL_AT = 9;
    /** Of the header's checksum. */
    public static final int CHECKSUM_AT = 10;
    /** Of the source address, with the destination behind it. */
    public static final int ADDRESSES_AT = 12;
    /** Bytes of both addresses. */
    public static final int ADDRESSES_BYTES = 8;

    private static final int FRAGMENT_AT = 6;
    private static final int FRAGMENTED = 0x3fff; // an offset, or more fragments
    private static final Pattern ADDRESS = Pattern.compile("(\\d{1,3})\\.(\\d{1,3})\\.(\\d{1,3})\\.(\\d{1,3})");

    private Ipv4() {}

    /** Bytes of the header with its options, as it says: 0 to 60. */
    public static int headerBytes(MemorySegment memory, long ip) {
        return (NetworkBytes.unsignedByte(memory, ip) & 0xf) * 4;
    }

    /** Bytes of the packet as its header says, 0 to 65535. */
    public static int totalBytes(MemorySegment memory, long ip) {
        return NetworkBytes.unsignedShort(memory, ip + TOTAL_LENGTH_AT);
    }

    /** Whether an IPv4 packet starts here and ends as its header says, not behind {@code end}; padding may follow. */
    public static boolean isWhole(MemorySegment memory, long ip, long end) {
        if (ip + MIN_HEADER_BYTES > end || NetworkBytes.unsignedByte(memory, ip) >>> 4 != 4) {
            return false;
        }
        int headerBytes = headerBytes(memory, ip);
        int totalBytes = totalBytes(memory, ip);
        return headerBytes >= MIN_HEADER_BYTES && totalBytes >= headerBytes && totalBytes <= end - ip;
    }

    /** Whether it is a part of a packet. */
    public static boolean isFragment(MemorySegment memory, long ip) {
        return (NetworkBytes.unsignedShort(memory, ip + FRAGMENT_AT) & FRAGMENTED) != 0;
    }

    /** The address that a packet is sent to. */
    public static int destination(MemorySegment memory, long ip) {
        return NetworkBytes.intAt(memory, ip + ADDRESSES_AT + 4);
    }

    /** Whether the header's checksum is right; the header must be all there. */
    public static boolean hasRightChecksum(MemorySegment memory, long ip) {
        return InternetChecksum.finish(InternetChecksum.add(memory, ip, headerBytes(memory, ip), 0)) == 0;
    }

    /** Makes the header's checksum right. */
    public static void setChecksum(MemorySegment memory, long ip) {
        InternetChecksum.set(memory, ip, headerBytes(memory, ip), ip + CHECKSUM_AT);
    }

    /**
     * Reads a dotted address.
     *
     * @throws IllegalArgumentException when it is none
     */
    public static int parse(String text) {
        Matcher matcher = ADDRESS.matcher(text);
        if (!matcher.matches()) {
            throw new IllegalArgumentException("'" + text + "' is not an IPv4 address like 10.0.0.1");
        }
        int address = 0;
        for (int i = 1; i <= 4; i++) {
            int part = Integer.parseInt(matcher.group(i));
            if (part > 255) {
                throw new IllegalArgumentException("'" + text + "' is not an IPv4 address: " + part + " is above 255");
            }
            address = (address << 8) | part;
        }
        return address;
    }

    /** The bytes of an address as one number. */
    public static int of(byte[] bytes) {
        int address = 0;
        for (byte part : bytes) {
            address = (address << 8) | (part & 0xFF);
        }
        return address;
    }

    /** Dotted. */
    public static String text(int address) {
        return (address >>> 24) + "." + ((address >>> 16) & 0xFF) + "." + ((address >>> 8) & 0xFF) + "."
                + (address & 0xFF);
    }

    /** Whether only one station can have an address: not a network's own, broadcast, multicast or loopback one. */
    public static boolean isUnicast(int address) {
        int first = address >>> 24;
        return first != 0 && first != 127 && first < 224;
    }
}
