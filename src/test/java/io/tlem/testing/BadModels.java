package io.tlem.testing;

import io.tlem.impair.DelayModel;
import io.tlem.impair.EditModel;
import io.tlem.impair.ModelKind;
import io.tlem.impair.ModelLibrary;
import io.tlem.impair.PacketContext;
import io.tlem.impair.Role;
import java.lang.foreign.ValueLayout;
import java.util.List;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.LongSupplier;

/** Models that break the contract, each in its own way. */
public final class BadModels implements ModelLibrary {
    private static final long MAX_NANOS = 1_000_000;
    private static final int RECORD_HEADER_BYTES = 48;
    private static final int RECORD_BYTES = 128;
    private static final int FATE_AT = 7;

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
                new ModelKind(
                        Role.CORRUPT,
                        "test-vandal",
                        List.of(),
                        "writes over the record before a packet of 60 bytes, too",
                        "test-vandal",
                        (arguments, random) -> vandal()),
                kind(
                        "test-waster",
                        "allocates",
                        () -> String.valueOf(System.nanoTime()).length()),
                kind(
                        "test-dice",
                        "does not keep to its seed",
                        () -> ThreadLocalRandom.current().nextInt(100)));
    }

    private static EditModel vandal() {
        return packet -> {
            long fateBefore = packet.offset() - RECORD_HEADER_BYTES - RECORD_BYTES + FATE_AT;
            packet.memory().set(ValueLayout.JAVA_BYTE, fateBefore, (byte) 0xFF);
        };
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
