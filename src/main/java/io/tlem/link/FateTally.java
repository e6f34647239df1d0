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
            packets[fate.ordinal()]++;
            bytes[fate.ordinal()] += length;
            dropped = true;
        }
        return fate;
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
