package io.tlem.impair;

import java.util.Arrays;

/** Numbers of a file while it is read, as many as its lines. Used by one thread. */
public final class LongList {
    private long[] values = new long[1024];
    private int size;

    /** Puts a number behind the others. */
    public void add(long value) {
        if (size == values.length) {
            values = Arrays.copyOf(values, 2 * size);
        }
        values[size++] = value;
    }

    /** How many there are. */
    public int size() {
        return size;
    }

    /** The last one. */
    public long last() {
        return values[size - 1];
    }

    /** All of them; nothing may be added after that. */
    public long[] toArray() {
        values = size == values.length ? values : Arrays.copyOf(values, size);
        return values;
    }
}
