package io.tlem.thread;

/**
 * What a stage's thread asks of the system.
 *
 * @param cpu CPU to be pinned to, or {@link #ANY_CPU}
 * @param realTimePriority SCHED_FIFO priority 1 to 99, or 0 for the normal policy
 * @param waiting how it waits
 */
public record ThreadSettings(int cpu, int realTimePriority, WaitThresholds waiting) {
    /** Not pinned. */
    public static final int ANY_CPU = -1;
}
