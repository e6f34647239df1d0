package io.tlem.impair;

import io.tlem.wire.Ethernet;
import io.tlem.wire.Icmp;
import io.tlem.wire.IpProtocol;
import io.tlem.wire.Ipv6;
import io.tlem.wire.NetworkBytes;
import java.lang.foreign.MemorySegment;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** Packets in which no model takes part: those by which stations find each other, behind VLAN tags or none. Immutable. */
public final class Exemption {
    /** No packet. */
    public static final Exemption NONE = new Exemption(EnumSet.noneOf(Kind.class));

    /** The word for no packet. */
    public static final String NOTHING = "none";

    /** What can be exempt. */
    private enum Kind {
        /** Address resolution of IPv4. */
        ARP,
        /** Neighbour discovery of IPv6: solicitations and advertisements of routers and neighbours, and redirects. */
        ND,
        /** Multicast listener discovery of IPv6: queries, reports and dones. */
        MLD
    }

    private final boolean arp;
    private final boolean nd;
    private final boolean mld;

    private Exemption(Set<Kind> kinds) {
        this.arp = kinds.contains(Kind.ARP);
        this.nd = kinds.contains(Kind.ND);
        this.mld = kinds.contains(Kind.MLD);
    }

    /**
     * Reads a list like {@code arp,nd}, or {@code none}.
     *
     * @throws SpecException when it is none
     */
    public static Exemption parse(String text) {
        if (text.equals(NOTHING)) {
            return NONE;
        }
        Set<Kind> kinds = EnumSet.noneOf(Kind.class);
        for (String word : text.split(",", -1)) {
            kinds.add(Stream.of(Kind.values())
                    .filter(kind -> name(kind).equals(word))
                    .findFirst()
                    .orElseThrow(() -> new SpecException("'" + word + "' cannot be exempt; possible are " + names())));
        }
        return new Exemption(kinds);
    }

    private static String name(Kind kind) {
        return kind.name().toLowerCase(Locale.ROOT);
    }

    private static String names() {
        return List.of(Kind.values()).stream().map(Exemption::name).collect(Collectors.joining(", "));
    }

    /** Whether no packet is exempt. */
    public boolean isNone() {
        return !arp && !nd && !mld;
    }

    /** Whether a packet, its first byte at this offset, is exempt. */
    public boolean matches(MemorySegment memory, long offset, int length) {
        long end = offset + length;
        long at = Ethernet.typeAt(memory, offset, end);
        int type = at + Ethernet.TYPE_BYTES <= end ? NetworkBytes.unsignedShort(memory, at) : 0;
        if (type == Ethernet.ARP) {
            return arp;
        }
        return type == Ethernet.IPV6 && (nd || mld) && isExemptIpv6(memory, at + Ethernet.TYPE_BYTES, end);
    }

    private boolean isExemptIpv6(MemorySegment memory, long ip, long end) {
        long at = ip + Ipv6.HEADER_BYTES;
        if (at >= end) {
            return false;
        }
        int protocol = NetworkBytes.unsignedByte(memory, ip + Ipv6.NEXT_HEADER_AT);
        // Listeners' reports come behind a router alert; neighbours may not send fragments (RFC 6980).
        while (Ipv6.isExtension(protocol) && protocol != Ipv6.FRAGMENT && at + Ipv6.MIN_EXTENSION_BYTES <= end) {
            int bytes = Ipv6.extensionBytes(memory, at, protocol);
            protocol = NetworkBytes.unsignedByte(memory, at);
            at += bytes;
        }
        if (protocol != IpProtocol.ICMPV6 || at >= end) {
            return false;
        }
        int type = NetworkBytes.unsignedByte(memory, at);
        return (nd && Icmp.isNeighbourDiscovery(type)) || (mld && Icmp.isListenerDiscovery(type));
    }
}
