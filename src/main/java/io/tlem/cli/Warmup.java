package io.tlem.cli;

import io.tlem.buffer.SharedBuffer;
import io.tlem.link.DirectionModels;
import io.tlem.link.Pipeline;
import io.tlem.port.PacketPort;
import io.tlem.thread.NanoClock;
import io.tlem.thread.Stage;
import java.lang.foreign.Arena;
import java.util.List;

/**
 * Runs packets through stages and models like those of the link before its ports are opened, so that the JVM has
 * compiled them when the first packet comes: interpreted, they make it several hundred microseconds late.
 */
final class Warmup {
    private static final long NANOS = 250_000_000;
    private static final long BUFFER_BYTES = 1 << 20;

    private Warmup() {}

    /** Time that passes while it is read, fast enough for packets to become due whatever their delay. */
    private static NanoClock fastClock(long delayNanos) {
        long step = 10_000 + delayNanos / 100;
        long[] now = {0};
        return () -> now[0] += step;
    }

    /**
     * @param models throw-away models of each direction, of the same kinds as the link's
     */
    static void run(List<DirectionModels> models, int stages, int batch) {
        for (DirectionModels direction : models) {
            try (PacketPort generator = Ports.open(Ports.parse("generator:size=imix,rate=max"));
                    PacketPort sink = Ports.open(Ports.parse("sink:"));
                    Arena arena = Arena.ofShared()) {
                Pipeline pipeline = new Pipeline(
                        "warm-up",
                        fastClock(direction.maxDelayNanos()),
                        generator.source().orElseThrow(),
                        sink.sink().orElseThrow(),
                        SharedBuffer.allocate(arena, BUFFER_BYTES, SharedBuffer.Pages.ORDINARY),
                        direction,
                        stages,
                        batch);
                long start = System.nanoTime();
                while (System.nanoTime() - start < NANOS / models.size()) {
                    pipeline.stages().forEach(Stage::doWork);
                }
            }
        }
    }
}
