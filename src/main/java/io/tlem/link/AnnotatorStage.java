package io.tlem.link;

import io.tlem.buffer.RecordReader;
import io.tlem.thread.Stage;
import java.lang.foreign.MemorySegment;

/** Decides the fate and release time of stored packets, in place. Only with three stages. */
final class AnnotatorStage implements Stage {
    private final String name;
    private final MemorySegment buffer;
    private final RecordReader reader;
    private final FateTally tally;
    private final int batchSize;

    AnnotatorStage(String name, MemorySegment buffer, RecordReader reader, FateTally tally, int batchSize) {
        this.name = name;
        this.buffer = buffer;
        this.reader = reader;
        this.tally = tally;
        this.batchSize = batchSize;
    }

    @Override
    public String name() {
        return name;
    }

    @Override
    public int doWork() {
        MemorySegment memory = buffer;
        int moved = 0;
        try {
            for (; moved < batchSize; moved++) {
                long record = reader.peek();
                if (record == RecordReader.EMPTY) {
                    break;
                }
                tally.annotate(memory, record);
                reader.advance();
            }
        } finally {
            if (moved > 0) {
                tally.publish();
                reader.publish();
            }
        }
        return moved;
    }

    /** Packets stored and not yet annotated. After the threads have ended. */
    long countRemaining() {
        long remaining = 0;
        for (; reader.peek() != RecordReader.EMPTY; reader.advance()) {
            remaining++;
        }
        return remaining;
    }
}
