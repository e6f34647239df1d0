package io.tlem.link;

import io.tlem.buffer.DueRecords;
import io.tlem.buffer.SharedBuffer;
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
    private static final long LOOK_NANOS = 100_000;

    private final String name;
    private final NanoClock clock;
    private final DueRecords reader;
    private final PacketSink sink;
    private final MemorySegment sinkMemory;
    private final boolean inC;
    private final int maxPacketBytes;
    private final int ordinaryBytes; // a longer packet needs more than a slot, or cannot be sent
    private final Counters counters;
    private final LatencyRecorder lateness;
    private final LatencyRecorder timeInside;
    private final PacketBatch batch;
    private final long[] records;
    private final long[] releases;
    private final long slackNanos;
    private final long maxLagNanos;
    private long sentBytes; // of the packets being sent
    private int taken; // packets of the last scan that were sent or dropped
    private long nextDueNanos = UNKNOWN;

    OutputStage(
            String name,
            NanoClock clock,
            DueRecords reader,
            PacketSink sink,
            Counters counters,
            LatencyRecorder lateness,
            LatencyRecorder timeInside,
            int batchSize,
            long slackNanos,
            long maxLagNanos) {
        this.name = name;
        this.clock = clock;
        this.reader = reader;
        this.sink = sink;
        this.sinkMemory = sink.memory();
        this.inC = SharedBuffer.hasNativeKernel() && sink.memoryStays();
        this.maxPacketBytes = sink.maxPacketBytes();
        this.ordinaryBytes = Math.min(sink.slotBytes(), maxPacketBytes);
        this.counters = counters;
        this.lateness = lateness;
        this.timeInside = timeInside;
        this.batch = new PacketBatch(batchSize);
        this.records = new long[batchSize];
        this.releases = new long[batchSize];
        this.slackNanos = slackNanos;
        this.maxLagNanos = maxLagNanos;
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
        nextDueNanos = nextDue(now);
        taken = 0;
        try {
            if (due > 0) {
                send(due, now);
            }
        } finally {
            if (reader.consume(taken)) { // else the stages before would fetch the cursor's line for nothing
                reader.publish();
            }
        }
        return taken;
    }

    /** When there will be work, as far as is known: a packet that is still to come may be due before those that are here. */
    private long nextDue(long now) {
        long next = reader.nextReleaseNanos();
        if (!reader.othersMayBeEarlier()) {
            return next;
        }
        long look = now + (slackNanos > 0 ? slackNanos : LOOK_NANOS);
        return next <= look ? next : slackNanos > 0 ? look : UNKNOWN;
    }

    /** Copies packets into slots and transmits them, as far as the port has room; {@link #taken} says how far. */
    private void send(int due, long now) {
        int[] lengths = batch.length;
        int free = sink.reserve(batch, due);
        int ready = 0;
        int next = maxLagNanos == DirectionModels.ANY_LAG ? 0 : dropLate(due, now);
        sentBytes = 0;
        while (next < due) {
            int count = copyOrdinary(next, ready, Math.min(due - next, free - ready));
            if (count > 0) {
            } else if (lengths[next] > maxPacketBytes) {
                counters.add(Counter.TOO_LONG_PACKETS, 1);
                counters.add(Counter.TOO_LONG_BYTES, lengths[next]);
                next++;
            } else if (ready < free && sink.enlarge(batch, ready, lengths[next])) {
                free = batch.count;
                count = 1;
                copy(next, ready);
            } else {
                break; // the port has no room: the packet stays, late, until it has
            }
            next += count;
            ready += count;
        }
        taken = next;
        if (ready > 0) {
            transmit(ready, sentBytes, now);
        }
    }

    /** Drops those of the packets, which are in the order of their release times, that are too late; returns how many. */
    private int dropLate(int due, long now) {
        int late = 0;
        long bytes = 0;
        while (late < due && now - releases[late] > maxLagNanos) {
            bytes += batch.length[late];
            late++;
        }
        if (late > 0) {
            counters.add(Counter.LATE_PACKETS, late);
            counters.add(Counter.LATE_BYTES, bytes);
        }
        return late;
    }

    /** Copies the packets from here on that fit into ordinary slots; returns how many. */
    private int copyOrdinary(int first, int firstSlot, int most) {
        if (inC && most > 0) {
            int count = reader.copyOutInC(
                    records, batch.length, first, ordinaryBytes, sinkMemory, batch.offset, firstSlot, most);
            if (count > 0) {
                sentBytes += reader.copiedBytes();
                close(first, firstSlot, count);
                return count;
            }
        }
        int count = 0;
        while (count < most && batch.length[first + count] <= ordinaryBytes) {
            copy(first + count, firstSlot + count);
            count++;
        }
        return count;
    }

    private void copy(int packet, int slot) {
        reader.copyOut(records[packet], batch.length[packet], sinkMemory, batch.offset[slot]);
        sentBytes += batch.length[packet];
        close(packet, slot, 1);
    }

    /** Moves what is known of packets to the places of their slots, where one that was too long has left a gap. */
    private void close(int first, int firstSlot, int count) {
        if (firstSlot != first) {
            System.arraycopy(batch.length, first, batch.length, firstSlot, count);
            System.arraycopy(releases, first, releases, firstSlot, count);
            System.arraycopy(batch.arrivalNanos, first, batch.arrivalNanos, firstSlot, count);
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

    /** Equal times are recorded at once: packets that came together are often due together. Times do not decrease. */
    private static void record(LatencyRecorder recorder, long now, long[] times, int count) {
        if (times[0] == times[count - 1]) {
            recorder.record(now - times[0], count);
            return;
        }
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

    /** Packets that are still to be sent. After the threads have ended. */
    long countRemaining() {
        return reader.countRemaining();
    }
}
