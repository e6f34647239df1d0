package io.tlem.thread;

/**
 * One stage of a pipeline: does one batch at a time and never waits, so that a thread can run it or a test can step
 * it. All methods are called by one thread.
 */
public interface Stage {
    /** {@link #nextDueNanos()} of a stage that does not know when it will have work. */
    long UNKNOWN = Long.MAX_VALUE;

    /** Name for threads and reports, for example {@code a-b input}. */
    String name();

    /** Told once, by the thread that runs it, before work is asked of it. Not by who steps it by hand. */
    default void begin() {}

    /** Does one batch. Returns how many packets it moved, 0 when there was nothing to do. */
    int doWork();

    /** Whether what comes without notice may be a little later, as the time at which it came is known. */
    default boolean mayGather() {
        return false;
    }

    /**
     * After {@link #doWork}, where {@link #mayGather}: whether the next turn may be a little later, as all that was there has been taken.
     */
    default boolean mayPause() {
        return false;
    }

    /** After {@link #doWork} has returned 0: when there will be work, ns of the stage's clock, or {@link #UNKNOWN}. */
    default long nextDueNanos() {
        return UNKNOWN;
    }

    /** Whether there may be work before {@link #nextDueNanos()}, without notice. */
    default boolean mayComeSooner() {
        return false;
    }

    /**
     * Waits until there may be work that comes without notice.
     *
     * @param nanos at most
     * @return false at once where that cannot be waited for
     */
    default boolean awaitWork(long nanos) {
        return false;
    }

    /** Told once that no more work will be asked of it: the last chance to pass on what it keeps. */
    default void end() {}
}
