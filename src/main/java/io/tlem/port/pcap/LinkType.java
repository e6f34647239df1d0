package io.tlem.port.pcap;

import io.tlem.wire.Ethernet;
import io.tlem.wire.NetworkBytes;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.Optional;

/**
 * What the packets of a capture begin with. Models know Ethernet frames, so a packet of another type goes through them as the
 * frame that would carry it, 14 bytes of header included, and becomes what it was again when it is written:
 *
 * <pre>
 *  raw IP              | 12 zeros                          | EtherType | IP
 *  Linux cooked, v1  2 | ARPHRD, address length, address   | protocol  | what it carries
 *  Linux cooked, v2  6 | address, ARPHRD, kind, its length | protocol  | what it carries
 * </pre>
 *
 * The 2 and 6 bytes that the frame has no room for, {@link #aside} it, are kept for its way back.
 */
public enum LinkType {
    ETHERNET(1, "Ethernet", 0),
    RAW_IP(101, "raw IP", Ethernet.HEADER_BYTES),
    IPV4(228, "raw IPv4", Ethernet.HEADER_BYTES),
    IPV6(229, "raw IPv6", Ethernet.HEADER_BYTES),
    COOKED(113, "Linux cooked", Ethernet.HEADER_BYTES - Cooked.HEADER_BYTES),
    COOKED_2(276, "Linux cooked v2", Ethernet.HEADER_BYTES - Cooked2.HEADER_BYTES);

    /** As many bytes has the longest packet of a capture, as for libpcap. */
    public static final int MAX_PACKET_BYTES = 262_144;

    /** As many has the frame of the longest packet. */
    static final int MAX_FRAME_BYTES = MAX_PACKET_BYTES + Ethernet.HEADER_BYTES;

    /** More than any type needs behind a packet that {@link #fromFrame} writes. */
    static final int SPARE_BYTES = 32;

    private static final int LINE_BYTES = 64; // copied in place of fewer, which takes longer

    private static final int DLT_RAW = 12; // of Linux, in files of old programs
    private static final int DLT_RAW_OPENBSD = 14;

    /** Header of packets that Linux has captured on any interface. */
    private static final class Cooked {
        static final int HEADER_BYTES = 16;
        static final int KIND_BYTES = 2; // whether it came or went; what follows fits into a frame as it is
        static final int ADDRESS_AT = 6;
    }

    /** The newer one, with the interface. */
    private static final class Cooked2 {
        static final int HEADER_BYTES = 20;
        static final int ASIDE_AT = 2; // two reserved bytes and the interface
        static final int ASIDE_BYTES = 6;
        static final int ARPHRD_AT = 8;
        static final int ADDRESS_AT = 12;
        static final int ADDRESS_BYTES = 8;
    }

    private final int number;
    private final String label;
    private final int moreBytes; // of the frame

    LinkType(int number, String label, int moreBytes) {
        this.number = number;
        this.label = label;
        this.moreBytes = moreBytes;
    }

    /** The type with a number of those that tcpdump.org lists. */
    static Optional<LinkType> of(int number) {
        int listed = number == DLT_RAW || number == DLT_RAW_OPENBSD ? RAW_IP.number : number;
        return Arrays.stream(values()).filter(type -> type.number == listed).findFirst();
    }

    /** Its number in files. */
    int number() {
        return number;
    }

    /** Its name for people. */
    public String label() {
        return label;
    }

    /** Whether a frame that nothing has happened to tells all about the packet. */
    boolean isPlain() {
        return moreBytes >= 0;
    }

    /** Length of the frame of a packet; short of its header it has zeros there. */
    public int frameBytes(int packetBytes) {
        return Math.max(packetBytes + moreBytes, isPlain() ? moreBytes : Ethernet.HEADER_BYTES);
    }

    /** Bytes of a packet's frame that are known from so many captured ones: less than a header, where its type is not. */
    public int knownFrameBytes(int captured) {
        return switch (this) {
            case ETHERNET, COOKED -> Math.max(0, captured + moreBytes);
            case RAW_IP, IPV4, IPV6 -> captured == 0 ? Ethernet.TYPE_AT : frameBytes(captured);
            case COOKED_2 -> captured < Ethernet.TYPE_BYTES ? Ethernet.TYPE_AT : frameBytes(captured);
        };
    }

    /** Length of the packet of a frame; nothing is left of one that is short of its header. */
    int packetBytes(int frameBytes) {
        return moreBytes != 0 && frameBytes < Ethernet.HEADER_BYTES ? 0 : frameBytes - moreBytes;
    }

    /** Where in the memory of a whole packet its frame begins, or -1 where it has to be made. */
    long frameWithin(long packet, int packetBytes) {
        return switch (this) {
            case ETHERNET -> packet;
            case COOKED -> packetBytes < Cooked.HEADER_BYTES ? -1 : packet + Cooked.KIND_BYTES;
            default -> -1;
        };
    }

    /** What of a packet its frame has no room for, as the lower 48 bits of a number. */
    long aside(MemorySegment memory, long packet, int packetBytes) {
        return switch (this) {
            case COOKED -> number(memory, packet, packetBytes, 0, Cooked.KIND_BYTES);
            case COOKED_2 -> number(memory, packet, packetBytes, Cooked2.ASIDE_AT, Cooked2.ASIDE_BYTES);
            default -> 0;
        };
    }

    /** Some bytes of a packet as a number; those that are not there are 0. */
    private static long number(MemorySegment memory, long packet, int packetBytes, int from, int bytes) {
        long number = 0;
        for (int at = from; at < from + bytes; at++) {
            number = number << Byte.SIZE | (at < packetBytes ? NetworkBytes.unsignedByte(memory, packet + at) : 0);
        }
        return number;
    }

