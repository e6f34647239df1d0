package io.tlem.link;

import io.tlem.buffer.SharedBuffer;
import io.tlem.impair.LinkModels;
import io.tlem.impair.RandomStreams;
import io.tlem.os.SystemThreads;
import io.tlem.port.PacketPort;
import io.tlem.port.PortAddress;
import io.tlem.port.Ports;
import io.tlem.thread.NanoClock;
import io.tlem.thread.Stage;
import io.tlem.thread.StageThread;
import io.tlem.thread.ThreadSettings;
import io.tlem.thread.WaitThresholds;
import java.lang.foreign.Arena;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.BooleanSupplier;
import java.util.stream.Collectors;

/**
 * Runs packets through stages and models like those of the link before its ports are opened, so that the JVM has
 * compiled them when the first packet comes: interpreted, they make it several hundred microseconds late.
 */
final class Warmup {
    private static final long NANOS = 250_000_000;
    private static final long PIPES_NANOS = 700_000_000;
    private static final long LOOP_NANOS = 150_000_000; // with the models of one direction
    private static final long MOST_NANOS = 1_500_000_000; // without models; the times above go with it
    private static final long LOOK_NANOS = 100_000_000; // at the compiler
    private static final long BUSY = 4; // part of the time that it works then
    private static final long IDLE_NANOS = 50_000_000;
    private static final long IDLE_AHEAD_NANOS = 100_000;
    private static final int FEED_BATCH = 64;
    private static final long BUFFER_BYTES = 1 << 20;

    /** What has been run in this process: stages, models and kinds of ports. */
    private static final Set<Object> COMPILED = ConcurrentHashMap.newKeySet();

    private final double share; // of the usual time
    private final BooleanSupplier unwanted;

    private Warmup(double share, BooleanSupplier unwanted) {
        this.share = share;
        this.unwanted = unwanted;
    }

    /** Time that passes while it is read, fast enough for packets to become due whatever their delay. */
    private static NanoClock fastClock(long delayNanos) {
        long step = 10_000 + delayNanos / 100;
        long[] now = {0};
        return () -> now[0] += step;
    }

    /**
     * @param models throw-away models of each direction, of the same kinds as the link's
     * @param config the link's
     * @param ports the link's
     * @param mostNanos about how long it may take; with 0 nothing is done
     * @param unwanted whether to end at once
     */
    static void run(
            List<DirectionModels> models,
            LinkConfig config,
            List<PortAddress> ports,
            Optional<Long> mostNanos,
            BooleanSupplier unwanted) {
        double share = mostNanos.map(nanos -> (double) nanos / MOST_NANOS).orElse(1.0);
        if (share > 0) {
            new Warmup(share, unwanted).run(models, config, ports);
        }
    }

    private void run(List<DirectionModels> models, LinkConfig config, List<PortAddress> ports) {
        int stages = config.stages();
        int batch = config.batch();
        Set<Object> code = models.stream()
                .map(direction -> List.of(
                        stages,
                        direction.classes(),
                        ports.stream().map(PortAddress::kind).toList()))
                .collect(Collectors.toSet());
        if (COMPILED.containsAll(code)) {
            return;
        }
        COMPILED.addAll(code);
        waitIdly(config.waiting());
        if (ports.stream().anyMatch(Ports::areNetmapRings)) {
            models.forEach(direction -> overPipes(direction, stages, batch, part(PIPES_NANOS) / models.size()));
        }
        List<PacketPort> loops = ports.stream()
                .map(PortAddress::kind)
                .distinct()
                .flatMap(kind -> Ports.openLoop(kind).stream())
                .toList();
        loops.forEach(loop -> overLoop(loop, models, stages, batch));
        if (loops.isEmpty() && ports.stream().noneMatch(Ports::areNetmapRings)) {
            models.forEach(direction -> run(direction, stages, batch, part(NANOS) / models.size()));
        }
    }

    private long part(long nanos) {
        return (long) (share * nanos);
    }

