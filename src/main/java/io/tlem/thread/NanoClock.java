package io.tlem.thread;

import java.util.function.LongSupplier;

/** Where stages read the time: the monotonic clock when live, a clock moved by hand in tests. */
@FunctionalInterface
public interface NanoClock extends LongSupplier {
    /** The monotonic clock of the machine, CLOCK_MONOTONIC on Linux. */
    NanoClock SYSTEM = System::nanoTime;

    /** Nanoseconds from an arbitrary start, never decreasing. */
    long nanoTime();

    /** The same, for the ports. */
    @Override
    default long getAsLong() {
        return nanoTime();
    }
}
