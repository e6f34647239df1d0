package io.tlem.buffer;

import java.lang.foreign.MemorySegment;

/** A Java array as a segment, made once for an array that is used again and again. */
final class HeapView {
    private Object array;
    private MemorySegment segment;

    MemorySegment of(long[] longs) {
        if (longs != array) {
            segment = MemorySegment.ofArray(longs);
            array = longs;
        }
        return segment;
    }

    MemorySegment of(int[] ints) {
        if (ints != array) {
            segment = MemorySegment.ofArray(ints);
            array = ints;
        }
        return segment;
    }
}
