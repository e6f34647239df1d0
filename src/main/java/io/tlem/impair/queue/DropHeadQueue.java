package io.tlem.impair.queue;

import io.tlem.impair.PacketContext;

/** A queue that lets every packet in and drops the oldest ones instead, as long as more wait than its limit (pfifo_head_drop). */
final class DropHeadQueue extends HeldQueue {
    /** One of the limits is {@link Long#MAX_VALUE}. */
    DropHeadQueue(long limitBytes, long limitPackets) {
        super(limitBytes, limitPackets);
    }

    @Override
    public boolean admits(PacketContext packet) {
        add(packet);
        return true;
    }

    @Override
    public boolean evicts(PacketContext packet) {
        boolean above = isAboveLimit();
        if (above) {
            remove(packet);
        }
        return above;
    }

    @Override
    public boolean passes(PacketContext packet, long headNanos) {
        remove(packet);
        return true;
    }
}
