package io.tlem.os;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_SHORT;

import io.tlem.bindings.linux.Linux;
import io.tlem.bindings.linux.sockaddr_ll;
import io.tlem.bindings.linux.tpacket2_hdr;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.VarHandle;

/**
 * A slot of a packet socket's ring, version 2 of its layout.
 *
 * <pre>
 *   +--------------+-------------+----------+---------------+----------------+
 *   | tpacket2_hdr | sockaddr_ll |   free   | VirtioHeader  | Ethernet frame |   received
 *   +--------------+-------------+----------+---------------+----------------+
 *   0              32                       dataOffset - 10  dataOffset
 *
 *   +--------------+--------------------------+----------------+
 *   | tpacket2_hdr |   free   | VirtioHeader  | Ethernet frame |                 to be sent
 *   +--------------+--------------------------+----------------+
 *   0              32         dataOffset
 * </pre>
 *
 * The status says whose the slot is. It is read first, with acquire, and written last, with release, so that whoever
 * finds himself the owner sees all that the other has written.
 */
public final class PacketFrame {
    /** Status of a slot to be received into: it is the kernel's. */
    public static final int KERNEL = Linux.TP_STATUS_KERNEL();
    /** Status bit: a frame has been received, the slot is this process's. */
    public static final int USER = Linux.TP_STATUS_USER();
    /** Status bit: the frame was too long, and waits whole in the socket. */
    public static final int COPY = Linux.TP_STATUS_COPY();
    /** Status bit: the frame had a VLAN tag, which is in {@link #vlanTag}. */
    public static final int VLAN_VALID = Linux.TP_STATUS_VLAN_VALID();
    /** Status bit: {@link #vlanType} is known. */
    public static final int VLAN_TYPE_VALID = Linux.TP_STATUS_VLAN_TPID_VALID();
    /** Status of a slot to be sent from: it is this process's. */
    public static final int AVAILABLE = Linux.TP_STATUS_AVAILABLE();
    /** Status: the kernel is to send the frame. */
    public static final int SEND_REQUEST = Linux.TP_STATUS_SEND_REQUEST();
    /** Status bits of a slot that is not free to be written. */
    public static final int IN_USE =
            Linux.TP_STATUS_SEND_REQUEST() | Linux.TP_STATUS_SENDING() | Linux.TP_STATUS_WRONG_FORMAT();

    /** Kind of a packet that this machine sends. */
    public static final int OUTGOING = Linux.PACKET_OUTGOING();

    /** Where the kernel's own headers of a slot to be sent end. */
    public static final int HEADER_BYTES = align((int) tpacket2_hdr.sizeof());

    /**
     * Where a received frame starts when neither space was reserved nor a {@link VirtioHeader} asked for: such that the
     * IP header behind it is aligned.
     */
    public static final int RECEIVE_OFFSET =
            align((int) Linux.TPACKET2_HDRLEN() + Linux.TPACKET_ALIGNMENT()) - Linux.ETH_HLEN();

    private static final VarHandle STATUS = JAVA_INT.varHandle().withInvokeExactBehavior();
    private static final long STATUS_OFFSET = tpacket2_hdr.tp_status$offset();
    private static final long LENGTH = tpacket2_hdr.tp_len$offset();
    private static final long CAPTURED = tpacket2_hdr.tp_snaplen$offset();
    private static final long DATA_OFFSET = tpacket2_hdr.tp_mac$offset();
    private static final long SECONDS = tpacket2_hdr.tp_sec$offset();
    private static final long NANOS = tpacket2_hdr.tp_nsec$offset();
    private static final long VLAN_TAG = tpacket2_hdr.tp_vlan_tci$offset();
    private static final long VLAN_TYPE = tpacket2_hdr.tp_vlan_tpid$offset();
    private static final long PACKET_TYPE = align((int) tpacket2_hdr.sizeof()) + sockaddr_ll.sll_pkttype$offset();

    private PacketFrame() {}

    private static int align(int bytes) {
        int alignment = Linux.TPACKET_ALIGNMENT();
        return (bytes + alignment - 1) / alignment * alignment;
    }

    /** Status, before anything else of the slot is read. */
    public static int statusAcquire(MemorySegment ring, long slot) {
        return (int) STATUS.getAcquire(ring, slot + STATUS_OFFSET);
    }

    /** Hands the slot over, after everything else was written. */
    public static void statusRelease(MemorySegment ring, long slot, int status) {
        STATUS.setRelease(ring, slot + STATUS_OFFSET, status);
    }

    /** Length of the frame; of one to be sent with its {@link VirtioHeader}. */
    public static int length(MemorySegment ring, long slot) {
        return ring.get(JAVA_INT, slot + LENGTH);
    }

    /** Sets the length to be sent, {@link VirtioHeader} included. */
    public static void setLength(MemorySegment ring, long slot, int bytes) {
        ring.set(JAVA_INT, slot + LENGTH, bytes);
    }

    /** How many bytes of the frame are in the slot. */
    public static int captured(MemorySegment ring, long slot) {
        return ring.get(JAVA_INT, slot + CAPTURED);
    }

    /** Where in the slot the frame starts. */
    public static int dataOffset(MemorySegment ring, long slot) {
        return Short.toUnsignedInt(ring.get(JAVA_SHORT, slot + DATA_OFFSET));
    }

    /** Sets where in the slot the data to be sent starts, at its {@link VirtioHeader}. */
    public static void setDataOffset(MemorySegment ring, long slot, int bytes) {
        ring.set(JAVA_SHORT, slot + DATA_OFFSET, (short) bytes);
    }

    /** When the frame arrived, on the real-time clock, in nanoseconds. */
    public static long realTimeNanos(MemorySegment ring, long slot) {
        return Integer.toUnsignedLong(ring.get(JAVA_INT, slot + SECONDS)) * 1_000_000_000L
                + ring.get(JAVA_INT, slot + NANOS);
    }

    /** Number of the VLAN tag, with its priority bits. */
    public static int vlanTag(MemorySegment ring, long slot) {
        return Short.toUnsignedInt(ring.get(JAVA_SHORT, slot + VLAN_TAG));
    }

    /** Ethernet type of the VLAN tag. */
    public static int vlanType(MemorySegment ring, long slot) {
        return Short.toUnsignedInt(ring.get(JAVA_SHORT, slot + VLAN_TYPE));
    }

    /** For whom the packet is: {@link #OUTGOING} or something else. */
    public static int packetType(MemorySegment ring, long slot) {
        return ring.get(JAVA_BYTE, slot + PACKET_TYPE);
    }
}
