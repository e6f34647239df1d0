package io.tlem.impair;

/**
 * Changes packets on the link: their bytes, in place, or their length. One instance serves one direction and is called by
 * one thread, once for each packet that has passed the link, in order. It must not allocate.
 */
@FunctionalInterface
public interface EditModel {
    /**
     * Changes the packet, or leaves it as it is. Its bytes are {@link PacketContext#lengthBytes()} bytes from
     * {@link PacketContext#offset()} of {@link PacketContext#memory()}; {@link PacketContext#truncate} makes it shorter.
     */
    void edit(PacketContext packet);
}
