package io.tlem.thread;

import java.util.concurrent.atomic.AtomicLong;

/**
 * How the thread of a stage has spent its time, as far as it shows whether it was there: the thread tells, any other takes.
 * Neither waits for the other, and nothing is lost between them.
 */
public final class WorkTimes {
    /** Without work for longer than that beyond what it meant to sleep, a thread was held up. */
    private static final long STALL_NANOS = 1_000_000;

    private final AtomicLong longestWork = new AtomicLong();
    private final AtomicLong longestStall = new AtomicLong();
    private final AtomicLong stalls = new AtomicLong();

    /** The stage has worked for so long. */
    void worked(long nanos) {
        raise(longestWork, nanos);
    }

    /** The thread has neither worked nor looked for work for so long, nor meant to sleep. */
    void away(long nanos) {
        raise(longestStall, nanos);
        if (nanos >= STALL_NANOS) {
            stalls.incrementAndGet();
        }
    }

    private static void raise(AtomicLong longest, long nanos) {
        if (nanos > longest.getOpaque()) {
            longest.accumulateAndGet(nanos, Math::max);
        }
    }

    /** The longest work since the last call, ns. */
    public long takeLongestWork() {
        return longestWork.getAndSet(0);
    }

    /** The longest stall since the last call, ns. */
    public long takeLongestStall() {
        return longestStall.getAndSet(0);
    }

    /** Stalls of a millisecond or more since the last call. */
    public long takeStalls() {
        return stalls.getAndSet(0);
    }
}
