package io.tlem.port;

/**
 * Packets that are not copied: what the source has of them stays where it is, and the record of each says only which it is, until
 * the sink sends it from there. So a sink of the same memory takes the buffer itself into its own ring, and the one that was there
 * is spare then; or packets that would have to be cut out of something larger need not be cut.
 *
 * <p>Used by two threads, that of the source and that of the sink; each method says by which. A kept packet is either
 * {@link #place placed} or {@link #free freed}, once.
 */
public interface ZeroCopy {
    /** Packets that are shorter are not worth keeping, in bytes. */
    int leastBytes();

    /**
     * Keeps packets of the batch last received, as long as there are spare buffers for others. What was kept may be read where it
     * is until it is placed or freed. By the source's thread.
     *
     * @param received what the source has filled; the place is 0 for a packet that is not wanted; the tag becomes the number of a
     *     kept packet, more than 0, and stays, or becomes 0, where the packet has to be copied
     * @param count of packets in it, from the first on
     */
    void keep(PacketBatch received, int count);

    /**
     * Writes those packets of the batch last received of which only the lengths were said (see {@link PacketBatch#lengthsSuffice}).
     * None of them is kept. By the source's thread.
     *
     * @param received what the source has filled; the place becomes 0
     * @param count of packets in it, from the first on
     */
    default void write(PacketBatch received, int count) {}

    /**
     * Puts kept packets into slots that were reserved and are not sent yet, unless the sink does so itself. By the sink's thread.
     *
     * @param reserved what the sink has filled; the tag is the number of the kept packet for a slot, 0 for one that holds its
     *     packet; a placed packet's offset becomes that of its buffer
     * @param count of slots, from the first on
     */
    default void place(PacketBatch reserved, int count) {}

    /** A kept packet will not be sent. By the sink's thread. */
    void free(int packet);
}
