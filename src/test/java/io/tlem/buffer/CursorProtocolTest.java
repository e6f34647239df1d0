package io.tlem.buffer;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import org.jetbrains.lincheck.datastructures.Operation;
import org.jetbrains.lincheck.datastructures.StressOptions;
import org.junit.jupiter.api.Test;

/**
 * The writer and the reader of a shared buffer, on two threads, must behave as some sequential order of their
 * operations would: no record lost, duplicated, reordered or seen half-written, and FULL and EMPTY only when true.
 *
 * <p>The edges relied upon: {@code publish} of the writer happens before a {@code peek} that sees its records;
 * {@code publish} of the reader happens before a {@code claim} that uses their room again.
 */
public class CursorProtocolTest {
    private final MemorySegment memory =
            Arena.ofAuto().allocate(SharedBuffer.HEADER_PAGE_BYTES + 4 * PacketRecord.MIN_STRIDE + 64, 64);
    private final SharedBuffer buffer = SharedBuffer.over(memory);
    private final RecordWriter writer = new RecordWriter(buffer, buffer.annotated());
    private final RecordReader reader = new RecordReader(buffer, buffer.annotated(), buffer.released());

    /** Stores a packet whose length and content follow from the value; false when the buffer is full. */
    @Operation(nonParallelGroup = "writer")
    public boolean offer(int value) {
        int length = 60 + (value & 0x7f);
        long record = writer.claim(length);
        if (record == RecordWriter.FULL) {
            return false;
        }
        memory.set(ValueLayout.JAVA_INT, PacketRecord.packetOffset(record), value);
        memory.set(ValueLayout.JAVA_INT, PacketRecord.packetOffset(record) + 56, ~value);
        writer.commit();
        writer.publish();
        return true;
    }

    /** Takes the oldest packet; -1 when there is none, -2 when its content is not what was stored. */
    @Operation(nonParallelGroup = "reader")
    public int poll() {
        long record = reader.peek();
        if (record == RecordReader.EMPTY) {
            return -1;
        }
        int value = memory.get(ValueLayout.JAVA_INT, PacketRecord.packetOffset(record));
        boolean intact = memory.get(ValueLayout.JAVA_INT, PacketRecord.packetOffset(record) + 56) == ~value
                && PacketRecord.length(memory, record) == 60 + (value & 0x7f);
        reader.advance();
        reader.publish();
        return intact ? value : -2;
    }

    @Test
    void isLinearizable() {
        new StressOptions()
                .threads(2)
                .actorsPerThread(8)
                .actorsBefore(2)
                .iterations(12)
                .invocationsPerIteration(1_000)
                .check(CursorProtocolTest.class);
    }
}
