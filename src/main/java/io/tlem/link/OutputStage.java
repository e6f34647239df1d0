package io.tlem.link;

import io.tlem.buffer.PacketRecord;
import io.tlem.buffer.RecordReader;
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
    private final String name;
    private final NanoClock clock;
    private final MemorySegment buffer;
    private final RecordReader reader;
    private final PacketSink sink;
    private final MemorySegment sinkMemory;
    private final int maxPacketBytes;
    private final int ordinaryBytes; // a longer packet needs more than a slot, or cannot be sent
    private final Counters counters;
    private final LatencyRecorder lateness;
    private final LatencyRecorder timeInside;
    private final PacketBatch batch;
    private final long[] records;
    private final long[] releases;
    private final long slackNanos;
    private int taken; // packets of the last scan that were sent or dropped
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
        this.ordinaryBytes = Math.min(sink.slotBytes(), maxPacketBytes);
        this.counters = counters;
        this.lateness = lateness;
        this.timeInside = timeInside;
        this.batch = new PacketBatch(batchSize);
        this.records = new long[batchSize];
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
        if (reader.isEmpty()) {
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
        int due = reader.scan(now, records.length, records, batch.length, batch.arrivalNanos, releases);
        nextDueNanos = reader.nextReleaseNanos();
        taken = 0;
        try {
            if (due > 0) {
                send(due, now);
            }
        } finally {
            boolean moved = taken < due ? reader.consumeBefore(records[taken]) : reader.consume();
            if (moved) { // else the stages before would fetch the cursor's line for nothing
                reader.publish();
            }
        }
        return taken;
    }

    /** Copies packets into slots and transmits them, as far as the port has room; {@link #taken} says how far. */
    private void send(int due, long now) {
        MemorySegment from = buffer;
        MemorySegment to = sinkMemory;
        int[] lengths = batch.length;
        int free = sink.reserve(batch, due);
        long[] slots = batch.offset;
        int ready = 0;
        int next = 0;
        long bytes = 0;
        for (; next < due; next++) {
            int length = lengths[next];
            if (length > ordinaryBytes) {
                if (length > maxPacketBytes) {
                    counters.add(Counter.TOO_LONG_PACKETS, 1);
                    counters.add(Counter.TOO_LONG_BYTES, length);
                    continue;
                }
                if (ready == free || !sink.enlarge(batch, ready, length)) {
                    break;
                }
                free = batch.count;
            } else if (ready == free) {
                break; // the port has no room: the packet stays, late, until it has
            }
            // Up to 64 bytes are copied as 64: the record and the slot both have the room, and it is faster.
            MemorySegment.copy(from, PacketRecord.packetOffset(records[next]), to, slots[ready], Math.max(length, 64));
            if (ready != next) { // behind one that was too long
                lengths[ready] = length;
                releases[ready] = releases[next];
                batch.arrivalNanos[ready] = batch.arrivalNanos[next];
            }
            bytes += length;
            ready++;
        }
        taken = next;
        if (ready > 0) {
            transmit(ready, bytes, now);
        }
    }

    private void transmit(int count, long bytes, long now) {
        counters.add(Counter.TRANSMITTED_PACKETS, count); // the sink counts those it could not send
        counters.add(Counter.TRANSMITTED_BYTES, bytes);
        sink.transmit(batch, count, now);
        long transmitNanos = clock.nanoTime();
        record(lateness, transmitNanos, releases, count);
        record(timeInside, transmitNanos, batch.arrivalNanos, count);
    }

    /** Packets that came together are often due together: equal times are recorded at once. */
    private static void record(LatencyRecorder recorder, long now, long[] times, int count) {
        long time = times[0];
        int first = 0;
        for (int i = 1; i < count; i++) {
            if (times[i] != time) {
                recorder.record(now - time, i - first);
                time = times[i];
                first = i;
            }
        }
        recorder.record(now - time, count - first);
    }

    /** Packets that were received and are still in the buffer, dropped ones not counted. After the threads have ended. */
    long countRemaining() {
        long remaining = 0;
        while (true) {
            long record = reader.peek();
            if (record == RecordReader.EMPTY) {
                return remaining;
            }
            if (PacketRecord.fate(buffer, record) == PacketRecord.FORWARD) {
                remaining++;
            }
            reader.advance();
        }
    }
}
