package io.tlem.bench;

import io.tlem.stats.LatencyRecorder;
import io.tlem.thread.Stage;
import io.tlem.thread.StageThread;
import io.tlem.thread.ThreadSettings;
import io.tlem.thread.WaitThresholds;
import java.util.List;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.IntStream;
import org.HdrHistogram.Histogram;

/**
 * How late the machine itself makes a thread that does nothing but look at the clock, while as many threads as the link has
 * do so on the link's CPUs. Of imaginary packets, one due every microsecond:
 *
 * <ul>
 *   <li>{@link #gaps()}: lateness if seeing a packet were all there is to do. Its maximum is the largest gap between two looks.
 *   <li>{@link #queued()}: lateness if each took as much of the thread's time as is its share at the load: those that became due
 *       in a gap are dealt with one after the other, and the next ones wait for them.
 * </ul>
 */
final class Hiccups implements Stage {
    private static final long DUE_EVERY_NANOS = 1_000;
    private static final int LOOKS = 10_000;

    /** Looks that lie further apart are those of a thread that did not run in between. */
    private static final long GAP_NANOS = 500;

    private final Histogram gaps = LatencyRecorder.newHistogram();
    private final Histogram queued = LatencyRecorder.newHistogram();
    private final String name;
    private final long serviceNanos;
    private long dueNanos; // of the next packet to be seen
    private long waitingNanos; // due time of the next packet to be dealt with
    private long lastNanos;
    private long budgetNanos; // time that the thread had for packets

    private Hiccups(String name, double load) {
        this.name = name;
        this.serviceNanos = (long) (DUE_EVERY_NANOS * load);
    }

    /**
     * Looks at the clock for a while.
     *
     * @param cpus one thread on each, -1 for any; what the first one sees is told
     * @param load 0 to less than 1
     */
    static Hiccups measure(List<Integer> cpus, double load, long nanos) {
        List<Hiccups> hiccups = IntStream.range(0, cpus.size())
                .mapToObj(i -> new Hiccups("hiccups " + i, load))
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
        return hiccups.get(0);
    }

    /** Lateness of packets that take no time, ns. */
    Histogram gaps() {
        return gaps;
    }

    /** Lateness of packets that take their share of the time, ns. */
    Histogram queued() {
        return queued;
    }

    @Override
    public String name() {
        return name;
    }

    @Override
    public int doWork() {
        if (dueNanos == 0) {
            lastNanos = System.nanoTime();
            dueNanos = lastNanos + DUE_EVERY_NANOS;
            waitingNanos = dueNanos;
        }
        for (int i = 0; i < LOOKS; i++) {
            long now = System.nanoTime();
            for (; dueNanos <= now; dueNanos += DUE_EVERY_NANOS) {
                gaps.recordValue(Math.min(now - dueNanos, LatencyRecorder.MAX_NANOS));
            }
            budgetNanos += now - lastNanos < GAP_NANOS ? now - lastNanos : 0;
            lastNanos = now;
            while (waitingNanos <= now && budgetNanos >= serviceNanos) {
                queued.recordValue(Math.min(now - waitingNanos, LatencyRecorder.MAX_NANOS));
                waitingNanos += DUE_EVERY_NANOS;
                budgetNanos -= serviceNanos;
            }
            if (waitingNanos > now) {
                budgetNanos = 0; // time without a packet is no use to the next
            }
        }
        return LOOKS;
    }
}
