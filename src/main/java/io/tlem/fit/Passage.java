package io.tlem.fit;

/**
 * Packets that went through a network, in the order in which they entered it. The first and the last got through.
 *
 * @param in when each entered, ns; not decreasing
 * @param out when it left, ns; {@link #LOST} when it did not
 * @param bytes of its frame
 * @param again when its copy left, ns; {@link #LOST} when there was none
 * @param tickNanos what times are multiples of, ns
 */
@SuppressWarnings("ArrayRecordComponent") // which nobody compares
record Passage(long[] in, long[] out, int[] bytes, long[] again, long tickNanos) {
    /** In the place of a time. */
    static final long LOST = Long.MIN_VALUE;

    private static final long MICROSECOND = 1000;
    private static final long LONGEST_TOGETHER_NANOS = 300_000;
    private static final int CLOSER = 8; // than they have entered
    private static final int PILE = 10; // times as many as next to it
    private static final double LEAST_PART = 0.02;

    static Passage of(long[] in, long[] out, int[] bytes, long[] again) {
        boolean coarse = true;
        for (int i = 0; coarse && i < in.length; i++) {
            coarse = in[i] % MICROSECOND == 0 && (out[i] == LOST || out[i] % MICROSECOND == 0);
        }
        return new Passage(in, out, bytes, again, coarse ? MICROSECOND : 1);
    }

    int count() {
        return in.length;
    }

    boolean isLost(int packet) {
        return out[packet] == LOST;
    }

    int received() {
        int received = 0;
        for (long time : out) {
            received += time == LOST ? 0 : 1;
        }
        return received;
    }

    /** Numbers of the packets that got through. */
    int[] survivors() {
        int[] survivors = new int[received()];
        int next = 0;
        for (int i = 0; i < out.length; i++) {
            if (out[i] != LOST) {
                survivors[next++] = i;
            }
        }
        return survivors;
    }

    /**
     * How far apart packets leave that had to wait for one another, ns. A simulated link lets them go at the same time, a real one in
     * a row, as fast as it can: then far more packets leave within so much of the one ahead, having entered much further apart, than
     * do within twice as much. Packets that leave close to each other by chance make no such pile.
     */
    long togetherNanos() {
        int[] survivors = survivors();
        long together = 0;
        double best = PILE;
        for (long reach = tickNanos; reach <= LONGEST_TOGETHER_NANOS; reach *= 2) {
            int within = 0;
            int next = 0;
            for (int i = 1; i < survivors.length; i++) {
                long gap = out[survivors[i]] - out[survivors[i - 1]];
                if (gap > 0 && gap <= 2 * reach && in[survivors[i]] - in[survivors[i - 1]] > CLOSER * reach) {
                    within += gap <= reach ? 1 : 0;
                    next += gap <= reach ? 0 : 1;
                }
            }
            double times = within / (next + 1.0);
            if (within > LEAST_PART * survivors.length && times > best) {
                best = times;
                together = reach;
            }
        }
        return together;
    }

    /**
     * Whether a packet left with one ahead of it, for which it may have waited.
     *
     * @param together of {@link #togetherNanos}
     */
    boolean leftTogether(int ahead, int packet, long together) {
        long gap = out[packet] - out[ahead];
        return gap == 0 || (gap <= together && gap < in[packet] - in[ahead]);
    }

    /** The same with other times of leaving. */
    Passage withOut(long[] changed, long[] changedAgain) {
        return new Passage(in, changed, bytes, changedAgain, tickNanos);
    }

    /** Packets that left behind one that had entered later (RFC 4737). */
    int reordered() {
        int reordered = 0;
        long least = Long.MAX_VALUE;
        for (int i = out.length - 1; i >= 0; i--) {
            if (out[i] != LOST) {
                reordered += out[i] > least ? 1 : 0;
                least = Math.min(least, out[i]);
            }
        }
        return reordered;
    }
}
