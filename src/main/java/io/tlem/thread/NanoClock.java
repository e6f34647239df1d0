package io.tlem.thread;

/** Where stages read the time: the monotonic clock when live, a clock moved by hand in tests. */
@FunctionalInterface
public interface NanoClock {
    /** The monotonic clock of the machine, CLOCK_MONOTONIC on Linux. */
    NanoClock SYSTEM = System::nanoTime;

    /** Nanoseconds from an arbitrary start, never decreasing. */
    long nanoTime();
}
