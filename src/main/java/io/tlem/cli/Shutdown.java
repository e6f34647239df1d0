package io.tlem.cli;

import io.tlem.os.Signals;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Supplier;

/**
 * What signals tell the running command: the first SIGINT, SIGTERM or SIGHUP asks it to end, the second to end at once,
 * SIGUSR1 to say how far it is. The process ends with the command's own exit status. A command that does not look at that is
 * ended by the first one, with the exit status that a shell has for that signal.
 */
final class Shutdown {
    private static final CountDownLatch REQUESTED = new CountDownLatch(1);
    private static final CountDownLatch AT_ONCE = new CountDownLatch(1);
    private static final AtomicBoolean REPORT = new AtomicBoolean();

    /** What handles a signal, another one and a third. */
    private static final int THREADS = 3;

    private static volatile boolean listening;
    private static volatile Ending first;
    private static volatile Supplier<String> ending;
    private static volatile Supplier<String> farewell;

    /** Signals that end a process, by their names. */
    private enum Ending {
        HUP(1),
        INT(2),
        TERM(15);

        private static final int BY_SIGNAL = 128;

        private final int number;

        Ending(int number) {
            this.number = number;
        }

        int status() {
            return BY_SIGNAL + number;
        }
    }

    private Shutdown() {}

    /** A signal has come before the command could do what it was for; all that it had is closed. */
    static final class EndedException extends RuntimeException {
        private static final long serialVersionUID = 1L;

        private final int status;

        private EndedException(String message, int status) {
            super(message);
            this.status = status;
        }

        /** Of the process, as shells have it. */
        int status() {
            return status;
        }
    }

    /** As the process begins: until the command listens, a signal ends it, and that is said. */
    static void install() {
        for (Ending signal : Ending.values()) {
            boolean ignored = Signals.handle(signal.name(), () -> onSignal(signal)); // else it does what it did
        }
    }

    /** Lets signals tell the command that is about to run, which looks at what this class says. */
    static void listen() {
        install();
        listening = true;
        boolean ignored = Signals.handle("USR1", () -> REPORT.set(true));
    }

    /**
     * As {@link #listen}, where more than one signal cannot wait for the command; the first is said.
     *
     * @param atOnce says on the second signal how the command ends, which the process then does
     */
    static void listen(Supplier<String> atOnce) {
        ending = atOnce;
        listen();
    }

    /**
     * Lets a command that does not listen say what there is of its work when a signal ends it.
     *
     * @param what called by another thread; null for nothing any more
     */
    static void sayWhenEnded(Supplier<String> what) {
        farewell = what;
    }

    /** Ends a command that listens, but has not begun, when a signal has come. */
    static void endHere(String what) {
        Ending signal = first;
        if (signal != null) {
            throw new EndedException("ended by SIG" + signal.name() + " before " + what, signal.status());
        }
    }

    /** What to say of the signal that has come; empty when none has. */
    static String signal() {
        Ending signal = first;
        return signal == null ? "" : "SIG" + signal.name();
    }

    /** What a shell shows as the exit status of a process that the signal has ended. */
    static int signalStatus() {
        Ending signal = first;
        return signal == null ? 0 : signal.status();
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

    private static synchronized void onSignal(Ending signal) {
        if (!listening) {
            ProgressBar.leaveTerminal();
            Supplier<String> last = farewell;
            if (last != null) {
                Output.warn("ended by SIG" + signal.name() + ": " + last.get());
            } else if (signal == Ending.TERM) { // by Ctrl-C, or with its terminal: whoever did that knows
                Output.warn("ended by SIGTERM");
            }
            System.exit(signal.status()); // without what is left for a reader, who may not read
        }
        if (requested()) {
            AT_ONCE.countDown();
            if (ending != null) {
                Output.warn(ending.get());
                Runtime.getRuntime().halt(signal.status());
            }
        }
        first = first == null ? signal : first;
        REQUESTED.countDown();
        if (ending != null) { // the command may take its time, as where it waits for what it reads
            Output.warn("stopping: SIG" + signal.name() + "; another signal ends at once");
        }
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
