package io.tlem.impair;

/**
 * How fast the link serialises packets. One instance serves one direction and is called by one thread, once for each
 * packet that enters the link, in order of arrival. It must not allocate.
 */
@FunctionalInterface
public interface BandwidthModel {
    /** {@link #maxBitsPerSecond()} of a link without limit. */
    long UNLIMITED = Long.MAX_VALUE;

    /** Returned by {@link #exitNanos} for a packet that the link does not let pass. */
    long REFUSED = Long.MIN_VALUE;

    /** A link that takes no time. */
    static BandwidthModel unlimited() {
        return Unlimited.LINK;
    }

    /**
     * When the packet's last bit leaves the link: {@code max(exit of the previous packet, arrival) + transmission time}
     * for a plain link.
     *
     * @return ns, not before the arrival nor before the value returned last; or {@link #REFUSED}
     */
    long exitNanos(PacketContext packet);

    /**
     * Gives back the time that a packet takes, as if it had not come: it is dropped behind the link. Only right behind the
     * {@link #exitNanos} that took it. A model that cannot do so leaves the time taken.
     */
    default void giveBack(PacketContext packet) {}

    /** Upper bound of the rate at which packet bytes leave, bit/s; sizes the shared buffer. */
    default long maxBitsPerSecond() {
        return UNLIMITED;
    }

    /** Bytes a frame takes on the link beyond those it has in memory; sizes the shared buffer. */
    default int overheadBytes() {
        return 0;
    }
}
