package io.tlem.cli;

import io.tlem.buffer.SharedBuffer;
import io.tlem.impair.RandomStreams;
import io.tlem.link.DirectionModels;
import io.tlem.link.Link;
import io.tlem.link.LinkConfig;
import io.tlem.link.Pipeline;
import io.tlem.os.PowerLatency;
import io.tlem.os.SystemMemory;
import io.tlem.port.PacketPort;
import io.tlem.port.PortAddress;
import io.tlem.spec.LinkSpec;
import io.tlem.spec.Setting;
import io.tlem.stats.DirectionSample;
import io.tlem.stats.Measured;
import io.tlem.stats.RunDescription;
import io.tlem.stats.Sample;
import io.tlem.thread.CpuClaims;
import io.tlem.thread.StageThread;
import io.tlem.thread.WaitThresholds;
import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.function.UnaryOperator;
import java.util.stream.IntStream;

/** One run of a link, from opening the ports to the report. Used by one thread. */
final class LinkRun implements AutoCloseable {
    private static final long SECOND = 1_000_000_000L;
    private static final long POLL_NANOS = 20_000_000L;

    private final LinkSpec spec;
    private final long seed;
    private final List<DirectionModels> models;
    private final Optional<Long> durationNanos;
    private final long drainNanos;
    private final Opened opened = new Opened();
    private final List<PacketPort> openedPorts;
    private final List<PacketPort> ports;
    private final CpuClaims claims;
    private final LinkConfig config;
    private final Link link;
    private final Reporter reporter;

    /**
     * Checks what this machine can do, opens the ports and maps the buffers. Nothing is received yet.
     *
     * @param arrange makes of the opened ports those that the link joins, which hold nothing of their own
     * @param otherThreads busy threads of this process besides the link's, for which there must be CPUs too
     * @throws UsageException or IllegalArgumentException when this machine cannot do what is specified
     * @throws io.tlem.port.PortException when a port cannot be opened
     */
    LinkRun(LinkSpec spec, PortAddress a, PortAddress b, UnaryOperator<List<PacketPort>> arrange, int otherThreads)
            throws IOException {
        this.spec = spec;
        this.seed = spec.find(Setting.SEED).orElseGet(() -> new SplittableRandom().nextLong(1L << 32));
        this.models = models();
        this.durationNanos = spec.find(Setting.DURATION);
        this.drainNanos = Resources.drainNanos(spec, models);
        LinkConfig checked = Resources.config(spec, 2, otherThreads, CpuClaims.alone());
        Reporter.neverWait(spec);
        Doubts.of(spec).forEach(doubt -> Output.warn("warning: " + doubt));
        if (!checked.cpus().isEmpty()) {
            StageThread.load();
        }
        Resources.memory().requireAny();
        Warmup.run(models(), checked, List.of(a, b));
        try {
            this.claims = opened.add(CpuClaims.ofThisUser());
            PacketPort portA = opened.add(Ports.open(a));
            this.openedPorts = List.of(portA, opened.add(Ports.open(b)));
            this.ports = arrange.apply(openedPorts);
            boolean[] used = {connects(0, 1), connects(1, 0)};
            int directionCount = (used[0] ? 1 : 0) + (used[1] ? 1 : 0);
            if (directionCount == 0) {
                throw new UsageException("nothing can pass between " + a + " and " + b
                        + ": one of them must receive and the other transmit");
            }
            this.config = Resources.config(spec, directionCount, otherThreads, claims);
            long[] bufferBytes = Resources.bufferBytes(spec, models, used, usualPacketBytes());
            this.reporter = opened.add(new Reporter(spec));
            this.link = new Link(ports.get(0), ports.get(1), config, models, bufferBytes);
        } catch (Throwable e) {
            opened.closeAfter(e);
            throw e;
        }
    }

    private List<DirectionModels> models() {
        return IntStream.range(0, 2)
                .mapToObj(
                        direction -> DirectionModels.of(spec.direction(direction), new RandomStreams(seed, direction)))
                .toList();
    }

    private boolean connects(int from, int to) {
        return ports.get(from).source().isPresent() && ports.get(to).sink().isPresent();
    }

    private int usualPacketBytes() {
        return ports.stream()
                .flatMap(port -> port.source().stream())
                .mapToInt(source -> source.usualPacketBytes())
                .max()
                .orElse(0);
    }

    /** The ports, A then B. */
    List<PacketPort> ports() {
        return ports;
    }

    /** How threads without work wait in this run. */
    WaitThresholds waiting() {
        return config.waiting();
    }

