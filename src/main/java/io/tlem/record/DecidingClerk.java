package io.tlem.record;

import io.tlem.buffer.PacketRecord;
import io.tlem.impair.Annotator;
import io.tlem.stats.DropReason;
import java.lang.foreign.MemorySegment;

/** Of a stage that only decides: tells how far it has come. */
final class DecidingClerk extends ChangeClerk {
    private long number; // of the next packet

    DecidingClerk(Way way) {
        super(way);
    }

    @Override
    public long next(long its) {
        return its; // each is one further
    }

    @Override
    public void meets(MemorySegment buffer, long record, Annotator annotator) {
        number = PacketRecord.number(buffer, record) + 1;
    }

    @Override
    public void exempted(MemorySegment buffer, long record) {
        number = PacketRecord.number(buffer, record) + 1;
    }

    @Override
    public void dropped(DropReason reason, long its, MemorySegment from, long offset, int length, long arrivalNanos) {
        number = its + 1; // that a filter has dropped, before it was met
    }

    @Override
    public void publish() {
        way.setDecided(number);
    }
}
