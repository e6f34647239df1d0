package io.tlem.link;

import io.tlem.buffer.PacketRecord;
import io.tlem.buffer.RecordWriter;
import io.tlem.buffer.SharedBuffer;
import io.tlem.port.PacketBatch;
import io.tlem.port.PacketSource;
import io.tlem.port.PortAddress;
import io.tlem.stats.Counter;
import io.tlem.stats.Counters;
import io.tlem.thread.NanoClock;
import io.tlem.thread.Stage;
import java.lang.foreign.MemorySegment;

/**
 * Receives packets and copies them into the shared buffer. With two stages it also decides their fate, and then stores
 * only those that are forwarded.
 */
final class InputStage implements Stage {
    private final String name;
    private final NanoClock clock;
    private final PacketSource source;
    private final MemorySegment sourceMemory;
    private final Border border;
    private final boolean inC;
    private final int longestStride;
    private final MemorySegment buffer;
    private final RecordWriter writer;
    private final FateTally tally; // null with three stages
    private final Counters counters;
    private final PacketBatch batch;
    private final long[] releases; // 0 with three stages: the annotator sets them
    private final long slackNanos;
    private final boolean inRecords; // fates are decided in the record, not before it is written
    private long nextDueNanos = UNKNOWN;
    private long receivedBytes; // of the batch

    InputStage(
            String name,
            NanoClock clock,
            PacketSource source,
            PortAddress address,
            MemorySegment buffer,
            RecordWriter writer,
            FateTally tally,
            Counters counters,
            int batchSize,
            long slackNanos,
            boolean inRecords) {
        this.name = name;
        this.clock = clock;
        this.source = source;
        this.sourceMemory = source.memory();
        this.longestStride = PacketRecord.strideOf(source.maxPacketBytes());
        this.border = new Border(address, sourceMemory, source.maxPacketBytes());
        this.inC = SharedBuffer.hasNativeKernel() && Border.isForC(sourceMemory, source.memoryStays());
        this.buffer = buffer;
        this.writer = writer;
        this.tally = tally;
        this.counters = counters;
        this.batch = new PacketBatch(batchSize);
        this.releases = new long[batchSize];
        this.inRecords = inRecords && tally != null;
        this.slackNanos = source.keepsArrivalTimes() ? slackNanos : 0;
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
        int count = source.receive(batch, clock);
        border.received(batch, count);
        if (count > 0) {
            try {
                store(count);
            } finally {
                writer.publish();
                source.release();
            }
        } else if (slackNanos > 0) {
            nextDueNanos = clock.nanoTime() + slackNanos;
        }
        return count;
    }

    @Override
    public long nextDueNanos() {
        return nextDueNanos;
    }

    private void store(int count) {
        boolean room = writer.hasRoom((long) count * longestStride, longestStride)
                || writer.hasRoom(strides(count), longestStride);
        if (room && !inRecords) {
            storeAll(count);
        } else {
            storeOneByOne(count);
        }
    }

    private long strides(int count) {
        int[] lengths = batch.length;
        long strides = 0;
        for (int i = 0; i < count; i++) {
            strides += PacketRecord.strideOf(lengths[i]);
        }
        return strides;
    }

    /** Decides all, then copies all: two short loops. */
    private void storeAll(int count) {
        int decided = count;
        try {
            if (tally != null) {
                decided = 0;
                try {
                    tally.decide(
                            sourceMemory,
                            batch.offset,
                            batch.length,
                            batch.arrivalNanos,
                            count,
                            releases,
                            RecordWriter.OMIT);
                } finally {
                    decided = tally.decided();
                }
            }
        } finally {
            try {
                append(decided);
            } finally {
                counters.add(Counter.RECEIVED_PACKETS, decided);
                counters.add(Counter.RECEIVED_BYTES, receivedBytes);
                if (tally != null) {
                    tally.publish();
                }
            }
        }
    }

    /** Stores packets that have been decided, and sums their bytes up. */
    private void append(int count) {
        PacketBatch in = batch;
        int seen = 0;
        if (inC) {
            seen = writer.appendInC(sourceMemory, in.offset, in.length, in.arrivalNanos, releases, count);
            if (seen == count) {
                receivedBytes = writer.seenBytes();
                return;
            }
        }
        receivedBytes = sum(in.length, count);
        try {
            writer.append(sourceMemory, in.offset, in.length, in.arrivalNanos, releases, seen, count);
        } finally {
            for (int i = writer.appendedEnd(); i < count; i++) { // the port's memory has failed
                if (releases[i] != RecordWriter.OMIT) {
                    counters.add(Counter.BUFFER_DROPPED_PACKETS, 1);
                    counters.add(Counter.BUFFER_DROPPED_BYTES, in.length[i]);
                }
            }
        }
    }

    private static long sum(int[] lengths, int count) {
        long bytes = 0;
        for (int i = 0; i < count; i++) {
            bytes += lengths[i];
        }
        return bytes;
    }

    /** Stores what there is room for; with two stages each packet's fate is decided in its record. */
    private void storeOneByOne(int count) {
        MemorySegment from = sourceMemory;
        MemorySegment to = buffer;
        long[] offsets = batch.offset;
        int[] lengths = batch.length;
        long[] arrivals = batch.arrivalNanos;
        long bytes = 0;
        long noRoomBytes = 0;
        int noRoom = 0;
        int i = 0;
        try {
            for (; i < count; i++) {
                int length = lengths[i];
                long record = writer.claim(length);
                if (record == RecordWriter.FULL) {
                    noRoom++;
                    noRoomBytes += length;
                } else {
                    PacketRecord.setArrivalNanos(to, record, arrivals[i]);
                    // Up to 64 bytes are copied as 64: the port and the record both have the room, and it is faster.
                    MemorySegment.copy(from, offsets[i], to, PacketRecord.packetOffset(record), Math.max(length, 64));
                    if (tally == null || tally.annotate(to, record)) {
                        writer.commit();
                    } // else the claimed room serves the next packet
                }
                bytes += length;
            }
        } finally {
            counters.add(Counter.RECEIVED_PACKETS, i);
            counters.add(Counter.RECEIVED_BYTES, bytes);
            if (noRoom > 0) {
                counters.add(Counter.BUFFER_DROPPED_PACKETS, noRoom);
                counters.add(Counter.BUFFER_DROPPED_BYTES, noRoomBytes);
            }
            if (tally != null) {
                tally.publish();
            }
        }
    }
}
