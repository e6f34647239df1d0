package io.tlem.classify;

import io.tlem.wire.Ethernet;
import io.tlem.wire.IpProtocol;
import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;

/** The protocols whose names are words of the language. */
enum Protocol {
    ETHER(Carrier.NOTHING, 0),
    IP(Carrier.ETHERNET, Ethernet.IPV4),
    IP6(Carrier.ETHERNET, Ethernet.IPV6),
    ARP(Carrier.ETHERNET, Ethernet.ARP),
    RARP(Carrier.ETHERNET, 0x8035),
    /** Spanning trees', by its service access point of 802.2, as the next two. */
    STP(Carrier.ETHERNET, 0x42),
    ISO(Carrier.ETHERNET, 0xfe),
    NETBEUI(Carrier.ETHERNET, 0xf0),
    TCP(Carrier.BOTH, IpProtocol.TCP),
    UDP(Carrier.BOTH, IpProtocol.UDP),
    SCTP(Carrier.BOTH, IpProtocol.SCTP),
    AH(Carrier.BOTH, 51),
    ESP(Carrier.BOTH, 50),
    PIM(Carrier.BOTH, 103),
    ICMP(Carrier.IPV4, IpProtocol.ICMP),
    IGMP(Carrier.IPV4, IpProtocol.IGMP),
    IGRP(Carrier.IPV4, 9),
    VRRP(Carrier.IPV4, 112),
    CARP(Carrier.IPV4, 112),
    ICMP6(Carrier.IPV6, IpProtocol.ICMPV6);

    /** What a protocol's packets are in. */
    enum Carrier {
        NOTHING,
        ETHERNET,
        IPV4,
        IPV6,
        /** IPv4 and IPv6. */
        BOTH
    }

    final Carrier carrier;
    /** EtherType or protocol of IP. */
    final int number;

    Protocol(Carrier carrier, int number) {
        this.carrier = carrier;
        this.number = number;
    }

    String word() {
        return name().toLowerCase(Locale.ROOT);
    }

    static Optional<Protocol> named(String word) {
        return Arrays.stream(values())
                .filter(protocol -> protocol.word().equals(word))
                .findFirst();
    }

    boolean isCarriedByIp() {
        return carrier != Carrier.NOTHING && carrier != Carrier.ETHERNET;
    }

    /** Whether expressions can name bytes of its header. */
    boolean hasBytes() {
        return this != AH && this != ESP && this != STP && this != ISO && this != NETBEUI;
    }

    boolean hasPorts() {
        return this == TCP || this == UDP || this == SCTP;
    }
}
