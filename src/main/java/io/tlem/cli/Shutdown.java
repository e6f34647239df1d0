package io.tlem.cli;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Ends the process in order: SIGINT and SIGTERM ask the running command to stop, and the process then ends with the
 * command's own exit status rather than the JVM's 130 or 143.
 */
final class Shutdown {
    private static final CountDownLatch REQUESTED = new CountDownLatch(1);
    private static final CountDownLatch FINISHED = new CountDownLatch(1);
    private static final AtomicInteger STATUS = new AtomicInteger();

    /** The handler of a signal, the hook it runs, and the handler of another signal. */
    private static final int THREADS = 3;

    private Shutdown() {}

    /** Lets signals stop the command that is about to run, which looks at {@link #requested()}. */
    static void listen() {
        Runtime.getRuntime().addShutdownHook(new Thread(Shutdown::onSignal, "tlem shutdown"));
    }

    /**
     * Fails where the system has no threads left for those that the virtual machine makes of a signal: it would be lost, and
     * the process could be ended by force only. Called when everything else runs.
     *
     * @throws OutOfMemoryError when the limit on threads is reached
     */
    static void requireThreads() throws InterruptedException {
        CountDownLatch all = new CountDownLatch(1);
        List<Thread> threads = new ArrayList<>();
        try {
            for (int i = 0; i < THREADS; i++) {
                threads.add(Thread.ofPlatform().daemon().name("tlem spare").start(() -> awaitQuietly(all)));
            }
        } finally {
            all.countDown();
            for (Thread thread : threads) {
                thread.join();
            }
        }
    }

    private static void awaitQuietly(CountDownLatch latch) {
        try {
            latch.await();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private static void onSignal() {
        if (FINISHED.getCount() == 0) {
            return; // not a signal: the command has ended and called exit
        }
        REQUESTED.countDown();
        awaitQuietly(FINISHED);
        System.out.flush();
        System.err.flush();
        Runtime.getRuntime().halt(STATUS.get());
    }

    /** Whether a signal has asked for the end. */
    static boolean requested() {
        return REQUESTED.getCount() == 0;
    }

    /** Waits for a signal. Returns at once when there was one. */
    static boolean awaitRequest(long nanos) throws InterruptedException {
        return REQUESTED.await(nanos, TimeUnit.NANOSECONDS);
    }

    /** Ends the process at once, closing nothing: for when the system does not give a thread back. */
    static void abandon(int status) {
        System.out.flush();
        System.err.flush();
        Runtime.getRuntime().halt(status);
    }

    /** Ends the process with the command's exit status. */
    static void exit(int status) {
        STATUS.set(status);
        FINISHED.countDown();
        System.exit(status);
    }
}
