package io.tlem.thread;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongConsumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What is told of a stage's thread is what happened to it, and is told once. */
@Timeout(30)
class WorkTimesTest {
    private static final long LONG_NANOS = 30_000_000;
    private static final WaitThresholds WAITING = new WaitThresholds(20_000, 20_000, 50_000);

    /** A stage that calls something in each of some turns, and has work in those that it says. */
    private record Probe(LongConsumer turn, long turns, boolean works, AtomicLong at) implements Stage {
        @Override
        public String name() {
            return "probe";
        }

        @Override
        public int doWork() {
            if (at.get() >= turns) {
                return 0;
            }
            turn.accept(at.getAndIncrement());
            return works ? 1 : 0;
        }
    }

    private static void spin(long nanos) {
        long end = System.nanoTime() + nanos;
        while (System.nanoTime() < end) {
            Thread.onSpinWait();
        }
    }

    private static WorkTimes timesOf(Probe probe) {
        StageThread thread =
                new StageThread(probe, new ThreadSettings(ThreadSettings.ANY_CPU, 0, WAITING), failure -> {});
        thread.start();
        thread.awaitEnd(LONG_NANOS + 20_000_000);
        while (probe.at().get() < probe.turns()) {
            Thread.onSpinWait();
        }
        thread.awaitEnd(5_000_000);
        thread.requestStop();
        thread.join();
        return thread.times();
    }

    @Test
    void oneLongBatchAmongShortOnesIsSeen() {
        WorkTimes times =
                timesOf(new Probe(turn -> spin(turn == 51 ? LONG_NANOS : 1_000), 100, true, new AtomicLong()));
        long work = times.takeLongestWork();
        assertTrue(work >= LONG_NANOS, work + " ns");
        assertEquals(0, times.takeLongestWork());
    }

    @Test
    void aThreadThatDoesNotLookIsSeenToStall() {
        WorkTimes times = timesOf(new Probe(turn -> spin(turn == 51 ? LONG_NANOS : 0), 100, false, new AtomicLong()));
        long stall = times.takeLongestStall();
        assertTrue(stall >= LONG_NANOS, stall + " ns");
        assertTrue(times.takeStalls() >= 1);
        assertEquals(0, times.takeLongestStall());
        assertEquals(0, times.takeStalls());
        assertEquals(0, times.takeLongestWork());
    }

    /** A thread that sleeps as it is meant to, a millisecond at a time, is not held up. */
    @Test
    void sleepOnPurposeIsNoStall() {
        long best = Long.MAX_VALUE;
        for (int attempt = 0; attempt < 20 && best >= 500_000; attempt++) {
            WorkTimes times = new WorkTimes();
            Waiter waiter = new Waiter(new WaitThresholds(0, 0, 1_000_000), times, new Urgency(false));
            for (int i = 0; i < 5; i++) {
                waiter.await(WaiterTest.dueAt(Stage.UNKNOWN));
                waiter.await(WaiterTest.dueAt(System.nanoTime() + 3_000_000));
            }
            best = Math.min(best, times.takeLongestStall());
        }
        assertTrue(best < 500_000, "at best " + best + " ns");
    }
}
