package io.tlem.bench;

import io.tlem.os.SystemMemory;
import io.tlem.stats.LatencyRecorder;
import io.tlem.thread.Stage;
import io.tlem.thread.StageThread;
import io.tlem.thread.ThreadSettings;
import io.tlem.thread.WaitThresholds;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.IntStream;
import org.HdrHistogram.Histogram;

/**
 * How late the machine itself makes a thread, while as many threads as the link has do the same on the link's CPUs: lateness of
 * imaginary packets, one due every microsecond. Without a load, seeing a packet is all there is to do, and the maximum is the
 * largest gap between two looks at the clock. At a load, each packet is as many bytes copied out of a large buffer as take that
 * share of the microsecond: those that became due in a gap are dealt with one after the other, and the next ones wait for them.
 */
final class Hiccups implements Stage {
    private static final long DUE_EVERY_NANOS = 1_000;
    private static final int LOOKS = 10_000;
    private static final int CHUNK_BYTES = 256;
    private static final int SLOTS_BYTES = 1 << 20;
    private static final long CALIBRATION_NANOS = 50_000_000;

    private final Histogram late = LatencyRecorder.newHistogram();
    private final String name;
    private final double load;
    private final MemorySegment buffer;
    private final MemorySegment slots;
    private long at;
    private int chunks = -1; // that are a packet
    private long dueNanos;
    private ShortWindows windows = new ShortWindows(System.nanoTime()); // another one once it runs

    /**
     * What the first thread has seen.
     *
     * @param late lateness, ns
     * @param shortWindows without a load, part of the {@link ShortWindows}
     */
    record Seen(Histogram late, double shortWindows) {}

    private Hiccups(String name, double load, Arena arena, long bufferBytes) {
        this.name = name;
        this.load = load;
        this.buffer = memory(arena, load == 0 ? SLOTS_BYTES : bufferBytes / SLOTS_BYTES * SLOTS_BYTES);
        this.slots = memory(arena, SLOTS_BYTES);
    }

    private static MemorySegment memory(Arena arena, long bytes) {
        return SystemMemory.allocate(arena, bytes, SystemMemory.HugePages.PREFER)
                .segment();
    }

    /**
     * Runs for a while.
     *
     * @param cpus one thread on each, -1 for any; what the first one sees is told
     * @param load 0 to less than 1
     * @param bufferBytes at a load, of each thread's buffer
     */
    static Seen measure(List<Integer> cpus, double load, long bufferBytes, long nanos) {
        try (Arena arena = Arena.ofShared()) {
            List<Hiccups> hiccups = IntStream.range(0, cpus.size())
                    .mapToObj(i -> new Hiccups("hiccups " + i, load, arena, bufferBytes))
                    .toList();
            List<StageThread> threads = IntStream.range(0, cpus.size())
                    .mapToObj(i -> new StageThread(
                            hiccups.get(i),
                            new ThreadSettings(cpus.get(i), 0, new WaitThresholds(0, 0, 0)),
                            cause -> cause.printStackTrace()))
                    .toList();
            threads.forEach(StageThread::start);
            long end = System.nanoTime() + nanos;
            while (System.nanoTime() < end) {
                LockSupport.parkNanos(end - System.nanoTime());
            }
            threads.forEach(StageThread::requestStop);
            threads.forEach(StageThread::join);
            return hiccups.get(0).seen();
        }
    }

    private Seen seen() {
        return new Seen(late, windows.part());
    }

    @Override
    public String name() {
        return name;
    }

    @Override
    public int doWork() {
        if (chunks < 0) {
            chunks = load == 0 ? 0 : calibrated();
            long start = System.nanoTime();
            windows = new ShortWindows(start);
            dueNanos = start + DUE_EVERY_NANOS;
        }
        for (int i = 0; i < LOOKS; i++) {
            long now = System.nanoTime();
            windows.look(now);
            while (dueNanos <= now) {
                if (chunks > 0) {
                    copy(chunks);
                    now = System.nanoTime();
                }
                late.recordValue(Math.min(now - dueNanos, LatencyRecorder.MAX_NANOS));
                dueNanos += DUE_EVERY_NANOS;
            }
        }
        return LOOKS;
    }

    /** As many chunks as are copied in the load's share of the time between two packets. */
    private int calibrated() {
        long start = System.nanoTime();
        long copied = 0;
        while (System.nanoTime() - start < CALIBRATION_NANOS) {
            copy(16);
            copied += 16;
        }
        double nanosEach = (double) (System.nanoTime() - start) / copied;
        return (int) Math.max(1, Math.round(DUE_EVERY_NANOS * load / nanosEach));
    }

    private void copy(int count) {
        for (int i = 0; i < count; i++) {
            MemorySegment.copy(buffer, at, slots, at & (SLOTS_BYTES - 1), CHUNK_BYTES);
            at += CHUNK_BYTES;
            if (at == buffer.byteSize()) {
                at = 0;
            }
        }
    }
}
