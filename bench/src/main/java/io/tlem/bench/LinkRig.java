package io.tlem.bench;

import io.tlem.buffer.SharedBuffer;
import io.tlem.impair.LinkModels;
import io.tlem.impair.RandomStreams;
import io.tlem.impair.Role;
import io.tlem.link.DirectionModels;
import io.tlem.link.Link;
import io.tlem.link.LinkConfig;
import io.tlem.link.Pipeline;
import io.tlem.port.PacketSink;
import io.tlem.port.PacketSource;
import io.tlem.stats.Counter;
import io.tlem.stats.DirectionSnapshot;
import io.tlem.stats.LatencyRecorder;
import io.tlem.thread.WaitThresholds;
import java.lang.foreign.Arena;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.HdrHistogram.Histogram;

/** A {@link Link} of the emulator, its own threads and buffers, between ports of the benchmark. */
final class LinkRig implements AutoCloseable {
    private final LinkCase link;
    private final Arena arena = Arena.ofShared();
    private final List<AutoCloseable> pipes = new ArrayList<>();
    private final List<Inside> inside = new ArrayList<>();
    private final List<PacketSource> sources = new ArrayList<>();
    private final List<PacketSink> sinks = new ArrayList<>();
    private final Link emulator;
    private long[] threads = {};
    private boolean stopped;

    /**
     * Opens the ports, maps the memory and starts the threads.
     *
     * @param packetsPerSecond offered in each direction, 0 for as many as are taken
     */
    LinkRig(LinkCase link, long bufferBytes, double packetsPerSecond, Threads machine, WaitThresholds waiting) {
        this.link = link;
        Link made = null;
        try {
            for (int i = 0; i < link.directions(); i++) {
                addEndpoints(new Inside(Math.max(link.batch(), link.packetsIn(bufferBytes))), packetsPerSecond);
            }
            boolean both = link.directions() == 2;
            MemoryPort a = new MemoryPort("a", sources.get(0), both ? sinks.get(1) : null);
            MemoryPort b = new MemoryPort("b", both ? sources.get(1) : null, sinks.get(0));
            made = config(link, machine, waiting).link(a, b, models(link), new long[] {bufferBytes, bufferBytes});
            made.start();
            threads = Threads.idsOf(stageNames(made));
        } catch (RuntimeException e) {
            closeAll(made);
            throw e;
        }
        emulator = made;
    }

    private static LinkConfig config(LinkCase link, Threads machine, WaitThresholds waiting) {
        List<Integer> pinned = new ArrayList<>(machine.pinned(link.threads()));
        if (link.directions() == 1) {
            pinned.addAll(List.copyOf(pinned)); // of the direction that is not there
        }
        return new LinkConfig(link.stages(), link.batch(), pinned, 0, waiting, SharedBuffer.Pages.HUGE_PREFERRED);
    }

    private static List<DirectionModels> models(LinkCase link) {
        return IntStream.range(0, 2)
                .mapToObj(direction -> new RandomStreams(1, direction))
                .map(streams -> new DirectionModels(LinkModels.of(
                        Map.of(Role.LOSS, "", Role.QUEUE, "", Role.BANDWIDTH, "", Role.DELAY, link.delayNanos() + "ns"),
                        streams)))
                .toList();
    }

    private static Set<String> stageNames(Link link) {
        return Pipeline.of(link).stream()
                .flatMap(pipeline -> pipeline.stages().stream())
                .map(stage -> stage.name())
                .collect(Collectors.toSet());
    }

    private void addEndpoints(Inside between, double packetsPerSecond) {
        inside.add(between);
        if (link.endpoints().equals("pipe")) {
            PipePorts.Source source = new PipePorts.Source(link.sizes(), between);
            pipes.add(source);
            sources.add(source);
            PipePorts.Sink sink = new PipePorts.Sink(between);
            pipes.add(sink);
            sinks.add(sink);
        } else {
            sources.add(new MemoryPort.Source(arena, link.sizes(), between, packetsPerSecond));
            sinks.add(new MemoryPort.Sink(arena, link.sizes(), between));
        }
    }

