package io.tlem.impair.loss;

import io.tlem.impair.LossModel;
import io.tlem.impair.PacketContext;
import java.util.random.RandomGenerator;

/**
 * The simple Gilbert model: everything is lost in the bad state and nothing in the good one; a packet first moves the chain,
 * to bad with p and to good with r, and is then judged. Bursts are geometric with the mean {@code 1 / r}; the loss rate is
 * {@code p / (p + r)}. Written out in Salsano, Ludovici and Ordine's report on netem's loss models.
 */
final class GilbertLoss implements LossModel {
    private final double goodToBad;
    private final double badToGood;
    private final RandomGenerator random;
    private boolean bad;

    GilbertLoss(double goodToBad, double badToGood, RandomGenerator random) {
        this.goodToBad = goodToBad;
        this.badToGood = badToGood;
        this.random = random;
    }

    @Override
    public boolean loses(PacketContext packet) {
        if (random.nextDouble() < (bad ? badToGood : goodToBad)) {
            bad = !bad;
        }
        return bad;
    }
}
