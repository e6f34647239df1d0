package io.tlem.port;

import java.lang.foreign.MemorySegment;

/**
 * The transmitting half of a port. Used by one thread, the output stage of one pipeline.
 *
 * <p>The stage reserves slots, copies packets into them and transmits the first {@code n} of them; slots that were
 * reserved and not transmitted are offered again by the next {@link #reserve}.
 */
public interface PacketSink {
    /** The memory that offsets point into; the same segment for the life of the port. */
    MemorySegment memory();

    /**
     * Whether the memory stays while the port is open, whatever others do: then code that would not survive its loss may
     * use it. A file that another process may make shorter does not.
     */
    default boolean memoryStays() {
        return false;
    }

    /**
     * Whether {@link PacketBatch#tag} is read. A sink that changes packets, or adds some, before another one gets them does not
     * say so, and then there is no tag.
     */
    default boolean readsTags() {
        return false;
    }

    /** A longer packet cannot be sent. May change while the port is open; for the transmitting thread. */
    int maxPacketBytes();

    /** Every reserved slot holds a packet of this many bytes; at least 64, always the same. A longer one needs {@link #enlarge}. */
    default int slotBytes() {
        return maxPacketBytes();
    }

    /**
     * Fills the batch with free slots, without blocking.
     *
     * @param batch receives the offset of each slot and their count
     * @param limit most slots wanted, 1 to the batch's capacity
     * @return {@code batch.count}, 0 when the port has no room now
     * @throws PortException when the port has failed
     */
    int reserve(PacketBatch batch, int limit);

    /**
     * Replaces a reserved slot by one that holds a packet of more than {@link #slotBytes()}. Slots before it stay as they
     * are; those behind it, still unused, may be others afterwards, and fewer: {@code batch.count} tells.
     *
     * @param index of the slot in the batch last reserved
     * @param length of the packet, at most {@link #maxPacketBytes()}
     * @return false when the port has no room for it now; nothing has changed then
     */
    default boolean enlarge(PacketBatch batch, int index, int length) {
        throw new IllegalArgumentException(length + " bytes in slots of " + slotBytes());
    }

    /**
     * Sends the first {@code count} slots of the batch last reserved, whose lengths the caller has set, without
     * blocking. All of them count as sent from now on, also when this throws, except those that are, now or later,
     * counted by {@link #refusedPackets()}.
     *
     * @param nowNanos time of the monotonic clock at which the caller found the packets due
     * @throws PortException when the port has failed
     */
    void transmit(PacketBatch batch, int count, long nowNanos);

    /**
     * Pushes out what an earlier {@link #transmit} could not hand to the device yet. Called when the stage is idle.
     */
    default void flush() {}

    /**
     * Whether {@link #flush} may have something to push out. While it has, it is called every few tens of microseconds, else it
     * may be a millisecond. For the transmitting thread.
     */
    default boolean hasPending() {
        return false;
    }

    /**
     * Tries once more to push everything out, then gives up what the device has not taken, as refused. Called once,
     * after the transmitting thread has ended. Does not throw.
     */
    default void finish() {}

    /** Packets given to {@link #transmit} that the device did not send, since the start. May be read by any thread. */
    default long refusedPackets() {
        return 0;
    }

    /** Bytes of the {@link #refusedPackets()}. May be read by any thread. */
    default long refusedBytes() {
        return 0;
    }
}
