package io.tlem.link;

import io.tlem.buffer.PacketRecord;
import io.tlem.impair.Annotator;
import io.tlem.impair.DuplicateModel;
import io.tlem.impair.Exemption;
import io.tlem.impair.Fate;
import io.tlem.impair.PacketContext;
import io.tlem.stats.Counter;
import io.tlem.stats.Counters;
import io.tlem.stats.LinkTimesRecorder;
import java.lang.foreign.MemorySegment;

/** Asks the annotator about each packet and counts what it drops. Used by the one thread that annotates. */
final class FateTally {
    private static final Drop[] DROPS = {
        new Drop(Fate.OUTAGE, Counter.OUTAGE_PACKETS, Counter.OUTAGE_BYTES),
        new Drop(Fate.LOST, Counter.LOST_PACKETS, Counter.LOST_BYTES),
        new Drop(Fate.QUEUE_OVERFLOW, Counter.QUEUE_DROPPED_PACKETS, Counter.QUEUE_DROPPED_BYTES),
        new Drop(Fate.RATE_EXCEEDED, Counter.RATE_EXCEEDED_PACKETS, Counter.RATE_EXCEEDED_BYTES),
        new Drop(Fate.LOST_AFTER, Counter.LOST_AFTER_PACKETS, Counter.LOST_AFTER_BYTES),
        new Drop(Fate.OUT_OF_ORDER, Counter.OUT_OF_ORDER_PACKETS, Counter.OUT_OF_ORDER_BYTES)
    };

    /** Where a reason to drop packets is counted. */
    private record Drop(Fate fate, Counter packets, Counter bytes) {}

    private final Annotator annotator;
    private final Exemption exemption; // null where no packet is exempt
    private final Counters counters;
    private final LinkTimesRecorder times;
    private final PacketContext context = new PacketContext();
    private boolean dropped;
    private int decided;
    private final long[] packets = new long[Fate.values().length];
    private final long[] bytes = new long[Fate.values().length];

    FateTally(Annotator annotator, Exemption exemption, Counters counters, LinkTimesRecorder times) {
        this.annotator = annotator;
        this.exemption = exemption.isNone() ? null : exemption;
        this.counters = counters;
        this.times = times;
    }

    /**
     * Decides the fate of a packet in its record, which the models may change, and writes it there.
     *
     * @return whether the packet leaves
     */
    boolean annotate(MemorySegment buffer, long record) {
        int length = PacketRecord.length(buffer, record);
        long packet = PacketRecord.packetOffset(record);
        long arrivalNanos = PacketRecord.arrivalNanos(buffer, record);
        if (exempts(buffer, packet, length)) {
            exempt(buffer, record, length, arrivalNanos);
            return true;
        }
        context.reset(buffer, packet, length, arrivalNanos);
        return write(buffer, record, annotator.decide(context), context, length);
    }

    /** Whether no model decides about a packet. */
    boolean exempts(MemorySegment memory, long offset, int length) {
        return exemption != null && exemption.matches(memory, offset, length);
    }

    /** Lets a packet leave at once, whoever is ahead of it, and counts it. */
    void exempt(MemorySegment buffer, long record, int length, long arrivalNanos) {
        PacketRecord.setDecision(buffer, record, PacketRecord.OVERTAKE, arrivalNanos);
        counters.add(Counter.EXEMPT_PACKETS, 1);
        counters.add(Counter.EXEMPT_BYTES, length);
    }

    /**
     * Writes what has been decided about a packet into its record, and counts it.
     *
     * @param length of the packet in the record, which models may have made shorter
     * @return whether the packet leaves
     */
    boolean write(MemorySegment buffer, long record, Fate fate, PacketContext packet, int length) {
        if (fate == Fate.FORWARD) {
            PacketRecord.setDecision(buffer, record, PacketRecord.FORWARD, packet.releaseNanos());
        } else if (fate == Fate.OVERTAKE) {
            PacketRecord.setDecision(buffer, record, PacketRecord.OVERTAKE, packet.releaseNanos());
            if (packet.duplicateNanos() != DuplicateModel.NONE) {
                PacketRecord.setAgain(buffer, record, packet.duplicateNanos());
                counters.add(Counter.DUPLICATED_PACKETS, 1);
                counters.add(Counter.DUPLICATED_BYTES, packet.lengthBytes());
            }
        } else {
            PacketRecord.setDecision(buffer, record, fate.ordinal(), 0);
            drop(fate, length);
        }
        if (packet.lengthBytes() != length) {
            PacketRecord.shorten(buffer, record, packet.lengthBytes());
        }
        return fate.leaves();
    }

    /**
     * Decides the fate of packets in turn, where no model changes packets, lets them overtake others or duplicates them.
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
        if (annotator.isDelayLine()) {
            annotator.delay(arrivals, count, releases);
            decided = count;
            return;
        }
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

    /** Counts a packet that does not leave. */
    void drop(Fate fate, int length) {
        packets[fate.ordinal()]++;
        bytes[fate.ordinal()] += length;
        dropped = true;
    }

    /** Packets that the last {@link #decide} has decided: all, unless a model has failed. */
    int decided() {
        return decided;
    }

    /** Brings the counters up to date, once a batch. */
    void publish() {
        counters.set(Counter.QUEUE_HIGH_WATER_BYTES, annotator.queueHighWaterBytes());
        counters.set(Counter.QUEUE_HIGH_WATER_PACKETS, annotator.queueHighWaterPackets());
        times.set(
                annotator.timedPackets(),
                annotator.queueNanos(),
                annotator.serialisationNanos(),
                annotator.delayNanos(),
                annotator.longestQueueNanos(),
                annotator.longestSerialisationNanos(),
                annotator.longestDelayNanos());
        if (dropped) {
            dropped = false;
            for (Drop drop : DROPS) {
                counters.set(drop.packets, packets[drop.fate.ordinal()]);
                counters.set(drop.bytes, bytes[drop.fate.ordinal()]);
            }
        }
    }
}
