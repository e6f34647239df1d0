package io.tlem.wire;

import java.lang.foreign.MemorySegment;

/**
 * The layers of a whole packet from Ethernet through VLAN tags and IP to the transport header, tunnels in between. A reused
 * object that {@link #parse} fills; nothing outside the frame is read. Offsets are those in the frame. Used by one thread.
 *
 * <pre>
 *   | Ethernet, tags | IP | UDP | VXLAN, Ethernet | IP | TCP | payload |
 *                     ^0   ^1                      ^2   ^3             ^end
 * </pre>
 *
 * Only layers whose headers tell a length or a checksum of what follows are listed, outermost first. What lies between
 * them, a tunnel's own header, is the same in every packet of a flow, and so there is no need to know what tunnel it is
 * that is in UDP: the packet inside is found by its header, whose length must be what is left of the frame.
 */
public final class PacketLayers {
    /** What a layer is. */
    public enum Kind {
        /** With a total length, an identification and a header checksum. */
        IPV4,
        /** With a payload length. */
        IPV6,
        /** Around a tunnel, with a length and a checksum, or none when that is 0. */
        UDP,
        /** With a checksum. */
        GRE,
        /** The last layer, of whatever protocol. */
        TRANSPORT
    }

    /** Most bytes of tunnel headers around the packet that is looked for: GENEVE has up to 260 and an Ethernet header. */
    public static final int MAX_TUNNEL_BYTES = 512;
    /** Of GRE's checksum (RFC 2784), two bytes with two empty ones behind. */
    public static final int GRE_CHECKSUM_AT = 4;

    private static final int MAX_LAYERS = 12;
    private static final int GRE_MIN_HEADER_BYTES = 4;
    private static final int GRE_TYPE_AT = 2;
    private static final int GRE_CHECKSUM_PRESENT = 0x80;
    private static final int GRE_WORDS_PRESENT = 0xb0; // checksum, key, sequence number (RFC 2890)
    private static final int MAX_ATTEMPTS = 64;

    private final Kind[] kinds = new Kind[MAX_LAYERS];
    private final int[] offsets = new int[MAX_LAYERS];
    private final IpPacket ip = new IpPacket();
    private MemorySegment memory = MemorySegment.NULL;
    private long frame;
    private int count;
    private int end;
    private int attempts;

    /**
     * Finds the layers of a whole, unfragmented IP packet.
     *
     * @param transport where the innermost transport header starts in the frame, or negative: then the packet is not looked
     *     into for others
     * @return false when the frame is none, or its lengths contradict each other
     */
    public boolean parse(MemorySegment frameMemory, long offset, int length, int transport) {
        memory = frameMemory;
        frame = offset;
        count = 0;
        attempts = 0;
        end = length;
        ip.parse(frameMemory, offset, length);
        if (ip.isIp()) {
            return isWhole(false) && follow(transport);
        }
        return Ethernet.isMpls(ip.type()) && transport >= 0 && search((int) (ip.start() - offset), transport);
    }

    /**
     * Whether the IP packet that was just looked at is whole. The outermost header says where the packet ends; those inside must
     * agree with it. A super-packet may be longer than the field can say: then it ends with the frame.
     */
    private boolean isWhole(boolean inside) {
        boolean six = ip.version() == 6;
        int room = end - (int) (ip.start() - frame);
        int bytes = (int) (ip.packetEnd() - ip.start());
        if (room > Ipv4.MAX_PACKET_BYTES + (six ? Ipv6.HEADER_BYTES : 0)) {
            bytes = room;
        }
        if ((inside ? bytes != room : bytes > room) || bytes < ip.headerEnd() - ip.start()) {
            return false;
        }
        end += bytes - room;
        return six || !inside || Ipv4.hasRightChecksum(memory, ip.start());
    }

