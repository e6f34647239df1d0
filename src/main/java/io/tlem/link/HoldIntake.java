package io.tlem.link;

import io.tlem.buffer.PacketRecord;
import io.tlem.buffer.RecordWriter;
import io.tlem.impair.Fate;
import io.tlem.impair.PacketContext;
import io.tlem.impair.PacketHold;
import io.tlem.port.PacketBatch;
import io.tlem.stats.DropReason;
import java.lang.foreign.MemorySegment;

/**
 * For a queue that decides about packets that wait in it: puts packets into a {@link PacketHold}, and copies those whose turn
 * has come, and that leave, into the shared buffer.
 */
final class HoldIntake implements Intake {
    private final MemorySegment source;
    private final MemorySegment buffer;
    private final RecordWriter writer;
    private final PacketHold hold;
    private final Decider decider;
    private final Settlement settlement;
    private final PacketContext packet = new PacketContext();

    HoldIntake(
            MemorySegment source,
            MemorySegment buffer,
            RecordWriter writer,
            PacketHold hold,
            Decider decider,
            Settlement settlement) {
        this.source = source;
        this.buffer = buffer;
        this.writer = writer;
        this.hold = hold;
        this.decider = decider;
        this.settlement = settlement;
    }

    PacketHold hold() {
        return hold;
    }

    @Override
    public boolean holds() {
        return true;
    }

    @Override
    public int take(PacketBatch batch, int count, long firstNumber) {
        if (count > 0) {
            arrive(batch, count, firstNumber);
        }
        int decided = decide(batch.horizonNanos);
        hold.decidedUpTo(batch.horizonNanos);
        if (count + decided > 0) {
            settlement.held(hold.held());
        }
        return count + decided;
    }

    @Override
    public long heldBytes() {
        return hold.heldBytes();
    }

    @Override
    public long nextDueNanos() {
        return hold.nextHeadNanos(); // NONE is UNKNOWN
    }

    @Override
    public long decidedUpToNanos() {
        return hold.decidedUpToNanos();
    }

    @Override
    public void finish() {
        decide(Long.MAX_VALUE);
        settlement.held(hold.held());
    }

    @Override
    public long held() {
        return hold.held();
    }

    private void arrive(PacketBatch batch, int count, long firstNumber) {
        long bytes = 0;
        int i = 0;
        try {
            for (; i < count; i++) {
                int length = batch.length[i];
                decide(batch.arrivalNanos[i]);
                packet.reset(source, batch.offset[i], length, batch.arrivalNanos[i]);
                bytes += length;
                switch (decider.judge(source, batch.offset[i], length)) {
                    case EXEMPT -> store(firstNumber + i, null);
                    case KEEP -> queue(packet, firstNumber + i);
                    case DROP ->
                        decider.filter(firstNumber + i, source, batch.offset[i], length, batch.arrivalNanos[i]);
                }
            }
        } finally {
            settlement.received(i, bytes);
        }
    }

    private void queue(PacketContext arriving, long number) {
        long arrivalNanos = arriving.arrivalNanos();
        Fate fate = hold.arrive(arriving, number);
        if (fate != Fate.FORWARD) {
            drop(fate.reason(), number, arriving, arrivalNanos);
            return;
        }
        while (hold.evict(packet)) {
            drop(DropReason.QUEUE, hold.number(), packet, packet.arrivalNanos());
        }
    }

    private void drop(DropReason reason, long number, PacketContext gone, long arrivalNanos) {
        settlement.dropped(reason, number, gone.memory(), gone.offset(), gone.lengthBytes(), arrivalNanos);
    }

    @Override
    public void takeOver(PacketContext waiting, long number) {
        queue(waiting, number);
    }

    @Override
    public void handOver(Intake next) {
        if (next instanceof HoldIntake same && same.hold == hold) { // the queue stays, and who waits in it
            hold.continueWith(same.decider.annotator());
            return;
        }
        while (hold.take(packet)) {
            next.takeOver(packet, hold.number());
        }
        settlement.held(next.held());
    }

    /** Decides about the packets that come to the queue's head by then; returns how many. */
    private int decide(long horizonNanos) {
        int decided = 0;
        settlement.before(decider.annotator());
        while (hold.next(horizonNanos, packet)) {
            decided++;
            settlement.meets(packet, hold.number());
            Fate fate = hold.fate();
            if (fate.leaves()) {
                store(hold.number(), fate);
            } else {
                settlement.dropped(fate.reason(), hold.number(), packet.lengthBytes(), packet.arrivalNanos());
            }
            settlement.before(decider.annotator());
        }
        return decided;
    }

    /** @param fate null for a packet that no model decides about */
    private void store(long number, Fate fate) {
        int length = packet.lengthBytes();
        long arrivalNanos = packet.arrivalNanos();
        long record = settlement.refuses(number) ? RecordWriter.FULL : writer.claim(length);
        if (record == RecordWriter.FULL) {
            settlement.dropped(DropReason.BUFFER, number, length, arrivalNanos);
            return;
        }
        PacketRecord.setArrival(buffer, record, arrivalNanos, number);
        MemorySegment.copy(packet.memory(), packet.offset(), buffer, PacketRecord.packetOffset(record), length);
        if (fate == null) {
            decider.exempt(buffer, record, length, arrivalNanos);
        } else {
            decider.write(buffer, record, fate, packet, length);
        }
        writer.commit();
    }
}
