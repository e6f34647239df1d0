package io.tlem.impair.loss;

import io.tlem.impair.ModelKind;
import io.tlem.impair.ModelLibrary;
import io.tlem.impair.Parameter;
import io.tlem.impair.Parameter.Unit;
import io.tlem.impair.Role;
import java.util.List;

/** The losses that come with the emulator. */
public final class LossModels implements ModelLibrary {
    @Override
    public List<ModelKind> kinds() {
        return List.of(new ModelKind(
                Role.LOSS,
                "plr",
                List.of(Parameter.required("p", Unit.PROBABILITY, "of each packet")),
                "loses each packet with probability P, independently",
                "0.01",
                (arguments, random) -> new PacketLossRate(arguments.probability("p"), random)));
    }
}
