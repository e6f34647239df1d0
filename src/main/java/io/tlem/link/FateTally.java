package io.tlem.link;

import io.tlem.impair.Annotator;
import io.tlem.impair.Fate;
import io.tlem.impair.PacketContext;
import io.tlem.stats.Counter;
import io.tlem.stats.Counters;
import java.lang.foreign.MemorySegment;

/** Asks the annotator about each packet and counts what it drops. Used by the one thread that annotates. */
final class FateTally {
    private final Annotator annotator;
    private final Counters counters;
    private final PacketContext context = new PacketContext();
    private boolean dropped;
    private int decided;
    private final long[] packets = new long[Fate.values().length];
    private final long[] bytes = new long[Fate.values().length];

    FateTally(Annotator annotator, Counters counters) {
        this.annotator = annotator;
        this.counters = counters;
    }

    /** Decides the packet's fate; the release time is then in {@link #releaseNanos()}. */
    Fate decide(MemorySegment memory, long offset, int length, long arrivalNanos) {
        context.reset(memory, offset, length, arrivalNanos);
        Fate fate = annotator.decide(context);
        if (fate != Fate.FORWARD) {
            drop(fate, length);
        }
        return fate;
    }

    /**
     * Decides the fate of packets in turn.
     *
     * @param count of the packets, and valid entries of the arrays
     * @param releases becomes the release time of each, {@code omit} for those that are dropped
     */
    void decide(
            MemorySegment memory,
            long[] offsets,
            int[] lengths,
            long[] arrivals,
            int count,
            long[] releases,
            long omit) {
        PacketContext packet = context;
        decided = 0;
        int i = 0;
        try {
            for (; i < count; i++) {
                packet.reset(memory, offsets[i], lengths[i], arrivals[i]);
                Fate fate = annotator.decide(packet);
                if (fate == Fate.FORWARD) {
                    releases[i] = packet.releaseNanos();
                } else {
                    releases[i] = omit;
                    drop(fate, lengths[i]);
                }
            }
        } finally {
            decided = i;
        }
    }

    private void drop(Fate fate, int length) {
        packets[fate.ordinal()]++;
        bytes[fate.ordinal()] += length;
        dropped = true;
    }

    /** Packets that the last {@link #decide} for many has decided: all, unless a model has failed. */
    int decided() {
        return decided;
    }

    long releaseNanos() {
        return context.releaseNanos();
    }

    /** Brings the counters up to date, once a batch. */
    void publish() {
        counters.set(Counter.QUEUE_HIGH_WATER_BYTES, annotator.queueHighWaterBytes());
        counters.set(Counter.QUEUE_HIGH_WATER_PACKETS, annotator.queueHighWaterPackets());
        if (dropped) {
            dropped = false;
            counters.set(Counter.LOST_PACKETS, packets[Fate.LOST.ordinal()]);
            counters.set(Counter.LOST_BYTES, bytes[Fate.LOST.ordinal()]);
            counters.set(Counter.QUEUE_DROPPED_PACKETS, packets[Fate.QUEUE_OVERFLOW.ordinal()]);
            counters.set(Counter.QUEUE_DROPPED_BYTES, bytes[Fate.QUEUE_OVERFLOW.ordinal()]);
        }
    }
}
