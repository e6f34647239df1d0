package io.tlem.record;

import io.tlem.buffer.EntryRing;
import io.tlem.link.Change;
import io.tlem.link.DirectionModels;
import java.lang.foreign.Arena;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicLong;

/** What one direction's stages leave for the thread that writes. */
final class Way {
    /** For about that much the disk may pause. */
    private static final long RING_BYTES = 32L << 20;

    /** Nothing is missing. */
    static final long NOTHING = Long.MAX_VALUE;

    private final int direction;
    private final EntryRing ring;
    private final Queue<Changed> changes = new ConcurrentLinkedQueue<>();
    private final AtomicLong decided = new AtomicLong();
    private final AtomicLong missing = new AtomicLong(NOTHING);

    /**
     * Other models decide from there on.
     *
     * @param epoch how often they have changed
     * @param decidedUpToNanos see {@link io.tlem.link.Clerk#decidedUpTo}
     */
    record Changed(int epoch, Change from, long decidedUpToNanos, DirectionModels models) {}

    Way(int direction, Arena arena) {
        this.direction = direction;
        this.ring = new EntryRing(arena, RING_BYTES, () -> false);
    }

    int direction() {
        return direction;
    }

    EntryRing ring() {
        return ring;
    }

    Queue<Changed> changes() {
        return changes;
    }

    /** All changes ahead of this packet, which is to come next, are in the queue. */
    void setDecided(long number) {
        decided.setRelease(number);
    }

    long decided() {
        return decided.getAcquire();
    }

    /** There was no room to tell of a packet. */
    void misses(long number) {
        if (number < missing.getPlain()) {
            missing.setRelease(number);
        }
    }

    /** The first packet about which something is missing, or {@link #NOTHING}. */
    long missing() {
        return missing.getAcquire();
    }
}
