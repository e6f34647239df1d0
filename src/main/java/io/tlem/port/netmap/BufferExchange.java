package io.tlem.port.netmap;

import io.tlem.os.NetmapLayout;
import java.lang.foreign.MemorySegment;

/**
 * Moves a packet from one slot to another without copying: the slots exchange their buffers. The only place where the
 * index of a buffer is written, so that no index can get lost or be in two slots.
 */
public final class BufferExchange {
    private BufferExchange() {}

    /** Puts another buffer into a slot; the one that is there is the caller's now. */
    static void put(MemorySegment memory, long slot, int buffer) {
        NetmapLayout.write(memory, slot, NetmapLayout.value(buffer, 0, NetmapLayout.BUFFER_CHANGED));
    }

    /**
     * Puts the packet of one slot into another, whose buffer the first gets in return. Whether the buffers exist is the
     * caller's to check.
     *
     * @param from offset of the slot with the packet
     * @param fromValue what the slot holds
     * @param to offset of a slot whose packet is not needed any more
     * @param toValue what the slot holds
     */
    public static void move(MemorySegment memory, long from, long fromValue, long to, long toValue) {
        NetmapLayout.write(
                memory,
                to,
                NetmapLayout.value(
                        NetmapLayout.buffer(fromValue),
                        NetmapLayout.length(fromValue),
                        NetmapLayout.flags(fromValue) | NetmapLayout.BUFFER_CHANGED));
        NetmapLayout.write(
                memory, from, NetmapLayout.value(NetmapLayout.buffer(toValue), 0, NetmapLayout.BUFFER_CHANGED));
    }
}
