package io.tlem.wire;

/** What an IP packet carries: the numbers of IPv4's protocol and IPv6's next header, as IANA keeps them. */
public final class IpProtocol {
    /** ICMP over IPv4 (RFC 792). */
    public static final int ICMP = 1;
    /** IGMP (RFC 2236). */
    public static final int IGMP = 2;
    /** IPv4 in IP (RFC 2003). */
    public static final int IPV4 = 4;
    /** TCP (RFC 9293). */
    public static final int TCP = 6;
    /** UDP (RFC 768). */
    public static final int UDP = 17;
    /** IPv6 in IP (RFC 2473). */
    public static final int IPV6 = 41;
    /** GRE (RFC 2784). */
    public static final int GRE = 47;
    /** ICMPv6 (RFC 4443). */
    public static final int ICMPV6 = 58;
    /** SCTP (RFC 9260). */
    public static final int SCTP = 132;
    /** UDP-Lite (RFC 3828). */
    public static final int UDP_LITE = 136;
    /** MPLS in IP (RFC 4023). */
    public static final int MPLS = 137;

    private IpProtocol() {}
}
