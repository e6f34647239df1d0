package io.tlem.wire;

import java.lang.foreign.MemorySegment;

/**
 * The header of IPv6 and the extension headers behind it (RFC 8200), as far as another header can be found behind them: not
 * AH and ESP, which protect or hide it.
 */
public final class Ipv6 {
    /** Bytes of the header without extensions. */
    public static final int HEADER_BYTES = 40;
    /** Of the length of what follows the header, two bytes; 0 in a jumbogram (RFC 2675). */
    public static final int PAYLOAD_LENGTH_AT = 4;
    /** Of the byte that says what follows. */
    public static final int NEXT_HEADER_AT = 6;
    /** Of the hops that are left. */
    public static final int HOP_LIMIT_AT = 7;
    /** Of the source address, with the destination behind it. */
    public static final int ADDRESSES_AT = 8;
    /** Bytes of both addresses. */
    public static final int ADDRESSES_BYTES = 32;

    /** Next header: options that every router looks at. */
    public static final int HOP_BY_HOP = 0;
    /** Next header: stations to be passed. */
    public static final int ROUTING = 43;
    /** Next header: which part of a packet this is. */
    public static final int FRAGMENT = 44;
    /** Next header: options for the destination. */
    public static final int DESTINATION_OPTIONS = 60;

    /** Bytes that every extension header has at least. */
    public static final int MIN_EXTENSION_BYTES = 8;
    /** Of the stations in a routing header that are still to be passed. */
    public static final int SEGMENTS_LEFT_AT = 3;

    private static final int FRAGMENT_OFFSET_AT = 2;
    private static final int FRAGMENTED = 0xfff9; // an offset, or more fragments

    private Ipv6() {}

    /** Bytes of the packet as its header says, from 40 on. */
    public static int totalBytes(MemorySegment memory, long ip) {
        return HEADER_BYTES + NetworkBytes.unsignedShort(memory, ip + PAYLOAD_LENGTH_AT);
    }

    /** Whether another header follows behind what a next header's number means. */
    public static boolean isExtension(int header) {
        return header == HOP_BY_HOP || header == ROUTING || header == FRAGMENT || header == DESTINATION_OPTIONS;
    }

    /** Bytes of an extension header, 8 to 2048. */
    public static int extensionBytes(MemorySegment memory, long at, int header) {
        return header == FRAGMENT ? 8 : 8 * (NetworkBytes.unsignedByte(memory, at + 1) + 1);
    }

    /** Whether a fragment header is that of a part of a packet, and not of a whole one (RFC 6946). */
    public static boolean isFragment(MemorySegment memory, long at) {
        return (NetworkBytes.unsignedShort(memory, at + FRAGMENT_OFFSET_AT) & FRAGMENTED) != 0;
    }
}
