package io.tlem.link;

import io.tlem.buffer.PacketRecord;
import io.tlem.buffer.RecordWriter;
import io.tlem.impair.PacketContext;
import io.tlem.port.PacketBatch;
import io.tlem.stats.DropReason;
import java.lang.foreign.MemorySegment;

/** Stores what there is room for, and decides each packet's fate in its record, where models may change it. */
final class RecordIntake implements Intake {
    private final MemorySegment source;
    private final MemorySegment buffer;
    private final RecordWriter writer;
    private final Decider decider; // null where another stage decides
    private final Settlement settlement;

    RecordIntake(
            MemorySegment source, MemorySegment buffer, RecordWriter writer, Decider decider, Settlement settlement) {
        this.source = source;
        this.buffer = buffer;
        this.writer = writer;
        this.decider = decider;
        this.settlement = settlement;
    }

    @Override
    public int take(PacketBatch batch, int count, long firstNumber) {
        long[] offsets = batch.offset;
        int[] lengths = batch.length;
        long[] arrivals = batch.arrivalNanos;
        long bytes = 0;
        int i = 0;
        try {
            for (; i < count; i++) {
                // Up to 64 bytes are copied as 64: the port and the record both have the room, and it is faster.
                store(source, offsets[i], lengths[i], Math.max(lengths[i], 64), arrivals[i], firstNumber + i);
                bytes += lengths[i];
            }
        } finally {
            settlement.received(i, bytes);
        }
        return count;
    }

    private void store(MemorySegment from, long offset, int length, int copied, long arrivalNanos, long number) {
        MemorySegment to = buffer;
        long record = settlement.refuses(number) ? RecordWriter.FULL : writer.claim(length);
        if (record == RecordWriter.FULL) {
            settlement.dropped(DropReason.BUFFER, number, from, offset, length, arrivalNanos);
            return;
        }
        PacketRecord.setArrival(to, record, arrivalNanos, number);
        MemorySegment.copy(from, offset, to, PacketRecord.packetOffset(record), copied);
        if (decider == null || decider.annotate(to, record)) {
            writer.commit();
        } // else the claimed room serves the next packet
    }

    @Override
    public void takeOver(PacketContext packet, long number) {
        int length = packet.lengthBytes();
        store(packet.memory(), packet.offset(), length, length, packet.arrivalNanos(), number);
    }
}
