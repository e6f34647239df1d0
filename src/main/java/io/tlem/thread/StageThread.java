package io.tlem.thread;

import io.tlem.os.SystemThreads;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import net.openhft.affinity.Affinity;

/**
 * Runs one stage on a thread of its own until told to stop. Made, started and stopped by one owner.
 */
public final class StageThread {
    private static final long TIMER_SLACK_NANOS = 1;
    private static final long TIME_SLICE_NANOS = 100_000;
    private static final long PREPARED_POLL_MILLIS = 50;

    private final Stage stage;
    private final ThreadSettings settings;
    private final Consumer<Throwable> onFailure;
    private final Thread thread;
    private final CountDownLatch prepared = new CountDownLatch(1);
    private final WorkTimes times = new WorkTimes();
    private final Urgency urgency;
    private volatile boolean stopRequested;

    /**
     * @param onFailure told, on the stage's thread, what the stage has thrown; the thread ends after that
     */
    public StageThread(Stage stage, ThreadSettings settings, Consumer<Throwable> onFailure) {
        this("", stage, settings, onFailure);
    }

    /**
     * As the other.
     *
     * @param owner goes into the thread's name; empty for nothing
     */
    public StageThread(String owner, Stage stage, ThreadSettings settings, Consumer<Throwable> onFailure) {
        this.stage = stage;
        this.settings = settings;
        this.onFailure = onFailure;
        this.urgency = new Urgency(stage.mayGather() && settings.waiting().isShared());
        this.thread = Thread.ofPlatform()
                .name("tlem " + (owner.isEmpty() ? "" : owner + " ") + stage.name())
                .daemon()
                .unstarted(this::run);
    }

    /**
     * Loads what pinning needs, which takes up to a second the first time. To be called before ports are opened, so
     * that their first packets do not wait for it.
     */
    public static void load() {
        if (!SystemThreads.pinsItself()) {
            Pinning.load();
        }
    }

    /**
     * Starts the thread. Returns when it is pinned, has its policy and the stage has begun, or has failed.
     *
     * @throws OutOfMemoryError when the system gives no thread; it does not run then
     */
    public void start() {
        thread.start();
        // One that dies before it comes to this class, of a full heap for one, tells nobody.
        uninterruptibly(() -> {
            while (!prepared.await(PREPARED_POLL_MILLIS, TimeUnit.MILLISECONDS) && thread.isAlive()) {}
        });
    }

    /** Asks the thread to end after its current batch. Any thread. */
    public void requestStop() {
        stopRequested = true;
    }

    /** Waits for the thread's end; everything the stage wrote is then visible to the caller. */
    public void join() {
        join(thread);
    }

    /**
     * As {@link #join()}, but no longer than this. One that was never started has ended.
     *
     * @return false when it has not ended in this time, being held in a system call
     */
    public boolean awaitEnd(long nanos) {
        if (thread.getState() == Thread.State.NEW) {
            return true;
        }
        long end = System.nanoTime() + nanos;
        boolean[] ended = new boolean[1];
        uninterruptibly(() -> ended[0] = thread.join(Duration.ofNanos(Math.max(1, end - System.nanoTime()))));
        if (ended[0]) {
            join(thread); // Java has it ended and alive for a moment
        }
        return ended[0];
    }

    /** Whether it has been started and has not ended. Any thread. */
    public boolean runs() {
        return thread.isAlive();
    }

    /** The stage's name. */
    public String name() {
        return stage.name();
    }

    /** How it has spent its time. Any thread. */
    public WorkTimes times() {
        return times;
    }

    /** Waits for the end of any thread, also when it is interrupted meanwhile, which is known afterwards. */
    public static void join(Thread thread) {
        uninterruptibly(thread::join);
    }

    private interface Wait {
        void await() throws InterruptedException;
    }

    private static void uninterruptibly(Wait wait) {
        boolean interrupted = false;
        while (true) {
            try {
                wait.await();
                break;
            } catch (InterruptedException e) {
                interrupted = true;
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    private void run() {
        try {
            try {
                prepare();
                stage.begin();
            } finally {
                prepared.countDown();
            }
            Waiter waiter = new Waiter(settings.waiting(), times, urgency);
            while (!stopRequested) {
                int moved = stage.doWork();
                if (moved > 0) {
                    waiter.reset(stage, moved);
                } else {
                    waiter.await(stage);
                }
            }
            stage.end();
        } catch (Throwable failure) { // nobody else sees what a thread throws
            onFailure.accept(failure);
        } finally {
            urgency.end();
        }
    }

    private void prepare() {
        if (settings.cpu() != ThreadSettings.ANY_CPU) {
            if (!SystemThreads.pin(settings.cpu())) {
                Pinning.load();
                Affinity.setAffinity(settings.cpu());
            }
        }
        SystemThreads.setTimerSlack(TIMER_SLACK_NANOS);
        SystemThreads.setTimeSlice(TIME_SLICE_NANOS, Math.min(settings.priority(), 0));
        if (settings.priority() > 0) {
            SystemThreads.setRealTime(settings.priority());
            urgency.guard();
        } else if (settings.priority() < 0) {
            urgency.begin(TIME_SLICE_NANOS, settings.priority());
        }
    }
}
