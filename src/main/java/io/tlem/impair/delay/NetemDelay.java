package io.tlem.impair.delay;

import io.tlem.impair.DelayModel;
import io.tlem.impair.PacketContext;
import io.tlem.impair.random.CorrelatedRandom;
import io.tlem.impair.random.NetemTable;

/**
 * netem's delay: {@code mu + sigma T[r mod n] / 8192} with a distribution table, rounded as {@code sch_netem} does, or
 * {@code mu - sigma + r mod 2 sigma} without one; {@code r} is a correlated random number of 32 bits. A negative delay is none. Of the numbers
 * only the remainder counts, as in netem, so that little is left of their correlation.
 */
final class NetemDelay implements DelayModel {
    private static final long LARGEST = 0xFFFF_FFFFL;

    private final long mu;
    private final long sigma;
    private final NetemTable table;
    private final CorrelatedRandom random;

    /**
     * @param sigma the jitter, ns, below 2^32
     * @param table null for the uniform distribution
     */
    NetemDelay(long mu, long sigma, NetemTable table, CorrelatedRandom random) {
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
        long delay = table == null ? draw % (2 * sigma) + mu - sigma : table.value(mu, sigma, draw);
        return Math.max(0, delay);
    }

    @Override
    public long quantileNanos(double part) {
        if (sigma == 0) {
            return mu;
        }
        return table == null ? Math.max(0, mu - sigma + Math.min((long) (part * 2 * sigma), 2 * sigma - 1)) : UNKNOWN;
    }

    @Override
    public long minNanos() {
        return Math.max(0, sigma == 0 ? mu : table == null ? mu - sigma : table.min(mu, sigma));
    }

    @Override
    public long maxNanos() {
        long uniform = mu - sigma + Math.min(LARGEST, 2 * sigma - 1);
        return Math.max(0, sigma == 0 ? mu : table == null ? uniform : table.max(mu, sigma));
    }
}
