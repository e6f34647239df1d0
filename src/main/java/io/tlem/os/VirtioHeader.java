package io.tlem.os;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;

import io.tlem.bindings.linux.Linux;
import io.tlem.bindings.linux.virtio_net_hdr;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * What stands in front of a frame and says which work its sender has left to a network card: none where all of it is 0. Numbers are
 * unsigned.
 */
public final class VirtioHeader {
    /** Bytes of the header. */
    public static final int BYTES = (int) virtio_net_hdr.sizeof();

    /** Flag: the checksum is to be finished. */
    public static final int NEEDS_CHECKSUM = Linux.VIRTIO_NET_HDR_F_NEEDS_CSUM();
    /** Kind: an ordinary packet. */
    public static final int NOT_SEGMENTED = Linux.VIRTIO_NET_HDR_GSO_NONE();
    /** Kind: to be cut into packets of TCP over IPv4. */
    public static final int TCP_IPV4 = Linux.VIRTIO_NET_HDR_GSO_TCPV4();
    /** Kind: to be cut into packets of TCP over IPv6. */
    public static final int TCP_IPV6 = Linux.VIRTIO_NET_HDR_GSO_TCPV6();
    /** Kind: to be cut into datagrams of UDP. */
    public static final int UDP_DATAGRAMS = Linux.VIRTIO_NET_HDR_GSO_UDP_L4();

    /** Beside the kind: congestion was signalled. */
    private static final int ECN = Linux.VIRTIO_NET_HDR_GSO_ECN();

    private static final ValueLayout.OfShort SHORT = ValueLayout.JAVA_SHORT_UNALIGNED;
    private static final long FLAGS = virtio_net_hdr.flags$offset();
    private static final long KIND = virtio_net_hdr.gso_type$offset();
    private static final long HEADER_BYTES = virtio_net_hdr.hdr_len$offset();
    private static final long SEGMENT_BYTES = virtio_net_hdr.gso_size$offset();
    private static final long CHECKSUM_START = virtio_net_hdr.csum_start$offset();
    private static final long CHECKSUM_FIELD = virtio_net_hdr.csum_offset$offset();

    private VirtioHeader() {}

    /** True when the checksum is to be finished. */
    public static boolean needsChecksum(MemorySegment memory, long header) {
        return (memory.get(JAVA_BYTE, header + FLAGS) & NEEDS_CHECKSUM) != 0;
    }

    /** Whether and how the frame is to be cut. */
    public static int kind(MemorySegment memory, long header) {
        return Byte.toUnsignedInt(memory.get(JAVA_BYTE, header + KIND)) & ~ECN;
    }

    /** Payload bytes of each packet that the frame is to be cut into. */
    public static int segmentBytes(MemorySegment memory, long header) {
        return Short.toUnsignedInt(memory.get(SHORT, header + SEGMENT_BYTES));
    }

    /** Where in the frame the checksum starts to count. */
    public static int checksumStart(MemorySegment memory, long header) {
        return Short.toUnsignedInt(memory.get(SHORT, header + CHECKSUM_START));
    }

    /** Where behind that it is stored. */
    public static int checksumField(MemorySegment memory, long header) {
        return Short.toUnsignedInt(memory.get(SHORT, header + CHECKSUM_FIELD));
    }

    /** Writes the header of a finished packet, of which the kernel is to copy the first bytes, 0 for what it likes. */
    public static void setFinished(MemorySegment memory, long header, int copiedBytes) {
        memory.set(JAVA_BYTE, header + FLAGS, (byte) 0);
        memory.set(JAVA_BYTE, header + KIND, (byte) 0);
        memory.set(SHORT, header + HEADER_BYTES, (short) copiedBytes);
    }

    /**
     * Writes the header of a frame that is to be cut.
     *
     * @param kind how
     * @param congestion whether the first packet says that its sender has slowed down
     * @param headerBytes of each packet
     * @param segmentBytes of the payload of each packet but the last
     */
    public static void setSegmented(
            MemorySegment memory,
            long header,
            int kind,
            boolean congestion,
            int headerBytes,
            int segmentBytes,
            int checksumStart,
            int checksumField) {
        memory.set(JAVA_BYTE, header + FLAGS, (byte) NEEDS_CHECKSUM);
        memory.set(JAVA_BYTE, header + KIND, (byte) (congestion ? kind | ECN : kind));
        memory.set(SHORT, header + HEADER_BYTES, (short) headerBytes);
        memory.set(SHORT, header + SEGMENT_BYTES, (short) segmentBytes);
        memory.set(SHORT, header + CHECKSUM_START, (short) checksumStart);
        memory.set(SHORT, header + CHECKSUM_FIELD, (short) checksumField);
    }
}
