package io.tlem.link;

import io.tlem.buffer.PacketRecord;
import io.tlem.buffer.RecordWriter;
import io.tlem.classify.Filter.Verdict;
import io.tlem.impair.Annotator;
import io.tlem.impair.DuplicateModel;
import io.tlem.impair.Fate;
import io.tlem.impair.PacketContext;
import io.tlem.layout.ThreadOwned;
import io.tlem.port.PacketBatch;
import io.tlem.stats.DropReason;
import io.tlem.stats.LinkTimesRecorder;
import java.lang.foreign.MemorySegment;

/** What a {@link Decider} changes all the time. */
abstract class DeciderProgress extends ThreadOwned {
    int decided;
}

/** Asks the models about each packet, and writes into its record what they say. Used by the one thread that annotates. */
final class Decider extends DeciderProgress {
    @SuppressWarnings("unused") // keeps the fields above apart from what lies behind this object
    private long q0, q1, q2, q3, q4, q5, q6, q7, q8, q9, qa, qb, qc, qd, qe, qf;

    private final Annotator annotator;
    private final Gate gate; // null where every packet meets the models
    private final Settlement settlement;
    private final LinkTimesRecorder times;
    private final PacketContext context = new PacketContext();

    Decider(Annotator annotator, Gate gate, Settlement settlement, LinkTimesRecorder times) {
        this.annotator = annotator;
        this.gate = gate.isOpen() ? null : gate;
        this.settlement = settlement;
        this.times = times;
    }

    Annotator annotator() {
        return annotator;
    }

    /** Whether nothing but a delay, the same for all packets, is decided here. */
    boolean onlyDelays() {
        return gate == null && annotator.onlyDelays();
    }

    /** Decides the fate of a packet in its record, which the models may change; returns whether the packet leaves. */
    boolean annotate(MemorySegment buffer, long record) {
        int length = PacketRecord.length(buffer, record);
        long packet = PacketRecord.packetOffset(record);
        long arrivalNanos = PacketRecord.arrivalNanos(buffer, record);
        Verdict verdict = judge(buffer, packet, length);
        if (verdict == Verdict.EXEMPT) {
            exempt(buffer, record, length, arrivalNanos);
            return true;
        }
        if (verdict == Verdict.DROP) {
            PacketRecord.setDecision(buffer, record, PacketRecord.DROPPED, 0);
            filter(PacketRecord.number(buffer, record), buffer, packet, length, arrivalNanos);
            return false;
        }
        settlement.meets(buffer, record, annotator);
        context.reset(buffer, packet, length, arrivalNanos);
        return write(buffer, record, annotator.decide(context), context, length);
    }

    /** What becomes of a packet before a model sees it. */
    Verdict judge(MemorySegment memory, long offset, int length) {
        return gate == null ? Verdict.KEEP : gate.judge(memory, offset, length);
    }

    /** Has a packet not leave, as the filter says. */
    void filter(long number, MemorySegment memory, long offset, int length, long arrivalNanos) {
        settlement.dropped(DropReason.FILTER, number, memory, offset, length, arrivalNanos);
    }

    /** Lets a packet leave at once, whoever is ahead of it. */
    void exempt(MemorySegment buffer, long record, int length, long arrivalNanos) {
        PacketRecord.setDecision(buffer, record, PacketRecord.OVERTAKE, arrivalNanos);
        settlement.exempted(buffer, record, length);
    }

    /**
     * Writes what has been decided about a packet into its record, and settles it.
     *
     * @param length of the packet in the record, which models may have made shorter
     * @return whether the packet leaves
     */
    boolean write(MemorySegment buffer, long record, Fate fate, PacketContext packet, int length) {
        if (fate == Fate.FORWARD) {
            PacketRecord.setDecision(buffer, record, PacketRecord.FORWARD, packet.releaseNanos());
            settlement.leaves(packet, false, annotator);
        } else if (fate == Fate.OVERTAKE) {
            PacketRecord.setDecision(buffer, record, PacketRecord.OVERTAKE, packet.releaseNanos());
            boolean twice = packet.duplicateNanos() != DuplicateModel.NONE;
            settlement.leaves(packet, twice, annotator);
            if (twice) {
                PacketRecord.setAgain(buffer, record, packet.duplicateNanos());
                settlement.duplicated(PacketRecord.number(buffer, record), packet.lengthBytes());
            }
        } else {
            PacketRecord.setDecision(buffer, record, PacketRecord.DROPPED, 0);
            settlement.dropped(fate.reason(), PacketRecord.number(buffer, record), length, packet.arrivalNanos());
            return false;
        }
        if (packet.isManaged()) {
            settlement.marked();
        }
        if (packet.lengthBytes() != length) {
            PacketRecord.shorten(buffer, record, packet.lengthBytes());
        }
        return true;
    }

    /**
     * Decides the fate of packets in turn, where no model changes packets, lets them overtake others or duplicates them.
     * {@link #decided} tells how far it has come.
     *
     * @param count of the packets
     * @param firstNumber of the first packet
     * @param releases becomes the release time of each, {@link RecordWriter#OMIT} for those that are dropped
     */
    void decide(MemorySegment memory, PacketBatch batch, int count, long firstNumber, long[] releases) {
        long[] arrivals = batch.arrivalNanos;
        if (annotator.isDelayLine(arrivals[0])) {
            annotator.delay(arrivals, count, releases);
            decided = count;
            settlement.delayed(memory, batch, count, firstNumber, releases);
            return;
        }
        long[] offsets = batch.offset;
        int[] lengths = batch.length;
        PacketContext packet = context;
        decided = 0;
        long wanted = settlement.next(firstNumber); // one comparison a packet, where a ledger is of few of them
        int i = 0;
        try {
            for (; i < count; i++) {
                packet.reset(memory, offsets[i], lengths[i], arrivals[i]);
                long number = firstNumber + i;
                boolean met = number == wanted;
                if (met) {
                    settlement.before(annotator);
                    settlement.meets(packet, number);
                    wanted = settlement.next(number + 1);
                }
                Fate fate = annotator.decide(packet);
                if (fate == Fate.FORWARD) {
                    releases[i] = packet.releaseNanos();
                    if (met) {
                        settlement.leaves(packet, false, annotator);
                    }
                } else {
                    releases[i] = RecordWriter.OMIT;
                    settlement.dropped(fate.reason(), number, lengths[i], arrivals[i]);
                }
            }
        } finally {
            decided = i;
        }
    }

    /** Packets that the last {@link #decide} has decided: all, unless a model has failed. */
    int decided() {
        return decided;
    }

    /** These models decide from now on. */
    void begins(Change from, long decidedUpToNanos, DirectionModels models) {
        settlement.changed(from, decidedUpToNanos, models);
    }

    /** Brings up to date what is said about queue and link, once a batch, and before that is handed on. */
    void publish() {
        settlement.publish();
        settlement.queueHighWater(annotator.queueHighWaterBytes(), annotator.queueHighWaterPackets());
        times.set(
                annotator.timedPackets(),
                annotator.queueNanos(),
                annotator.serialisationNanos(),
                annotator.delayNanos(),
                annotator.longestQueueNanos(),
                annotator.longestSerialisationNanos(),
                annotator.longestDelayNanos());
    }
}
