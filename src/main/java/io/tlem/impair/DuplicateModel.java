package io.tlem.impair;

/**
 * Duplicates packets behind the link. One instance serves one direction and is called by one thread, once for each packet
 * that has passed the link, in order. It must not allocate.
 */
public interface DuplicateModel {
    /** Returned by {@link #duplicateNanos} for a packet that is not duplicated. */
    long NONE = Long.MIN_VALUE;

    /**
     * When a copy of the packet is released.
     *
     * @param releaseNanos when the packet itself is
     * @return a time not before that, or {@link #NONE}
     */
    long duplicateNanos(PacketContext packet, long releaseNanos);

    /** The most that a copy is released after its packet, ns; sizes the shared buffer and bounds the drain at the end. */
    long maxBehindNanos();
}
