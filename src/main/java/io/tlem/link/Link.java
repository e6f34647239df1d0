package io.tlem.link;

import io.tlem.buffer.SharedBuffer;
import io.tlem.port.PacketPort;
import io.tlem.stats.Collector;
import io.tlem.stats.Observed;
import io.tlem.stats.StageTimes;
import io.tlem.thread.NanoClock;
import io.tlem.thread.Stage;
import io.tlem.thread.StageThread;
import io.tlem.thread.ThreadSettings;
import io.tlem.thread.WorkTimes;
import java.lang.foreign.Arena;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import java.util.stream.Stream;

/**
 * An emulated link between two ports: a pipeline each way where one port can receive and the other transmit. Owns the
 * buffers and the threads, not the ports. One thread opens, starts, stops and closes it.
 */
public final class Link implements AutoCloseable {
    private static final long POLL_NANOS = 200_000;

    /** For a stage to end after its current batch; what takes longer does not come back from the system. */
    private static final long END_NANOS = 2_000_000_000;

    private final PacketPort portA;
    private final PacketPort portB;
    private final Arena arena = Arena.ofShared();
    private final List<Pipeline> pipelines = new ArrayList<>();
    private final List<StageThread> inputThreads = new ArrayList<>();
    private final List<StageThread> otherThreads = new ArrayList<>();
    private final AtomicReference<Throwable> failure = new AtomicReference<>();
    private final CountDownLatch failed = new CountDownLatch(1);
    private boolean closed;
    private final MemoryHelper memory;
    private final Collector collector;

    /** One direction to be set up. */
    private record Way(int direction, String name, PacketPort from, PacketPort to) {
        boolean possible() {
            return from.source().isPresent() && to.sink().isPresent();
        }
    }

    /**
     * Maps the buffers and makes the pipelines; no thread runs yet.
     *
     * @param models of A to B, then of B to A
     * @param bufferBytes of A to B, then of B to A
     * @throws io.tlem.os.SystemCallException when a buffer cannot be mapped
     */
    public Link(
            PacketPort portA, PacketPort portB, LinkConfig config, List<DirectionModels> models, long[] bufferBytes) {
        this.portA = portA;
        this.portB = portB;
        List<Way> ways = List.of(new Way(0, "a->b", portA, portB), new Way(1, "b->a", portB, portA));
        try {
            long other = ways.stream().allMatch(Way::possible) ? bufferBytes[1] : 0;
            for (Way way : ways) {
                if (way.possible()) {
                    long bytes = bufferBytes[way.direction()];
                    SharedBuffer buffer = SharedBuffer.allocate(arena, bytes, config.pages(), other);
                    open(way, config, models.get(way.direction()), buffer);
                    other = buffer.onHugePages() ? 0 : bytes;
                }
            }
        } catch (RuntimeException | Error e) {
            arena.close();
            throw e;
        }
        memory = new MemoryHelper(pipelines.stream().map(Pipeline::buffer).toList());
        collector = new Collector(pipelines.stream().map(this::observed).toList(), NanoClock.SYSTEM);
    }

    private Observed observed(Pipeline pipeline) {
        List<StageThread> threads = pipeline.stages().stream()
                .flatMap(stage ->
                        threads().stream().filter(thread -> thread.name().equals(stage.name())))
                .toList();
        return pipeline.observed(() -> threads.stream().map(Link::takeTimes).toList());
    }

    private static StageTimes takeTimes(StageThread thread) {
        WorkTimes times = thread.times();
        return new StageTimes(thread.name(), times.takeLongestWork(), times.takeLongestStall(), times.takeStalls());
    }

    private void open(Way way, LinkConfig config, DirectionModels models, SharedBuffer buffer) {
        Pipeline pipeline = new Pipeline(
                way.name(), NanoClock.SYSTEM, way.from(), way.to(), buffer, models, config.stages(), config.batch());
        pipelines.add(pipeline);
        inputThreads.add(thread(pipeline.input(), way, config, LinkConfig.Role.INPUT));
        pipeline.annotator()
                .ifPresent(stage -> otherThreads.add(thread(stage, way, config, LinkConfig.Role.ANNOTATOR)));
        otherThreads.add(thread(pipeline.output(), way, config, LinkConfig.Role.OUTPUT));
    }

