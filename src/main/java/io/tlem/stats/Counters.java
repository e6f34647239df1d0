package io.tlem.stats;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;

/**
 * The counters of one stage: written by its thread only, read by any. A reader sees each counter at some recent batch
 * and never torn; after the writing thread has been joined it sees the final values.
 */
public final class Counters {
    private static final VarHandle VALUE =
            MethodHandles.arrayElementVarHandle(long[].class).withInvokeExactBehavior();
    private static final int PAD = 16; // longs, 128 bytes on either side keep other threads' data off these lines

    private static final int DROPPED_PACKETS = PAD + Counter.values().length;
    private static final int DROPPED_BYTES = DROPPED_PACKETS + DropReason.values().length;

    private final long[] values = new long[DROPPED_BYTES + DropReason.values().length + PAD];

    /** Adds to a counter. Writing thread only. */
    public void add(Counter counter, long amount) {
        add(PAD + counter.ordinal(), amount);
    }

    private void add(int index, long amount) {
        VALUE.setOpaque(values, index, values[index] + amount);
    }

    /** Counts packets that are dropped. Writing thread only. */
    public void drop(DropReason reason, long packets, long bytes) {
        add(DROPPED_PACKETS + reason.ordinal(), packets);
        add(DROPPED_BYTES + reason.ordinal(), bytes);
    }

    /** Raises a counter to a value. Writing thread only. */
    public void set(Counter counter, long value) {
        VALUE.setOpaque(values, PAD + counter.ordinal(), value);
    }

    /** The counter's value. Any thread. */
    public long get(Counter counter) {
        return (long) VALUE.getOpaque(values, PAD + counter.ordinal());
    }

    /** What is dropped for a reason. Any thread. */
    public Drops dropped(DropReason reason) {
        return new Drops((long) VALUE.getOpaque(values, DROPPED_PACKETS + reason.ordinal()), (long)
                VALUE.getOpaque(values, DROPPED_BYTES + reason.ordinal()));
    }
}
