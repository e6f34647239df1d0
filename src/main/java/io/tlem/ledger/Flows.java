package io.tlem.ledger;

import io.tlem.wire.Arp;
import io.tlem.wire.Ethernet;
import io.tlem.wire.IpPacket;
import io.tlem.wire.IpProtocol;
import io.tlem.wire.NetworkBytes;
import java.lang.foreign.MemorySegment;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Locale;

/**
 * Describes flows by the first bytes of their packets: protocol, addresses and ports. A description is made once and found
 * again by what it is made of, without a new object. Used by one thread.
 */
final class Flows {
    static final byte[] NOTHING = new byte[0];
    private static final int ENTRIES = 1 << 16; // a power of two
    private static final int MOST = ENTRIES / 2;
    private static final int PORTS_BYTES = 4;
    private static final int V4_BYTES = 4;
    private static final int V6_BYTES = 16;
    private static final int V4_AT = 12;
    private static final int V6_AT = 8;
    private static final int ARP_SENDER_AT = 14;
    private static final int ARP_TARGET_AT = 24;
    private static final long PRIME = 0x9E3779B97F4A7C15L;

    private final IpPacket ip = new IpPacket();
    private final long[] keys = new long[ENTRIES];
    private final byte[][] texts = new byte[ENTRIES][];
    private int count;

    /** What a packet belongs to; nothing for one of which nothing is known. */
    byte[] of(MemorySegment memory, long offset, int captured) {
        if (captured < Ethernet.HEADER_BYTES) {
            return NOTHING;
        }
        ip.parse(memory, offset, captured);
        long key = key(memory, offset);
        int at = (int) (key >>> 40) & ENTRIES - 1;
        while (texts[at] != null) {
            if (keys[at] == key) {
                return texts[at];
            }
            at = at + 1 & ENTRIES - 1;
        }
        byte[] text = text(memory, offset).getBytes(StandardCharsets.US_ASCII);
        if (count == MOST) { // forgotten: who still sends is described again
            Arrays.fill(texts, null);
            count = 0;
        }
        keys[at] = key;
        texts[at] = text;
        count++;
        return text;
    }

    private long key(MemorySegment memory, long offset) {
        if (isArp()) {
            return mix(Arp.senderAddress(memory, arp()), Arp.targetAddress(memory, arp()));
        }
        if (!ip.isIp()) {
            return mix(mix(ip.type(), NetworkBytes.longAt(memory, offset)), NetworkBytes.intAt(memory, offset + 8));
        }
        boolean ports = findPorts();
        long key = mix(ip.version(), ip.protocol());
        if (ip.version() == 4) {
            key = mix(key, NetworkBytes.longAt(memory, ip.start() + V4_AT));
        } else {
            for (int i = 0; i < 2 * V6_BYTES; i += Long.BYTES) {
                key = mix(key, NetworkBytes.longAt(memory, ip.start() + V6_AT + i));
            }
        }
        return ports ? mix(key, NetworkBytes.intAt(memory, ip.transport())) : key;
    }

    private boolean isArp() {
        return ip.type() == Ethernet.ARP && arp() + Arp.FRAME_BYTES <= ip.frameEnd();
    }

    /** Where the frame would begin if it had no tags. */
    private long arp() {
        return ip.start() - Ethernet.HEADER_BYTES;
    }

    private static long mix(long key, long part) {
        long mixed = (key ^ part) * PRIME;
        return (mixed ^ mixed >>> 29) * PRIME + 1;
    }

    /** Goes to the transport header, and tells whether ports are there. */
    private boolean findPorts() {
        return ip.findTransport(ip.frameEnd())
                && hasPorts(ip.protocol())
                && ip.transport() + PORTS_BYTES <= ip.frameEnd();
    }

    private static boolean hasPorts(int protocol) {
        return protocol == IpProtocol.TCP
                || protocol == IpProtocol.UDP
                || protocol == IpProtocol.SCTP
                || protocol == IpProtocol.UDP_LITE;
    }

    private String text(MemorySegment memory, long offset) {
        if (ip.isIp()) {
            boolean six = ip.version() == 6;
            long source = ip.start() + (six ? V6_AT : V4_AT);
            int bytes = six ? V6_BYTES : V4_BYTES;
            boolean ports = findPorts();
            return name(ip.protocol()) + " " + end(memory, source, bytes, ports, 0) + ">"
                    + end(memory, source + bytes, bytes, ports, 2);
        }
        if (isArp()) {
            return "arp " + address(memory, ip.start() + ARP_SENDER_AT, V4_BYTES) + ">"
                    + address(memory, ip.start() + ARP_TARGET_AT, V4_BYTES);
        }
        return String.format(
                Locale.ROOT, "0x%04x %s>%s", ip.type(), station(memory, offset + 6), station(memory, offset));
    }

    private String end(MemorySegment memory, long at, int bytes, boolean ports, int portAt) {
        String address = address(memory, at, bytes);
        return !ports
                ? address
                : (bytes == V6_BYTES ? "[" + address + "]" : address) + ":"
                        + NetworkBytes.unsignedShort(memory, ip.transport() + portAt);
    }

    private static String address(MemorySegment memory, long at, int bytes) {
        byte[] address = new byte[bytes];
        for (int i = 0; i < bytes; i++) {
            address[i] = (byte) NetworkBytes.unsignedByte(memory, at + i);
        }
        try {
            String text = InetAddress.getByAddress(address).getHostAddress();
            return bytes == V6_BYTES ? text.replaceFirst("(^|:)0(:0)+(:|$)", "::") : text;
        } catch (UnknownHostException e) {
            throw new IllegalStateException(e); // of another length
        }
    }

    private static String station(MemorySegment memory, long at) {
        byte[] address = new byte[6];
        for (int i = 0; i < address.length; i++) {
            address[i] = (byte) NetworkBytes.unsignedByte(memory, at + i);
        }
        return HexFormat.ofDelimiter(":").formatHex(address);
    }

    private static String name(int protocol) {
        return switch (protocol) {
            case IpProtocol.TCP -> "tcp";
            case IpProtocol.UDP -> "udp";
            case IpProtocol.SCTP -> "sctp";
            case IpProtocol.ICMP -> "icmp";
            case IpProtocol.ICMPV6 -> "icmp6";
            case IpProtocol.IGMP -> "igmp";
            case IpProtocol.GRE -> "gre";
            case IpProtocol.UDP_LITE -> "udp-lite";
            default -> "ip-" + protocol;
        };
    }
}
