package io.tlem.impair.delay;

import io.tlem.impair.DelayModel;
import io.tlem.impair.PacketContext;
import java.util.random.RandomGenerator;

/**
 * TLEM's {@code inter-packet}: a packet is released a random gap after the one ahead, or, when that one has left, a delay after
 * it left the link itself. TLEM counts from the arrival of the batch; here the time that the packet spent in queue and on the
 * link is not counted twice.
 */
final class InterPacketDelay implements DelayModel {
    private final UniformDelay gap;
    private final long delayNanos;
    private final long maxNanos;
    private long lastReleaseNanos = Long.MIN_VALUE;

    /** @param maxNanos no packet is delayed longer, however long the row of those ahead */
    InterPacketDelay(long minGapNanos, long maxGapNanos, long delayNanos, long maxNanos, RandomGenerator random) {
        this.gap = new UniformDelay(minGapNanos, maxGapNanos, random);
        this.delayNanos = delayNanos;
        this.maxNanos = maxNanos;
    }

    @Override
    public long delayNanos(PacketContext packet) {
        long exitNanos = packet.linkExitNanos();
        long between = gap.delayNanos(packet);
        long delay = lastReleaseNanos < exitNanos ? delayNanos : lastReleaseNanos - exitNanos + between;
        delay = Math.min(delay, maxNanos);
        lastReleaseNanos = exitNanos + delay;
        return delay;
    }

    @Override
    public long maxNanos() {
        return maxNanos;
    }
}
