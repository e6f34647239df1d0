package example;

import io.tlem.impair.DelayModel;
import io.tlem.impair.ModelKind;
import io.tlem.impair.ModelLibrary;
import io.tlem.impair.PacketContext;
import io.tlem.impair.Parameter;
import io.tlem.impair.Role;
import java.util.List;

public final class MyModels implements ModelLibrary {
    @Override
    public List<ModelKind> kinds() {
        return List.of(new ModelKind(
                Role.DELAY,
                "sawtooth",
                List.of(Parameter.required("max", Parameter.Unit.TIME, "top of the teeth")),
                "grows from 0 to MAX, packet by packet, and starts again",
                "sawtooth,10ms",
                (arguments, random) -> new Sawtooth(arguments.timeNanos("max"))));
    }

    private static final class Sawtooth implements DelayModel {
        private final long max;
        private long next;

        Sawtooth(long max) {
            this.max = max;
        }

        @Override
        public long delayNanos(PacketContext packet) {
            next = next >= max ? 0 : next + 1000;
            return Math.min(next, max);
        }

        @Override
        public long maxNanos() {
            return max;
        }
    }
}
