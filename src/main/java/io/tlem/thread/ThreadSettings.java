package io.tlem.thread;

/**
 * What a stage's thread asks of the system.
 *
 * @param cpu CPU to be pinned to, or {@link #ANY_CPU}
 * @param priority of SCHED_FIFO, 1 to 99; 0 for the normal policy; -20 to -1 for that with this nice value, where it may
 * @param waiting how it waits
 */
public record ThreadSettings(int cpu, int priority, WaitThresholds waiting) {
    /** Not pinned. */
    public static final int ANY_CPU = -1;
}
