package io.tlem.thread;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.tlem.os.SystemThreads;
import io.tlem.testing.Privileged;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(30)
class StageThreadTest {
    private static final WaitThresholds SLEEPY = new WaitThresholds(0, 0, 50_000);

    /** Does nothing but tell when it was asked. */
    private static final class Probe implements Stage {
        private final LongSupplier due;
        private final Runnable work;
        private final AtomicInteger turns = new AtomicInteger();

        Probe(LongSupplier due, Runnable work) {
            this.due = due;
            this.work = work;
        }

        @Override
        public String name() {
            return "probe";
        }

        @Override
        public int doWork() {
            work.run();
            turns.incrementAndGet();
            return 0;
        }

        @Override
        public long nextDueNanos() {
            return due.getAsLong();
        }
    }

    /** Seen at the moment at which it ends: Java has it ended and alive then, one thread of a hundred. */
    @Test
    void aThreadThatEndsAtThisMomentHasEnded() {
        for (int i = 0; i < 5000; i++) {
            AtomicReference<Thread> of = new AtomicReference<>();
            Stage stage = new Stage() {
                @Override
                public String name() {
                    return "probe";
                }

                @Override
                public void begin() {
                    of.set(Thread.currentThread());
                }

                @Override
                public int doWork() {
                    return 0;
                }

                @Override
                public long nextDueNanos() {
                    return UNKNOWN;
                }
            };
            StageThread thread =
                    new StageThread(stage, new ThreadSettings(ThreadSettings.ANY_CPU, 0, SLEEPY), failure -> {});
            thread.start();
            thread.requestStop();
            while (of.get().getState() != Thread.State.TERMINATED) {
                Thread.onSpinWait();
            }
            assertTrue(thread.awaitEnd(TimeUnit.SECONDS.toNanos(1)), "thread " + i);
            assertFalse(thread.runs(), "thread " + i);
            for (int again = 0; i == 0 && again < 50_000; again++) { // until it is compiled, and as fast as it can be
                assertTrue(thread.awaitEnd(1));
            }
        }
    }

    private static <T> T onStageThread(ThreadSettings settings, Supplier<T> question) throws Exception {
        AtomicReference<T> answer = new AtomicReference<>();
        AtomicReference<Throwable> failure = new AtomicReference<>();
        CountDownLatch done = new CountDownLatch(1);
        Probe probe = new Probe(() -> Stage.UNKNOWN, () -> {
            answer.set(question.get());
            done.countDown();
        });
        StageThread thread = new StageThread(probe, settings, thrown -> {
            failure.set(thrown);
            done.countDown();
        });
        thread.start();
        assertTrue(done.await(10, TimeUnit.SECONDS));
        thread.requestStop();
        thread.join();
        assertEquals(null, failure.get());
        return answer.get();
    }

    private static String ofThread(String file, String field) {
        assumeTrue(Files.exists(Path.of("/proc/thread-self/" + file)), "no /proc/thread-self/" + file);
        try {
            return Files.readString(Path.of("/proc/thread-self/" + file))
                    .lines()
                    .filter(line -> line.startsWith(field))
                    .findFirst()
                    .orElse("")
                    .replaceAll("^.*[:\\s]\\s*", "");
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Test
    void isPinnedToItsCpu() throws Exception {
        for (int cpu : SystemThreads.allowedCpus()) {
            assertEquals(
                    Integer.toString(cpu),
                    onStageThread(new ThreadSettings(cpu, 0, SLEEPY), () -> ofThread("status", "Cpus_allowed_list:")));
        }
    }

    @Test
    void runsUnderTheRealTimePolicyWhenAsked() throws Exception {
        Privileged.root();
        ThreadSettings settings = new ThreadSettings(ThreadSettings.ANY_CPU, 7, SLEEPY);
        // Fields 40 and 41 of stat: real-time priority and policy, SCHED_FIFO being 1.
        String[] fields = onStageThread(settings, StageThreadTest::statFields);
        assertEquals("7", fields[39 - 2]);
        assertEquals("1", fields[40 - 2]);
    }

    /** Field 19 of stat: the nice value. */
    @Test
    void isAsNiceAsAsked() throws Exception {
        assumeTrue(SystemThreads.has(SystemThreads.Capability.CAP_SYS_NICE), "not without CAP_SYS_NICE");
        String[] fields =
                onStageThread(new ThreadSettings(ThreadSettings.ANY_CPU, -7, SLEEPY), StageThreadTest::statFields);
        assertEquals("-7", fields[19 - 3]);
        assertEquals("0", statFields()[19 - 3]);
    }

    /** Fields from the third on: the second is a name in parentheses, which may hold spaces. */
    private static String[] statFields() {
        try {
            String stat = Files.readString(Path.of("/proc/thread-self/stat"));
            return stat.substring(stat.lastIndexOf(')') + 2).split(" ", -1);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Test
    void whatAStageThrowsIsToldOnceAndEndsTheThread() throws Exception {
        IllegalStateException thrown = new IllegalStateException("on purpose");
        AtomicReference<Throwable> told = new AtomicReference<>();
        StageThread thread = new StageThread(
                new Probe(() -> Stage.UNKNOWN, () -> {
                    throw thrown;
                }),
                new ThreadSettings(ThreadSettings.ANY_CPU, 0, SLEEPY),
                told::set);
        thread.start();
        thread.join();
        assertSame(thrown, told.get());
    }

    /** A stage that knows it has nothing to do for long is asked about once a millisecond, not all the time. */
    @Test
    void sleepsUntilWorkIsDue() throws Exception {
        long start = System.nanoTime();
        Probe probe = new Probe(() -> Long.MAX_VALUE - 1, () -> {});
        StageThread thread =
                new StageThread(probe, new ThreadSettings(ThreadSettings.ANY_CPU, 0, SLEEPY), failure -> {});
        thread.start();
        while (probe.turns.get() < 50) {
            TimeUnit.MILLISECONDS.sleep(1);
        }
        thread.requestStop();
        thread.join();
        long elapsedMillis = (System.nanoTime() - start) / 1_000_000;
        assertTrue(elapsedMillis >= 45, "50 turns in " + elapsedMillis + " ms");
    }

    /** Work that is due in 3 ms is asked for then: after two full sleeps, and not much later. */
    @Test
    void wakesWhenWorkIsDue() throws Exception {
        long best = Long.MAX_VALUE;
        for (int attempt = 0; attempt < 20; attempt++) {
            long due = System.nanoTime() + 3_000_000;
            AtomicReference<Long> woken = new AtomicReference<>();
            CountDownLatch done = new CountDownLatch(1);
            Probe probe = new Probe(() -> due, () -> {
                if (System.nanoTime() >= due && woken.compareAndSet(null, System.nanoTime())) {
                    done.countDown();
                }
            });
            StageThread thread =
                    new StageThread(probe, new ThreadSettings(ThreadSettings.ANY_CPU, 0, SLEEPY), failure -> {});
            thread.start();
            assertTrue(done.await(10, TimeUnit.SECONDS));
            thread.requestStop();
            thread.join();
            best = Math.min(best, woken.get() - due);
        }
        assertTrue(best >= 0 && best < 300_000, "woken " + best + " ns late at best");
    }
}
