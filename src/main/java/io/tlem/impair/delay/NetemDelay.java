package io.tlem.impair.delay;

import io.tlem.impair.DelayModel;
import io.tlem.impair.PacketContext;
import io.tlem.impair.random.CorrelatedRandom;

/**
 * netem's delay: {@code mu + sigma T[r mod n] / 8192} with a distribution table, rounded as {@code sch_netem} does, or
 * {@code mu - sigma + r mod 2 sigma} without one; {@code r} is a correlated random number of 32 bits. A negative delay is none. Of the numbers
 * only the remainder counts, as in netem, so that little is left of their correlation.
 */
final class NetemDelay implements DelayModel {
    private static final long SCALE = 8192;
    private static final long LARGEST = 0xFFFF_FFFFL;

    private final long mu;
    private final long sigma;
    private final short[] table;
    private final CorrelatedRandom random;

    /**
     * @param sigma the jitter, ns, below 2^32
     * @param table empty for the uniform distribution
     */
    NetemDelay(long mu, long sigma, short[] table, CorrelatedRandom random) {
        this.mu = mu;
        this.sigma = sigma;
        this.table = table;
        this.random = random;
    }

    @Override
    public long delayNanos(PacketContext packet) {
        if (sigma == 0) {
            return mu;
        }
        long draw = random.next();
        long delay = table.length == 0 ? draw % (2 * sigma) + mu - sigma : scaled(table[(int) (draw % table.length)]);
        return Math.max(0, delay);
    }

    private long scaled(int entry) {
        long x = sigma % SCALE * entry;
        long rounded = x >= 0 ? x + SCALE / 2 : x - SCALE / 2;
        return rounded / SCALE + sigma / SCALE * entry + mu;
    }

    @Override
    public long minNanos() {
        if (sigma == 0) {
            return mu;
        }
        long least = mu - sigma;
        for (int i = 0; i < table.length; i++) {
            least = i == 0 ? scaled(table[i]) : Math.min(least, scaled(table[i]));
        }
        return Math.max(0, least);
    }

    @Override
    public long maxNanos() {
        if (sigma == 0) {
            return mu;
        }
        long most = mu - sigma + Math.min(LARGEST, 2 * sigma - 1);
        for (int i = 0; i < table.length; i++) {
            most = i == 0 ? scaled(table[i]) : Math.max(most, scaled(table[i]));
        }
        return Math.max(0, most);
    }
}
