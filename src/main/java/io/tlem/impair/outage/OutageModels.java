package io.tlem.impair.outage;

import static io.tlem.impair.Parameter.optional;
import static io.tlem.impair.Parameter.required;

import io.tlem.impair.Arguments;
import io.tlem.impair.LossModel;
import io.tlem.impair.ModelKind;
import io.tlem.impair.ModelLibrary;
import io.tlem.impair.Parameter.Unit;
import io.tlem.impair.Role;
import io.tlem.impair.SpecException;
import java.util.List;
import java.util.random.RandomGenerator;

/** The outages that come with the emulator. Their time begins with the first packet. */
public final class OutageModels implements ModelLibrary {
    @Override
    public List<ModelKind> kinds() {
        return List.of(
                new ModelKind(
                        Role.OUTAGE,
                        "periodic",
                        List.of(
                                required("up", Unit.TIME, "the link is up for, above 0"),
                                required("down", Unit.TIME, "and down for"),
                                optional("first", Unit.TIME, "0", "time before the first UP begins, spent up")),
                        "the link is up for UP, down for DOWN, and so on",
                        "periodic,10s,500ms",
                        OutageModels::periodic),
                new ModelKind(
                        Role.OUTAGE,
                        "random",
                        List.of(
                                required("up", Unit.TIME, "mean time that the link is up, above 0"),
                                required("down", Unit.TIME, "mean time that it is down")),
                        "the link is up and down for exponentially distributed times",
                        "random,10s,500ms",
                        (arguments, random) ->
                                new RandomOutage(positive(arguments, "up"), arguments.timeNanos("down"), random)),
                new ModelKind(
                        Role.OUTAGE,
                        "down",
                        List.of(),
                        "the link is down, until it is changed",
                        "down",
                        (arguments, random) -> new Down()));
    }

    private static long positive(Arguments arguments, String name) {
        long nanos = arguments.timeNanos(name);
        if (nanos == 0) {
            throw new SpecException(name + " is 0; it must be longer");
        }
        return nanos;
    }

    private static LossModel periodic(Arguments arguments, RandomGenerator random) {
        return new PeriodicOutage(positive(arguments, "up"), arguments.timeNanos("down"), arguments.timeNanos("first"));
    }
}
