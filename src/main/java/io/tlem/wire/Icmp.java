package io.tlem.wire;

/** The header of ICMP (RFC 792), ICMPv6 (RFC 4443) and IGMP (RFC 2236). */
public final class Icmp {
    /** Bytes of ICMP's and IGMP's shortest message. */
    public static final int IPV4_HEADER_BYTES = 8;
    /** Bytes of what ICMPv6's messages have in common. */
    public static final int IPV6_HEADER_BYTES = 4;
    /** Of the checksum; that of ICMPv6 with pseudo header. */
    public static final int CHECKSUM_AT = 2;

    private Icmp() {}

    /**
     * Whether a type of ICMPv6 is one of neighbour discovery (RFC 4861): solicitations and advertisements of routers and
     * neighbours, and redirects.
     */
    public static boolean isNeighbourDiscovery(int type) {
        return type >= 133 && type <= 137;
    }

    /** Whether a type of ICMPv6 is one of multicast listener discovery (RFC 2710, RFC 3810): queries, reports and dones. */
    public static boolean isListenerDiscovery(int type) {
        return (type >= 130 && type <= 132) || type == 143;
    }
}
