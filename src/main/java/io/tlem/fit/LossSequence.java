package io.tlem.fit;

import java.util.Arrays;

/**
 * Which packets were lost, in the order in which they were sent, as runs of the same fate. Of some it may be unknown what a loss
 * model would have decided, as those that found a queue full. Used by one thread.
 */
final class LossSequence {
    /** What became of a packet. */
    enum Fate {
        KEPT,
        LOST,
        UNKNOWN
    }

    private static final Fate[] FATES = Fate.values();

    private int[] lengths = new int[64];
    private byte[] fates = new byte[64];
    private int runs;
    private final long[] counts = new long[FATES.length];

    /** The next packet. */
    void add(Fate fate) {
        counts[fate.ordinal()]++;
        if (runs > 0 && fates[runs - 1] == fate.ordinal() && lengths[runs - 1] < Integer.MAX_VALUE) {
            lengths[runs - 1]++;
            return;
        }
        if (runs == lengths.length) {
            lengths = Arrays.copyOf(lengths, 2 * runs);
            fates = Arrays.copyOf(fates, 2 * runs);
        }
        lengths[runs] = 1;
        fates[runs++] = (byte) fate.ordinal();
    }

    int runs() {
        return runs;
    }

    Fate fate(int run) {
        return FATES[fates[run]];
    }

    int length(int run) {
        return lengths[run];
    }

    long count(Fate fate) {
        return counts[fate.ordinal()];
    }

    /** Packets of which it is known whether they were lost. */
    long known() {
        return count(Fate.KEPT) + count(Fate.LOST);
    }

    /** How often a packet of one fate was followed by one of another, or the same. */
    long followed(Fate first, Fate second) {
        long sum = 0;
        for (int run = 0; run < runs; run++) {
            if (fate(run) == first) {
                if (first == second) {
                    sum += lengths[run] - 1;
                } else if (run + 1 < runs && fate(run + 1) == second) {
                    sum++;
                }
            }
        }
        return sum;
    }

    /** The part that was lost; that losses come together makes the interval wider. */
    Estimate rate(String name) {
        double share = known() == 0 ? 0 : (double) count(Fate.LOST) / known();
        double lost = Math.max(1, followed(Fate.LOST, Fate.LOST) + followed(Fate.LOST, Fate.KEPT));
        double again = followed(Fate.LOST, Fate.LOST) / lost;
        double correlation = share == 0 ? 0 : Math.clamp((again - share) / (1 - share + 1e-12), 0, 0.99);
        double worth = known() * (1 - correlation) / (1 + correlation);
        return Estimate.ofShare(name, share * worth, worth);
    }

    /** The first packets alone. */
    LossSequence first(long packets) {
        LossSequence first = new LossSequence();
        long left = packets;
        first.lengths = new int[Math.max(1, runs)];
        first.fates = new byte[Math.max(1, runs)];
        for (int run = 0; run < runs && left > 0; run++) {
            int taken = (int) Math.min(left, lengths[run]);
            first.lengths[run] = taken;
            first.fates[run] = fates[run];
            first.counts[fates[run]] += taken;
            first.runs++;
            left -= taken;
        }
        return first;
    }

    /** How many bursts of lost packets have 1, 2, ... packets; the last entry has all longer ones, too. */
    long[] bursts(int longest) {
        long[] bursts = new long[longest];
        for (int run = 0; run < runs; run++) {
            if (fate(run) == Fate.LOST) {
                bursts[Math.min(lengths[run], longest) - 1]++;
            }
        }
        return bursts;
    }
}
