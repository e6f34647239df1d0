package io.tlem.cli;

import io.tlem.buffer.SharedBuffer;
import io.tlem.link.DirectionModels;
import io.tlem.link.Pipeline;
import io.tlem.link.Relay;
import io.tlem.port.PacketPort;
import io.tlem.thread.NanoClock;
import io.tlem.thread.Stage;
import java.lang.foreign.Arena;
import java.util.ArrayList;
import java.util.List;

/**
 * Runs packets through stages and models like those of the link before its ports are opened, so that the JVM has
 * compiled them when the first packet comes: interpreted, they make it several hundred microseconds late.
 */
final class Warmup {
    private static final long NANOS = 250_000_000;
    private static final long PIPES_NANOS = 700_000_000;
    private static final int FEED_BATCH = 64;
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
     * @param overPipes whether the link's ports are netmap's or pipes, which have the same code
     */
    static void run(List<DirectionModels> models, int stages, int batch, boolean overPipes) {
        for (DirectionModels direction : models) {
            if (overPipes) {
                overPipes(direction, stages, batch, PIPES_NANOS / models.size());
            } else {
                run(direction, stages, batch, NANOS / models.size());
            }
        }
    }

    private static void run(DirectionModels models, int stages, int batch, long nanos) {
        try (PacketPort generator = open("generator:size=imix,rate=max");
                PacketPort sink = open("sink:");
                Arena arena = Arena.ofShared()) {
            step(pipeline(generator, sink, arena, models, stages, batch).stages(), nanos);
        }
    }

    /** Generator, pipe, link, pipe, sink, as in the demo. */
    private static void overPipes(DirectionModels models, int stages, int batch, long nanos) {
        String pipe = "pipe:warmup" + ProcessHandle.current().pid();
        try (PacketPort generator = open("generator:size=imix,rate=max");
                PacketPort before = open(pipe + "{in/T");
                PacketPort a = open(pipe + "}in/R");
                PacketPort b = open(pipe + "{out/T");
                PacketPort after = open(pipe + "}out/R");
                PacketPort sink = open("sink:check=on");
                Arena arena = Arena.ofShared()) {
            List<Stage> stepped = new ArrayList<>();
            stepped.add(relay(generator, before));
            stepped.addAll(pipeline(a, b, arena, models, stages, batch).stages());
            stepped.add(relay(after, sink));
            step(stepped, nanos);
        }
    }

    private static PacketPort open(String address) {
        return Ports.open(Ports.parse(address));
    }

    private static Stage relay(PacketPort from, PacketPort to) {
        return new Relay(
                "warm-up",
                NanoClock.SYSTEM,
                from.source().orElseThrow(),
                to.sink().orElseThrow(),
                FEED_BATCH);
    }

    private static Pipeline pipeline(
            PacketPort from, PacketPort to, Arena arena, DirectionModels models, int stages, int batch) {
        return new Pipeline(
                "warm-up",
                fastClock(models.maxDelayNanos()),
                from.source().orElseThrow(),
                to.sink().orElseThrow(),
                SharedBuffer.allocate(arena, BUFFER_BYTES, SharedBuffer.Pages.ORDINARY),
                models,
                stages,
                batch);
    }

    private static void step(List<Stage> stages, long nanos) {
        long start = System.nanoTime();
        while (System.nanoTime() - start < nanos) {
            stages.forEach(Stage::doWork);
        }
    }
}
