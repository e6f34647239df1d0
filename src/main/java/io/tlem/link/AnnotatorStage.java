package io.tlem.link;

import io.tlem.buffer.PacketRecord;
import io.tlem.buffer.RecordReader;
import io.tlem.layout.ThreadOwned;
import io.tlem.thread.NanoClock;
import io.tlem.thread.Stage;
import java.lang.foreign.MemorySegment;

/** What an {@link AnnotatorStage} changes all the time. */
abstract class AnnotatorProgress extends ThreadOwned {
    Epoch epoch;
    long number; // behind the last packet that was decided about
    long arrivalNanos = Long.MIN_VALUE; // of that packet
}

/** Decides the fate and release time of stored packets, in place. Only with three stages. */
final class AnnotatorStage extends AnnotatorProgress implements Stage {
    @SuppressWarnings("unused") // keeps the fields above apart from what lies behind this object
    private long q0, q1, q2, q3, q4, q5, q6, q7, q8, q9, qa, qb, qc, qd, qe, qf;

    private final String name;
    private final NanoClock clock;
    private final MemorySegment buffer;
    private final RecordReader reader;
    private final Epochs epochs;
    private final int batchSize;

    AnnotatorStage(
            String name, NanoClock clock, MemorySegment buffer, RecordReader reader, Epochs epochs, int batchSize) {
        this.name = name;
        this.clock = clock;
        this.buffer = buffer;
        this.reader = reader;
        this.epochs = epochs;
        this.epoch = epochs.last();
        this.batchSize = batchSize;
    }

    @Override
    public String name() {
        return name;
    }

    @Override
    public int doWork() {
        Epoch next = epoch.next();
        if (next != null) {
            next = takeOverIdle(next);
        }
        MemorySegment memory = buffer;
        Decider decider = epoch.decider();
        int moved = 0;
        try {
            for (; moved < batchSize; moved++) {
                long record = reader.peek();
                if (record == RecordReader.EMPTY) {
                    break;
                }
                while (next != null && next.fromNanos() <= PacketRecord.arrivalNanos(memory, record)) {
                    next = takeOver(next, Math.max(next.fromNanos(), arrivalNanos));
                    decider = epoch.decider();
                }
                number = PacketRecord.number(memory, record) + 1;
                arrivalNanos = PacketRecord.arrivalNanos(memory, record);
                decider.annotate(memory, record);
                reader.advance();
            }
        } finally {
            if (moved > 0) {
                decider.publish();
                reader.publish();
            }
        }
        return moved;
    }

    /** What needs no packet to take over; returns what is still to come. */
    private Epoch takeOverIdle(Epoch following) {
        Epoch next = following;
        long arrivedUpTo = epochs.arrivedUpTo();
        while (next != null
                && (next.isAtOnce() || (next.fromNanos() <= arrivedUpTo && reader.peek() == RecordReader.EMPTY))) {
            next = takeOver(next, next.isAtOnce() ? clock.nanoTime() : Math.max(next.fromNanos(), arrivalNanos));
        }
        return next;
    }

    private Epoch takeOver(Epoch next, long nanos) {
        if (!epochs.takeOver(epoch, next, new Change(number, nanos))) {
            return null; // revoked: what is to come is not known yet
        }
        epoch = next;
        return epoch.next();
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
