package io.tlem.impair.outage;

import io.tlem.impair.LossModel;
import io.tlem.impair.PacketContext;
import java.util.random.RandomGenerator;

/** Up and down for exponentially distributed times, from the first packet on. */
final class RandomOutage implements LossModel {
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
