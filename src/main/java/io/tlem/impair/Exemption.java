package io.tlem.impair;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
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

    /** What can be exempt. */
    private enum Kind {
        /** Address resolution of IPv4. */
        ARP,
        /** Neighbour discovery of IPv6: solicitations and advertisements of routers and neighbours, and redirects. */
        ND,
        /** Multicast listener discovery of IPv6: queries, reports and dones. */
        MLD
    }

    private static final ValueLayout.OfShort SHORT = ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.BIG_ENDIAN);
    private static final int ADDRESSES_BYTES = 12;
    private static final int TAG_BYTES = 4;
    private static final int MOST_TAGS = 2;
    private static final Set<Integer> TAGS = Set.of(0x8100, 0x88a8, 0x9100);
    private static final int ARP = 0x0806;
    private static final int IPV6 = 0x86dd;
    private static final int IPV6_BYTES = 40;
    private static final int NEXT_HEADER_AT = 6;
    private static final int HOP_BY_HOP = 0;
    private static final int ICMPV6 = 58;

    private final boolean arp;
    private final boolean nd;
    private final boolean mld;

    private Exemption(Set<Kind> kinds) {
        this.arp = kinds.contains(Kind.ARP);
        this.nd = kinds.contains(Kind.ND);
        this.mld = kinds.contains(Kind.MLD);
    }

    /**
     * Reads a list like {@code arp,nd}.
     *
     * @throws SpecException when it is none
     */
    public static Exemption parse(String text) {
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
        long at = offset + ADDRESSES_BYTES;
        long end = offset + length;
        int type = at + 2 <= end ? unsignedShort(memory, at) : 0;
        for (int tags = 0; tags < MOST_TAGS && TAGS.contains(type) && at + TAG_BYTES + 2 <= end; tags++) {
            at += TAG_BYTES;
            type = unsignedShort(memory, at);
        }
        if (type == ARP) {
            return arp;
        }
        return type == IPV6 && (nd || mld) && isExemptIpv6(memory, at + 2, end);
    }

    private boolean isExemptIpv6(MemorySegment memory, long at, long end) {
        long next = at + IPV6_BYTES;
        if (next >= end) {
            return false;
        }
        int protocol = unsignedByte(memory, at + NEXT_HEADER_AT);
        if (protocol == HOP_BY_HOP && next + 2 <= end) { // has the router alert of MLD
            protocol = unsignedByte(memory, next);
            next += 8 + 8L * unsignedByte(memory, next + 1);
        }
        if (protocol != ICMPV6 || next >= end) {
            return false;
        }
        int type = unsignedByte(memory, next);
        return (nd && type >= 133 && type <= 137) || (mld && ((type >= 130 && type <= 132) || type == 143));
    }

    private static int unsignedShort(MemorySegment memory, long at) {
        return Short.toUnsignedInt(memory.get(SHORT, at));
    }

    private static int unsignedByte(MemorySegment memory, long at) {
        return Byte.toUnsignedInt(memory.get(ValueLayout.JAVA_BYTE, at));
    }
}
