package io.tlem.port;

import java.lang.foreign.MemorySegment;
import java.util.Map;
import java.util.Optional;
import java.util.function.LongSupplier;

/**
 * The receiving half of a port. Used by one thread, the input stage of one pipeline.
 *
 * <p>Every packet handed out is what a wire would carry: a whole Ethernet frame without FCS, VLAN tag in place,
 * checksums finished, never larger than {@link #maxPacketBytes()}.
 */
public interface PacketSource {
    /** {@link #nextArrivalNanos()} where it is not known. */
    long UNKNOWN = Long.MAX_VALUE;

    /**
     * The memory that offsets point into; the same segment for the life of the port. At least 64 bytes are readable
     * at every offset handed out, so that a short packet may be copied as one cache line.
     */
    MemorySegment memory();

    /**
     * Whether the memory stays while the port is open, whatever others do: then code that would not survive its loss may
     * use it. A file that another process may make shorter does not.
     */
    default boolean memoryStays() {
        return false;
    }

    /** Upper bound of the length of the packets handed out, in bytes. */
    int maxPacketBytes();

    /** Length that nearly all packets keep to, for whoever sets memory aside; at most {@link #maxPacketBytes()}. */
    default int usualPacketBytes() {
        return maxPacketBytes();
    }

    /**
     * What has arrived so far came before the emulation and is given back, counted as {@link #missedPackets() missed}.
     * Called once, by the receiving thread, before its first {@link #receive}. Nothing to do where packets wait until
     * they are asked for.
     *
     * @param clock the pipeline's
     * @throws PortException when the port has failed
     */
    default void begin(LongSupplier clock) {}

    /**
     * Fills the batch with packets that have arrived, without blocking. They stay valid until {@link #release()}.
     *
     * <p>An arrival time is never before the packet's true arrival: what leaves early has not been emulated. It is the
     * time stamp of who saw the packet arrive, or the clock read <em>after</em> the place where packets come was looked
     * at; what was read before may be older than a packet found there, by as long as the thread was stopped in between.
     *
     * @param batch receives offset, length and arrival time of each packet, their count, and the horizon
     * @param clock the pipeline's monotonic clock, the only one to be read; no arrival time handed out is later than
     *     what it shows when the call returns
     * @return {@code batch.count}, 0 when nothing has arrived
     * @throws PortException when the port has failed
     */
    int receive(PacketBatch batch, LongSupplier clock);

    /**
     * When the next packet arrives, ns of the pipeline's clock, or {@link #UNKNOWN}. On a virtual clock, which goes on to what
     * comes next, it has to be known as long as the source is not exhausted.
     */
    default long nextArrivalNanos() {
        return UNKNOWN;
    }

    /** Gives the packets of the last {@link #receive} back to the port. Called once after each receive that returned packets. */
    void release();

    /**
     * Whether arrival times are those of the packets' arrival, however late they are received, and there is room for
     * those that arrive within a millisecond. The stage may then look less often.
     */
    default boolean keepsArrivalTimes() {
        return false;
    }

    /**
     * Whether packets that are not received stay where they are and hold their sender back, as in a pipe; else they are
     * lost once the port is full.
     */
    default boolean senderWaits() {
        return false;
    }

    /**
     * Waits until a packet may have arrived, after {@link #receive} had none. For the receiving thread.
     *
     * @param nanos at most
     * @return false at once where the port cannot be waited for: then it is looked at every few tens of microseconds
     */
    default boolean await(long nanos) {
        return false;
    }

    /**
     * How packets may be handed on to a sink without being copied; empty where they cannot. Called once at most, before either
     * is used.
     */
    default Optional<ZeroCopy> zeroCopyTo(PacketSink sink) {
        return Optional.empty();
    }

    /**
     * Whether every {@link PacketBatch#tag} that is handed out is meant. A source that takes packets of another one out, or
     * changes them, does not say so, and then no tag goes on.
     */
    default boolean tagsPackets() {
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
