package io.tlem.classify;

import static io.tlem.classify.Condition.all;
import static io.tlem.classify.Condition.any;
import static io.tlem.classify.Condition.hasBits;
import static io.tlem.classify.Condition.isBetween;
import static io.tlem.classify.Condition.isEqual;

import io.tlem.wire.Ethernet;
import io.tlem.wire.IpProtocol;
import io.tlem.wire.Ipv4;
import io.tlem.wire.Ipv6;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;

/**
 * What the tests of the language look at, as libpcap has it for Ethernet. Each {@code vlan} moves what is behind it in the
 * expression four bytes further into the packet, and so do {@code mpls} and {@code pppoes}, behind which types are told in other ways.
 * Used while an expression is read.
 */
final class Layers {
    /** Which of a packet's two addresses or ports is meant. */
    enum Way {
        SOURCE,
        DESTINATION,
        EITHER,
        BOTH
    }

    private static final int FRAGMENT_AT = 6; // flags and offset, of IPv4
    private static final int FRAGMENT_OFFSET = 0x1fff;
    private static final int ARP_SENDER_AT = 14;
    private static final int ARP_TARGET_AT = 24;
    private static final int VLAN_BITS = 0x0fff;
    private static final int QINQ = 0x9100;
    private static final int PROVIDER_VLAN = 0x88a8;

    private static final int MPLS = 0x8847; // to one station, which is what libpcap's word means
    private static final int MPLS_LABEL_BYTES = 4;
    private static final int MPLS_LABEL_BITS = 12; // below the label
    private static final int PPPOE_BYTES = 6;
    private static final int SESSION_BITS = 0xffff;
    private static final int PPP_IPV4 = 0x0021;
    private static final int PPP_IPV6 = 0x0057;
    private static final int PPP_MPLS = 0x0281;
    private static final int ISO_SAP = 0xfe;
    private static final int NETBEUI_SAP = 0xf0;

    /** What says which protocol follows. */
    private enum Inside {
        /** The frame's type. */
        ETHERNET,
        /** The type of PPP in PPPoE. */
        PPP,
        /** Nothing but the payload's version, behind the last label. */
        MPLS
    }

    private Inside inside = Inside.ETHERNET;
    private Token entered; // the word that has led out of Ethernet
    private int linkAt; // of the header that the innermost link layer begins with
    private int typeAt = Ethernet.TYPE_AT;
    private int payloadAt = Ethernet.HEADER_BYTES;

    private Operand payload(int at, int bytes) {
        return Operand.bytes(payloadAt + at, bytes);
    }

    /**
     * What the frame carries; up to 1500 it is a service access point of 802.2.
     *
     * @throws IllegalArgumentException with one line, where such a type cannot be behind what was said before
     */
    Condition type(int type) {
        Operand field = Operand.bytes(typeAt, Ethernet.TYPE_BYTES);
        return switch (inside) {
            case PPP -> isEqual(field, pppType(type));
            case MPLS -> mplsType(type);
            case ETHERNET -> type > 1500 ? isEqual(field, type) : all(isBetween(field, 0, 1500), servicePoint(type));
        };
    }

    /** These two stand there twice in all their packets. */
    private Condition servicePoint(int number) {
        return number == ISO_SAP || number == NETBEUI_SAP
                ? isEqual(payload(0, 2), number << Byte.SIZE | number)
                : isEqual(payload(0, 1), number);
    }

    private int pppType(int type) {
        return switch (type) {
            case Ethernet.IPV4 -> PPP_IPV4;
            case Ethernet.IPV6 -> PPP_IPV6;
            case Ethernet.ARP, PPP_MPLS -> type;
            default -> {
                if (type == Protocol.RARP.number) {
                    yield type;
                }
                throw entered.wrong("behind 'pppoes' there is IPv4, IPv6 and MPLS, and nothing else is told apart");
            }
        };
    }

    private Condition mplsType(int type) {
        if (type != Ethernet.IPV4 && type != Ethernet.IPV6) {
            throw entered.wrong("behind 'mpls' only IPv4 and IPv6 are told apart");
        }
        return all(isLastLabel(1), hasBits(payload(0, 1), 0xf0, type == Ethernet.IPV4 ? 0x40 : 0x60));
    }

    /** Whether there is no label behind the one that was entered: 1, or 0 for one. */
    private Condition isLastLabel(int bit) {
        return hasBits(payload(-2, 1), 1, bit);
    }

