package io.tlem.link;

import io.tlem.buffer.PacketRecord;
import io.tlem.buffer.RecordWriter;
import io.tlem.impair.Fate;
import io.tlem.impair.PacketContext;
import io.tlem.impair.PacketHold;
import io.tlem.port.PacketBatch;
import io.tlem.port.PacketSource;
import io.tlem.port.PortAddress;
import io.tlem.stats.Counter;
import io.tlem.stats.Counters;
import io.tlem.thread.NanoClock;
import io.tlem.thread.Stage;
import java.lang.foreign.MemorySegment;

/**
 * The input stage of a link whose queue decides about packets that wait in it: receives them into a {@link PacketHold}, and
 * copies those whose turn has come, and that leave, into the shared buffer.
 */
final class HoldingInputStage implements Stage {
    private final String name;
    private final NanoClock clock;
    private final PacketSource source;
    private final Border border;
    private final MemorySegment buffer;
    private final RecordWriter writer;
    private final PacketHold hold;
    private final FateTally tally;
    private final Counters counters;
    private final PacketBatch batch;
    private final PacketContext packet = new PacketContext();
    private final long slackNanos;
    private final long lookNanos; // how long arrivals may wait to be looked for; 0 to look as soon as possible
    private long nextDueNanos = UNKNOWN;

    HoldingInputStage(
            String name,
            NanoClock clock,
            PacketSource source,
            PortAddress address,
            MemorySegment buffer,
            RecordWriter writer,
            PacketHold hold,
            FateTally tally,
            Counters counters,
            int batchSize,
            long slackNanos) {
        this.name = name;
        this.clock = clock;
        this.source = source;
        this.border = new Border(address, source.memory(), source.maxPacketBytes());
        this.buffer = buffer;
        this.writer = writer;
        this.hold = hold;
        this.tally = tally;
        this.counters = counters;
        this.batch = new PacketBatch(batchSize);
        this.slackNanos = slackNanos;
        this.lookNanos = source.keepsArrivalTimes() ? slackNanos : 0;
    }

    @Override
    public String name() {
        return name;
    }

    @Override
    public void begin() {
        source.begin(clock);
    }

    @Override
    public int doWork() {
        try {
            return receive();
        } catch (InternalError e) {
            throw border.memoryLost(e);
        }
    }

    private int receive() {
        batch.horizonNanos = clock.nanoTime();
        int count = source.receive(batch, clock);
        border.received(batch, count);
        int decided = 0;
        try {
            if (count > 0) {
                arrive(count);
            }
            decided = decide(source.exhausted() ? Long.MAX_VALUE : batch.horizonNanos);
        } finally {
            if (count > 0 || decided > 0) {
                writer.publish();
                tally.publish();
            }
            if (count > 0) {
                source.release();
            }
        }
        long look = lookNanos > 0 ? clock.nanoTime() + lookNanos : UNKNOWN;
        long head = hold.nextHeadNanos();
        nextDueNanos = head == PacketHold.NONE ? look : Math.min(look, head + slackNanos);
        return count + decided;
    }

    @Override
    public long nextDueNanos() {
        return nextDueNanos;
    }

    /** Nobody arrives any more, so what becomes of those that wait is known. */
    @Override
    public void end() {
        decide(Long.MAX_VALUE);
        writer.publish();
        tally.publish();
    }

    private void arrive(int count) {
        long bytes = 0;
        int i = 0;
        try {
            for (; i < count; i++) {
                int length = batch.length[i];
                decide(batch.arrivalNanos[i]);
                packet.reset(source.memory(), batch.offset[i], length, batch.arrivalNanos[i]);
                bytes += length;
                if (tally.exempts(source.memory(), batch.offset[i], length)) {
                    store(true);
                    continue;
                }
                Fate fate = hold.arrive(packet);
                if (fate != Fate.FORWARD) {
                    tally.drop(fate, length);
                } else {
                    while (hold.evict(packet)) {
                        tally.drop(Fate.QUEUE_OVERFLOW, packet.lengthBytes());
                    }
                }
            }
        } finally {
            counters.add(Counter.RECEIVED_PACKETS, i);
            counters.add(Counter.RECEIVED_BYTES, bytes);
        }
    }

    /** Decides about the packets that come to the queue's head by then; returns how many. */
    private int decide(long horizonNanos) {
        int decided = 0;
        while (hold.next(horizonNanos, packet)) {
            decided++;
            if (hold.fate().leaves()) {
                store(false);
            } else {
                tally.drop(hold.fate(), packet.lengthBytes());
            }
        }
        return decided;
    }

    private void store(boolean exempt) {
        int length = packet.lengthBytes();
        long record = writer.claim(length);
        if (record == RecordWriter.FULL) {
            counters.add(Counter.BUFFER_DROPPED_PACKETS, 1);
            counters.add(Counter.BUFFER_DROPPED_BYTES, length);
            return;
        }
        PacketRecord.setArrivalNanos(buffer, record, packet.arrivalNanos());
        MemorySegment.copy(packet.memory(), packet.offset(), buffer, PacketRecord.packetOffset(record), length);
        if (exempt) {
            tally.exempt(buffer, record, length, packet.arrivalNanos());
        } else {
            tally.write(buffer, record, hold.fate(), packet, length);
        }
        writer.commit();
    }
}
