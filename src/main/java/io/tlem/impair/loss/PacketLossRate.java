package io.tlem.impair.loss;

import io.tlem.impair.LossModel;
import io.tlem.impair.PacketContext;
import java.util.random.RandomGenerator;

/** Loses each packet independently with the same probability. */
record PacketLossRate(double probability, RandomGenerator random) implements LossModel {
    @Override
    public boolean loses(PacketContext packet) {
        return random.nextDouble() < probability;
    }
}
