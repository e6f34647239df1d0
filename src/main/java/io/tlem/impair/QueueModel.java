package io.tlem.impair;

/**
 * The queue in front of the link. It is never materialised: its backlog follows from the link exit times already
 * computed. One instance serves one direction and is called by one thread. It must not allocate.
 */
public interface QueueModel {
    /** Whether the packet is let in. Called once for each packet, at its arrival, before the bandwidth model. */
    boolean admits(PacketContext packet);

    /** The admitted packet's link exit time is known now. */
    void entered(PacketContext packet);

    /**
     * This queue takes the place of another while the link runs: before the first packet. What it can know of the backlog it
     * takes over; packets that wait in a {@link HeldQueueModel} are brought to it one by one.
     */
    default void continues(QueueModel before) {}

    /** Whether it may change packets instead of dropping them, as ECN does. */
    default boolean marks() {
        return false;
    }

    /** Most bytes of packets the queue may hold, {@link Long#MAX_VALUE} without limit; sizes the shared buffer. */
    long maxBytes();

    /** Most packets the queue may hold, {@link Long#MAX_VALUE} without limit; sizes the shared buffer. */
    long maxPackets();

    /** Largest backlog so far, in bytes, the packet on the link included. */
    long highWaterBytes();

    /** Largest backlog so far, in packets, the packet on the link included. */
    long highWaterPackets();
}
