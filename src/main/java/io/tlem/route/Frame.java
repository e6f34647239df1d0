package io.tlem.route;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;

/** Where things are in an Ethernet frame with ARP or IPv4 inside, and how to read and write them; offsets in bytes. */
final class Frame {
    static final int HEADER_BYTES = 14;
    static final int ARP_BYTES = HEADER_BYTES + 28;
    static final int IPV4_BYTES = HEADER_BYTES + 20;
    /** A frame on a wire is at least this long, without FCS. */
    static final int MIN_BYTES = 60;

    static final int TYPE_IPV4 = 0x0800;
    static final int TYPE_ARP = 0x0806;
    static final int REQUEST = 1;
    static final int REPLY = 2;

    private static final long ARP_ETHERNET_IPV4 = 0x0001_0800_0604L; // hardware, protocol, their lengths

    private static final ValueLayout.OfShort SHORT = ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.BIG_ENDIAN);
    private static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.BIG_ENDIAN);
    private static final ValueLayout.OfLong LONG = ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.BIG_ENDIAN);

    private Frame() {}

    /** Destination. The memory holds at least eight bytes at the offset. */
    static long destination(MemorySegment memory, long frame) {
        return memory.get(LONG, frame) >>> 16;
    }

    /** Type or, of old frames, length. */
    static int type(MemorySegment memory, long frame) {
        return memory.get(SHORT, frame + 12) & 0xFFFF;
    }

    /** Writes destination and source. */
    static void setStations(MemorySegment memory, long frame, long destination, long source) {
        memory.set(LONG, frame, (destination << 16) | (source >>> 32));
        memory.set(INT, frame + 8, (int) source);
    }

    /** Whether it is ARP between Ethernet and IPv4 addresses. */
    static boolean isArp(MemorySegment memory, long frame) {
        return memory.get(LONG, frame + 14) >>> 16 == ARP_ETHERNET_IPV4;
    }

    static int arpOperation(MemorySegment memory, long frame) {
        return memory.get(SHORT, frame + 20) & 0xFFFF;
    }

    static long arpSenderMac(MemorySegment memory, long frame) {
        return memory.get(LONG, frame + 22) >>> 16;
    }

    static int arpSenderAddress(MemorySegment memory, long frame) {
        return memory.get(INT, frame + 28);
    }

    static int arpTargetAddress(MemorySegment memory, long frame) {
        return memory.get(INT, frame + 38);
    }

    /** Writes a whole ARP frame of {@link #MIN_BYTES}. */
    static void writeArp(
            MemorySegment memory,
            long frame,
            int operation,
            long destination,
            long senderMac,
            int senderAddress,
            long targetMac,
            int targetAddress) {
        memory.asSlice(frame, MIN_BYTES).fill((byte) 0);
        setStations(memory, frame, destination, senderMac);
        memory.set(SHORT, frame + 12, (short) TYPE_ARP);
        memory.set(LONG, frame + 14, (ARP_ETHERNET_IPV4 << 16) | operation);
        memory.set(LONG, frame + 22, (senderMac << 16) | (senderAddress >>> 16));
        memory.set(SHORT, frame + 30, (short) senderAddress);
        memory.set(LONG, frame + 32, (targetMac << 16) | (targetAddress >>> 16));
        memory.set(SHORT, frame + 40, (short) targetAddress);
    }

    /** Whether an IPv4 header is there and says a length that the frame has. */
    static boolean isIpv4(MemorySegment memory, long frame, int length) {
        int first = memory.get(ValueLayout.JAVA_BYTE, frame + HEADER_BYTES) & 0xFF;
        int headerBytes = (first & 0xF) * 4;
        int totalBytes = memory.get(SHORT, frame + HEADER_BYTES + 2) & 0xFFFF;
        return first >>> 4 == 4
                && headerBytes >= 20
                && totalBytes >= headerBytes
                && totalBytes <= length - HEADER_BYTES;
    }

    /** Whether the checksum of an IPv4 header is right; {@link #isIpv4} has said that the header is all there. */
    static boolean hasRightChecksum(MemorySegment memory, long frame) {
        long header = frame + HEADER_BYTES;
        int bytes = (memory.get(ValueLayout.JAVA_BYTE, header) & 0xF) * 4;
        long sum = 0;
        for (int i = 0; i < bytes; i += 4) {
            sum += memory.get(INT, header + i) & 0xFFFF_FFFFL;
        }
        sum = (sum & 0xFFFF_FFFFL) + (sum >>> 32);
        sum = (sum & 0xFFFF) + (sum >>> 16 & 0xFFFF) + (sum >>> 32);
        return (sum & 0xFFFF) + (sum >>> 16) == 0xFFFF;
    }

    /** Writes the next station's IPv4 address where the Ethernet address is that brought the frame to the router. */
    static void setNextHop(MemorySegment memory, long frame, int hop) {
        memory.set(INT, frame, hop);
    }

    /** What {@link #setNextHop} wrote. */
    static int nextHop(MemorySegment memory, long frame) {
        return memory.get(INT, frame);
    }

    static int ipv4Destination(MemorySegment memory, long frame) {
        return memory.get(INT, frame + HEADER_BYTES + 16);
    }
}
