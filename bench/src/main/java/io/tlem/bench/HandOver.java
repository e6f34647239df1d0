package io.tlem.bench;

import io.tlem.buffer.Cursor;
import io.tlem.buffer.SharedBuffer;
import io.tlem.thread.Stage;
import io.tlem.thread.StageThread;
import io.tlem.thread.ThreadSettings;
import io.tlem.thread.WaitThresholds;
import java.lang.foreign.Arena;
import java.util.List;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;

/**
 * How long a cursor's position takes from one CPU to the other: what two threads can least expect of each other. On a
 * virtual machine it changes from one moment to the next, with where the host puts the CPUs: two that share a cache or two
 * that do not.
 */
final class HandOver {
    private static final int ROUND_TRIPS = 200;
    private static final int SERIES = 20;
    private static final int MAX_LOOKS = 100_000;
    private static final long PATIENCE_NANOS = 1_000_000_000L;
    private static final long POLL_NANOS = 50_000;
    private static final WaitThresholds BUSY = new WaitThresholds(PATIENCE_NANOS, 0, 0);

    private HandOver() {}

    /** One way, ns: the fastest of some series; 0 where there are not two CPUs. Takes some milliseconds. */
    static double nanos(Threads machine) {
        if (machine.cpus().size() < 2) {
            return 0;
        }
        try (Arena arena = Arena.ofShared()) {
            SharedBuffer buffer = SharedBuffer.allocate(arena, 1 << 16, SharedBuffer.Pages.ORDINARY);
            Ask ask = new Ask(buffer.stored(), buffer.released());
            AtomicReference<Throwable> failure = new AtomicReference<>();
            List<StageThread> threads = List.of(
                    thread(ask, machine.cpu(0, 2), failure),
                    thread(new Answer(buffer.stored(), buffer.released()), machine.cpu(1, 2), failure));
            threads.forEach(StageThread::start);
            long end = System.nanoTime() + PATIENCE_NANOS;
            while (!ask.done && System.nanoTime() < end && failure.get() == null) {
                LockSupport.parkNanos(POLL_NANOS);
            }
            threads.forEach(StageThread::requestStop);
            threads.forEach(StageThread::join);
            if (failure.get() != null) {
                throw new IllegalStateException("the hand-over failed", failure.get());
            }
            return ask.fastest;
        }
    }

    private static StageThread thread(Stage stage, int cpu, AtomicReference<Throwable> failure) {
        return new StageThread(stage, new ThreadSettings(cpu, 0, BUSY), cause -> failure.compareAndSet(null, cause));
    }

    /** Publishes the next position and waits until it is answered. */
    private static final class Ask implements Stage {
        private final Cursor there;
        private final Cursor back;
        private int series;
        private long position;
        private volatile boolean done;
        private double fastest = PATIENCE_NANOS; // where the other thread never gets to run

        Ask(Cursor there, Cursor back) {
            this.there = there;
            this.back = back;
        }

        @Override
        public String name() {
            return "hand-over ask";
        }

        @Override
        public int doWork() {
            if (series == SERIES) {
                done = true;
                return 0;
            }
            long start = System.nanoTime();
            for (int i = 0; i < ROUND_TRIPS; i++) {
                there.publishRelease(++position);
                int looks = 0;
                while (back.readAcquire() != position) {
                    if (++looks == MAX_LOOKS) { // the other thread is not there (yet, or any more)
                        return 0;
                    }
                }
            }
            fastest = Math.min(fastest, (System.nanoTime() - start) / (2.0 * ROUND_TRIPS));
            series++;
            return ROUND_TRIPS;
        }
    }

    /** Answers the position that is published next. */
    private record Answer(Cursor there, Cursor back) implements Stage {
        private static final int LOOKS = 1000;

        @Override
        public String name() {
            return "hand-over answer";
        }

        @Override
        public int doWork() {
            long last = back.readAcquire();
            for (int i = 0; i < LOOKS; i++) {
                long next = there.readAcquire();
                if (next != last) {
                    back.publishRelease(next);
                    last = next;
                }
            }
            return LOOKS;
        }
    }
}