    /** A tag is there, with that number unless it is negative; what follows is about what is behind it. */
    Condition vlan(int number) {
        if (inside != Inside.ETHERNET) {
            throw entered.wrong("behind " + entered.shown() + " there are no VLAN tags");
        }
        Condition tag = any(type(Ethernet.VLAN), type(PROVIDER_VLAN), type(QINQ));
        Condition wanted = number < 0 ? tag : all(tag, hasBits(payload(0, 2), VLAN_BITS, number));
        typeAt += Ethernet.TAG_BYTES;
        payloadAt += Ethernet.TAG_BYTES;
        return wanted;
    }

    /**
     * A label is there, with that number unless it is negative; what follows is about what is behind it.
     *
     * @param word that says so, for messages
     */
    Condition mpls(Token word, int number) {
        Condition label = inside == Inside.MPLS ? isLastLabel(0) : type(inside == Inside.PPP ? PPP_MPLS : MPLS);
        Condition wanted =
                number < 0 ? label : all(label, hasBits(payload(0, 4), 0xffff_f000L, (long) number << MPLS_LABEL_BITS));
        payloadAt += MPLS_LABEL_BYTES;
        inside = Inside.MPLS;
        entered = word;
        return wanted;
    }

    /** As the others, of a session of PPP over Ethernet. */
    Condition pppoes(Token word, int number) {
        Condition session = type(Ethernet.PPPOE);
        Condition wanted = number < 0 ? session : all(session, hasBits(payload(0, 4), SESSION_BITS, number));
        linkAt = payloadAt + PPPOE_BYTES;
        typeAt = linkAt;
        payloadAt = typeAt + Ethernet.TYPE_BYTES;
        inside = Inside.PPP;
        entered = word;
        return wanted;
    }

    /** Whether ARP can be here at all, where addresses are looked for. */
    boolean mayBeArp() {
        return inside != Inside.MPLS;
    }

    /** Whether stations have addresses here. */
    boolean isEthernet() {
        return linkAt == 0;
    }

    /** It is IPv4, or else IPv6, and has a protocol somewhere in the chain of its headers. */
    Condition protochain(boolean ipv6, int protocol) {
        return all(type(ipv6 ? Ethernet.IPV6 : Ethernet.IPV4), Condition.isInChain(payloadAt, ipv6, protocol));
    }

    /** The packet is one of a protocol other than Ethernet. */
    Condition is(Protocol protocol) {
        return switch (protocol.carrier) {
            case IPV4 -> ipv4(protocol.number);
            case IPV6 -> ipv6(protocol.number);
            case BOTH -> any(ipv4(protocol.number), ipv6(protocol.number));
            case ETHERNET, NOTHING -> type(protocol.number);
        };
    }

    /** It is IPv4 and carries that protocol. */
    Condition ipv4(int protocol) {
        return all(type(Ethernet.IPV4), isEqual(payload(Ipv4.PROTOCOL_AT, 1), protocol));
    }

    /** It is IPv6 and carries that protocol, behind a fragment's header or none. */
    Condition ipv6(int protocol) {
        Operand next = payload(Ipv6.NEXT_HEADER_AT, 1);
        return all(
                type(Ethernet.IPV6),
                any(
                        isEqual(next, protocol),
                        all(isEqual(next, Ipv6.FRAGMENT), isEqual(payload(Ipv6.HEADER_BYTES, 1), protocol))));
    }

    private Condition isNoLaterFragment() {
        return hasBits(payload(FRAGMENT_AT, 2), FRAGMENT_OFFSET, 0);
    }

    private static Condition way(Way way, Function<Boolean, Condition> ofDestination) {
        Condition source = ofDestination.apply(false);
        Condition destination = ofDestination.apply(true);
        return switch (way) {
            case SOURCE -> source;
            case DESTINATION -> destination;
            case EITHER -> any(source, destination);
            case BOTH -> all(source, destination);
        };
    }

    /**
     * An IPv4 address.
     *
     * @param protocol {@link Protocol#IP}, {@link Protocol#ARP} or {@link Protocol#RARP}
     */
    Condition address(Protocol protocol, Way way, int address, int mask) {
        boolean ip = protocol == Protocol.IP;
        int sourceAt = ip ? Ipv4.ADDRESSES_AT : ARP_SENDER_AT;
        int destinationAt = ip ? Ipv4.ADDRESSES_AT + Integer.BYTES : ARP_TARGET_AT;
        return all(
                type(protocol.number),
                way(
                        way,
                        destination -> hasBits(
                                payload(destination ? destinationAt : sourceAt, Integer.BYTES),
                                Integer.toUnsignedLong(mask),
                                Integer.toUnsignedLong(address))));
    }

