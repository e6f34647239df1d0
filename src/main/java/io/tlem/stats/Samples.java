package io.tlem.stats;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/**
 * The samples of a link on their way to one reader, who takes them when it likes: when too many wait, the oldest are left
 * out, and {@link Sample#number} shows where. Whoever takes them may be any thread.
 */
public final class Samples implements AutoCloseable {
    /** As many wait. */
    public static final int MOST_WAITING = 8;

    private final Collector collector;
    private final Deque<Sample> waiting = new ArrayDeque<>();
    private long leftOut;

    Samples(Collector collector) {
        this.collector = collector;
    }

    synchronized void offer(Sample sample) {
        if (waiting.size() == MOST_WAITING) {
            waiting.remove();
            leftOut++;
        }
        waiting.add(sample);
        notifyAll();
    }

    /** The next sample, waiting so long for it at most. */
    public synchronized Optional<Sample> next(long nanos) throws InterruptedException {
        long end = System.nanoTime() + nanos;
        for (long left = nanos; waiting.isEmpty() && left > 0; left = end - System.nanoTime()) {
            TimeUnit.NANOSECONDS.timedWait(this, left);
        }
        return Optional.ofNullable(waiting.poll());
    }

    /** How many have been left out so far, because they were not taken in time. */
    public synchronized long leftOut() {
        return leftOut;
    }

    /** No more come. */
    @Override
    public void close() {
        collector.forget(this);
    }
}