    private StageThread thread(Stage stage, Way way, LinkConfig config, LinkConfig.Role role) {
        ThreadSettings settings =
                new ThreadSettings(config.cpuOf(way.direction(), role), config.realTimePriority(), config.waiting());
        return new StageThread(stage, settings, this::fail);
    }

    private void fail(Throwable cause) {
        failure.compareAndSet(null, cause);
        failed.countDown();
    }

    /** What the link does, for all who want to know. */
    public Collector collector() {
        return collector;
    }

    /** The directions that are possible between the two ports; empty when none is. */
    public List<Pipeline> pipelines() {
        return List.copyOf(pipelines);
    }

    /** Threads the link runs. */
    public int threadCount() {
        return inputThreads.size() + otherThreads.size();
    }

    /**
     * Starts the threads, those behind first. When this throws, because the system gives no more threads for one, those
     * that had been started have been told to end, and {@link #close} waits for them.
     */
    public void start() {
        collector.start();
        try {
            otherThreads.forEach(StageThread::start);
            inputThreads.forEach(StageThread::start);
        } catch (Throwable e) {
            threads().forEach(StageThread::requestStop);
            throw e;
        }
        memory.start();
    }

    private List<StageThread> threads() {
        return Stream.concat(inputThreads.stream(), otherThreads.stream()).toList();
    }

    /**
     * Waits until a stage fails or the time is over.
     *
     * @return what the stage threw, empty when the time is over
     */
    public Optional<Throwable> awaitFailure(long nanos) throws InterruptedException {
        return failed.await(nanos, TimeUnit.NANOSECONDS) ? failure() : Optional.empty();
    }

    /** What the first stage that failed has thrown. */
    public Optional<Throwable> failure() {
        return Optional.ofNullable(failure.get());
    }

    /** Looks whether the ports can still be used, and fails when they cannot. About once a second, while the link runs. */
    public void checkPorts() {
        try {
            portA.check();
            portB.check();
        } catch (RuntimeException e) {
            fail(e);
        }
    }

    /** Whether every source has handed out its last packet. */
    public boolean sourcesExhausted() {
        return pipelines.stream().allMatch(Pipeline::sourceExhausted);
    }

    /**
     * Stops receiving, lets the output stages send what is in the buffers for at most {@code drainNanos}, and ends the
     * threads. What is left then stays in the buffers, to be counted.
     *
     * @return false when the system holds a thread in a call of a port: the link has failed, its counters are those of
     *     a running one, and neither it nor its ports may be closed
     */
    public boolean stop(long drainNanos) {
        return stop(drainNanos, () -> false);
    }

    /**
     * As {@link #stop(long)}.
     *
     * @param hurry asked again and again; once it says so, nothing more is sent
     */
    public boolean stop(long drainNanos, BooleanSupplier hurry) {
        boolean ended = end(inputThreads);
        long start = System.nanoTime();
        while (!drained() && failure().isEmpty() && !hurry.getAsBoolean() && System.nanoTime() - start < drainNanos) {
            LockSupport.parkNanos(POLL_NANOS);
        }
        ended &= end(otherThreads);
        if (ended) {
            pipelines.forEach(Pipeline::finish);
        }
        return ended;
    }

    private boolean drained() {
        return pipelines.stream().allMatch(Pipeline::isDrained);
    }

    private boolean end(List<StageThread> threads) {
        threads.forEach(StageThread::requestStop);
        long limit = System.nanoTime() + END_NANOS;
        boolean ended = true;
        for (StageThread thread : threads) {
            if (!thread.awaitEnd(limit - System.nanoTime())) {
                fail(new IllegalStateException("the stage " + thread.name() + " does not end"));
                ended = false;
            }
        }
        return ended;
    }

    /**
     * Ends the threads that still run, and unmaps the buffers. What a thread might touch that does not end stays mapped,
     * and so must its ports: {@link #ended} tells.
     */
    @Override
    public void close() {
        memory.end();
        if (!closed && end(threads())) {
            closed = true;
            arena.close();
        }
    }

    /** Whether no thread of the link runs: after {@link #close}, whether its ports may be closed too. */
    public boolean ended() {
        return threads().stream().allMatch(thread -> thread.awaitEnd(0));
    }
}
