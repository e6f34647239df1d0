package io.tlem.port;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;

/**
 * Numbers that one thread gives and another takes, in their order: which buffers are spare again, for instance. There must be
 * room for all that are under way.
 */
public final class NumberRing {
    /** Instead of a number, when there is none. */
    public static final int NONE = -1;

    private static final VarHandle LONGS =
            MethodHandles.arrayElementVarHandle(long[].class).withInvokeExactBehavior();

    // Positions that only grow, each in the middle of an array: longs ahead of it and as many behind, so that no other
    // object, and no other thread's, shares its lines.
    private static final int AT = 16;
    private final long[] given = new long[AT + 2 + AT]; // what the taker may know of; then what is given
    private final long[] taken = new long[AT + 2 + AT]; // then the last given that the taker has seen

    private final int[] numbers;
    private final int mask;

    /** @param most numbers that are given and not taken */
    public NumberRing(int most) {
        numbers = new int[Math.max(1, Integer.highestOneBit(Math.max(1, most - 1)) << 1)];
        mask = numbers.length - 1;
    }

    /**
     * Gives one, which can be taken once it is {@link #publish published}. By the giving thread.
     *
     * @param number 0 or more
     */
    public void give(int number) {
        numbers[(int) given[AT + 1]++ & mask] = number;
    }

    /** Lets those be taken that are given. By the giving thread. */
    public void publish() {
        LONGS.setRelease(given, AT, given[AT + 1]);
    }

    /** Takes the next one, or {@link #NONE}. By the taking thread. */
    public int take() {
        long next = taken[AT];
        if (next == taken[AT + 1]) {
            long seen = (long) LONGS.getAcquire(given, AT);
            if (next == seen) {
                return NONE;
            }
            taken[AT + 1] = seen;
        }
        taken[AT] = next + 1;
        return numbers[(int) next & mask];
    }

    /** How many there are to be taken. While neither thread uses it. */
    public int count() {
        return (int) (given[AT] - taken[AT]);
    }
}
