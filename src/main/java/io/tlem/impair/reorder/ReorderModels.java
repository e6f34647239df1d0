package io.tlem.impair.reorder;

import static io.tlem.impair.Parameter.optional;
import static io.tlem.impair.Parameter.required;

import io.tlem.impair.ModelKind;
import io.tlem.impair.ModelLibrary;
import io.tlem.impair.Parameter.Unit;
import io.tlem.impair.Role;
import io.tlem.impair.random.CorrelatedChance;
import java.util.List;

/** The reorderings that come with the emulator. */
public final class ReorderModels implements ModelLibrary {
    private static final long MAX_GAP = 1_000_000;

    @Override
    public List<ModelKind> kinds() {
        return List.of(
                new ModelKind(
                        Role.REORDER,
                        "constant",
                        List.of(
                                required("p", Unit.PROBABILITY, "of a packet to be held"),
                                required("t", Unit.TIME, "for which it is held")),
                        "holds packets for T with probability P, while those behind pass (TLEM)",
                        "constant,0.01,5ms",
                        (arguments, random) ->
                                new HoldReorder(arguments.probability("p"), arguments.timeNanos("t"), random)),
                new ModelKind(
                        Role.REORDER,
                        "gap",
                        List.of(
                                required("n", Unit.COUNT, "1 to 1000000; 1 makes every packet a candidate"),
                                optional("p", Unit.PROBABILITY, "1", "of a candidate"),
                                optional("correlation", Unit.PROBABILITY, "0", "from one candidate to the next")),
                        "every N-th packet is sent without delay with probability P, ahead of others (netem)",
                        "gap,5,25%",
                        (arguments, random) -> new GapReorder(
                                arguments.count("n", 1, MAX_GAP),
                                new CorrelatedChance(
                                        arguments.probability("p"), arguments.probability("correlation"), random))),
                new ModelKind(
                        Role.REORDER,
                        "jitter",
                        List.of(),
                        "a delay that varies reorders packets: each leaves when its own delay is over (netem)",
                        "jitter",
                        (arguments, random) -> new JitterReorder()),
                new ModelKind(
                        Role.REORDER,
                        "route",
                        List.of(required("id", Unit.COUNT, "0 to " + RouteReorder.MAX_ROUTE)),
                        "packets keep their order on a route; those of the routes before it may be overtaken (TheaterQ)",
                        "route,1",
                        (arguments, random) ->
                                new RouteReorder((int) arguments.count("id", 0, RouteReorder.MAX_ROUTE))));
    }
}
