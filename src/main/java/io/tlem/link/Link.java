package io.tlem.link;

import io.tlem.buffer.SharedBuffer;
import io.tlem.port.PacketPort;
import io.tlem.port.PortException;
import io.tlem.spec.Changing;
import io.tlem.spec.LinkSpec;
import io.tlem.spec.Setting;
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
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;

/**
 * An emulated link between two ports: a direction each way where one port can receive and the other transmit.
 *
 * <pre>{@code
 * try (Link link = Link.open(spec)) {
 *     link.start();
 *     link.change(spec.with(Setting.of(Role.DELAY), "20ms"));
 *     link.stop();
 * }
 * }</pre>
 *
 * <p>One thread opens, starts, stops and closes it; any thread may change it and look at it meanwhile. Any number of links
 * may run in one process: each has its own ports, threads, buffers, random numbers, and CPUs as far as there are enough.
 */
public final class Link implements AutoCloseable, Changing {
    private static final long POLL_NANOS = 200_000;

    /** How often somebody who waits looks whether the link still runs. */
    private static final long LOOK_NANOS = 20_000_000;

    private static final long DRAIN_BESIDES_DELAY_NANOS = 100_000_000;

    /** For a stage to end after its current batch; what takes longer does not come back from the system. */
    private static final long END_NANOS = 2_000_000_000;

    private final long seed;
    private final List<PacketPort> ports;
    private final Opened opened;
    private final Arena arena = Arena.ofShared();
    private final Map<Integer, Pipeline> pipelines = new TreeMap<>();
    private final List<StageThread> inputThreads = new ArrayList<>();
    private final List<StageThread> otherThreads = new ArrayList<>();
    private final AtomicReference<Throwable> failure = new AtomicReference<>();
    private final CountDownLatch failed = new CountDownLatch(1);
    private boolean closed;
    private final MemoryHelper memory;
    private final Collector collector;
    private final String name;
    private final LinkChanges changes;
    private volatile long longestDelayNanos;
    private volatile long startNanos;

    /** One direction to be set up. */
    private record Way(int direction, String name, PacketPort from, PacketPort to) {
        boolean possible() {
            return connects(from, to);
        }
    }

    /**
     * Opens the ports of a specification, and takes the CPUs and the memory that the link needs, all of which {@link #close}
     * gives back. Nothing is received yet. What is specified for commands alone is not looked at: duration, reports, rights.
     *
     * @throws IllegalArgumentException with one line, when it cannot be done as it is specified
     * @throws PortException with one line, when a port cannot be opened
     */
    public static Link open(LinkSpec spec) {
        return LinkSetup.of(spec, 0).open();
    }

    /**
     * As {@link #open(LinkSpec)}, between ports that are open already. They stay their owner's, who closes them after the link,
     * if it has {@link #ended}. Ports in the specification are not looked at.
     *
     * @throws IllegalArgumentException with one line, when it cannot be done as it is specified
     */
    public static Link open(LinkSpec spec, PacketPort a, PacketPort b) {
        return LinkSetup.between(spec, a, b).open();
    }

    /**
     * As {@link #open(LinkSpec)}, with other ports made of those that the specification names, such as ones that process packets
     * as they come in.
     *
     * @param arrange is given ports A and B, and returns those that the link joins, which hold nothing that had to be closed
     * @throws IllegalArgumentException with one line, when it cannot be done as it is specified
     * @throws PortException with one line, when a port cannot be opened
     */
    public static Link open(LinkSpec spec, UnaryOperator<List<PacketPort>> arrange) {
        return LinkSetup.of(spec, 0).open(arrange);
    }

    /** Whether packets may pass. */
    static boolean connects(PacketPort from, PacketPort to) {
        return from.source().isPresent() && to.sink().isPresent();
    }

    /** As the other, of whatever is not specified; it cannot change. */
    Link(PacketPort portA, PacketPort portB, LinkConfig config, List<DirectionModels> models, long[] bufferBytes) {
        this(new LinkSpec.Builder().conclude(), 0, List.of(portA, portB), config, models, bufferBytes, new Opened());
    }

