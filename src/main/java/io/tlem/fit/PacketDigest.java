package io.tlem.fit;

import io.tlem.port.pcap.LinkType;
import io.tlem.wire.IpProtocol;
import io.tlem.wire.NetworkBytes;
import java.lang.foreign.MemorySegment;

/**
 * What of a packet tells it from others at both ends of a network. {@link #content} is of what neither routers nor an address
 * translation change: not Ethernet's header, time to live, traffic class, checksums, addresses, ports, and IPv4's identification.
 * {@link #whole} is of the last three as well. Both look at no more than 128 bytes from the IP header on, so that captures may
 * have kept different parts of packets. Used by one thread.
 */
final class PacketDigest {
    private static final int MOST_BYTES = 128;
    private static final int OTHER_BYTES = 28; // of what is not IP, as ARP; behind it may be padding
    private static final int IPV4_BYTES = 20;
    private static final int IPV6_BYTES = 40;
    private static final int LENGTH_AT = 2;
    private static final int IDENTIFICATION_AT = 4;
    private static final int FRAGMENT_AT = 6;
    private static final int FRAGMENT_OFFSET = 0x1fff;
    private static final int PROTOCOL_AT = 9;
    private static final int IPV4_ADDRESSES_AT = 12;
    private static final int IPV6_LENGTH_AT = 4;
    private static final int IPV6_NEXT_AT = 6;
    private static final int IPV6_ADDRESSES_AT = 8;

    private static final long FACTOR = 0x9e37_79b9_7f4a_7c15L;

    private MemorySegment memory = MemorySegment.NULL;
    private long hash;

    /** Of what nobody changes. */
    long content;

    /** With addresses, ports and identification. */
    long whole;

    /** Looks at a captured packet. */
    void of(MemorySegment its, LinkType type, long packet, int captured) {
        memory = its;
        hash = FACTOR;
        long end = packet + captured;
        long at = type.network(its, packet, captured);
        int version = at < end ? NetworkBytes.unsignedByte(its, at) >>> 4 : 0;
        if (version == 4 && at + IPV4_BYTES <= end) {
            ipv4(at, end);
        } else if (version == 6 && at + IPV6_BYTES <= end) {
            ipv6(at, end);
        } else {
            bytes(Math.min(at, end), Math.min(end, at + OTHER_BYTES));
            content = finished();
            whole = content;
        }
    }

    private void ipv4(long at, long end) {
        int total = NetworkBytes.unsignedShort(memory, at + LENGTH_AT);
        int header = (NetworkBytes.unsignedByte(memory, at) & 0xf) * 4;
        int fragment = NetworkBytes.unsignedShort(memory, at + FRAGMENT_AT) & FRAGMENT_OFFSET;
        int protocol = NetworkBytes.unsignedByte(memory, at + PROTOCOL_AT);
        long stop = Math.min(Math.min(end, at + MOST_BYTES), total == 0 ? end : at + total);
        mix(total);
        mix(protocol);
        mix(fragment);
        int ports = transport(protocol, fragment == 0, at + Math.max(header, IPV4_BYTES), stop);
        content = finished();
        mix(ports);
        mix(NetworkBytes.unsignedShort(memory, at + IDENTIFICATION_AT));
        mix(NetworkBytes.longAt(memory, at + IPV4_ADDRESSES_AT));
        whole = finished();
    }

    private void ipv6(long at, long end) {
        int length = NetworkBytes.unsignedShort(memory, at + IPV6_LENGTH_AT);
        int next = NetworkBytes.unsignedByte(memory, at + IPV6_NEXT_AT);
        mix(length);
        mix(next);
        long stop = Math.min(Math.min(end, at + MOST_BYTES), length == 0 ? end : at + IPV6_BYTES + length);
        int ports = transport(next, true, at + IPV6_BYTES, stop);
        content = finished();
        mix(ports);
        bytes(at + IPV6_ADDRESSES_AT, at + IPV6_BYTES);
        whole = finished();
    }

    /** Adds a transport header and what is behind it; returns what a translation may have changed in it. */
    private int transport(int protocol, boolean first, long at, long end) {
        boolean ported = protocol == IpProtocol.TCP || protocol == IpProtocol.UDP;
        int checksumAt = protocol == IpProtocol.TCP ? 16 : 6;
        if (first && ported && at + checksumAt + Short.BYTES <= end) {
            bytes(at + Integer.BYTES, at + checksumAt);
            bytes(at + checksumAt + Short.BYTES, end);
            return NetworkBytes.intAt(memory, at);
        }
        boolean echo = protocol == IpProtocol.ICMP || protocol == IpProtocol.ICMPV6;
        if (first && echo && at + Long.BYTES <= end) { // type, code, checksum, identifier of the sender, number
            bytes(at, at + 2);
            bytes(at + 6, end);
            return NetworkBytes.unsignedShort(memory, at + Integer.BYTES);
        }
        bytes(at, end);
        return 0;
    }

    private void bytes(long from, long to) {
        long at = from;
        for (; at + Long.BYTES <= to; at += Long.BYTES) {
            mix(NetworkBytes.longAt(memory, at));
        }
        for (; at < to; at++) {
            mix(NetworkBytes.unsignedByte(memory, at));
        }
    }

    private void mix(long value) {
        long mixed = (hash ^ value) * FACTOR;
        hash = mixed ^ mixed >>> 29;
    }

    private long finished() {
        long mixed = hash * 0xbf58_476d_1ce4_e5b9L;
        return mixed ^ mixed >>> 32;
    }
}
