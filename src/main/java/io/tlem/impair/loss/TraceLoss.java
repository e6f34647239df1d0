package io.tlem.impair.loss;

import io.tlem.impair.LossModel;
import io.tlem.impair.PacketContext;
import io.tlem.impair.StepFile;
import io.tlem.impair.Timeline;
import java.util.random.RandomGenerator;

/** Loses packets independently with a probability that changes over time, which begins with the first packet's arrival. */
final class TraceLoss implements LossModel {
    private final Timeline timeline;
    private final double[] probabilities;
    private final RandomGenerator random;

    TraceLoss(StepFile<Double> file, boolean wraps, RandomGenerator random) {
        this.timeline = file.timeline(wraps);
        this.probabilities =
                file.values().stream().mapToDouble(Double::doubleValue).toArray();
        this.random = random;
    }

    @Override
    public boolean loses(PacketContext packet) {
        return random.nextDouble() < probabilities[timeline.at(packet.arrivalNanos())];
    }
}
