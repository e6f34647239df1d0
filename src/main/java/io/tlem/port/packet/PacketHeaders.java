package io.tlem.port.packet;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;

/**
 * Where the headers of a frame lie, from Ethernet through VLAN tags and IP to the transport header, tunnels in between. A
 * reused object that {@link #parse} fills; nothing outside the frame is read.
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
final class PacketHeaders {
    static final int ETHERNET_BYTES = 14;
    static final int VLAN_TAG_BYTES = 4;
    static final int TYPE_OFFSET = 12;
    static final int IPV6_BYTES = 40;
    static final int IP_MAX_BYTES = 0xffff;
    static final int TCP = 6;
    static final int UDP = 17;
    static final int SCTP = 132;

    /** A layer with a total length, an identification and a header checksum. */
    static final int LAYER_IPV4 = 0;
    /** A layer with a payload length. */
    static final int LAYER_IPV6 = 1;
    /** A layer with a length and a checksum, or none when that is 0. */
    static final int LAYER_UDP = 2;
    /** A GRE header with a checksum. */
    static final int LAYER_GRE = 3;
    /** The last layer, of whatever protocol. */
    static final int LAYER_TRANSPORT = 4;

    /** Most bytes of tunnel headers around the packet that is looked for: GENEVE has up to 260 and an Ethernet header. */
    static final int MAX_TUNNEL_BYTES = 512;

    private static final int MAX_LAYERS = 12;
    private static final int IPV4_MIN_BYTES = 20;
    private static final int TYPE_IPV4 = 0x0800;
    private static final int TYPE_IPV6 = 0x86dd;
    private static final int TYPE_ETHERNET = 0x6558; // in GRE
    private static final int IPV4_INSIDE = 4;
    private static final int IPV6_INSIDE = 41;
    private static final int GRE = 47;
    private static final int MPLS_INSIDE = 137;
    private static final int GRE_CHECKSUM_PRESENT = 0x80;
    private static final int GRE_WORDS_PRESENT = 0xb0; // checksum, key, sequence number
    private static final int HOP_BY_HOP = 0;
    private static final int ROUTING = 43;
    private static final int DESTINATION_OPTIONS = 60;
    private static final int FRAGMENTED = 0x3fff; // more fragments, or an offset
    private static final int MAX_TAGS = 4;
    private static final int UNKNOWN = -1;
    private static final int MAX_ATTEMPTS = 64;

    private static final ValueLayout.OfShort SHORT = ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.BIG_ENDIAN);

    /** How many layers there are. */
    int layers;

    /** What each layer is. */
    final int[] layerKind = new int[MAX_LAYERS];

    /** Where each layer starts in the frame. */
    final int[] layerOffset = new int[MAX_LAYERS];

    /** Of the innermost IP header in the frame. */
    int networkOffset;

    /** Of the transport header in the frame. */
    int transportOffset;

    /** Of the first byte behind the IP packet: frames may be padded. */
    int end;

    /** Of the transport header. */
    int protocol;

    /** The innermost IP header is IPv6, else IPv4. */
    boolean ipv6;

    private int attempts;

    /** Finds the headers of a whole, unfragmented IP packet, and does not look into tunnels. */
    boolean parse(MemorySegment memory, long offset, int length) {
        return parse(memory, offset, length, UNKNOWN);
    }

    /**
     * Finds the headers of a whole, unfragmented IP packet.
     *
     * @param transport where the innermost transport header starts in the frame, or negative: then the packet is not looked
     *     into for others
     * @return false when the frame is none, or its lengths contradict each other
     */
    boolean parse(MemorySegment memory, long offset, int length, int transport) {
        layers = 0;
        attempts = 0;
        int at = TYPE_OFFSET;
        int tags = 0;
        while (true) {
            if (at + 2 > length) {
                return false;
            }
            int type = getShort(memory, offset + at);
            at += 2;
            if (type == TYPE_IPV4 || type == TYPE_IPV6) {
                boolean six = type == TYPE_IPV6;
                return isIp(memory, offset, at, length, six, false) && follow(memory, offset, at, six, transport);
            }
            if (isMpls(type)) {
                end = length;
                return transport >= 0 && search(memory, offset, at, transport);
            }
            if (!isVlan(type) || ++tags > MAX_TAGS) {
                return false;
            }
            at += 2; // the tag's number; the next type follows
        }
    }

    /**
     * Whether an IP header starts here. The outermost one says where the packet ends; those inside must agree with it. A
     * super-packet may be longer than the field can say: then it ends with the frame.
     *
     * @param stop where the packet ends, or the frame when it is the outermost
     */
    private boolean isIp(MemorySegment memory, long offset, int network, int stop, boolean six, boolean inside) {
        int least = six ? IPV6_BYTES : IPV4_MIN_BYTES;
        if (network + least > stop) {
            return false;
        }
        int first = getByte(memory, offset + network);
        if (first >>> 4 != (six ? 6 : 4)) {
            return false;
        }
        int bytes = six ? IPV6_BYTES + getShort(memory, offset + network + 4) : getShort(memory, offset + network + 2);
        if (stop - network > IP_MAX_BYTES + (six ? IPV6_BYTES : 0)) {
            bytes = stop - network;
        }
        if (inside ? bytes != stop - network : bytes > stop - network) {
            return false;
        }
        if (!six) {
            int headerBytes = (first & 15) * 4;
            if (headerBytes < IPV4_MIN_BYTES
                    || bytes < headerBytes
                    || (getShort(memory, offset + network + 6) & FRAGMENTED) != 0
                    || (inside
                            && InternetChecksum.finish(InternetChecksum.add(memory, offset + network, headerBytes, 0))
                                    != 0)) {
                return false;
            }
        }
        end = network + bytes;
        return true;
    }

    /** From an IP header on to the transport header. */
    private boolean follow(MemorySegment memory, long offset, int network, boolean six, int transport) {
        int at = six ? skipExtensions(memory, offset, network) : network + (getByte(memory, offset + network) & 15) * 4;
        if (at < 0 || !addLayer(six ? LAYER_IPV6 : LAYER_IPV4, network)) {
            return false;
        }
        if (!six) {
            protocol = getByte(memory, offset + network + 9);
        }
        if (transport < 0 || at == transport) {
            ipv6 = six;
            networkOffset = network;
            transportOffset = at;
            return addLayer(LAYER_TRANSPORT, at);
        }
        return switch (protocol) {
            case IPV4_INSIDE -> exactly(memory, offset, at, false, transport);
            case IPV6_INSIDE -> exactly(memory, offset, at, true, transport);
            case GRE -> followGre(memory, offset, at, transport);
            case UDP -> addLayer(LAYER_UDP, at) && search(memory, offset, at + 8, transport);
            case MPLS_INSIDE -> search(memory, offset, at, transport);
            default -> false;
        };
    }

    private boolean followGre(MemorySegment memory, long offset, int gre, int transport) {
        if (gre + 4 > end) {
            return false;
        }
        int flags = getByte(memory, offset + gre);
        if ((flags & GRE_CHECKSUM_PRESENT) != 0 && !addLayer(LAYER_GRE, gre)) {
            return false;
        }
        int type = getShort(memory, offset + gre + 2);
        int at = gre + 4 + 4 * Integer.bitCount(flags & GRE_WORDS_PRESENT);
        if (type == TYPE_ETHERNET) {
            int tags = 0;
            do {
                at += tags == 0 ? TYPE_OFFSET : VLAN_TAG_BYTES;
                if (at + 2 > end || tags++ > MAX_TAGS) {
                    return false;
                }
                type = getShort(memory, offset + at);
            } while (isVlan(type));
            at += 2;
        }
        return (type == TYPE_IPV4 || type == TYPE_IPV6)
                ? exactly(memory, offset, at, type == TYPE_IPV6, transport)
                : search(memory, offset, at, transport);
    }

    private boolean exactly(MemorySegment memory, long offset, int network, boolean six, int transport) {
        return isIp(memory, offset, network, end, six, true) && follow(memory, offset, network, six, transport);
    }

    /**
     * The first IP header from here on that fits, and that leads to the transport header, is that of the packet inside. The
     * addresses and numbers of a tunnel's header may look like one.
     */
    private boolean search(MemorySegment memory, long offset, int from, int transport) {
        int last = Math.min(Math.min(transport, end) - IPV4_MIN_BYTES, from + MAX_TUNNEL_BYTES);
        int found = layers;
        for (int at = from; at <= last; at += 2) {
            int version = getByte(memory, offset + at) >>> 4;
            if ((version == 4 || version == 6) && isIp(memory, offset, at, end, version == 6, true)) {
                if (attempts++ > MAX_ATTEMPTS) {
                    return false; // made up to keep us busy
                }
                if (follow(memory, offset, at, version == 6, transport)) {
                    return true;
                }
                layers = found;
            }
        }
        return false;
    }

    private boolean addLayer(int kind, int at) {
        if (layers == MAX_LAYERS) {
            return false;
        }
        layerKind[layers] = kind;
        layerOffset[layers++] = at;
        return true;
    }

    /** Where the header behind an IPv6 header's extensions starts, or -1; what it is becomes {@link #protocol}. */
    private int skipExtensions(MemorySegment memory, long offset, int network) {
        int next = getByte(memory, offset + network + 6);
        int at = network + IPV6_BYTES;
        if (next == HOP_BY_HOP && end - at > IP_MAX_BYTES) {
            return -1; // its length is in an option, which no packet may have that is cut from it
        }
        while (next == HOP_BY_HOP || next == ROUTING || next == DESTINATION_OPTIONS) {
            if (at + 8 > end) {
                return -1;
            }
            if (next == ROUTING && getByte(memory, offset + at + 3) != 0) {
                return -1; // on its way elsewhere: the checksum is over another address than the header's
            }
            next = getByte(memory, offset + at);
            at += (getByte(memory, offset + at + 1) + 1) * 8;
        }
        protocol = next;
        return at <= end ? at : -1;
    }

    /** True for the types of VLAN tags: 802.1Q, 802.1ad, and what was used before that. */
    static boolean isVlan(int type) {
        return type == 0x8100 || type == 0x88a8 || type == 0x9100;
    }

    private static boolean isMpls(int type) {
        return type == 0x8847 || type == 0x8848;
    }

    static int getByte(MemorySegment memory, long offset) {
        return Byte.toUnsignedInt(memory.get(ValueLayout.JAVA_BYTE, offset));
    }

    static int getShort(MemorySegment memory, long offset) {
        return Short.toUnsignedInt(memory.get(SHORT, offset));
    }

    static void putShort(MemorySegment memory, long offset, int value) {
        memory.set(SHORT, offset, (short) value);
    }
}
