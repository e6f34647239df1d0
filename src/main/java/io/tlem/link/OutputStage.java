package io.tlem.link;

import io.tlem.buffer.PacketRecord;
import io.tlem.buffer.RecordReader;
import io.tlem.impair.Fate;
import io.tlem.port.PacketBatch;
import io.tlem.port.PacketSink;
import io.tlem.stats.Counter;
import io.tlem.stats.Counters;
import io.tlem.stats.LatencyRecorder;
import io.tlem.thread.NanoClock;
import io.tlem.thread.Stage;
import java.lang.foreign.MemorySegment;

/**
 * Copies packets whose release time has come out of the shared buffer and transmits them.
 *
 * <p>Lateness (transmit time minus release time) and time in the emulator (transmit time minus arrival) are taken with
 * the time read after the batch was handed to the port, so that copying and the port's system call are included.
 */
final class OutputStage implements Stage {
    private static final int FORWARD = Fate.FORWARD.ordinal();

    private final String name;
    private final NanoClock clock;
    private final MemorySegment buffer;
    private final RecordReader reader;
    private final PacketSink sink;
    private final MemorySegment sinkMemory;
    private final int maxPacketBytes;
    private final int slotBytes;
    private final Counters counters;
    private final LatencyRecorder lateness;
    private final LatencyRecorder timeInside;
    private final PacketBatch batch;
    private final long[] releases;
    private final long slackNanos;
    private long nextDueNanos = UNKNOWN;

    OutputStage(
            String name,
            NanoClock clock,
            MemorySegment buffer,
            RecordReader reader,
            PacketSink sink,
            Counters counters,
            LatencyRecorder lateness,
            LatencyRecorder timeInside,
            int batchSize,
            long slackNanos) {
        this.name = name;
        this.clock = clock;
        this.buffer = buffer;
        this.reader = reader;
        this.sink = sink;
        this.sinkMemory = sink.memory();
        this.maxPacketBytes = sink.maxPacketBytes();
        this.slotBytes = sink.slotBytes();
        this.counters = counters;
        this.lateness = lateness;
        this.timeInside = timeInside;
        this.batch = new PacketBatch(batchSize);
        this.releases = new long[batchSize];
        this.slackNanos = slackNanos;
    }

    @Override
    public String name() {
        return name;
    }

    @Override
    public int doWork() {
        lateness.handOver();
        timeInside.handOver();
        if (reader.peek() == RecordReader.EMPTY) {
            nextDueNanos = slackNanos > 0 ? clock.nanoTime() + slackNanos : UNKNOWN;
            sink.flush();
            return 0;
        }
        int moved = releaseDue(clock.nanoTime());
        if (moved == 0) {
            sink.flush();
        }
        return moved;
    }

    @Override
    public long nextDueNanos() {
        return nextDueNanos;
    }

    private int releaseDue(long now) {
        MemorySegment from = buffer;
        MemorySegment to = sinkMemory;
        long[] slots = batch.offset;
        int[] lengths = batch.length;
        long[] arrivals = batch.arrivalNanos;
        int limit = slots.length;
        int free = -1; // slots are reserved when the first packet is found due
        int ready = 0;
        int moved = 0;
        long readyBytes = 0;
        nextDueNanos = UNKNOWN;
        while (moved < limit) {
            long record = reader.peek();
            if (record == RecordReader.EMPTY) {
                break;
            }
            if (PacketRecord.fate(from, record) == FORWARD) {
                long release = PacketRecord.releaseNanos(from, record);
                if (release > now) {
                    nextDueNanos = release;
                    break;
                }
                int length = PacketRecord.length(from, record);
                if (length > maxPacketBytes) {
                    counters.add(Counter.TOO_LONG_PACKETS, 1);
                    counters.add(Counter.TOO_LONG_BYTES, length);
                } else {
                    if (free < 0) {
                        free = sink.reserve(batch, limit);
                    }
                    if (ready == free) {
                        break; // the port has no room: the packet stays, late, until it has
                    }
                    if (length > slotBytes) {
                        if (!sink.enlarge(batch, ready, length)) {
                            break; // no room for one as long as this
                        }
                        free = batch.count;
                    }
                    MemorySegment.copy(from, PacketRecord.packetOffset(record), to, slots[ready], Math.max(length, 64));
                    lengths[ready] = length;
                    releases[ready] = release;
                    arrivals[ready] = PacketRecord.arrivalNanos(from, record);
                    readyBytes += length;
                    ready++;
                }
            }
            reader.advance();
            moved++;
        }
        if (moved > 0) {
            try {
                if (ready > 0) {
                    transmit(ready, readyBytes, now);
                }
            } finally {
                reader.publish();
            }
        }
        return moved;
    }

    private void transmit(int count, long bytes, long now) {
        counters.add(Counter.TRANSMITTED_PACKETS, count); // the sink counts those it could not send
        counters.add(Counter.TRANSMITTED_BYTES, bytes);
        sink.transmit(batch, count, now);
        long transmitNanos = clock.nanoTime();
        long[] arrivals = batch.arrivalNanos;
        for (int i = 0; i < count; i++) {
            lateness.record(transmitNanos - releases[i]);
            timeInside.record(transmitNanos - arrivals[i]);
        }
    }

    /** Packets that were received and are still in the buffer, dropped ones not counted. After the threads have ended. */
    long countRemaining() {
        long remaining = 0;
        while (true) {
            long record = reader.peek();
            if (record == RecordReader.EMPTY) {
                return remaining;
            }
            if (PacketRecord.fate(buffer, record) == FORWARD) {
                remaining++;
            }
            reader.advance();
        }
    }
}