    /** Packets go round: what the port sends it receives, and what programs send keeps coming. */
    private void overLoop(PacketPort loop, List<DirectionModels> models, int stages, int batch) {
        try (loop;
                Arena arena = Arena.ofShared()) {
            for (DirectionModels direction : models) {
                NanoClock clock = fastClock(direction.maxDelayNanos());
                step(
                        pipeline(clock, loop, loop, arena, direction, stages, batch)
                                .stages(),
                        part(LOOP_NANOS));
            }
            DirectionModels none = new DirectionModels(LinkModels.of(Map.of(), new RandomStreams(0, 0)));
            stepUntilCompiled(pipeline(NanoClock.SYSTEM, loop, loop, arena, none, stages, batch)
                    .stages());
        }
    }

    private void run(DirectionModels models, int stages, int batch, long nanos) {
        try (PacketPort generator = open("generator:size=imix,rate=max");
                PacketPort sink = open("sink:");
                Arena arena = Arena.ofShared()) {
            NanoClock clock = fastClock(models.maxDelayNanos());
            step(pipeline(clock, generator, sink, arena, models, stages, batch).stages(), nanos);
        }
    }

    /** Generator, pipe, link, pipe, sink, as in the demo. */
    private void overPipes(DirectionModels models, int stages, int batch, long nanos) {
        try (PacketPort generator = open("generator:size=imix,rate=max");
                PacketPort before = open("pipe:warmup{in/T,private=on");
                PacketPort a = open("pipe:warmup}in/R,private=on");
                PacketPort b = open("pipe:warmup{out/T,private=on");
                PacketPort after = open("pipe:warmup}out/R,private=on");
                PacketPort sink = open("sink:check=on");
                Arena arena = Arena.ofShared()) {
            List<Stage> stepped = new ArrayList<>();
            stepped.add(relay(generator, before));
            NanoClock clock = fastClock(models.maxDelayNanos());
            stepped.addAll(pipeline(clock, a, b, arena, models, stages, batch).stages());
            stepped.add(relay(after, sink));
            step(stepped, nanos);
        }
    }

    private static PacketPort open(String address) {
        return Ports.open(PortAddress.parse(address));
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
            NanoClock clock,
            PacketPort from,
            PacketPort to,
            Arena arena,
            DirectionModels models,
            int stages,
            int batch) {
        return new Pipeline(
                "warm-up",
                clock,
                from,
                to,
                SharedBuffer.allocate(arena, BUFFER_BYTES, SharedBuffer.Pages.ORDINARY),
                models,
                stages,
                batch);
    }

    /** A thread that finds nothing to do, which is how the link's threads spend the time before the first packet. */
    private static void waitIdly(WaitThresholds waiting) {
        Stage idle = new Stage() {
            @Override
            public String name() {
                return "warm-up";
            }

            @Override
            public int doWork() {
                return 0;
            }

            @Override
            public long nextDueNanos() {
                return System.nanoTime() + IDLE_AHEAD_NANOS;
            }
        };
        StageThread thread =
                new StageThread(idle, new ThreadSettings(ThreadSettings.ANY_CPU, 0, waiting), failure -> {});
        thread.start();
        thread.awaitEnd(IDLE_NANOS);
        thread.requestStop();
        thread.join();
    }

    /** Goes on while much is compiled. */
    private void stepUntilCompiled(List<Stage> stages) {
        long end = System.nanoTime() + part(MOST_NANOS);
        long compiled = SystemThreads.compilerNanos();
        long before;
        do {
            step(stages, LOOK_NANOS);
            before = compiled;
            compiled = SystemThreads.compilerNanos();
        } while (compiled - before > LOOK_NANOS / BUSY && System.nanoTime() < end && !unwanted.getAsBoolean());
    }

    private void step(List<Stage> stages, long nanos) {
        long start = System.nanoTime();
        while (System.nanoTime() - start < nanos && !unwanted.getAsBoolean()) {
            stages.forEach(Stage::doWork);
        }
    }
}
