package io.tlem.impair.outage;

import io.tlem.impair.LossModel;
import io.tlem.impair.PacketContext;
import java.util.random.RandomGenerator;

/**
 * Up and down for exponentially distributed times, from the first packet on. Such times have no memory: where no packet has come
 * for so many changes that to draw them all would take long, the state and the rest of its time are drawn as of any moment.
 */
final class RandomOutage implements LossModel {
    /** Most changes that are drawn at a packet, on average. */
    private static final double MOST_CHANGES = 1e6;

    /** Times from the origin on are exact to the nanosecond up to this one. */
    private static final long EXACT_NANOS = 1L << 52;

    private final long upNanos;
    private final long downNanos;
    private final RandomGenerator random;
    private boolean started;
    private boolean down;
    private double endNanos; // of the state, from the first packet on

    private long originNanos;

    RandomOutage(long upNanos, long downNanos, RandomGenerator random) {
        this.upNanos = upNanos;
        this.downNanos = downNanos;
        this.random = random;
    }

    @Override
    public boolean loses(PacketContext packet) {
        if (!started) {
            started = true;
            originNanos = packet.arrivalNanos();
            endNanos = next(upNanos);
        }
        long since = packet.arrivalNanos() - originNanos;
        if ((since - endNanos) / ((double) upNanos + downNanos) > MOST_CHANGES / 2) {
            down = random.nextDouble() * ((double) upNanos + downNanos) >= upNanos;
            originNanos = packet.arrivalNanos();
            endNanos = next(down ? downNanos : upNanos);
            return down;
        }
        if (since > EXACT_NANOS) {
            originNanos = packet.arrivalNanos();
            endNanos -= since;
            since = 0;
        }
        while (since >= endNanos) {
            down = !down;
            endNanos += next(down ? downNanos : upNanos);
        }
        return down;
    }

    private double next(long meanNanos) {
        return -Math.log(1 - random.nextDouble()) * meanNanos;
    }
}
