package io.tlem.thread;

import io.tlem.os.SystemThreads;
import java.util.Arrays;
import java.util.concurrent.locks.LockSupport;
import java.util.function.LongConsumer;

/**
 * How late the machine wakes a thread that sleeps a millisecond at a time and does nothing else: what a program that is not the
 * emulator meets. It takes well below a thousandth of a CPU.
 */
public final class HiccupMeter implements AutoCloseable {
    /** One that is remembered with its time takes that long or longer. */
    public static final long LONG_NANOS = 1_000_000;

    private static final long SLEEP_NANOS = 1_000_000;
    private static final int MOST = 10_000;

    private final Thread thread;
    private final LongConsumer each;
    private final long[] starts = new long[MOST];
    private final long[] lengths = new long[MOST];
    private int count;
    private volatile boolean ended;

    /**
     * A long hiccup.
     *
     * @param startNanos when the thread should have woken up, of {@link System#nanoTime}
     * @param nanos how much later it did
     */
    public record Hiccup(long startNanos, long nanos) {}

    /**
     * Begins.
     *
     * @param each told of every time how much later than it should the thread woke up, ns, on that thread
     */
    public HiccupMeter(LongConsumer each) {
        this.each = each;
        thread = Thread.ofPlatform().name("tlem hiccups").daemon().start(this::run);
    }

    private void run() {
        SystemThreads.setTimerSlack(1);
        while (!ended) {
            long due = System.nanoTime() + SLEEP_NANOS;
            LockSupport.parkNanos(SLEEP_NANOS);
            long late = System.nanoTime() - due;
            if (late < 0) {
                continue; // somebody woke it up before
            }
            each.accept(late);
            if (late >= LONG_NANOS && count < MOST) {
                starts[count] = due;
                lengths[count] = late;
                count++;
            }
        }
    }

    /** Ends; what was measured may be read then. */
    @Override
    public void close() {
        ended = true;
        StageThread.join(thread);
    }

    /** The long ones, as far as they are remembered: the first ten thousand. After {@link #close}. */
    public Hiccup[] hiccups() {
        Hiccup[] all = new Hiccup[count];
        Arrays.setAll(all, i -> new Hiccup(starts[i], lengths[i]));
        return all;
    }
}