    /**
     * Maps the buffers and makes the pipelines; no thread runs yet.
     *
     * @param models of A to B, then of B to A
     * @param bufferBytes of A to B, then of B to A
     * @param opened what is closed after the link
     * @throws io.tlem.os.SystemCallException when a buffer cannot be mapped
     */
    Link(
            LinkSpec spec,
            long seed,
            List<PacketPort> ports,
            LinkConfig config,
            List<DirectionModels> models,
            long[] bufferBytes,
            Opened opened) {
        this.name = spec.find(Setting.NAME).orElse("");
        this.seed = seed;
        this.changes = new LinkChanges(spec, seed, pipelines);
        this.ports = ports;
        this.opened = opened;
        List<Way> ways =
                List.of(new Way(0, "a->b", ports.get(0), ports.get(1)), new Way(1, "b->a", ports.get(1), ports.get(0)));
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
        memory = new MemoryHelper(pipelines().stream().map(Pipeline::buffer).toList());
        collector = Observed.collector(pipelines().stream().map(this::observed).toList(), NanoClock.SYSTEM);
        longestDelayNanos = longestDelayNanos();
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
        pipelines.put(way.direction(), pipeline);
        Optional<JointStage> joint = pipeline.joint();
        if (joint.isPresent()) {
            otherThreads.add(thread(joint.get(), way, config, LinkConfig.Role.OUTPUT));
            return;
        }
        inputThreads.add(thread(pipeline.input(), way, config, LinkConfig.Role.INPUT));
        pipeline.annotator()
                .ifPresent(stage -> otherThreads.add(thread(stage, way, config, LinkConfig.Role.ANNOTATOR)));
        otherThreads.add(thread(pipeline.output(), way, config, LinkConfig.Role.OUTPUT));
    }

    private StageThread thread(Stage stage, Way way, LinkConfig config, LinkConfig.Role role) {
        ThreadSettings settings =
                new ThreadSettings(config.cpuOf(way.direction(), role), config.priority(), config.waiting());
        return new StageThread(name, stage, settings, this::fail);
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
    List<Pipeline> pipelines() {
        return List.copyOf(pipelines.values());
    }

    /** What the link is now: as it was opened, with what has changed since. Any thread. */
    @Override
    public LinkSpec spec() {
        return changes.spec();
    }

    @Override
    public long firstArrivalNanos() {
        return changes.firstArrivalNanos();
    }

    /** Seed of the random models, given or not. */
    public long seed() {
        return seed;
    }

    /** The two ports that the link joins, A then B. */
    public List<PacketPort> ports() {
        return ports;
    }

    /**
     * Has the running link be another one from now on, as far as it can: models, {@code --max-lag}, {@code --exempt}, {@code --filter}.
     * Packets that are under way keep what was decided about them. Packets keep their order unless the models let them
     * overtake, the link stays busy with what is on it, those that wait go on waiting, and models whose specification stays go
     * on with their state. Any thread; another that changes the link meanwhile waits.
     *
     * @param next what it is to be; {@link LinkSpec#with} makes it of {@link #spec}
     * @return by the names of the directions that change, {@code a->b} and {@code b->a}, from where on they do
     * @throws IllegalArgumentException with one line, when something is different that cannot change, or the models do not fit
     *     into the buffer: then nothing changes
     * @throws IllegalStateException when the link does not run, or has stopped before the change was in force
     * @throws InterruptedException while it waits for the change, which comes nevertheless
     */
    public synchronized Map<String, Change> change(LinkSpec next) throws InterruptedException {
        requireRunning();
        return await(changes.change(next));
    }

    /**
     * As {@link #change}, if the link still is what the change was made of: a change at a time, as of a scenario, or somebody
     * else's may have come meanwhile.
     *
     * @param present what it has to be
     * @return as of {@link #change}; empty when it is not, and nothing has changed
     */
    public synchronized Optional<Map<String, Change>> change(LinkSpec present, LinkSpec next)
            throws InterruptedException {
        requireRunning();
        Optional<Map<String, CompletableFuture<Change>>> answers = changes.change(present, next);
        return answers.isEmpty() ? Optional.empty() : Optional.of(await(answers.get()));
    }

    private Map<String, Change> await(Map<String, CompletableFuture<Change>> answers) throws InterruptedException {
        longestDelayNanos = Math.max(longestDelayNanos, longestDelayNanos());
        Map<String, Change> inForce = new LinkedHashMap<>();
        for (Map.Entry<String, CompletableFuture<Change>> answer : answers.entrySet()) {
            inForce.put(answer.getKey(), await(answer.getValue()));
        }
        return inForce;
    }

    /**
     * As {@link #change}, for packets that arrive at a time or later; it waits for nothing. A {@link #change} that comes before
     * takes it back.
     *
     * @param nanos of {@link System#nanoTime}; asked for in time, the change is exact to the nanosecond
     * @return as of {@link #change}
     */
    @Override
    public CompletableFuture<Map<String, Change>> changeAt(long nanos, LinkSpec next) {
        CompletableFuture<Map<String, Change>> answer = changes.changeAt(nanos, next);
        longestDelayNanos = Math.max(longestDelayNanos, longestDelayNanos());
        return answer;
    }

    /**
     * Each change of the link since the last call, in their order, whoever has asked for it; of very many the last ones. Kept for one,
     * from the first call on, which says nothing. Any thread.
     */
    public LinkChanges.AllThatCame takeChanges() {
        return changes.takeCame();
    }

    /**
     * Refuses what a change to it would refuse. Any thread.
     *
     * @throws IllegalArgumentException with one line
     */
    public void requireFit(LinkSpec next) {
        changes.requireFit(next);
    }

    private Change await(CompletableFuture<Change> answer) throws InterruptedException {
        while (true) {
            try {
                return answer.get(LOOK_NANOS, TimeUnit.NANOSECONDS);
            } catch (TimeoutException e) {
                requireRunning();
            } catch (ExecutionException e) {
                throw new IllegalStateException(e.getCause());
            }
        }
    }

    /** Whether it has been started and has not ended. Any thread. */
    public boolean runs() {
        return threads().stream().allMatch(StageThread::runs);
    }

    private void requireRunning() {
        if (!runs()) {
            throw new IllegalStateException("the link does not run", failure.get());
        }
    }

    private long longestDelayNanos() {
        return pipelines.values().stream()
                .mapToLong(pipeline -> pipeline.models().maxDelayNanos())
                .max()
                .orElse(0);
    }

    /** When it was started, ns of the clock of {@link Change#nanos}. Any thread. */
    public long startNanos() {
        return startNanos;
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
        start(NanoClock.SYSTEM.nanoTime());
    }

    /**
     * As the other.
     *
     * @param nanos from when on times count that people see, ns of the clock of {@link Change#nanos}: what was done since
     *     then belongs to the run
     */
    public void start(long nanos) {
        startNanos = nanos;
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
            ports.forEach(PacketPort::check);
        } catch (RuntimeException e) {
            fail(e);
        }
    }

