package io.tlem.impair.delay;

import io.tlem.impair.Arguments;
import io.tlem.impair.DelayModel;
import io.tlem.impair.ModelKind;
import io.tlem.impair.ModelLibrary;
import io.tlem.impair.Parameter;
import io.tlem.impair.Parameter.Unit;
import io.tlem.impair.Role;
import io.tlem.impair.SpecException;
import java.util.List;
import java.util.random.RandomGenerator;

/** The delays that come with the emulator. */
public final class DelayModels implements ModelLibrary {
    @Override
    public List<ModelKind> kinds() {
        return List.of(
                new ModelKind(
                        Role.DELAY,
                        "constant",
                        List.of(Parameter.required("t", Unit.TIME, "at most an hour")),
                        "T for every packet",
                        "10ms",
                        (arguments, random) -> DelayModel.constant(arguments.timeNanos("t"))),
                new ModelKind(
                        Role.DELAY,
                        "uniform",
                        List.of(
                                Parameter.required("min", Unit.TIME, "smallest delay"),
                                Parameter.required("max", Unit.TIME, "largest delay")),
                        "uniformly distributed from MIN to MAX",
                        "uniform,5ms,15ms",
                        DelayModels::uniform));
    }

    private static DelayModel uniform(Arguments arguments, RandomGenerator random) {
        long min = arguments.timeNanos("min");
        long max = arguments.timeNanos("max");
        if (min > max) {
            throw new SpecException("uniform delay: the minimum, " + min + " ns, is above the maximum, " + max + " ns");
        }
        return new UniformDelay(min, max, random);
    }
}
