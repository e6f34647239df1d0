package io.tlem.stats;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;

/**
 * Sums of a direction's link times: set by the annotating thread once a batch, collected by another. The sums may pass the
 * range of a long and begin anew: what was added between two collections is right as long as that fits.
 */
public final class LinkTimesRecorder {
    private static final VarHandle VALUE =
            MethodHandles.arrayElementVarHandle(long[].class).withInvokeExactBehavior();
    private static final int PAD = 16; // longs, 128 bytes on either side keep other threads' data off these lines
    private static final int VALUES = 7;

    private final long[] values = new long[PAD + VALUES + PAD];
    private final long[] collected = new long[VALUES];

    /** What the sums are now. Annotating thread only. */
    public void set(
            long packets,
            long queueNanos,
            long serialisationNanos,
            long delayNanos,
            long longestQueueNanos,
            long longestSerialisationNanos,
            long longestDelayNanos) {
        VALUE.setOpaque(values, PAD, packets);
        VALUE.setOpaque(values, PAD + 1, queueNanos);
        VALUE.setOpaque(values, PAD + 2, serialisationNanos);
        VALUE.setOpaque(values, PAD + 3, delayNanos);
        VALUE.setOpaque(values, PAD + 4, longestQueueNanos);
        VALUE.setOpaque(values, PAD + 5, longestSerialisationNanos);
        VALUE.setOpaque(values, PAD + 6, longestDelayNanos);
    }

    /** What was added since the last call, with the longest since the start. Collecting thread only. */
    public LinkTimes collect() {
        return new LinkTimes(added(0), added(1), added(2), added(3), value(4), value(5), value(6));
    }

    private long added(int index) {
        long now = value(index);
        long added = now - collected[index];
        collected[index] = now;
        return added;
    }

    private long value(int index) {
        return (long) VALUE.getOpaque(values, PAD + index);
    }
}
