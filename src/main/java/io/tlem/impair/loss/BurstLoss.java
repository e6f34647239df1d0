package io.tlem.impair.loss;

import io.tlem.impair.LossModel;
import io.tlem.impair.PacketContext;
import java.util.random.RandomGenerator;

/**
 * TLEM's burst loss: at a packet outside a burst one begins with probability P, and takes it and those behind it, together a
 * number of packets that is uniform in {@code min..max}. The packet behind a burst is outside again and may begin the next
 * one. The loss rate is {@code P m / (P m + 1 - P)} with the mean length {@code m = (min + max) / 2}.
 */
final class BurstLoss implements LossModel {
    private final double probability;
    private final long min;
    private final long lengths;
    private final RandomGenerator random;
    private long remaining;

    BurstLoss(double probability, long min, long max, RandomGenerator random) {
        this.probability = probability;
        this.min = min;
        this.lengths = max - min + 1;
        this.random = random;
    }

    @Override
    public boolean loses(PacketContext packet) {
        if (remaining == 0) {
            if (random.nextDouble() >= probability) {
                return false;
            }
            // The high word of the product is uniform below lengths, but for a bias of lengths / 2^64.
            remaining = min + Math.unsignedMultiplyHigh(random.nextLong(), lengths);
        }
        remaining--;
        return true;
    }
}
