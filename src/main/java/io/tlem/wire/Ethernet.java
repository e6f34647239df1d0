package io.tlem.wire;

import java.lang.foreign.MemorySegment;

/**
 * An Ethernet frame without FCS, and the VLAN tags in it (IEEE 802.3, 802.1Q). An Ethernet address is the lower 48 bits of a
 * long, its first byte highest.
 *
 * <pre>
 *  0             6        12                                12 + 4 * tags
 *  +-------------+--------+---------------------+- - - - - -+-----------+- - -
 *  | destination | source | tag's type, its tag | more tags | EtherType | what the frame carries
 *  +-------------+--------+---------------------+- - - - - -+-----------+- - -
 * </pre>
 */
public final class Ethernet {
    /** Bytes of the header without tags. */
    public static final int HEADER_BYTES = 14;
    /** Where the type stands in a frame without tags, and the first tag's type in others. */
    public static final int TYPE_AT = 12;
    /** Bytes of a type. */
    public static final int TYPE_BYTES = 2;
    /** Bytes of a VLAN tag with its type. */
    public static final int TAG_BYTES = 4;
    /** Tags that are looked behind; a frame with more carries something unknown. */
    public static final int MAX_TAGS = 8;
    /** Bytes of the shortest frame without tags; the sender pads what is shorter. */
    public static final int MIN_FRAME_BYTES = 60;

    /** The address of every station. */
    public static final long BROADCAST = 0xFF_FF_FF_FF_FF_FFL;

    /** EtherType of IPv4 (RFC 894). */
    public static final int IPV4 = 0x0800;
    /** EtherType of ARP (RFC 826). */
    public static final int ARP = 0x0806;
    /** EtherType of a whole Ethernet frame, in GRE (RFC 1701). */
    public static final int TRANSPARENT_ETHERNET = 0x6558;
    /** EtherType of a customer's VLAN tag (IEEE 802.1Q). */
    public static final int VLAN = 0x8100;
    /** EtherType of IPv6 (RFC 2464). */
    public static final int IPV6 = 0x86dd;
    /** EtherType of PPPoE in its session stage (RFC 2516). */
    public static final int PPPOE = 0x8864;

    private static final int MPLS = 0x8847;
    private static final int MPLS_MULTICAST = 0x8848;
    private static final int PROVIDER_VLAN = 0x88a8;

    private Ethernet() {}

    /** Whether a type is that of a VLAN tag: a customer's, a provider's, or one of those used for the latter before 802.1ad. */
    public static boolean isVlan(int type) {
        return type == VLAN || type == PROVIDER_VLAN || type == 0x9100 || type == 0x9200 || type == 0x9300;
    }

    /** Whether a type is that of MPLS (RFC 3032). */
    public static boolean isMpls(int type) {
        return type == MPLS || type == MPLS_MULTICAST;
    }

    /**
     * Finds the type behind VLAN tags. It is a tag's type itself in a frame that has too many tags, or ends within them.
     *
     * @param frame where the frame starts
     * @param end where it ends
     * @return where the type stands; in a frame that is too short for a header it does not lie before {@code end}
     */
    public static long typeAt(MemorySegment memory, long frame, long end) {
        long at = frame + TYPE_AT;
        for (int tags = 0;
                tags < MAX_TAGS && at + TAG_BYTES + TYPE_BYTES <= end && isVlan(NetworkBytes.unsignedShort(memory, at));
                tags++) {
            at += TAG_BYTES;
        }
        return at;
    }

    /**
     * Puts a VLAN tag into a frame that lies {@link #TAG_BYTES} behind where it is to start: moves the addresses down.
     *
     * @param frame where the frame starts then
     * @param type one for which {@link #isVlan} holds
     * @param tag priority and VLAN, 0 to 65535
     */
    public static void insertTag(MemorySegment memory, long frame, int type, int tag) {
        long first = NetworkBytes.longAt(memory, frame + TAG_BYTES);
        int last = NetworkBytes.intAt(memory, frame + TAG_BYTES + 8);
        NetworkBytes.setLong(memory, frame, first);
        NetworkBytes.setInt(memory, frame + 8, last);
        NetworkBytes.setShort(memory, frame + TYPE_AT, type);
        NetworkBytes.setShort(memory, frame + TYPE_AT + TYPE_BYTES, tag);
    }

    /**
     * Longest frame that an interface sends, by the rule of the kernel's own bridges: MTU and Ethernet header, and four bytes more
     * for each VLAN tag of the frame, of two at most.
     *
     * @param frame where it starts; its first {@link #HEADER_BYTES} are there, and the tags that they announce
     */
    public static int longestFrame(MemorySegment memory, long frame, int mtuBytes) {
        int tagBytes = 0;
        while (tagBytes < 2 * TAG_BYTES && isVlan(NetworkBytes.unsignedShort(memory, frame + TYPE_AT + tagBytes))) {
            tagBytes += TAG_BYTES;
        }
        return mtuBytes + HEADER_BYTES + tagBytes;
    }

    /** Six bytes as an address. */
    public static long address(byte[] bytes) {
        long address = 0;
        for (byte part : bytes) {
            address = (address << 8) | (part & 0xff);
        }
        return address;
    }

    /** The address that a frame is sent to. */
    public static long destination(MemorySegment memory, long frame) {
        return NetworkBytes.longAt(memory, frame) >>> 16; // two bytes of the source as well
    }

    /** Writes the addresses that a frame is sent to and comes from. */
    public static void setAddresses(MemorySegment memory, long frame, long destination, long source) {
        NetworkBytes.setLong(memory, frame, (destination << 16) | (source >>> 32));
        NetworkBytes.setInt(memory, frame + 8, (int) source);
    }
}
