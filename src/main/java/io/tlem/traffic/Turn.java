package io.tlem.traffic;

/** A number that goes through a range, one further a packet, and begins again behind its end. Used by one thread. */
final class Turn {
    private final int first;
    private final int last;
    private int value;

    /**
     * @param first of the range, taken without a sign
     * @param count of numbers in it, 1 or more
     */
    Turn(int first, long count) {
        this.first = first;
        this.last = (int) (first + count - 1);
        this.value = first;
    }

    int next() {
        int now = value;
        value = now == last ? first : now + 1;
        return now;
    }
}
