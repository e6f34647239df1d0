package io.tlem.bench;

import io.tlem.stats.LatencyRecorder;
import io.tlem.thread.Stage;
import io.tlem.thread.StageThread;
import io.tlem.thread.ThreadSettings;
import io.tlem.thread.WaitThresholds;
import java.util.concurrent.locks.LockSupport;
import org.HdrHistogram.Histogram;

/**
 * How late the machine itself makes a thread that does nothing but look at the clock: lateness of a packet due every
 * microsecond, if seeing it were all there is to do. Its maximum is the largest gap between two looks.
 */
final class Hiccups implements Stage {
    private static final long DUE_EVERY_NANOS = 1_000;
    private static final int LOOKS = 10_000;

    private final Histogram gaps = LatencyRecorder.newHistogram();
    private long dueNanos;

    private Hiccups() {}

    /** Looks at the clock for a while on one CPU, -1 for any. */
    static Histogram measure(int cpu, long nanos) {
        Hiccups hiccups = new Hiccups();
        StageThread thread = new StageThread(
                hiccups, new ThreadSettings(cpu, 0, new WaitThresholds(0, 0, 0)), cause -> cause.printStackTrace());
        thread.start();
        long end = System.nanoTime() + nanos;
        while (System.nanoTime() < end) {
            LockSupport.parkNanos(end - System.nanoTime());
        }
        thread.requestStop();
        thread.join();
        return hiccups.gaps;
    }

    @Override
    public String name() {
        return "hiccups";
    }

    @Override
    public int doWork() {
        long due = dueNanos == 0 ? System.nanoTime() + DUE_EVERY_NANOS : dueNanos;
        for (int i = 0; i < LOOKS; i++) {
            long now = System.nanoTime();
            for (; due <= now; due += DUE_EVERY_NANOS) {
                gaps.recordValue(Math.min(now - due, LatencyRecorder.MAX_NANOS));
            }
        }
        dueNanos = due;
        return LOOKS;
    }
}
