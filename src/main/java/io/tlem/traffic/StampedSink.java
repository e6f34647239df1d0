package io.tlem.traffic;

import io.tlem.port.PacketBatch;
import io.tlem.port.PacketSink;
import io.tlem.stats.LatencyRecorder;
import io.tlem.stats.SentTraffic;
import io.tlem.stats.TimeDistribution;
import io.tlem.stats.TimeHistogram;
import io.tlem.wire.InternetChecksum;
import io.tlem.wire.NetworkBytes;
import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.function.LongSupplier;

/**
 * Puts the time of sending into generated packets, in the port's own slots right before they are handed over, and keeps their
 * checksums right. Measures when they left against when they were due. Used by the transmitting thread.
 */
final class StampedSink implements PacketSink {
    private final PacketSink sink;
    private final MemorySegment memory;
    private final FrameLayout[] layouts; // different ones
    private final int mark;
    private final LongSupplier stamp;
    private final TimeHistogram spacingError = new TimeHistogram();
    private final TimeHistogram lateness = new TimeHistogram();
    private long packets;
    private long bytes;
    private long firstNanos;
    private long firstBytes;
    private long lastNanos;
    private long lastDueNanos;

    StampedSink(PacketSink sink, List<FrameLayout> layouts, int mark, LongSupplier stamp) {
        this.sink = sink;
        this.memory = sink.memory();
        this.layouts = layouts.stream().distinct().toArray(FrameLayout[]::new);
        this.mark = mark;
        this.stamp = stamp;
    }

    @Override
    public void transmit(PacketBatch batch, int count, long nowNanos) {
        long time = stamp.getAsLong();
        long sum = 0;
        for (int i = 0; i < count; i++) {
            int length = batch.length[i];
            stamp(batch.offset[i], length, time);
            sum += length;
        }
        long now = System.nanoTime();
        sink.transmit(batch, count, nowNanos);
        measure(batch, count, now, sum);
    }

    private void stamp(long frame, int length, long time) {
        for (FrameLayout layout : layouts) {
            if (length >= layout.leastBytes() && TestPayload.mark(memory, frame + layout.payloadAt()) == mark) {
                NetworkBytes.setLong(memory, frame + layout.timeAt(), time);
                InternetChecksum.adjustFromZero(memory, frame + layout.checksumAt(), time);
                return;
            }
        }
    }

    private void measure(PacketBatch batch, int count, long now, long batchBytes) {
        long[] due = batch.releaseNanos;
        if (packets == 0) {
            firstNanos = now;
            firstBytes = batch.length[0];
        } else {
            record(spacingError, Math.abs(now - lastNanos - (due[0] - lastDueNanos)), 1);
        }
        // Equal values in a row are recorded at once: a schedule has many.
        long gap = 0;
        int gaps = 0;
        long last = due[0];
        int dues = 1;
        for (int i = 1; i < count; i++) {
            long next = due[i];
            if (next == last) {
                dues++;
            } else {
                record(lateness, now - last, dues);
                dues = 1;
            }
            if (next - last != gap && gaps > 0) {
                record(spacingError, gap, gaps);
                gaps = 0;
            }
            gap = next - last; // they left at once
            gaps++;
            last = next;
        }
        record(lateness, now - last, dues);
        if (gaps > 0) {
            record(spacingError, gap, gaps);
        }
        lastNanos = now;
        lastDueNanos = due[count - 1];
        packets += count;
        bytes += batchBytes;
    }

    private static void record(TimeHistogram histogram, long nanos, int count) {
        histogram.recordValueWithCount(Math.clamp(nanos, 0, LatencyRecorder.MAX_NANOS), count);
    }

    /** After the transmitting thread has ended. */
    SentTraffic sent(long[] scheduled) {
        long refused = sink.refusedPackets();
        return new SentTraffic(
                packets - refused,
                bytes - sink.refusedBytes(),
                refused,
                packets > 1 ? (lastNanos - firstNanos) / 1e9 : 0,
                firstBytes,
                scheduled,
                TimeDistribution.of(lateness),
                TimeDistribution.of(spacingError));
    }

    @Override
    public MemorySegment memory() {
        return memory;
    }

    @Override
    public boolean memoryStays() {
        return sink.memoryStays();
    }

    @Override
    public int maxPacketBytes() {
        return sink.maxPacketBytes();
    }

    @Override
    public int slotBytes() {
        return sink.slotBytes();
    }

    @Override
    public int reserve(PacketBatch batch, int limit) {
        return sink.reserve(batch, limit);
    }

    @Override
    public boolean enlarge(PacketBatch batch, int index, int length) {
        return sink.enlarge(batch, index, length);
    }

    @Override
    public void flush() {
        sink.flush();
    }

    @Override
    public boolean hasPending() {
        return sink.hasPending();
    }

    @Override
    public void finish() {
        sink.finish();
    }

    @Override
    public long refusedPackets() {
        return sink.refusedPackets();
    }

    @Override
    public long refusedBytes() {
        return sink.refusedBytes();
    }
}
