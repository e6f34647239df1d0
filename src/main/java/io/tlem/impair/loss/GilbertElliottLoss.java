package io.tlem.impair.loss;

import io.tlem.impair.LossModel;
import io.tlem.impair.PacketContext;
import java.util.random.RandomGenerator;

/**
 * netem's {@code loss gemodel} (Gilbert 1960, Elliott 1963) as loss_gilb_ell in sch_netem steps it: good turns bad with p, bad
 * turns good with r, and a packet is lost with the probability of the state in which it has found the link, 1-k in the good
 * and 1-h in the bad one. The loss rate is {@code (p (1-h) + r (1-k)) / (p + r)}.
 */
final class GilbertElliottLoss implements LossModel {
    private final double goodToBad;
    private final double badToGood;
    private final double badLoss;
    private final double goodLoss;
    private final RandomGenerator random;
    private boolean bad;

    GilbertElliottLoss(double goodToBad, double badToGood, double badLoss, double goodLoss, RandomGenerator random) {
        this.goodToBad = goodToBad;
        this.badToGood = badToGood;
        this.badLoss = badLoss;
        this.goodLoss = goodLoss;
        this.random = random;
    }

    @Override
    public boolean loses(PacketContext packet) {
        double loss = bad ? badLoss : goodLoss;
        if (random.nextDouble() < (bad ? badToGood : goodToBad)) {
            bad = !bad;
        }
        return random.nextDouble() < loss;
    }
}
