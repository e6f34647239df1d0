package io.tlem.thread;

import io.tlem.layout.ThreadOwned;
import io.tlem.os.SystemThreads;
import java.util.concurrent.atomic.AtomicLong;

/** What a {@link Waiter} changes all the time. */
abstract class WaiterState extends ThreadOwned {
    long wakeNanos; // what a wake-up takes, as far as is known
    boolean idle;
    long idleSinceNanos;
    long lookedNanos = System.nanoTime(); // when the clock was read last
    int batches; // with work since then
    int worked; // batches with work since the time below
    long countedNanos = lookedNanos;
    long turnedNanos; // when the last turn began, of those that do not follow each other at once
}

/** Waits as {@link WaitThresholds} says. Used by one thread, on the monotonic clock. */
final class Waiter extends WaiterState {
    @SuppressWarnings("unused") // keeps the fields above apart from what lies behind this object
    private long q0, q1, q2, q3, q4, q5, q6, q7, q8, q9, qa, qb, qc, qd, qe, qf;

    /** Longest sleep, so that a request to stop, or for statistics, is seen soon. */
    private static final long MAX_SLEEP_NANOS = 1_000_000;

    /** A sleep shorter than this costs more than spinning through it. */
    private static final long MIN_SLEEP_NANOS = 2_000;

    /** A wake-up that takes longer is no property of the machine but a pause of it. */
    private static final long MAX_WAKE_NANOS = 150_000;

    /** Batches with work that follow each other at once until the clock is read again, unless they move many packets. */
    private static final int BATCHES_A_LOOK = 8;

    private static final long WINDOW_NANOS = 10_000_000;

    /** Batches with work in a window, from which on a thread is busy. */
    private static final int MANY = 8;

    /** Packets moved at once, below which the next turn waits where turns are taken: as many are a super-packet, which costs little. */
    private static final int FEW = 64;

    /** How much longer a thread sleeps that had nothing for a window, while another one is busy, and how long at most. */
    private static final int LONG_SLEEP = 10;

    private static final long MAX_LONG_SLEEP_NANOS = 500_000;

    /** When a thread of this process was last busy. */
    private static final AtomicLong BUSY = new AtomicLong(System.nanoTime() - 2 * WINDOW_NANOS);

    private final WaitThresholds thresholds;
    private final WorkTimes times;
    private final Urgency urgency;

    /**
     * @param times is told how the thread spends its time
     * @param urgency of the thread
     */
    Waiter(WaitThresholds thresholds, WorkTimes times, Urgency urgency) {
        this.thresholds = thresholds;
        this.times = times;
        this.urgency = urgency;
    }

    /** There was work. A busy thread may wait for its next turn. */
    void reset(Stage stage, int moved) {
        idle = false;
        worked++;
        if (++batches == BATCHES_A_LOOK || moved >= FEW) {
            look(System.nanoTime());
        }
        if (moved < FEW && takesTurns(stage)) {
            boolean ignored = pause(System.nanoTime());
        }
    }

    private boolean takesTurns(Stage stage) {
        return urgency.turnNanos() > 0 && stage.mayPause();
    }

    /** Waits for the time at which the next turn may begin; false when that is past. */
    private boolean pause(long now) {
        long end = turnedNanos + urgency.turnNanos();
        if (end - now < MIN_SLEEP_NANOS) {
            turnedNanos = now;
            return false;
        }
        look(now);
        long ignored = sleepUntil(end);
        turnedNanos = lookedNanos;
        return true;
    }

    private void look(long now) {
        if (batches > 0) {
            times.worked(now - lookedNanos);
            batches = 0;
        } else {
            times.away(now - lookedNanos);
        }
        lookedNanos = now;
        urgency.look(now);
        if (now - countedNanos >= WINDOW_NANOS) {
            if (worked >= MANY) {
                BUSY.setOpaque(now);
            }
            worked = 0;
            countedNanos = now;
        }
    }

    /** There was none; the stage says when there will be. */
    @SuppressWarnings("ThreadPriorityCheck") // yielding is what is asked for
    void await(Stage stage) {
        long dueNanos = stage.nextDueNanos();
        long now = System.nanoTime();
        look(now);
        if (!idle) {
            idle = true;
            idleSinceNanos = now;
            if (takesTurns(stage) && pause(now)) {
                return;
            }
        }
        if (dueNanos != Stage.UNKNOWN && !stage.mayComeSooner()) {
            awaitDue(dueNanos - margin() - now, now);
            return;
        }
        long idleNanos = now - idleSinceNanos - thresholds.spinNanos();
        if (idleNanos < 0) {
            Thread.onSpinWait();
        } else if (idleNanos < thresholds.yieldNanos() || thresholds.sleepNanos() == 0) {
            Thread.yield();
            look(System.nanoTime());
        } else {
            long untilDue = dueNanos == Stage.UNKNOWN ? MAX_SLEEP_NANOS : dueNanos - margin() - now;
            long left = Math.clamp(untilDue, urgency.leastWaitNanos(), MAX_SLEEP_NANOS);
            if (left < MIN_SLEEP_NANOS) {
                Thread.onSpinWait();
            } else if (stage.awaitWork(left)) {
                look(System.nanoTime());
            } else {
                long ignored = sleepUntil(now + Math.min(sleepNanos(idleNanos, now), left));
            }
        }
    }

    /** A thread that may not spin takes time from those that have work: each of its sleeps costs a timer and two switches. */
    private long sleepNanos(long idleNanos, long now) {
        long sleep = thresholds.sleepNanos();
        boolean rarely =
                thresholds.spinNanos() == 0 && idleNanos > WINDOW_NANOS && now - BUSY.getOpaque() < 2 * WINDOW_NANOS;
        return rarely ? Math.max(sleep, Math.min(LONG_SLEEP * sleep, MAX_LONG_SLEEP_NANOS)) : sleep;
    }

    /** How long before work is due a sleep is to end; whoever does not spin takes what the system's timers give. */
    private long margin() {
        return thresholds.spinNanos() == 0 ? 0 : thresholds.spinNanos() + wakeNanos;
    }

    private void awaitDue(long sleepNanos, long now) {
        if (sleepNanos < MIN_SLEEP_NANOS || thresholds.sleepNanos() == 0) {
            Thread.onSpinWait();
        } else {
            learn(sleepUntil(now + Math.min(sleepNanos, MAX_SLEEP_NANOS)));
        }
    }

    /** Returns how late it wakes up. */
    private long sleepUntil(long end) {
        SystemThreads.sleepUntil(end);
        lookedNanos = end;
        look(System.nanoTime());
        return lookedNanos - end;
    }

    /** Follows what most wake-ups take: fast upwards, slowly down. */
    private void learn(long lateNanos) {
        long difference = Math.min(lateNanos, MAX_WAKE_NANOS) - wakeNanos;
        wakeNanos += difference > 0 ? difference / 4 : difference / 32;
    }
}
