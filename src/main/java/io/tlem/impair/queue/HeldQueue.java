package io.tlem.impair.queue;

import io.tlem.impair.HeldQueueModel;
import io.tlem.impair.PacketContext;

/** What queues that decide about waiting packets count. */
abstract class HeldQueue implements HeldQueueModel {
    private final long limitBytes;
    private final long limitPackets;
    private long bytes;
    private long packets;
    private long highWaterBytes;
    private long highWaterPackets;

    /** Limits are {@link Long#MAX_VALUE} for none. */
    HeldQueue(long limitBytes, long limitPackets) {
        this.limitBytes = limitBytes;
        this.limitPackets = limitPackets;
    }

    /** Counts a packet that begins to wait. */
    final void add(PacketContext packet) {
        bytes += packet.lengthBytes();
        packets++;
        if (!isAboveLimit()) { // else one is evicted for it
            highWaterBytes = Math.max(highWaterBytes, bytes);
            highWaterPackets = Math.max(highWaterPackets, packets);
        }
    }

    /** Counts a packet that no longer waits. */
    final void remove(PacketContext packet) {
        bytes -= packet.lengthBytes();
        packets--;
    }

    final boolean isAboveLimit() {
        return bytes > limitBytes || packets > limitPackets;
    }

    /** Bytes that wait. */
    final long bytes() {
        return bytes;
    }

    /** Packets that wait. */
    final long packets() {
        return packets;
    }

    @Override
    public final long maxBytes() {
        return limitBytes;
    }

    @Override
    public final long maxPackets() {
        return limitPackets;
    }

    @Override
    public final long highWaterBytes() {
        return highWaterBytes;
    }

    @Override
    public final long highWaterPackets() {
        return highWaterPackets;
    }
}
