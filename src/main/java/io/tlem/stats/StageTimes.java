package io.tlem.stats;

/**
 * How the thread of a stage has spent some span of time, as far as it shows whether the thread was there.
 *
 * @param name of the stage, such as {@code a->b input}
 * @param longestWorkNanos between two looks at the clock with work in between: one batch, or up to eight that followed each
 *     other at once
 * @param longestStallNanos without work, and without looking for some, beyond what it meant to sleep
 * @param stalls of a millisecond or more
 */
public record StageTimes(String name, long longestWorkNanos, long longestStallNanos, long stalls) {
    /** These and those of a later span. */
    public StageTimes plus(StageTimes later) {
        return new StageTimes(
                name,
                Math.max(longestWorkNanos, later.longestWorkNanos),
                Math.max(longestStallNanos, later.longestStallNanos),
                stalls + later.stalls);
    }
}
