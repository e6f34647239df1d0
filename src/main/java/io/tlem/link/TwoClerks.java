package io.tlem.link;

import io.tlem.impair.Annotator;
import io.tlem.impair.PacketContext;
import io.tlem.port.PacketBatch;
import io.tlem.stats.DropReason;
import java.lang.foreign.MemorySegment;

/** Tells one clerk and then another. */
final class TwoClerks extends Clerk {
    private final Clerk one;
    private final Clerk other;

    TwoClerks(Clerk one, Clerk other) {
        this.one = one;
        this.other = other;
    }

    @Override
    public void changed(Change from, DirectionModels models) {
        one.changed(from, models);
        other.changed(from, models);
    }

    @Override
    public long next(long number) {
        return Math.min(one.next(number), other.next(number));
    }

    @Override
    public void decidedUpTo(long nanos) {
        one.decidedUpTo(nanos);
        other.decidedUpTo(nanos);
    }

    @Override
    public void arrived(MemorySegment memory, PacketBatch batch, int count, long firstNumber) {
        one.arrived(memory, batch, count, firstNumber);
        other.arrived(memory, batch, count, firstNumber);
    }

    @Override
    public void taken() {
        one.taken();
        other.taken();
    }

    @Override
    public void before(Annotator annotator) {
        one.before(annotator);
        other.before(annotator);
    }

    @Override
    public void meets(PacketContext packet, long number) {
        one.meets(packet, number);
        other.meets(packet, number);
    }

    @Override
    public void meets(MemorySegment buffer, long record, Annotator annotator) {
        one.meets(buffer, record, annotator);
        other.meets(buffer, record, annotator);
    }

    @Override
    public void leaves(PacketContext packet, boolean twice, Annotator annotator) {
        one.leaves(packet, twice, annotator);
        other.leaves(packet, twice, annotator);
    }

    @Override
    public void exempted(MemorySegment buffer, long record) {
        one.exempted(buffer, record);
        other.exempted(buffer, record);
    }

    @Override
    public void delayed(MemorySegment memory, PacketBatch batch, int count, long firstNumber, long[] releases) {
        one.delayed(memory, batch, count, firstNumber, releases);
        other.delayed(memory, batch, count, firstNumber, releases);
    }

    @Override
    public void dropped(DropReason reason, long number, int length, long arrivalNanos) {
        one.dropped(reason, number, length, arrivalNanos);
        other.dropped(reason, number, length, arrivalNanos);
    }

    @Override
    public void dropped(
            DropReason reason, long number, MemorySegment memory, long offset, int length, long arrivalNanos) {
        one.dropped(reason, number, memory, offset, length, arrivalNanos);
        other.dropped(reason, number, memory, offset, length, arrivalNanos);
    }

    @Override
    public void sent(PacketBatch batch, int count, long nanos, boolean exact) {
        one.sent(batch, count, nanos, exact);
        other.sent(batch, count, nanos, exact);
    }

    @Override
    public void publish() {
        one.publish();
        other.publish();
    }
}
