package io.tlem.thread;

import io.tlem.os.CpuGuard;
import io.tlem.os.SystemClocks;
import io.tlem.os.SystemThreads;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Lets a thread that shares its CPU onto it at once, under a real-time policy, as long as it needs little of the CPU: a wake-up does
 * not wait for what others compute then, and they are not starved. One that may takes turns when it needs more, each of which does more.
 * Used by the thread itself.
 */
final class Urgency {
    private static final int PRIORITY = 1;
    private static final long LOOK_NANOS = 20_000_000;

    /** Above this part of the time it has to share, below the other it need not any more. */
    private static final double MUCH = 0.7;

    private static final double LITTLE = 0.5;

    /** As these, of a thread that takes turns, so that those who receive its packets get the CPU between them. */
    private static final double MUCH_IN_TURNS = 0.9;

    private static final double LITTLE_IN_TURNS = 0.8;

    /** Above this part of the time it is not to wake up for each packet that is due. */
    private static final double TIGHT = 0.4;

    private static final long PAUSE_NANOS = 50_000;

    /** Above this part of the time it takes turns, until it is below the other. */
    private static final double BUSY = 0.6;

    private static final double CALM = 0.2;
    private static final long TURN_NANOS = 100_000;

    /** How often the guard is told that the thread has come round, and how long it may hold the CPU then without. */
    private static final long ROUND_NANOS = 2_000_000;

    private static final long HOLD_NANOS = 8_000_000;

    /** Counted once: a pinned thread, asked, sees only its own. */
    private static final int CPUS = SystemThreads.allowedCpus().size();

    /** Threads of this process under the real-time policy; no more than there are CPUs. */
    private static final AtomicInteger URGENT = new AtomicInteger();

    private final boolean mayTakeTurns;
    private long sliceNanos;
    private int nice;
    private boolean hasGuard;
    private boolean guarded; // while under the real-time policy
    private long cameRoundNanos = System.nanoTime();
    private boolean possible;
    private boolean urgent;
    private long lookedNanos = System.nanoTime();
    private long lookedCpuNanos;
    private long turnNanos;
    private double share;

    /**
     * @param mayTakeTurns whether the thread, which shares its CPU, may let packets wait a little for others
     */
    Urgency(boolean mayTakeTurns) {
        this.mayTakeTurns = mayTakeTurns;
    }

    /** Has others let onto the CPU when the thread, under a real-time policy as long as it runs, does not come round, where it can be. */
    void guard() {
        hasGuard = CpuGuard.begin();
        arm(hasGuard);
    }

    private void arm(boolean guard) {
        guarded = guard;
        if (hasGuard) {
            CpuGuard.cameRound(guard ? HOLD_NANOS : CpuGuard.NO_LIMIT);
        }
    }

    /**
     * Lets the thread be urgent from now on, where it can be guarded.
     *
     * @param slice time slice of the thread, ns, when it has to share
     * @param niceValue of the thread then
     * @return whether it is under the real-time policy now
     */
    boolean begin(long slice, int niceValue) {
        sliceNanos = slice;
        nice = niceValue;
        hasGuard = CpuGuard.begin();
        if (!hasGuard) {
            return false;
        }
        rise();
        possible = urgent || SystemThreads.has(SystemThreads.Capability.CAP_SYS_NICE);
        lookedNanos = System.nanoTime();
        lookedCpuNanos = SystemClocks.threadNanos();
        return urgent;
    }

    /** The thread comes round. Looks from time to time how much of the CPU it needs, also of one that has not begun. */
    void look(long nowNanos) {
        if (guarded && nowNanos - cameRoundNanos >= ROUND_NANOS) {
            CpuGuard.cameRound(HOLD_NANOS);
            cameRoundNanos = nowNanos;
        }
        if ((possible || mayTakeTurns) && nowNanos - lookedNanos >= LOOK_NANOS) {
            long cpuNanos = SystemClocks.threadNanos();
            share = (double) (cpuNanos - lookedCpuNanos) / (nowNanos - lookedNanos);
            decide();
            turnNanos = mayTakeTurns ? turnNanos(share, turnNanos) : 0;
            lookedNanos = nowNanos;
            lookedCpuNanos = cpuNanos;
        }
    }

    private void decide() {
        if (urgent && share > (mayTakeTurns ? MUCH_IN_TURNS : MUCH)) {
            SystemThreads.leaveRealTime(sliceNanos, nice);
            leave();
        } else if (possible && !urgent && share < (mayTakeTurns ? LITTLE_IN_TURNS : LITTLE)) {
            rise();
        }
    }

    /** How long the thread is to wait at least when it has nothing to do, for what comes or is due, ns. */
    long leastWaitNanos() {
        return share > TIGHT ? PAUSE_NANOS : 0;
    }

    /**
     * How long after the beginning of one turn the next one may begin, ns, or 0. Without, a thread that needs as long for a packet as it
     * takes until the next one comes has a turn for each: it never waits, so that the program that receives them does not get the CPU,
     * and each packet is sent alone.
     */
    long turnNanos() {
        return turnNanos;
    }

    static long turnNanos(double share, long before) {
        return share > BUSY ? TURN_NANOS : share < CALM ? 0 : before;
    }

    private void rise() {
        urgent = URGENT.incrementAndGet() <= CPUS && SystemThreads.trySetRealTime(PRIORITY);
        if (urgent) {
            arm(true);
        } else {
            URGENT.decrementAndGet();
        }
    }

    /** The thread ends. */
    void end() {
        leave();
        if (hasGuard) {
            hasGuard = false;
            guarded = false;
            CpuGuard.end();
        }
    }

    private void leave() {
        if (urgent) {
            urgent = false;
            arm(false);
            URGENT.decrementAndGet();
        }
    }
}
