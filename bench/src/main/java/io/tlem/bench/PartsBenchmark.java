package io.tlem.bench;

import io.tlem.buffer.PacketRecord;
import io.tlem.buffer.RecordReader;
import io.tlem.buffer.RecordWriter;
import io.tlem.buffer.SharedBuffer;
import io.tlem.stats.LatencyRecorder;
import io.tlem.thread.NanoClock;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/** What a packet's way is made of, on one core and mostly in its caches. */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Fork(2)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
public class PartsBenchmark {
    private static final int SLOTS = 64;
    private static final int SLOT_BYTES = 16384;
    private static final int LATENESS_STEP_NANOS = 37;

    /** Bytes of a packet. */
    @Param({"60", "64", "128", "256", "512", "1024", "1514", "9014"})
    private int length;

    private Arena arena;
    private MemorySegment from;
    private MemorySegment to;
    private SharedBuffer buffer;
    private RecordWriter writer;
    private RecordReader reader;
    private final LatencyRecorder recorder = new LatencyRecorder();
    private long slot;
    private long nanos;

    /** Slots to copy between, and a buffer that stays in the cache. */
    @Setup
    public void open() {
        arena = Arena.ofShared();
        from = arena.allocate((long) SLOTS * SLOT_BYTES, 64);
        to = arena.allocate((long) SLOTS * SLOT_BYTES, 64);
        buffer = SharedBuffer.allocate(arena, 1 << 20, SharedBuffer.Pages.ORDINARY);
        writer = new RecordWriter(buffer, buffer.annotated());
        reader = new RecordReader(buffer, buffer.annotated(), buffer.released());
    }

    /** Frees the memory. */
    @TearDown
    public void close() {
        arena.close();
    }

    /** A packet from slot to slot, at least 64 bytes as the stages do it. */
    @Benchmark
    public long copy() {
        slot = (slot + SLOT_BYTES) & ((long) SLOTS * SLOT_BYTES - 1);
        MemorySegment.copy(from, slot, to, slot, Math.max(length, 64));
        return slot;
    }

    /** A packet's record written, published, read and released; its bytes are not touched. */
    @Benchmark
    public long record() {
        MemorySegment memory = buffer.segment();
        long written = writer.claim(length);
        PacketRecord.setArrival(memory, written, slot, slot);
        PacketRecord.setReleaseNanos(memory, written, slot);
        writer.commit();
        writer.publish();
        long read = reader.peek();
        long release = PacketRecord.releaseNanos(memory, read) + PacketRecord.length(memory, read);
        reader.advance();
        reader.publish();
        return release;
    }

    /** One time into a histogram. */
    @Benchmark
    public void histogram() {
        nanos = (nanos + LATENESS_STEP_NANOS) & 0xFFFF;
        recorder.record(nanos);
    }

    /** One look at the clock. */
    @Benchmark
    public long clock() {
        return NanoClock.SYSTEM.nanoTime();
    }
}