    /**
     * Runs the link to its end and reports.
     *
     * @param whenStarted called once, when the link's threads run
     * @return exit status
     */
    int run(long waitSeconds, Runnable whenStarted) throws InterruptedException {
        Shutdown.listen();
        if (spec.get(Setting.LOCK_MEMORY)) {
            SystemMemory.lockAll();
        }
        if (!SharedBuffer.nativeKernelRefusal().isEmpty()) {
            Output.warn("packets are copied in Java, which is slower: " + SharedBuffer.nativeKernelRefusal());
        }
        try (PowerLatency power = PowerLatency.hold()) {
            String rights = Rights.giveUp(spec, openedPorts);
            reporter.describe(description(power));
            if (spec.verbosity() > 1 && !rights.isEmpty()) {
                Output.warn(rights);
            }
            if (spec.verbosity() > 1 && !claims.ofOthers().isEmpty()) {
                Output.warn("another emulator has CPUs "
                        + Resources.ranges(claims.ofOthers().stream().sorted().toList())
                        + (config.cpus().isEmpty() ? "; too few are left to pin threads or to let them spin" : ""));
            }
            warn();
            if (!Shutdown.awaitRequest(waitSeconds * SECOND)) {
                emulate(whenStarted);
            }
        }
        boolean logged = reporter.finishLog();
        return unaccounted() || link.failure().isPresent() || !logged ? 1 : 0;
    }

    /** Says so where packets are nowhere: a fault of this program, or of a model or a port of somebody's. */
    private boolean unaccounted() {
        boolean any = false;
        for (DirectionSample sample : sample().total()) {
            long packets = sample.stillInside() < 0 ? 0 : sample.total().unaccounted(sample.stillInside());
            if (packets != 0) {
                Output.warn(sample.total().name() + ": " + packets + " packets are unaccounted for");
                any = true;
            }
        }
        return any;
    }

    private void emulate(Runnable whenStarted) throws InterruptedException {
        long start = System.nanoTime();
        long end = durationNanos.map(nanos -> start + nanos).orElse(Long.MAX_VALUE);
        link.start();
        whenStarted.run();
        Shutdown.requireThreads();
        reporter.started();
        long nextTick = start + SECOND;
        while (!Shutdown.requested() && link.failure().isEmpty() && !finished()) {
            long now = System.nanoTime();
            if (now >= end) {
                break;
            }
            if (now >= nextTick) {
                link.checkPorts();
                warn();
                reporter.interval(link.collector().next());
                nextTick += SECOND * ((now - nextTick) / SECOND + 1);
            }
            if (Shutdown.takeReportRequest()) {
                reporter.status(link.collector().soFar());
            }
            link.awaitFailure(Math.min(POLL_NANOS, Math.max(1, Math.min(end, nextTick) - System.nanoTime())));
        }
        if (Shutdown.requested() && link.pipelines().stream().anyMatch(pipeline -> !pipeline.isDrained())) {
            reporter.ending(drainNanos);
        }
        boolean ended = link.stop(drainNanos, Shutdown::requestedAtOnce);
        link.failure().ifPresent(failure -> Output.warn(Main.describe(failure)));
        Sample last = link.collector().last(ended);
        reporter.interval(last);
        reporter.summary(last, ended ? measured() : Map.of());
        if (!ended) {
            Output.warn("the system holds a thread in a call of a port, and this process until it comes back");
            reporter.finishLog();
            Shutdown.abandon(1);
        }
    }

    private boolean finished() {
        return link.sourcesExhausted() && link.pipelines().stream().allMatch(Pipeline::isDrained);
    }

    private Map<String, Measured> measured() {
        Map<String, Measured> measured = new TreeMap<>();
        ports.get(0).measured().ifPresent(what -> measured.put("a", what));
        ports.get(1).measured().ifPresent(what -> measured.put("b", what));
        return measured;
    }

    /** What the link did; after {@link #run} the last there is. */
    Sample sample() {
        return link.collector().latest();
    }

    /** Said whatever the verbosity: without it nobody would know why packets are missing. */
    private void warn() {
        for (PacketPort port : ports) {
            port.takeWarnings(false).forEach(text -> Output.warn("warning: " + text));
        }
    }

    private RunDescription description(PowerLatency power) {
        return new RunDescription(
                Main.version(),
                System.getProperty("java.version"),
                ProcessHandle.current().pid(),
                seed,
                ports.stream()
                        .map(port -> new RunDescription.Port(port.address().toString(), port.description()))
                        .toList(),
                link.pipelines().stream().map(this::description).toList(),
                new RunDescription.Threads(
                        link.threadCount(),
                        config.stages(),
                        config.batch(),
                        config.cpus().isEmpty() ? List.of() : config.cpus().subList(0, link.threadCount()),
                        config.realTimePriority(),
                        config.waiting().spinNanos(),
                        config.waiting().yieldNanos(),
                        config.waiting().sleepNanos(),
                        SharedBuffer.hasNativeKernel() ? "C" : "Java",
                        spec.get(Setting.LOCK_MEMORY),
                        power.held() ? "" : power.reason()),
                durationNanos,
                drainNanos);
    }

    private RunDescription.Direction description(Pipeline pipeline) {
        Map<String, String> specifications = new LinkedHashMap<>();
        spec.direction(pipeline.name().startsWith("a") ? 0 : 1)
                .models()
                .forEach((role, specification) -> specifications.put(role.label(), specification));
        return new RunDescription.Direction(
                pipeline.name(),
                specifications,
                pipeline.buffer().capacityBytes(),
                pipeline.buffer().memoryKind());
    }

    /** Ends what still runs, then closes the rest: ports not while a thread of the link is held in a call of theirs. */
    @Override
    public void close() {
        link.close();
        if (link.ended()) {
            opened.close();
        }
    }
}
