package io.tlem.wire;

import java.lang.foreign.MemorySegment;

/** A frame with an ARP message between Ethernet and IPv4 addresses (RFC 826), without VLAN tags. */
public final class Arp {
    /** Bytes of such a frame, without what pads it. */
    public static final int FRAME_BYTES = Ethernet.HEADER_BYTES + 28;
    /** Operation: asks for the target's Ethernet address. */
    public static final int REQUEST = 1;
    /** Operation: answers. */
    public static final int REPLY = 2;

    private static final long ETHERNET_IPV4 = 0x0001_0800_0604L; // hardware, protocol, the lengths of their addresses
    private static final int FORMAT_AT = 14;
    private static final int OPERATION_AT = 20;
    private static final int SENDER_AT = 22; // Ethernet address, IPv4 address
    private static final int TARGET_AT = 32;

    private Arp() {}

    /** Whether a frame of at least {@link #FRAME_BYTES} is about Ethernet and IPv4 addresses. */
    public static boolean isEthernetIpv4(MemorySegment memory, long frame) {
        return NetworkBytes.longAt(memory, frame + FORMAT_AT) >>> 16 == ETHERNET_IPV4;
    }

    /** {@link #REQUEST}, {@link #REPLY}, or another number up to 65535. */
    public static int operation(MemorySegment memory, long frame) {
        return NetworkBytes.unsignedShort(memory, frame + OPERATION_AT);
    }

    /** The sender's Ethernet address. */
    public static long senderMac(MemorySegment memory, long frame) {
        return NetworkBytes.longAt(memory, frame + SENDER_AT) >>> 16;
    }

    /** The sender's IPv4 address. */
    public static int senderAddress(MemorySegment memory, long frame) {
        return NetworkBytes.intAt(memory, frame + SENDER_AT + 6);
    }

    /** The IPv4 address that is asked for, or that the answer goes to. */
    public static int targetAddress(MemorySegment memory, long frame) {
        return NetworkBytes.intAt(memory, frame + TARGET_AT + 6);
    }

    /** Writes a whole frame of {@link Ethernet#MIN_FRAME_BYTES}. */
    public static void write(
            MemorySegment memory,
            long frame,
            int operation,
            long destination,
            long senderMac,
            int senderAddress,
            long targetMac,
            int targetAddress) {
        memory.asSlice(frame, Ethernet.MIN_FRAME_BYTES).fill((byte) 0);
        Ethernet.setAddresses(memory, frame, destination, senderMac);
        NetworkBytes.setShort(memory, frame + Ethernet.TYPE_AT, Ethernet.ARP);
        NetworkBytes.setLong(memory, frame + FORMAT_AT, (ETHERNET_IPV4 << 16) | operation);
        setStation(memory, frame + SENDER_AT, senderMac, senderAddress);
        setStation(memory, frame + TARGET_AT, targetMac, targetAddress);
    }

    private static void setStation(MemorySegment memory, long at, long mac, int address) {
        NetworkBytes.setLong(memory, at, (mac << 16) | (address >>> 16));
        NetworkBytes.setShort(memory, at + 8, address);
    }
}
