package io.tlem.impair.loss;

import io.tlem.impair.LossModel;
import io.tlem.impair.PacketContext;
import io.tlem.impair.StepFile;
import io.tlem.impair.Timeline;
import java.util.random.RandomGenerator;

/** Loses packets independently with a probability that changes over time, which begins with the first packet's arrival. */
final class TraceLoss implements LossModel {
    private final Timeline timeline;
    private final long[] probabilities; // the bits of each
    private final RandomGenerator random;

    TraceLoss(StepFile file, boolean wraps, RandomGenerator random) {
        this.timeline = file.timeline(wraps);
        this.probabilities = file.values();
        this.random = random;
    }

    @Override
    public boolean loses(PacketContext packet) {
        return random.nextDouble() < Double.longBitsToDouble(probabilities[timeline.at(packet.arrivalNanos())]);
    }
}
