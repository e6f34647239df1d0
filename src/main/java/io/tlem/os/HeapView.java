package io.tlem.os;

import java.lang.foreign.MemorySegment;

/**
 * A Java array as a segment, made once for an array that is used again and again: what a call of a loop in C takes. Used by one
 * thread.
 */
public final class HeapView {
    private Object array;
    private MemorySegment segment;

    /** The array's segment, the same one as before while the array is the same. */
    public MemorySegment of(long[] longs) {
        if (longs != array) {
            segment = MemorySegment.ofArray(longs);
            array = longs;
        }
        return segment;
    }

    /** As the other. */
    public MemorySegment of(int[] ints) {
        if (ints != array) {
            segment = MemorySegment.ofArray(ints);
            array = ints;
        }
        return segment;
    }
}
