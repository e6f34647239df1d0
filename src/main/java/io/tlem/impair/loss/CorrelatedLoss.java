package io.tlem.impair.loss;

import io.tlem.impair.LossModel;
import io.tlem.impair.PacketContext;
import io.tlem.impair.random.CorrelatedRandom;

/**
 * netem's {@code loss random}: a packet is lost when the threshold, P in units of 2^32 - 1, is not 0 and not below the next
 * correlated number (loss_event in sch_netem). With a correlation the loss rate is not P, because those numbers are not
 * uniform.
 */
final class CorrelatedLoss implements LossModel {
    private final long threshold;
    private final CorrelatedRandom random;

    CorrelatedLoss(double probability, CorrelatedRandom random) {
        this.threshold = CorrelatedRandom.threshold(probability);
        this.random = random;
    }

    @Override
    public boolean loses(PacketContext packet) {
        return threshold > 0 && threshold >= random.next();
    }
}
