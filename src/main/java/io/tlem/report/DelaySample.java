package io.tlem.report;

import java.util.Arrays;

/**
 * Times of packets, all while there are few, then every second, fourth, ... one. Used by one thread, and allocates nothing.
 */
final class DelaySample {
    static final int MOST = 1 << 14;

    private final long[] nanos = new long[MOST];
    private int size;
    private long every = 1;
    private long left = 1; // until the next one that counts
    private long all;
    private long least = Long.MAX_VALUE;
    private long most = Long.MIN_VALUE;

    /** Of the next packet, ns. */
    void add(long time) {
        all++;
        least = Math.min(least, time);
        most = Math.max(most, time);
        if (--left > 0) {
            return;
        }
        if (size == MOST) {
            for (int i = 0; i < MOST / 2; i++) {
                nanos[i] = nanos[2 * i];
            }
            size = MOST / 2;
            every *= 2;
        }
        nanos[size++] = time;
        left = every;
    }

    /** Of how many packets there were times. */
    long all() {
        return all;
    }

    /** The shortest of all. */
    long least() {
        return least;
    }

    /** The longest of all. */
    long most() {
        return most;
    }

    /** Those that are kept, in the order in which they came. */
    long[] kept() {
        return Arrays.copyOf(nanos, size);
    }
}