    /** From an IP header on to the transport header. */
    private boolean follow(int transport) {
        boolean six = ip.version() == 6;
        int network = (int) (ip.start() - frame);
        if (!ip.findTransport(frame + end) || ip.isUnderWay() || !add(six ? Kind.IPV6 : Kind.IPV4, network)) {
            return false;
        }
        if (six && end - network - Ipv6.HEADER_BYTES > Ipv4.MAX_PACKET_BYTES && hasHopByHop(network)) {
            return false; // its length is in an option, which no packet may have that is cut from it
        }
        int at = (int) (ip.transport() - frame);
        if (transport < 0 || at == transport) {
            return add(Kind.TRANSPORT, at);
        }
        return switch (ip.protocol()) {
            case IpProtocol.IPV4 -> exactly(at, 4, transport);
            case IpProtocol.IPV6 -> exactly(at, 6, transport);
            case IpProtocol.GRE -> followGre(at, transport);
            case IpProtocol.UDP -> add(Kind.UDP, at) && search(at + Udp.HEADER_BYTES, transport);
            case IpProtocol.MPLS -> search(at, transport);
            default -> false;
        };
    }

    private boolean hasHopByHop(int network) {
        return NetworkBytes.unsignedByte(memory, frame + network + Ipv6.NEXT_HEADER_AT) == Ipv6.HOP_BY_HOP;
    }

    private boolean followGre(int gre, int transport) {
        if (gre + GRE_MIN_HEADER_BYTES > end) {
            return false;
        }
        int flags = NetworkBytes.unsignedByte(memory, frame + gre);
        if ((flags & GRE_CHECKSUM_PRESENT) != 0 && !add(Kind.GRE, gre)) {
            return false;
        }
        int type = NetworkBytes.unsignedShort(memory, frame + gre + GRE_TYPE_AT);
        int at = gre + GRE_MIN_HEADER_BYTES + 4 * Integer.bitCount(flags & GRE_WORDS_PRESENT);
        if (type == Ethernet.TRANSPARENT_ETHERNET) {
            at = (int) (Ethernet.typeAt(memory, frame + at, frame + end) - frame);
            if (at + Ethernet.TYPE_BYTES > end) {
                return false;
            }
            type = NetworkBytes.unsignedShort(memory, frame + at);
            at += Ethernet.TYPE_BYTES;
        }
        return switch (type) {
            case Ethernet.IPV4 -> exactly(at, 4, transport);
            case Ethernet.IPV6 -> exactly(at, 6, transport);
            default -> search(at, transport);
        };
    }

    private boolean exactly(int network, int version, int transport) {
        return ip.parseHeader(memory, frame + network, frame + end, version) && isWhole(true) && follow(transport);
    }

    /**
     * The first IP header from here on that fits, and that leads to the transport header, is that of the packet inside. The
     * addresses and numbers of a tunnel's header may look like one.
     */
    private boolean search(int from, int transport) {
        int last = Math.min(Math.min(transport, end) - Ipv4.MIN_HEADER_BYTES, from + MAX_TUNNEL_BYTES);
        int found = count;
        for (int at = from; at <= last; at += 2) {
            int version = NetworkBytes.unsignedByte(memory, frame + at) >>> 4;
            boolean known = version == 4 || version == 6;
            if (known && ip.parseHeader(memory, frame + at, frame + end, version) && isWhole(true)) {
                if (attempts++ > MAX_ATTEMPTS) {
                    return false; // made up to keep us busy
                }
                if (follow(transport)) {
                    return true;
                }
                count = found;
            }
        }
        return false;
    }

    private boolean add(Kind kind, int at) {
        if (count == MAX_LAYERS) {
            return false;
        }
        kinds[count] = kind;
        offsets[count++] = at;
        return true;
    }

    /** How many layers there are, 2 to 12; the one before the last is the innermost IP header. */
    public int count() {
        return count;
    }

    /** What a layer is, from 0 on. */
    public Kind kind(int layer) {
        return kinds[layer];
    }

    /** Where a layer starts in the frame. */
    public int offset(int layer) {
        return offsets[layer];
    }

    /** Where the transport header starts in the frame. */
    public int transport() {
        return offsets[count - 1];
    }

    /** Whose header that is, a number of {@link IpProtocol}. */
    public int protocol() {
        return ip.protocol();
    }

    /** Whether a layer of UDP, or the last one, is in IPv6; else it is in IPv4. The layer before it is that header. */
    public boolean isInIpv6(int layer) {
        return kinds[layer - 1] == Kind.IPV6;
    }

    /** Where the packet ends in the frame, which may be padded. */
    public int end() {
        return end;
    }
}
