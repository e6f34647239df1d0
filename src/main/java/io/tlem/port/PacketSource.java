package io.tlem.port;

import java.lang.foreign.MemorySegment;
import java.util.Map;

/**
 * The receiving half of a port. Used by one thread, the input stage of one pipeline.
 *
 * <p>Every packet handed out is what a wire would carry: a whole Ethernet frame without FCS, VLAN tag in place,
 * checksums finished, never larger than {@link #maxPacketBytes()}.
 */
public interface PacketSource {
    /**
     * The memory that offsets point into; the same segment for the life of the port. At least 64 bytes are readable
     * at every offset handed out, so that a short packet may be copied as one cache line.
     */
    MemorySegment memory();

    /**
     * Whether the memory stays while the port is open, whatever others do. A file that another process may make shorter
     * does not.
     */
    default boolean memoryStays() {
        return true;
    }

    /** Upper bound of the length of the packets handed out, in bytes. */
    int maxPacketBytes();

    /**
     * Fills the batch with packets that have arrived, without blocking. They stay valid until {@link #release()}.
     *
     * @param batch receives offset, length and arrival time of each packet, and their count
     * @param nowNanos current time of the monotonic clock; no arrival time handed out is later
     * @return {@code batch.count}, 0 when nothing has arrived
     * @throws PortException when the port has failed
     */
    int receive(PacketBatch batch, long nowNanos);

    /** Gives the packets of the last {@link #receive} back to the port. Called once after each receive that returned packets. */
    void release();

    /**
     * Whether arrival times are those of the packets' arrival, however late they are received, and there is room for
     * those that arrive within a millisecond. The stage may then look less often.
     */
    default boolean keepsArrivalTimes() {
        return false;
    }

    /** Packets that arrived but were lost before {@link #receive} could hand them out (ring overrun), since the start. May be read by any thread. */
    default long missedPackets() {
        return 0;
    }

    /**
     * Packets that arrived and were not to be received, by the reason, since the start: they are another's business, such
     * as a router's. Every reason is there, also with 0. May be read by any thread.
     */
    default Map<String, Long> filteredPackets() {
        return Map.of();
    }

    /** True once the source has handed out its last packet and will never have another. */
    default boolean exhausted() {
        return false;
    }
}
