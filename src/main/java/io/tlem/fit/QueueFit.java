package io.tlem.fit;

import java.util.Arrays;
import java.util.Optional;

/**
 * The queue before a bottleneck: the backlog that packets found, and from which on they were refused.
 *
 * @param limit of the queue, bytes or packets; empty where no packet was refused for it
 * @param refused of each packet, whether it found the queue full
 * @param mostBytes backlog that a packet found
 */
@SuppressWarnings("ArrayRecordComponent") // which nobody compares
record QueueFit(Optional<Estimate> limit, boolean[] refused, long mostBytes) {
    private static final int LEAST_REFUSED = 5;
    private static final double LEAST_SHARE = 0.8; // of those beyond a limit that were refused
    private static final double LEAST_LIKELIHOOD = 12;

    /** Where the part of packets that were lost changes most. */
    private record Split(long backlog, double logLikelihood) {}

    static QueueFit of(Passage passage, RateFit rate) {
        int count = passage.count();
        long[] bytes = new long[count];
        long[] packets = new long[count];
        backlog(passage, rate, bytes, packets);
        boolean[] refused = new boolean[count];
        long most = Arrays.stream(bytes).max().orElse(0);
        Split byBytes = split(passage, bytes);
        Split byPackets = split(passage, packets);
        if (byBytes.logLikelihood == 0 && byPackets.logLikelihood == 0) {
            return new QueueFit(Optional.empty(), refused, most);
        }
        boolean inBytes = byBytes.logLikelihood >= byPackets.logLikelihood;
        long[] backlog = inBytes ? bytes : packets;
        long from = inBytes ? byBytes.backlog : byPackets.backlog;
        long admitted = 0;
        long least = Long.MAX_VALUE;
        for (int i = 0; i < count; i++) {
            refused[i] = passage.isLost(i) && backlog[i] >= from;
            if (refused[i]) {
                least = Math.min(least, backlog[i]);
            } else if (!passage.isLost(i) && backlog[i] < from) {
                admitted = Math.max(admitted, backlog[i]);
            }
        }
        // A limit in bytes admits while the backlog is at most that; one in packets while it is less.
        double low = inBytes ? admitted : admitted + 1.0;
        double high = inBytes ? least - 1.0 : least;
        Estimate limit = new Estimate(
                "queue",
                roundest(low, Math.max(low, high)),
                Math.min(low, high),
                Math.max(low, high),
                inBytes ? Estimate.Unit.BYTES : Estimate.Unit.PACKETS);
        return new QueueFit(Optional.of(limit), refused, most);
    }

    /** The number with most zeros at its end. */
    private static double roundest(double low, double high) {
        for (double unit = 1e9; unit > 1; unit /= 10) {
            double candidate = Math.ceil(low / unit) * unit;
            if (candidate <= high && candidate > 0) {
                return candidate;
            }
        }
        return low;
    }

    /** What each packet finds that has not left the bottleneck, the one on it included. */
    private static void backlog(Passage passage, RateFit rate, long[] bytes, long[] packets) {
        int count = passage.count();
        long start = passage.in()[0];
        double[] exits = new double[count];
        int[] entered = new int[count];
        int head = 0;
        int tail = 0;
        long waitingBytes = 0;
        double free = 0;
        for (int i = 0; i < count; i++) {
            double arrival = passage.in()[i] - start;
            while (head < tail && exits[head] <= arrival + 1e-6) {
                waitingBytes -= passage.bytes()[entered[head++]];
            }
            bytes[i] = waitingBytes;
            packets[i] = (long) tail - head;
            if (!passage.isLost(i)) {
                free = Math.max(free, arrival)
                        + 8e9 * (passage.bytes()[i] + rate.overheadBytes()) / rate.bitsPerSecond();
                exits[tail] = free;
                entered[tail++] = i;
                waitingBytes += passage.bytes()[i];
            }
        }
    }

    /** The backlog from which on losses are best told from those below; without likelihood where there is none. */
    private static Split split(Passage passage, long[] backlog) {
        int count = backlog.length;
        long[] sorted = new long[count];
        long lost = 0;
        for (int i = 0; i < count; i++) {
            sorted[i] = backlog[i] << 1 | (passage.isLost(i) ? 1 : 0);
            lost += sorted[i] & 1;
        }
        Arrays.sort(sorted);
        double whole = logLikelihood(lost, count);
        Split best = new Split(0, 0);
        long lostAbove = 0;
        for (int i = count - 1; i > 0; i--) {
            lostAbove += sorted[i] & 1;
            long above = (long) count - i;
            if (sorted[i] >> 1 == sorted[i - 1] >> 1 || lostAbove < LEAST_REFUSED) {
                continue;
            }
            double gain = logLikelihood(lostAbove, above) + logLikelihood(lost - lostAbove, i) - whole;
            if (gain > Math.max(LEAST_LIKELIHOOD, best.logLikelihood)
                    && lostAbove >= LEAST_SHARE * above
                    && sorted[i] >> 1 > 0) {
                best = new Split(sorted[i] >> 1, gain);
            }
        }
        return best;
    }

    private static double logLikelihood(long happened, long trials) {
        if (happened == 0 || happened == trials) {
            return 0;
        }
        double share = (double) happened / trials;
        return happened * Math.log(share) + (trials - happened) * Math.log(1 - share);
    }
}
