package io.tlem.thread;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.tlem.os.SystemClocks;
import io.tlem.os.SystemThreads;
import io.tlem.testing.Await;
import io.tlem.testing.Privileged;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A thread that shares its CPU is under SCHED_FIFO while it needs little of it, and under the ordinary policy else. */
class UrgencyTest {
    private static final Duration LIMIT = Duration.ofSeconds(20);
    private static final long LOOK_NANOS = 25_000_000; // a little more than between two looks
    private static final String ORDINARY = "0 of nice -2";
    private static final String REAL_TIME = "1 of nice -2"; // the nice value is that which it goes back to

    /** Has no work, or takes all the time there is. */
    private static final class Burner implements Stage {
        private volatile boolean burns;
        private volatile Path thread;

        @Override
        public String name() {
            return "burner";
        }

        @Override
        public void begin() {
            try {
                thread = Path.of("/proc").resolve(Path.of("/proc/thread-self").toRealPath());
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }

        @Override
        public int doWork() {
            return burns ? 1 : 0;
        }

        /** How often it has given the CPU away, of proc(5)'s status. */
        private long sleeps() {
            try (Stream<String> lines = Files.lines(thread.resolve("status"))) {
                return lines.filter(line -> line.startsWith("voluntary_ctxt_switches:"))
                        .mapToLong(line -> Long.parseLong(
                                line.substring(line.indexOf(':') + 1).strip()))
                        .findFirst()
                        .orElseThrow();
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }

        /** The policy's number and the nice value, of proc(5)'s stat. */
        private String policy() {
            try {
                String stat = Files.readString(thread.resolve("stat"));
                String[] fields =
                        stat.substring(stat.lastIndexOf(')') + 2).strip().split(" ", -1);
                return fields[38] + " of nice " + fields[16];
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
    }

    @Test
    void followsWhatTheThreadNeeds() {
        Privileged.root();
        Privileged.tool("cc"); // for the guard
        Burner burner = new Burner();
        StageThread thread = new StageThread(
                burner,
                new ThreadSettings(ThreadSettings.ANY_CPU, -2, new WaitThresholds(0, 0, 50_000)),
                failure -> {});
        thread.start();
        try {
            assertEquals(REAL_TIME, burner.policy());
            burner.burns = true;
            Await.until("it has to share", LIMIT, () -> burner.policy().equals(ORDINARY));
            burner.burns = false;
            Await.until(
                    "it gets its CPU at once again",
                    LIMIT,
                    () -> burner.policy().equals(REAL_TIME));
        } finally {
            thread.requestStop();
            thread.join();
        }
    }

    /** Pinned threads, each of which sees one CPU only: one for every CPU. */
    @Test
    void everyCpuMayHaveOne() {
        Privileged.root();
        Privileged.tool("cc"); // for the guard
        List<Burner> burners = new ArrayList<>();
        List<StageThread> threads = new ArrayList<>();
        try {
            for (int cpu : SystemThreads.allowedCpus()) {
                burners.add(new Burner());
                threads.add(new StageThread(
                        burners.getLast(),
                        new ThreadSettings(cpu, -2, new WaitThresholds(0, 0, 50_000)),
                        failure -> {}));
                threads.getLast().start();
            }
            for (Burner burner : burners) {
                assertEquals(REAL_TIME, burner.policy());
            }
        } finally {
            threads.forEach(StageThread::requestStop);
            threads.forEach(StageThread::join);
        }
    }

    /** A wake-up for each packet would take the whole CPU: who needs much of it waits for more than one. */
    @Test
    void whoNeedsMuchWaitsForMore() throws Exception {
        Privileged.root();
        Privileged.tool("cc"); // for the guard
        long[] waits = new long[2];
        Thread thread = Thread.ofPlatform().start(() -> {
            Urgency urgency = new Urgency(false);
            boolean ignored = urgency.begin(100_000, -2);
            long end = System.nanoTime() + LOOK_NANOS;
            while (System.nanoTime() < end) {
                Thread.onSpinWait();
            }
            urgency.look(System.nanoTime());
            waits[0] = urgency.leastWaitNanos();
            SystemThreads.sleepUntil(System.nanoTime() + LOOK_NANOS);
            urgency.look(System.nanoTime());
            waits[1] = urgency.leastWaitNanos();
            urgency.end();
        });
        thread.join();
        assertArrayEquals(new long[] {50_000, 0}, waits);
    }

    /** A turn for each packet would take the whole CPU: who needs much of it has turns until it needs little, which are few. */
    @Test
    void whoNeedsMuchTakesTurns() {
        assertEquals(0, Urgency.turnNanos(0.6, 0));
        assertEquals(100_000, Urgency.turnNanos(0.61, 0));
        assertEquals(100_000, Urgency.turnNanos(0.2, 100_000));
        assertEquals(0, Urgency.turnNanos(0.19, 100_000));
    }

    /** Asks an ordinary thread of the same CPU, and holds the CPU until that has answered. */
    private static final class Asker implements Stage {
        private static final int QUESTIONS = 10;

        private final AtomicInteger asked = new AtomicInteger();
        private final AtomicInteger answered = new AtomicInteger();
        private volatile long longestNanos;

        @Override
        public String name() {
            return "asker";
        }

        @Override
        public int doWork() {
            if (asked.get() == QUESTIONS) {
                return 0;
            }
            long start = System.nanoTime();
            int question = asked.incrementAndGet();
            while (answered.get() < question) {
                Thread.onSpinWait();
            }
            longestNanos = Math.max(longestNanos, System.nanoTime() - start);
            return 1;
        }

        private Stage other() {
            return new Stage() {
                @Override
                public String name() {
                    return "other";
                }

                @Override
                public int doWork() {
                    int questions = asked.get();
                    return answered.getAndSet(questions) < questions ? 1 : 0;
                }
            };
        }
    }

    /** The virtual machine's compiler is such a thread: whoever calls what it replaces goes round in a loop until it has. */
    @ParameterizedTest
    @ValueSource(ints = {-2, 1})
    void whoHoldsTheCpuLetsOthersThere(int priority) {
        Privileged.root();
        Privileged.tool("cc");
        int cpu = SystemThreads.allowedCpus().iterator().next();
        WaitThresholds waiting = new WaitThresholds(0, 0, 50_000);
        Asker asker = new Asker();
        StageThread other = new StageThread(asker.other(), new ThreadSettings(cpu, 0, waiting), failure -> {});
        StageThread thread = new StageThread(asker, new ThreadSettings(cpu, priority, waiting), failure -> {});
        other.start();
        thread.start();
        try {
            Await.until("it has answers", LIMIT, () -> asker.answered.get() == Asker.QUESTIONS);
        } finally {
            thread.requestStop();
            thread.join();
            other.requestStop();
            other.join();
        }
        assertTrue(asker.longestNanos < 100_000_000, asker.longestNanos + " ns");
    }

    /** Who has left the real-time policy, for one, keeps nobody from the CPU. */
    @Test
    void whoSharesTheCpuIsNotPutToSleep() throws Exception {
        Privileged.root();
        Privileged.tool("cc"); // for the guard
        long[] sleeps = new long[1];
        Thread thread = Thread.ofPlatform().start(() -> {
            Burner self = new Burner();
            self.begin();
            Urgency urgency = new Urgency(false);
            boolean ignored = urgency.begin(100_000, -2);
            while (!self.policy().equals(ORDINARY)) {
                burn(LOOK_NANOS);
                urgency.look(System.nanoTime());
            }
            long before = self.sleeps();
            burn(100_000_000);
            sleeps[0] = self.sleeps() - before;
            urgency.end();
        });
        thread.join();
        assertTrue(sleeps[0] < 5, sleeps[0] + " sleeps");
    }

    private static void burn(long cpuNanos) {
        long end = SystemClocks.threadNanos() + cpuNanos;
        while (SystemClocks.threadNanos() < end) {
            Thread.onSpinWait();
        }
    }

    @Test
    void withANiceValueOfZeroItIsOrdinary() {
        Privileged.root();
        Burner burner = new Burner();
        StageThread thread = new StageThread(
                burner, new ThreadSettings(ThreadSettings.ANY_CPU, 0, new WaitThresholds(0, 0, 50_000)), failure -> {});
        thread.start();
        try {
            assertEquals("0 of nice 0", burner.policy());
        } finally {
            thread.requestStop();
            thread.join();
        }
    }
}
