package io.tlem.impair;

/**
 * Lets packets overtake others behind the link. One instance serves one direction and is called by one thread, once for each
 * packet that has passed the link, in order. It must not allocate.
 */
public interface ReorderModel {
    /**
     * When the packet is released.
     *
     * @param dueNanos link exit time plus delay
     * @return {@code dueNanos} for a packet that keeps its place, or another time, not before the link exit time, for one
     *     that gives it up: it leaves then, whatever those ahead of it do, and those behind it do not wait for it
     */
    long releaseNanos(PacketContext packet, long dueNanos);

    /** This model takes the place of another while the link runs: before the first packet. */
    default void continues(ReorderModel before) {}

    /** The most that a packet is released after it is due, ns; sizes the shared buffer and bounds the drain at the end. */
    long maxHoldNanos();

    /**
     * Whether packets that are not sent early are released at the time that {@link #releaseNanos} says even before those ahead
     * of them, as with a delay that differs from packet to packet. Otherwise they wait for those.
     */
    default boolean delayReorders() {
        return false;
    }

    /** Whether a packet may be released before it is due. */
    default boolean releasesEarly() {
        return false;
    }
}
