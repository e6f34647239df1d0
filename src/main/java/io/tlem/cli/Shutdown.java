package io.tlem.cli;

import io.tlem.os.Signals;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * What signals tell the running command: the first SIGINT, SIGTERM or SIGHUP asks it to end, the second to end at once,
 * SIGUSR1 to say how far it is. The process ends with the command's own exit status.
 */
final class Shutdown {
    private static final CountDownLatch REQUESTED = new CountDownLatch(1);
    private static final CountDownLatch AT_ONCE = new CountDownLatch(1);
    private static final AtomicBoolean REPORT = new AtomicBoolean();

    /** What handles a signal, another one and a third. */
    private static final int THREADS = 3;

    private Shutdown() {}

    /** Lets signals tell the command that is about to run, which looks at what this class says. */
    static void listen() {
        for (String name : List.of("INT", "TERM", "HUP")) {
            boolean ignored = Signals.handle(name, Shutdown::onSignal); // one that stays as it is does what it did
        }
        boolean ignored = Signals.handle("USR1", () -> REPORT.set(true));
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

    private static synchronized void onSignal() {
        if (requested()) {
            AT_ONCE.countDown();
        }
        REQUESTED.countDown();
    }

    /** Asks for the end as the first signal does. */
    static void request() {
        REQUESTED.countDown();
    }

    /** Whether a signal has asked for the end. */
    static boolean requested() {
        return REQUESTED.getCount() == 0;
    }

    /** Whether a second signal has asked for the end without delay. */
    static boolean requestedAtOnce() {
        return AT_ONCE.getCount() == 0;
    }

    /** Whether a signal has asked for a report since the last call. */
    static boolean takeReportRequest() {
        return REPORT.getAndSet(false);
    }

    /** Waits for a signal. Returns at once when there was one. */
    static boolean awaitRequest(long nanos) throws InterruptedException {
        return REQUESTED.await(nanos, TimeUnit.NANOSECONDS);
    }

    /** Ends the process at once, closing nothing: for when the system does not give a thread back. */
    static void abandon(int status) {
        Runtime.getRuntime().halt(Output.finish(status));
    }

    /** Ends the process with the command's exit status. */
    static void exit(int status) {
        System.exit(Output.finish(status));
    }
}