    /** An IPv6 address, or the first so many bits of it. */
    Condition address6(Way way, byte[] address, int bits) {
        return all(type(Ethernet.IPV6), way(way, destination -> {
            List<Condition> words = new ArrayList<>();
            for (int at = 0; at < address.length; at += Integer.BYTES) {
                int known = Math.clamp(bits - at * Byte.SIZE, 0, Integer.SIZE);
                long mask = known == 0 ? 0 : (0xffff_ffffL << (Integer.SIZE - known)) & 0xffff_ffffL;
                Operand word = payload(Ipv6.ADDRESSES_AT + (destination ? address.length : 0) + at, Integer.BYTES);
                words.add(hasBits(word, mask, number(address, at, Integer.BYTES)));
            }
            return all(words);
        }));
    }

    private static long number(byte[] bytes, int at, int count) {
        long number = 0;
        for (int i = at; i < at + count; i++) {
            number = (number << Byte.SIZE) | Byte.toUnsignedInt(bytes[i]);
        }
        return number;
    }

    /** An Ethernet address. */
    static Condition mac(Way way, byte[] address) {
        return way(way, destination -> {
            int at = destination ? 0 : address.length;
            return all(
                    isEqual(Operand.bytes(at + 2, 4), number(address, 2, 4)),
                    isEqual(Operand.bytes(at, 2), number(address, 0, 2)));
        });
    }

    /**
     * Ports.
     *
     * @param protocols that may have them
     */
    Condition ports(List<Protocol> protocols, Way way, int least, int most) {
        Operand zero = Operand.number(0);
        Operand next = payload(Ipv6.NEXT_HEADER_AT, 1);
        Operand carried = payload(Ipv4.PROTOCOL_AT, 1);
        return any(
                all(
                        type(Ethernet.IPV6),
                        any(protocols.stream().map(its -> isEqual(next, its.number))),
                        way(
                                way,
                                destination ->
                                        isBetween(payload(Ipv6.HEADER_BYTES + (destination ? 2 : 0), 2), least, most))),
                all(
                        type(Ethernet.IPV4),
                        any(protocols.stream().map(its -> isEqual(carried, its.number))),
                        isNoLaterFragment(),
                        way(
                                way,
                                destination -> isBetween(
                                        Operand.bytesBehindIpv4(payloadAt, destination ? Operand.number(2) : zero, 2),
                                        least,
                                        most))));
    }

    /** IPv4 or IPv6 to a group. */
    Condition isMulticast(Protocol protocol) {
        return switch (protocol) {
            case IP -> all(type(Ethernet.IPV4), hasBits(payload(Ipv4.ADDRESSES_AT + 4, 1), 0xf0, 0xe0));
            case IP6 -> all(type(Ethernet.IPV6), isEqual(payload(Ipv6.ADDRESSES_AT + 16, 1), 0xff));
            default -> hasBits(Operand.bytes(0, 1), 1, 1);
        };
    }

    /**
     * Bytes of a protocol's header.
     *
     * @param index of the first, from the header's start
     * @param bytes 1, 2 or 4
     */
    Operand bytes(Protocol protocol, Operand index, int bytes) {
        return switch (protocol.carrier) {
            case NOTHING -> Operand.bytes(linkAt, index, bytes);
            case ETHERNET -> Operand.bytes(payloadAt, index, bytes);
            case IPV6 -> Operand.bytes(payloadAt + Ipv6.HEADER_BYTES, index, bytes);
            case IPV4, BOTH -> Operand.bytesBehindIpv4(payloadAt, index, bytes);
        };
    }

    /** What has to be so for a packet to have those; of TCP and its like, in IPv4 alone and in the first fragment. */
    Condition hasBytes(Protocol protocol) {
        return switch (protocol.carrier) {
            case NOTHING -> all();
            case ETHERNET -> type(protocol.number);
            case IPV6 -> all(type(Ethernet.IPV6), isEqual(payload(Ipv6.NEXT_HEADER_AT, 1), IpProtocol.ICMPV6));
            case IPV4, BOTH -> all(ipv4(protocol.number), isNoLaterFragment());
        };
    }
}
