package io.tlem.thread;

import io.tlem.os.SystemClocks;
import io.tlem.os.SystemThreads;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Lets a thread that shares its CPU onto it at once, under a real-time policy, as long as it needs little of the CPU: a wake-up does
 * not wait for what others compute then, and they are not starved. Used by the thread itself.
 */
final class Urgency {
    private static final int PRIORITY = 1;
    private static final long LOOK_NANOS = 20_000_000;

    /** Above this part of the time it has to share, below the other it need not any more. */
    private static final double MUCH = 0.7;

    private static final double LITTLE = 0.5;

    /** Above this part of the time it sends in fewer turns, each of which sends more. */
    private static final double BUSY = 0.4;

    private static final long PAUSE_NANOS = 50_000;

    /** Counted once: a pinned thread, asked, sees only its own. */
    private static final int CPUS = SystemThreads.allowedCpus().size();

    /** Threads of this process under the real-time policy; no more than there are CPUs. */
    private static final AtomicInteger URGENT = new AtomicInteger();

    private long sliceNanos;
    private int nice;
    private boolean possible;
    private boolean urgent;
    private long lookedNanos;
    private long lookedCpuNanos;
    private double share;

    /**
     * Begins.
     *
     * @param slice time slice of the thread, ns, when it has to share
     * @param niceValue of the thread then
     * @return whether it is under the real-time policy now
     */
    boolean begin(long slice, int niceValue) {
        sliceNanos = slice;
        nice = niceValue;
        urgent = rise();
        possible = urgent || SystemThreads.has(SystemThreads.Capability.CAP_SYS_NICE);
        lookedNanos = System.nanoTime();
        lookedCpuNanos = SystemClocks.threadNanos();
        return urgent;
    }

    /** Looks from time to time how much of the CPU the thread needs. */
    void look(long nowNanos) {
        if (possible && nowNanos - lookedNanos >= LOOK_NANOS) {
            long cpuNanos = SystemClocks.threadNanos();
            share = (double) (cpuNanos - lookedCpuNanos) / (nowNanos - lookedNanos);
            decide();
            lookedNanos = nowNanos;
            lookedCpuNanos = cpuNanos;
        }
    }

    private void decide() {
        if (urgent && share > MUCH) {
            SystemThreads.leaveRealTime(sliceNanos, nice);
            end();
        } else if (!urgent && share < LITTLE) {
            urgent = rise();
        }
    }

    /**
     * How long the thread is to wait at least when it has nothing to do, ns: a wake-up for each packet would take all of its CPU, and
     * the right to have it at once.
     */
    long leastWaitNanos() {
        return share > BUSY ? PAUSE_NANOS : 0;
    }

    private static boolean rise() {
        if (URGENT.incrementAndGet() <= CPUS && SystemThreads.trySetRealTime(PRIORITY)) {
            return true;
        }
        URGENT.decrementAndGet();
        return false;
    }

    /** The thread ends, or has to share from now on. */
    void end() {
        if (urgent) {
            urgent = false;
            URGENT.decrementAndGet();
        }
    }
}
