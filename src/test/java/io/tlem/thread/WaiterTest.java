package io.tlem.thread;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.tlem.os.SystemThreads;
import java.util.Arrays;
import org.junit.jupiter.api.Test;

/** Waiting for a time that is known: next to a bare sleep of the same minute, since the machine decides how late both are. */
class WaiterTest {
    private static final int ROUNDS = 300;
    private static final long GAP_NANOS = 1_500_000;

    @Test
    void whoMaySpinIsAwakeInTime() {
        Waiter waiter = new Waiter(new WaitThresholds(50_000, 50_000, 50_000), new WorkTimes(), new Urgency(false));
        long[] waited = new long[ROUNDS];
        long[] slept = new long[ROUNDS];
        SystemThreads.setTimerSlack(1);
        for (int i = 0; i < ROUNDS; i++) {
            long due = System.nanoTime() + GAP_NANOS;
            while (System.nanoTime() < due) {
                waiter.await(dueAt(due));
            }
            waited[i] = System.nanoTime() - due;
            waiter.reset(dueAt(due), 1);

            due = System.nanoTime() + GAP_NANOS;
            SystemThreads.sleepUntil(due);
            slept[i] = System.nanoTime() - due;
        }
        Arrays.sort(waited);
        Arrays.sort(slept);
        long late = waited[ROUNDS / 2];
        assertTrue(late < slept[ROUNDS / 2] / 4, late + " ns, a sleep " + slept[ROUNDS / 2] + " ns");
    }

    /** On shared CPUs, each look of a thread without work takes time from those with work. */
    @Test
    void whoHasNothingLooksSeldomWhileAnotherIsBusy() {
        int alone = looks(0);
        int beside = looks(8);
        assertTrue(beside <= 200 + 180, beside + " looks in 10 ms of 50 us and 90 ms of 500 us");
        assertTrue(alone > beside * 3 / 2, alone + " looks while nobody is busy, else " + beside);
    }

    /** Looks of an idle thread in 100 ms, with so many batches of another one between them. */
    private static int looks(int batches) {
        Waiter idle = new Waiter(WaitThresholds.SLEEPING, new WorkTimes(), new Urgency(false));
        Waiter busy = new Waiter(WaitThresholds.SLEEPING, new WorkTimes(), new Urgency(false));
        SystemThreads.setTimerSlack(1);
        int looks = 0;
        long start = System.nanoTime();
        while (System.nanoTime() - start < 100_000_000) {
            for (int i = 0; i < batches; i++) {
                busy.reset(dueAt(Stage.UNKNOWN), 1);
            }
            idle.await(dueAt(Stage.UNKNOWN));
            looks++;
        }
        return looks;
    }

    /** A thread that needs much of a CPU that it shares has more to do each time when it lets some come together. */
    @Test
    void whoIsBusyTakesTurns() {
        assertTrue(pause(true, 63) > 20_000, "it works 30 of 100 us");
        assertTrue(pause(true, 64) < 10_000, "it moves enough as it is");
        assertTrue(pause(false, 1) < 10_000, "there is more to do at once");
        assertTrue(WaitThresholds.SLEEPING.isShared());
        assertFalse(WaitThresholds.SPINNING.isShared(), "its CPU is its own");
        assertFalse(new WaitThresholds(0, 0, 0).isShared(), "it is not to sleep");
    }

    /** Median of the time between two turns, in each of which there is a little work, while turns are taken, ns. */
    private static long pause(boolean mayPause, int moved) {
        Stage stage = new Turn(mayPause);
        Urgency urgency = new Urgency(true);
        Waiter waiter = new Waiter(WaitThresholds.SLEEPING, new WorkTimes(), urgency);
        SystemThreads.setTimerSlack(1);
        long[] pauses = new long[1000];
        int turns = 0;
        while (turns < pauses.length) {
            long worked = System.nanoTime() + 30_000;
            while (System.nanoTime() < worked) {
                Thread.onSpinWait();
            }
            boolean inTurns = urgency.turnNanos() > 0; // else the machine is busy: it takes a while
            long before = System.nanoTime();
            waiter.reset(stage, moved);
            if (inTurns) {
                pauses[turns++] = System.nanoTime() - before;
            }
        }
        Arrays.sort(pauses);
        return pauses[turns / 2];
    }

    private record Turn(@Override boolean mayPause) implements Stage {
        @Override
        public String name() {
            return "turn";
        }

        @Override
        public int doWork() {
            return 1;
        }
    }

    /** A stage that knows when it will have work. */
    static Stage dueAt(long nanos) {
        return new Stage() {
            @Override
            public String name() {
                return "due";
            }

            @Override
            public int doWork() {
                return 0;
            }

            @Override
            public long nextDueNanos() {
                return nanos;
            }
        };
    }
}
