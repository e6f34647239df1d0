package io.tlem.impair.queue;

import io.tlem.impair.PacketContext;
import io.tlem.impair.QueueModel;

/** A queue that decides about packets when they arrive, which is exact from the exit times of those ahead of them. */
abstract class ComputedQueue implements QueueModel {
    static final long MAX_BYTES = 1L << 30;
    static final long MAX_PACKETS = MAX_BYTES / 64;

    private static final int SHORTEST_FRAME = 60;

    Backlog backlog;
    private final long limitBytes;
    private final long limitPackets;

    /**
     * @param limitBytes 0 to {@link #MAX_BYTES}, or {@link Long#MAX_VALUE} for no limit
     * @param limitPackets 0 to {@link #MAX_PACKETS}
     */
    ComputedQueue(long limitBytes, long limitPackets) {
        // Frames shorter than Ethernet's minimum could be more than this; the ring then refuses them as an overflow.
        long most = Math.min(limitPackets, limitBytes / SHORTEST_FRAME + 1) + 1;
        this.limitPackets = Math.min(limitPackets, most);
        this.limitBytes = limitBytes;
        this.backlog = new Backlog(most);
    }

    /**
     * Whether the limits allow another packet: those of TLEM and dummynet. A byte limit does while the backlog is at most the
     * limit, so it may be exceeded by that one packet; a packet limit does while fewer packets than that are there.
     */
    final boolean hasRoom() {
        return backlog.bytes() <= limitBytes && backlog.packets() < limitPackets;
    }

    @Override
    public void continues(QueueModel before) {
        if (before instanceof ComputedQueue queue) {
            backlog = queue.backlog;
        }
    }

    @Override
    public void entered(PacketContext packet) {
        backlog.add(packet);
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
        return backlog.highWaterBytes();
    }

    @Override
    public final long highWaterPackets() {
        return backlog.highWaterPackets();
    }
}
