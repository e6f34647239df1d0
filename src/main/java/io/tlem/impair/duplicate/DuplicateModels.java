package io.tlem.impair.duplicate;

import static io.tlem.impair.Parameter.optional;
import static io.tlem.impair.Parameter.required;

import io.tlem.impair.ModelKind;
import io.tlem.impair.ModelLibrary;
import io.tlem.impair.Parameter.Unit;
import io.tlem.impair.Role;
import io.tlem.impair.random.CorrelatedChance;
import java.util.List;

/** The duplications that come with the emulator. */
public final class DuplicateModels implements ModelLibrary {
    @Override
    public List<ModelKind> kinds() {
        return List.of(new ModelKind(
                Role.DUPLICATE,
                "random",
                List.of(
                        required("p", Unit.PROBABILITY, "of each packet"),
                        optional("correlation", Unit.PROBABILITY, "0", "from packet to packet, as in netem"),
                        optional("behind", Unit.TIME, "0", "how long after its packet the copy leaves")),
                "sends packets twice with probability P",
                "1%",
                (arguments, random) -> new RandomDuplicate(
                        new CorrelatedChance(arguments.probability("p"), arguments.probability("correlation"), random),
                        arguments.timeNanos("behind"))));
    }
}
