package io.tlem.port;

/**
 * Packets that are not copied: a source keeps the buffer in which a packet came, and its ring gets a spare one; a sink of the
 * same memory takes that buffer into its own ring when the packet is sent, and the one that was there is spare then.
 *
 * <p>Used by two threads, that of the source and that of the sink; each method says by which. A kept packet is either
 * {@link #place placed} or {@link #free freed}, once.
 */
public interface ZeroCopy {
    /**
     * Keeps buffers of packets of the batch last received, as long as there are spare ones. What was kept may be read where it
     * is until it is placed or freed. By the source's thread.
     *
     * @param received what the source has filled; the tag is not 0 for a packet that is wanted, and becomes the number of its
     *     buffer, or 0 where it stays the port's
     * @param count of packets in it, from the first on
     */
    void keep(PacketBatch received, int count);

    /**
     * Puts kept packets into slots that were reserved and are not sent yet. By the sink's thread.
     *
     * @param reserved what the sink has filled; the tag is the number of the buffer for a slot, 0 for one that holds its packet;
     *     a placed packet's offset becomes that of its buffer
     * @param count of slots, from the first on
     */
    void place(PacketBatch reserved, int count);

    /** Makes the buffer of a kept packet, which will not be sent, a spare one. By the sink's thread. */
    void free(int buffer);
}