    private static int byteOr0(MemorySegment memory, long at, int bytes) {
        return bytes == 0 ? 0 : NetworkBytes.unsignedByte(memory, at);
    }

    /**
     * Makes the frame of a packet.
     *
     * @param captured bytes of the packet that are there
     * @param to where the frame is made
     * @param frameBytes of the frame, not less than those captured need; what is not there is 0
     */
    public void toFrame(MemorySegment memory, long packet, int captured, MemorySegment to, long frame, int frameBytes) {
        to.asSlice(frame, frameBytes).fill((byte) 0);
        switch (this) {
            case ETHERNET -> copy(memory, packet, captured, 0, to, frame);
            case RAW_IP, IPV4, IPV6 -> {
                int version = byteOr0(memory, packet, captured) >>> 4;
                NetworkBytes.setShort(
                        to, frame + Ethernet.TYPE_AT, version == 4 ? Ethernet.IPV4 : version == 6 ? Ethernet.IPV6 : 0);
                copy(memory, packet, captured, 0, to, frame + Ethernet.HEADER_BYTES);
            }
            case COOKED -> copy(memory, packet, captured, Cooked.KIND_BYTES, to, frame);
            case COOKED_2 -> {
                copyPart(memory, packet, captured, Cooked2.ADDRESS_AT, Cooked2.ADDRESS_BYTES, to, frame);
                copyPart(
                        memory,
                        packet,
                        captured,
                        Cooked2.ARPHRD_AT,
                        Cooked2.ADDRESS_AT - Cooked2.ARPHRD_AT,
                        to,
                        frame + Cooked2.ADDRESS_BYTES);
                copyPart(memory, packet, captured, 0, Ethernet.TYPE_BYTES, to, frame + Ethernet.TYPE_AT);
                copy(memory, packet, captured, Cooked2.HEADER_BYTES, to, frame + Ethernet.HEADER_BYTES);
            }
        }
    }

    private static void copy(MemorySegment memory, long packet, int captured, int from, MemorySegment to, long frame) {
        copyPart(memory, packet, captured, from, captured, to, frame);
    }

    /** Copies at most so many bytes from a place of the packet on, as far as it was captured. */
    private static void copyPart(
            MemorySegment memory, long packet, int captured, int from, int most, MemorySegment to, long frame) {
        MemorySegment.copy(memory, packet + from, to, frame, Math.clamp(captured - from, 0, most));
    }

    /**
     * Writes a packet, given its frame. Up to {@link #SPARE_BYTES} behind it, or 64 bytes in all, may be read and written as
     * well.
     *
     * @param captured bytes of it, of which the frame has as many as there are
     * @param aside what the frame had no room for
     */
    void fromFrame(MemorySegment memory, long frame, long aside, int captured, MemorySegment to, long packet) {
        switch (this) {
            case ETHERNET -> {
                if (captured <= LINE_BYTES) {
                    MemorySegment.copy(memory, frame, to, packet, LINE_BYTES);
                } else {
                    MemorySegment.copy(memory, frame, to, packet, captured);
                }
            }
            case RAW_IP, IPV4, IPV6 -> MemorySegment.copy(memory, frame + Ethernet.HEADER_BYTES, to, packet, captured);
            case COOKED -> {
                NetworkBytes.setShort(to, packet, (int) aside);
                copyRest(memory, frame, captured - Cooked.KIND_BYTES, to, packet + Cooked.KIND_BYTES);
            }
            case COOKED_2 -> {
                NetworkBytes.setLong(to, packet, aside);
                MemorySegment.copy(memory, frame + Ethernet.TYPE_AT, to, packet, Ethernet.TYPE_BYTES);
                MemorySegment.copy(
                        memory,
                        frame + Cooked2.ADDRESS_BYTES,
                        to,
                        packet + Cooked2.ARPHRD_AT,
                        Cooked2.ADDRESS_AT - Cooked2.ARPHRD_AT);
                MemorySegment.copy(memory, frame, to, packet + Cooked2.ADDRESS_AT, Cooked2.ADDRESS_BYTES);
                copyRest(
                        memory,
                        frame + Ethernet.HEADER_BYTES,
                        captured - Cooked2.HEADER_BYTES,
                        to,
                        packet + Cooked2.HEADER_BYTES);
            }
        }
    }

    private static void copyRest(MemorySegment memory, long from, int bytes, MemorySegment to, long at) {
        if (bytes > 0) {
            MemorySegment.copy(memory, from, to, at, bytes);
        }
    }

    /** Where the network header of a captured packet begins, which may be behind its end. */
    public long network(MemorySegment memory, long packet, int captured) {
        return packet
                + switch (this) {
                    case ETHERNET -> Ethernet.typeAt(memory, packet, packet + captured) + Ethernet.TYPE_BYTES - packet;
                    case RAW_IP, IPV4, IPV6 -> 0;
                    case COOKED -> Cooked.HEADER_BYTES;
                    case COOKED_2 -> Cooked2.HEADER_BYTES;
                };
    }

    /** Where the Ethernet address of a captured packet's sender stands, or -1 where there is none. */
    public long sender(long packet) {
        return switch (this) {
            case ETHERNET -> packet + 6;
            case RAW_IP, IPV4, IPV6 -> -1;
            case COOKED -> packet + Cooked.ADDRESS_AT;
            case COOKED_2 -> packet + Cooked2.ADDRESS_AT;
        };
    }
}
