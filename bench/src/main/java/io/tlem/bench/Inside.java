package io.tlem.bench;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;

/**
 * Packets between a source and a sink: the source hands out nothing while there are as many as the buffer between them
 * holds, so that none is dropped for want of room. One entering thread, one leaving thread.
 */
final class Inside {
    private static final VarHandle VALUE =
            MethodHandles.arrayElementVarHandle(long[].class).withInvokeExactBehavior();

    /** Longs; 128 bytes and more before, between and behind what two threads write. */
    private static final int PAD = 24;

    private static final int ENTERED = PAD;
    private static final int LEFT_SEEN = PAD + 1;
    private static final int LEFT = 2 * PAD;

    private final long[] values = new long[3 * PAD];
    private final long limit;

    Inside(long limit) {
        this.limit = limit;
    }

    /** How many of the wanted packets may enter now. Entering thread only. */
    int room(int wanted) {
        long room = limit - (values[ENTERED] - values[LEFT_SEEN]);
        if (room < wanted) {
            values[LEFT_SEEN] = (long) VALUE.getAcquire(values, LEFT);
            room = limit - (values[ENTERED] - values[LEFT_SEEN]);
        }
        return (int) Math.min(room, wanted);
    }

    /** Entering thread only. */
    void enter(int packets) {
        VALUE.setOpaque(values, ENTERED, values[ENTERED] + packets);
    }

    /** Leaving thread only. */
    void leave(int packets) {
        VALUE.setRelease(values, LEFT, values[LEFT] + packets);
    }

    /** Packets that have entered since the start. Any thread. */
    long entered() {
        return (long) VALUE.getOpaque(values, ENTERED);
    }

    /** Packets that have left since the start. Any thread. */
    long left() {
        return (long) VALUE.getAcquire(values, LEFT);
    }
}
