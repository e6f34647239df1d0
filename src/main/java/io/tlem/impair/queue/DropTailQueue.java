package io.tlem.impair.queue;

import io.tlem.impair.PacketContext;

/**
 * A drop-tail queue limited in bytes, in packets, or both. The backlog that an arriving packet finds is the packets that have
 * not left the link by then, the one being transmitted included.
 */
final class DropTailQueue extends ComputedQueue {
    /** Limits as of {@link ComputedQueue}. */
    DropTailQueue(long limitBytes, long limitPackets) {
        super(limitBytes, limitPackets);
    }

    @Override
    public boolean admits(PacketContext packet) {
        backlog.removeDeparted(packet.arrivalNanos());
        return hasRoom();
    }
}
