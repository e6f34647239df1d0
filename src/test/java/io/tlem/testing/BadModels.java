package io.tlem.testing;

import io.tlem.impair.DelayModel;
import io.tlem.impair.ModelKind;
import io.tlem.impair.ModelLibrary;
import io.tlem.impair.PacketContext;
import io.tlem.impair.Role;
import java.util.List;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.LongSupplier;

/** Models that break the contract, each in its own way. */
public final class BadModels implements ModelLibrary {
    private static final long MAX_NANOS = 1_000_000;

    @Override
    public List<ModelKind> kinds() {
        return List.of(
                kind("test-liar", "is now and then slower than it says", new LongSupplier() {
                    private long packets;

                    @Override
                    public long getAsLong() {
                        return packets++ == 1000 ? 2 * MAX_NANOS : 0;
                    }
                }),
                kind(
                        "test-waster",
                        "allocates",
                        () -> String.valueOf(System.nanoTime()).length()),
                kind(
                        "test-dice",
                        "does not keep to its seed",
                        () -> ThreadLocalRandom.current().nextInt(100)));
    }

    private static ModelKind kind(String name, String summary, LongSupplier delay) {
        return new ModelKind(Role.DELAY, name, List.of(), summary, name, (arguments, random) -> new DelayModel() {
            @Override
            public long delayNanos(PacketContext packet) {
                return delay.getAsLong();
            }

            @Override
            public long maxNanos() {
                return MAX_NANOS;
            }
        });
    }
}