    /** Lets the link run until the delay line is full, and for a while more. */
    void settle(long nanos) {
        pause(link.delayNanos() + nanos);
    }

    /** What passes from now on. */
    Sample measure(long nanos) {
        Pipeline.of(emulator).forEach(pipeline -> pipeline.lateness().collect());
        DirectionSnapshot[] before = snapshots();
        long cpuBefore = Threads.cpuNanos(threads);
        long start = System.nanoTime();
        pause(nanos);
        DirectionSnapshot[] after = snapshots();
        long cpu = Threads.cpuNanos(threads) - cpuBefore;
        long elapsed = System.nanoTime() - start;
        Histogram lateness = LatencyRecorder.newHistogram();
        Pipeline.of(emulator).forEach(pipeline -> pipeline.lateness().collect(lateness));
        long packets = 0;
        long bytes = 0;
        for (int i = 0; i < after.length; i++) {
            packets += after[i].since(before[i]).transmittedPackets();
            bytes += after[i].since(before[i]).get(Counter.TRANSMITTED_BYTES);
        }
        if (packets == 0) {
            throw new IllegalStateException("nothing passed " + link.describe());
        }
        return new Sample(packets, bytes, elapsed, cpu, lateness);
    }

    private DirectionSnapshot[] snapshots() {
        return Pipeline.of(emulator).stream().map(Pipeline::snapshot).toArray(DirectionSnapshot[]::new);
    }

    private void pause(long nanos) {
        long end = System.nanoTime() + nanos;
        while (System.nanoTime() < end) {
            LockSupport.parkNanos(end - System.nanoTime());
            emulator.failure().ifPresent(failure -> {
                throw new IllegalStateException("a stage failed in " + link.describe(), failure);
            });
        }
    }

    /** What kind of pages the buffer and the packets lie on. */
    String memoryKind() {
        return Pipeline.of(emulator).get(0).buffer().memoryKind();
    }

    /** Bytes of each direction's buffer, as mapped. */
    long capacityBytes() {
        return Pipeline.of(emulator).get(0).buffer().capacityBytes();
    }

    /**
     * Stops, and refuses the measurement unless every packet that came is accounted for, none was dropped, and the last
     * ones have the content they should have.
     *
     * @return packets received since the start
     */
    long stop() {
        stopped = true;
        emulator.stop(link.delayNanos() + 1_000_000_000L);
        long received = 0;
        for (int i = 0; i < Pipeline.of(emulator).size(); i++) {
            Pipeline pipeline = Pipeline.of(emulator).get(i);
            DirectionSnapshot total = pipeline.snapshot();
            long still = pipeline.countRemaining();
            long here = total.get(Counter.RECEIVED_PACKETS);
            require(total.droppedPackets() + total.missedPackets() == 0, pipeline, "dropped " + total.dropsByReason());
            require(total.unaccounted(still) == 0, pipeline, total.unaccounted(still) + " packets unaccounted for");
            received += here;
            if (sources.get(i) instanceof MemoryPort.Source source && sinks.get(i) instanceof MemoryPort.Sink sink) {
                require(
                        inside.get(i).entered() == here,
                        pipeline,
                        "received " + here + " of " + inside.get(i).entered());
                require(
                        inside.get(i).left() < PacketMemory.SLOTS
                                || source.packets().firstDifference(sink.packets()) < 0,
                        pipeline,
                        "the content of packets has changed");
            }
        }
        return received;
    }

    private void require(boolean holds, Pipeline pipeline, String otherwise) {
        if (!holds) {
            throw new IllegalStateException(
                    "not counted: " + link.describe() + " " + pipeline.name() + " " + otherwise);
        }
    }

    @Override
    public void close() {
        if (!stopped) {
            emulator.stop(0);
        }
        closeAll(emulator);
    }

    private void closeAll(Link made) {
        if (made != null) {
            made.close();
        }
        for (AutoCloseable pipe : pipes) {
            try {
                pipe.close();
            } catch (Exception e) {
                throw new IllegalStateException("a pipe could not be closed", e);
            }
        }
        arena.close();
    }
}
