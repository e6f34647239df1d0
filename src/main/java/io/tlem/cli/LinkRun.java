package io.tlem.cli;

import io.tlem.buffer.SharedBuffer;
import io.tlem.link.DirectionModels;
import io.tlem.link.Link;
import io.tlem.link.LinkConfig;
import io.tlem.link.Pipeline;
import io.tlem.os.PowerLatency;
import io.tlem.os.SystemMemory;
import io.tlem.port.PacketPort;
import io.tlem.port.PortAddress;
import io.tlem.stats.DirectionSample;
import io.tlem.stats.Format;
import io.tlem.stats.HistogramLog;
import io.tlem.stats.JsonReport;
import io.tlem.stats.TextReport;
import io.tlem.thread.CpuClaims;
import io.tlem.thread.StageThread;
import io.tlem.thread.WaitThresholds;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.function.UnaryOperator;

/** One run of a link, from opening the ports to the report. Used by one thread. */
final class LinkRun implements AutoCloseable {
    private static final long SECOND = 1_000_000_000L;
    private static final long POLL_NANOS = 20_000_000L;

    private final LinkOptions options;
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
    private final List<DirectionRecord> directions;
    private final Optional<HistogramLog> histogramLog;

    /**
     * Checks every option, opens the ports and maps the buffers. Nothing is received yet.
     *
     * @param arrange makes of the opened ports those that the link joins, which hold nothing of their own
     * @param otherThreads busy threads of this process besides the link's, for which there must be CPUs too
     * @throws UsageException or IllegalArgumentException when the options are not acceptable
     * @throws io.tlem.port.PortException when a port cannot be opened
     */
    LinkRun(
            LinkOptions options,
            PortAddress a,
            PortAddress b,
            UnaryOperator<List<PacketPort>> arrange,
            int otherThreads)
            throws IOException {
        this.options = options;
        this.seed = options.seed == null ? new SplittableRandom().nextLong(1L << 32) : options.seed;
        this.models = options.models(seed);
        this.durationNanos = options.durationNanos();
        this.drainNanos = options.drainNanos(models);
        LinkConfig checked = options.config(2, otherThreads, CpuClaims.alone());
        if (!checked.cpus().isEmpty()) {
            StageThread.load();
        }
        LinkOptions.memory().requireAny();
        Warmup.run(options.models(seed), checked, List.of(a, b));
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
            this.config = options.config(directionCount, otherThreads, claims);
            long[] bufferBytes = options.bufferBytes(models, used, usualPacketBytes());
            this.histogramLog = openLog(options.histogramLog);
            histogramLog.ifPresent(opened::add);
            this.link = new Link(ports.get(0), ports.get(1), config, models, bufferBytes);
            this.directions =
                    link.pipelines().stream().map(DirectionRecord::new).toList();
        } catch (Throwable e) {
            opened.closeAfter(e);
            throw e;
        }
    }

    private static Optional<HistogramLog> openLog(Path file) throws IOException {
        return file == null ? Optional.empty() : Optional.of(new HistogramLog(file, System.currentTimeMillis()));
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
        if (options.lockMemory) {
            SystemMemory.lockAll();
        }
        if (!SharedBuffer.nativeKernelRefusal().isEmpty()) {
            note("packets are copied in Java, which is slower: " + SharedBuffer.nativeKernelRefusal());
        }
        try (PowerLatency power = PowerLatency.hold()) {
            String rights = Rights.giveUp(options, openedPorts);
            describe(power);
            if (options.verbosity() > 1 && !rights.isEmpty()) {
                note(rights);
            }
            warn();
            if (!Shutdown.awaitRequest(waitSeconds * SECOND)) {
                emulate(whenStarted);
            }
        }
        return unaccounted() || link.failure().isPresent() ? 1 : 0;
    }

    /** Says so where packets are nowhere: a fault of this program, or of a model or a port of somebody's. */
    private boolean unaccounted() {
        boolean any = false;
        for (DirectionSample sample : totals()) {
            long packets = sample.stillInside() < 0 ? 0 : sample.total().unaccounted(sample.stillInside());
            if (packets != 0) {
                System.err.println("tlem: " + sample.total().name() + ": " + packets + " packets are unaccounted for");
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
        long lastTick = start;
        long nextTick = start + SECOND;
        while (!Shutdown.requested() && link.failure().isEmpty() && !finished()) {
            long now = System.nanoTime();
            if (now >= end) {
                break;
            }
            if (now >= nextTick) {
                link.checkPorts();
                warn();
                directions.forEach(DirectionRecord::collect);
                report(start, lastTick, now);
                lastTick = now;
                nextTick += SECOND * ((now - nextTick) / SECOND + 1);
            }
            link.awaitFailure(Math.min(POLL_NANOS, Math.max(1, Math.min(end, nextTick) - System.nanoTime())));
        }
        boolean ended = link.stop(drainNanos);
        link.failure().ifPresent(failure -> System.err.println("tlem: " + Main.describe(failure)));
        directions.forEach(ended ? DirectionRecord::collectFinal : DirectionRecord::collect);
        finish(start, lastTick);
        if (!ended) {
            note("the system holds a thread in a call of a port, and this process until it comes back");
            Shutdown.abandon(1);
        }
    }

    private boolean finished() {
        return link.sourcesExhausted() && link.pipelines().stream().allMatch(Pipeline::isDrained);
    }

    /** The line of the span that has just been collected. */
    private void report(long start, long from, long now) {
        List<DirectionSample> samples =
                directions.stream().map(DirectionRecord::takeInterval).toList();
        long nowMillis = System.currentTimeMillis();
        histogramLog.ifPresent(log -> log.write(samples, nowMillis - (now - from) / 1_000_000, nowMillis));
        double elapsed = (now - start) / 1e9;
        if (options.json) {
            System.out.println(JsonReport.interval(Instant.now(), elapsed, samples, now - from));
        } else if (options.verbosity() > 0) {
            System.out.println(TextReport.liveLine(elapsed, samples, now - from));
        }
    }

    private void finish(long start, long lastTick) {
        long now = System.nanoTime();
        report(start, lastTick, now);
        if (histogramLog.isPresent() && histogramLog.get().failed()) {
            System.err.println("tlem: " + options.histogramLog + " could not be written completely");
        }
        List<DirectionSample> total =
                directions.stream().map(DirectionRecord::total).toList();
        double elapsed = (now - start) / 1e9;
        if (options.json) {
            System.out.println(JsonReport.summary(Instant.now(), elapsed, total, now - start));
        } else if (options.verbosity() >= 0) {
            System.out.println();
            total.forEach(sample -> System.out.println(TextReport.summary(sample)));
        }
    }

    /** What every direction did over the whole run; after {@link #run}. */
    List<DirectionSample> totals() {
        return directions.stream().map(DirectionRecord::total).toList();
    }

    private void describe(PowerLatency power) {
        if (options.verbosity() < 1) {
            return;
        }
        note("A: " + ports.get(0).description());
        note("B: " + ports.get(1).description());
        for (Pipeline pipeline : link.pipelines()) {
            int direction = pipeline.name().startsWith("a") ? 0 : 1;
            note(pipeline.name() + ": " + options.spec(direction) + ", buffer "
                    + Format.bytes(pipeline.buffer().capacityBytes()) + " of "
                    + pipeline.buffer().memoryKind());
        }
        note(link.threadCount() + " threads"
                + (config.cpus().isEmpty()
                        ? ", not pinned"
                        : ", pinned to CPUs " + config.cpus().subList(0, link.threadCount()))
                + ", spin " + Format.nanos(config.waiting().spinNanos())
                + ", yield " + Format.nanos(config.waiting().yieldNanos())
                + ", sleep " + Format.nanos(config.waiting().sleepNanos()) + ", batch " + config.batch()
                + ", copying in "
                + (SharedBuffer.hasNativeKernel() ? "C" : "Java") + ", seed "
                + seed);
        if (options.verbosity() > 1 && !claims.ofOthers().isEmpty()) {
            note("another emulator has CPUs "
                    + LinkOptions.ranges(claims.ofOthers().stream().sorted().toList())
                    + (config.cpus().isEmpty() ? "; too few are left to pin threads or to let them spin" : ""));
        }
        if (options.verbosity() > 1 && !power.held()) {
            note("CPU sleep states are not held off: " + power.reason());
        }
    }

    /** Said whatever the verbosity: without it nobody would know why packets are missing. */
    private void warn() {
        for (PacketPort port : ports) {
            port.takeWarnings(false).forEach(text -> note("warning: " + text));
        }
    }

    private static void note(String text) {
        System.err.println("tlem: " + text);
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
