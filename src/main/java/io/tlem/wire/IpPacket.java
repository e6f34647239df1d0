package io.tlem.wire;

import java.lang.foreign.MemorySegment;

/**
 * Where the headers of an IP packet are in an Ethernet frame, behind up to {@link Ethernet#MAX_TAGS} VLAN tags. Nothing outside
 * the frame is read; what the packet says of its length is told and not believed. Offsets are those of the memory. One object
 * is reused. Used by one thread.
 *
 * <pre>
 *  frame          start             headerEnd               transport                    packetEnd   frameEnd
 *  | Ethernet, tags | IPv4, IPv6 header | IPv6 extension headers | TCP, UDP, ...  payload    | padding  |
 * </pre>
 */
public final class IpPacket {
    /** Extension headers that are looked behind. */
    public static final int MAX_EXTENSIONS = 16;

    private static final int CONGESTION_EXPERIENCED = 3;

    private MemorySegment memory = MemorySegment.NULL;
    private long frame;
    private long frameEnd;
    private int type;
    private long start;
    private int version;
    private long headerEnd;
    private long packetEnd;
    private int protocol;
    private long transport;
    private boolean fragment;
    private boolean otherAddresses;
    private boolean underWay;

    /** Looks at a frame; afterwards {@link #isIp} says whether it holds an IP packet with a whole header. */
    public void parse(MemorySegment frameMemory, long offset, int length) {
        frame = offset;
        long end = offset + length;
        long typeAt = Ethernet.typeAt(frameMemory, offset, end);
        type = typeAt + Ethernet.TYPE_BYTES <= end ? NetworkBytes.unsignedShort(frameMemory, typeAt) : 0;
        int expected = type == Ethernet.IPV4 ? 4 : type == Ethernet.IPV6 ? 6 : 0;
        parseHeader(frameMemory, typeAt + Ethernet.TYPE_BYTES, end, expected);
    }

    /**
     * Looks at an IP header that is expected somewhere, in a tunnel perhaps.
     *
     * @param end where the frame ends, or the packet that it is in
     * @param expected its version, 4 or 6
     * @return whether it is there as a whole, as {@link #isIp} says
     */
    boolean parseHeader(MemorySegment frameMemory, long at, long end, int expected) {
        memory = frameMemory;
        start = at;
        frameEnd = end;
        headerEnd = at;
        packetEnd = end;
        version = 0;
        if (expected == 4 && at + Ipv4.MIN_HEADER_BYTES <= end && versionAt(at) == 4) {
            headerEnd = at + Ipv4.headerBytes(frameMemory, at);
            packetEnd = at + Ipv4.totalBytes(frameMemory, at);
            version = headerEnd >= at + Ipv4.MIN_HEADER_BYTES && headerEnd <= end ? 4 : 0;
        } else if (expected == 6 && at + Ipv6.HEADER_BYTES <= end && versionAt(at) == 6) {
            headerEnd = at + Ipv6.HEADER_BYTES;
            packetEnd = at + Ipv6.totalBytes(frameMemory, at);
            version = 6;
        }
        return version != 0;
    }

    private int versionAt(long at) {
        return NetworkBytes.unsignedByte(memory, at) >>> 4;
    }

    /**
     * Goes on to the transport header of an IP packet, behind extension headers; {@link #protocol}, {@link #transport} and the
     * methods below them tell afterwards what was found.
     *
     * @param end where the packet ends, not behind the frame's end
     * @return false for a fragment, and for extension headers that are not whole or too many
     */
    public boolean findTransport(long end) {
        otherAddresses = false;
        underWay = false;
        transport = headerEnd;
        if (version == 4) {
            fragment = Ipv4.isFragment(memory, start);
            // A source route has another destination than the header.
            otherAddresses = headerEnd > start + Ipv4.MIN_HEADER_BYTES;
            protocol = NetworkBytes.unsignedByte(memory, start + Ipv4.PROTOCOL_AT);
            return !fragment;
        }
        fragment = false;
        protocol = NetworkBytes.unsignedByte(memory, start + Ipv6.NEXT_HEADER_AT);
        for (int extensions = 0; Ipv6.isExtension(protocol); extensions++) {
            if (extensions == MAX_EXTENSIONS || transport + Ipv6.MIN_EXTENSION_BYTES > end) {
                return false;
            }
            switch (protocol) {
                case Ipv6.FRAGMENT -> fragment = Ipv6.isFragment(memory, transport);
                case Ipv6.ROUTING -> {
                    otherAddresses = true;
                    underWay |= NetworkBytes.unsignedByte(memory, transport + Ipv6.SEGMENTS_LEFT_AT) != 0;
                }
                case Ipv6.DESTINATION_OPTIONS -> otherAddresses = true; // a home address (RFC 6275)
                default -> {}
            }
            if (fragment) {
                return false;
            }
            int bytes = Ipv6.extensionBytes(memory, transport, protocol);
            protocol = NetworkBytes.unsignedByte(memory, transport);
            transport += bytes;
        }
        return transport <= end;
    }

    /** Whether it is IPv4 or IPv6. */
    public boolean isIp() {
        return version != 0;
    }

    /** 4, 6, or 0. */
    public int version() {
        return version;
    }

    /** What stands behind the tags: the type, or, of old frames, a length. */
    public int type() {
        return type;
    }

    /** Where what the Ethernet frame carries begins. */
    public long start() {
        return start;
    }

    /** Where the IP header ends; of IPv6 without what extends it. */
    public long headerEnd() {
        return headerEnd;
    }

    /** Where the packet ends as its header says, which may be behind the frame's end. */
    public long packetEnd() {
        return packetEnd;
    }

    /** Where the frame ends. */
    public long frameEnd() {
        return frameEnd;
    }

    /** What the packet carries, a number of {@link IpProtocol}. */
    public int protocol() {
        return protocol;
    }

    /** Where the header of what the packet carries begins. */
    public long transport() {
        return transport;
    }

    /** Whether it is a part of a packet. */
    public boolean isFragment() {
        return fragment;
    }

    /** Whether there may be addresses that stand for those of the header in checksums. */
    public boolean hasOtherAddresses() {
        return otherAddresses;
    }

    /** Whether it goes to stations in between first, so that the header's destination is not the one in checksums. */
    public boolean isUnderWay() {
        return underWay;
    }

    /** Length of what the frame carries: without Ethernet header and tags, and without the padding of a short IP packet. */
    public int carriedBytes() {
        long carried = Math.max(0, frameEnd - start);
        long taggedBytes = start - frame - Ethernet.HEADER_BYTES;
        boolean mayBePadded = frameEnd - frame <= Ethernet.MIN_FRAME_BYTES + taggedBytes;
        return (int) (version != 0 && mayBePadded ? Math.clamp(packetEnd - start, 0, carried) : carried);
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
        int before = NetworkBytes.unsignedShort(memory, start);
        if ((before >> shift & CONGESTION_EXPERIENCED) == 0) {
            return false;
        }
        int after = before | CONGESTION_EXPERIENCED << shift;
        NetworkBytes.setShort(memory, start, after);
        if (version == 4) {
            InternetChecksum.adjust(memory, start + Ipv4.CHECKSUM_AT, before, after);
        }
        return true;
    }
}