    /** Whether every source has handed out its last packet, and nothing is under way. Any thread. */
    public boolean finished() {
        return pipelines.values().stream().allMatch(Pipeline::sourceExhausted) && drained();
    }

    /** How long {@link #stop()} goes on sending: as specified, or what the longest delay needs, ns. */
    public long drainNanos() {
        return spec().find(Setting.DRAIN).orElse(longestDelayNanos + DRAIN_BESIDES_DELAY_NANOS);
    }

    /** As {@link #stop(long)}, for {@link #drainNanos}. */
    public boolean stop() {
        return stop(drainNanos());
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
        boolean ended = end(inputThreads) && endJointInputs();
        long start = System.nanoTime();
        while (!drained() && failure().isEmpty() && !hurry.getAsBoolean() && System.nanoTime() - start < drainNanos) {
            LockSupport.parkNanos(POLL_NANOS);
        }
        ended &= end(otherThreads);
        if (ended) {
            pipelines.values().forEach(Pipeline::finish);
        }
        return ended;
    }

    /** Whether nothing is under way; steady once nothing is received any more. Any thread. */
    public boolean drained() {
        return pipelines.values().stream().allMatch(Pipeline::isDrained);
    }

    /** As {@link #end}, of the receiving halves of stages that do everything. */
    private boolean endJointInputs() {
        List<JointStage> joints = pipelines().stream()
                .flatMap(pipeline -> pipeline.joint().stream())
                .toList();
        joints.forEach(JointStage::stopReceiving);
        long start = System.nanoTime();
        while (!joints.stream().allMatch(JointStage::hasStoppedReceiving)
                && failure().isEmpty()) {
            if (System.nanoTime() - start > END_NANOS) {
                fail(new IllegalStateException("the link does not stop receiving"));
                return false;
            }
            LockSupport.parkNanos(POLL_NANOS);
        }
        return true;
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
     * Ends the threads that still run, unmaps the buffers, and closes what {@link #open(LinkSpec)} has opened. What a thread
     * might touch that does not end stays mapped and open, and so must ports of others: {@link #ended} tells.
     */
    @Override
    public void close() {
        memory.end();
        if (!closed && end(threads())) {
            closed = true;
            arena.close();
            opened.close();
        }
    }

    /** Whether no thread of the link runs: after {@link #close}, whether its ports may be closed too. */
    public boolean ended() {
        return threads().stream().allMatch(thread -> thread.awaitEnd(0));
    }
}
