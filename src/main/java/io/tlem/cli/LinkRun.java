package io.tlem.cli;

import io.tlem.buffer.SharedBuffer;
import io.tlem.control.ControlServer;
import io.tlem.control.Journal;
import io.tlem.control.LinkName;
import io.tlem.control.LinkView;
import io.tlem.control.LiveLink;
import io.tlem.events.ChangeEvents;
import io.tlem.events.RunEvents;
import io.tlem.ledger.Ledger;
import io.tlem.link.DirectionModels;
import io.tlem.link.Link;
import io.tlem.link.LinkConfig;
import io.tlem.link.LinkSetup;
import io.tlem.link.Opened;
import io.tlem.link.Pipeline;
import io.tlem.os.PowerLatency;
import io.tlem.port.PacketPort;
import io.tlem.port.Ports;
import io.tlem.record.Recorder;
import io.tlem.report.RunReport;
import io.tlem.report.TrafficNumbers;
import io.tlem.scenario.Playback;
import io.tlem.scenario.Scenario;
import io.tlem.spec.Doubts;
import io.tlem.spec.HttpAddress;
import io.tlem.spec.LedgerFile;
import io.tlem.spec.LinkSpec;
import io.tlem.spec.Overflow;
import io.tlem.spec.RecordFile;
import io.tlem.spec.Setting;
import io.tlem.spec.SpecWriter;
import io.tlem.stats.DirectionSample;
import io.tlem.stats.Format;
import io.tlem.stats.Measured;
import io.tlem.stats.RunDescription;
import io.tlem.stats.Sample;
import io.tlem.stats.Traffic;
import io.tlem.thread.CpuPlacement;
import io.tlem.thread.WaitThresholds;
import io.tlem.web.WebServer;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.TreeMap;
import java.util.function.UnaryOperator;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/** One run of a link, from opening the ports to the report. Used by one thread. */
final class LinkRun implements AutoCloseable {
    private static final long SECOND = 1_000_000_000L;
    private static final long POLL_NANOS = 20_000_000L;
    private static final int MOST_LINKS = 100;
    private static final String BEFORE = "the link was started";

    /** How often it is looked whether the first packet has come, from which a scenario counts. */
    private static final long FIRST_PACKET_POLL_NANOS = 1_000_000L;

    /** For what is left of a ledger to be written. */
    private static final long LEDGER_NANOS = 2 * SECOND;

    private final LinkSpec spec;
    private final LinkSetup setup;
    private final Opened opened = new Opened();
    private final Optional<Scenario> scenario;
    private final Link link;
    private final Optional<Ledger> ledger;
    private final Optional<Recorder> recorder;
    private final Reporter reporter;
    private final String name;
    private final Optional<ControlServer> control;
    private final Optional<Journal> journal;
    private final RunReport report;
    private final Optional<TrafficTold> told;
    private Map<String, Measured> measured = Map.of();
    private Optional<RunEvents> events = Optional.empty(); // from the link's start on
    private Traffic traffic = Traffic.NONE;
    private final Optional<WebServer> web;
    private volatile boolean ending;
    private volatile boolean endingNow;

    /**
     * Opens the link. Nothing is received yet.
     *
     * @param arrange makes of the opened ports those that the link joins, which hold nothing of their own
     * @throws IllegalArgumentException when this machine cannot do what is specified
     * @throws io.tlem.port.PortException when a port cannot be opened
     */
    LinkRun(LinkSpec spec, LinkSetup setup, UnaryOperator<List<PacketPort>> arrange) throws IOException {
        this(spec, setup, arrange, "");
    }

    /**
     * As the other, of traffic that is generated or received.
     *
     * @param told what of it is told
     */
    LinkRun(LinkSpec spec, LinkSetup setup, TrafficTold told) throws IOException {
        this(spec, setup, ports -> ports, "", Optional.of(told));
    }

    /**
     * As the other.
     *
     * @param label what it is called besides others that run at the same time, or nothing
     */
    LinkRun(LinkSpec spec, LinkSetup setup, UnaryOperator<List<PacketPort>> arrange, String label) throws IOException {
        this(spec, setup, arrange, label, Optional.empty());
    }

    private LinkRun(
            LinkSpec spec,
            LinkSetup setup,
            UnaryOperator<List<PacketPort>> arrange,
            String label,
            Optional<TrafficTold> told)
            throws IOException {
        Shutdown.listen();
        this.spec = spec;
        this.told = told;
        this.setup = setup;
        Reporter.neverWait(spec);
        Doubts.of(spec).forEach(doubt -> Output.warn("warning: " + doubt));
        try {
            this.scenario = spec.find(Setting.SCENARIO).map(Scenario::read);
            scenario.ifPresent(steps -> setup.makeRoomFor(steps.check(spec)));
            this.report =
                    opened.add(new RunReport(spec, told.map(TrafficTold::kind).orElse(TrafficNumbers.Kind.NONE)));
            Optional<LinkName> name = takeName(spec, label);
            this.name = name.map(LinkName::name)
                    .orElse(names(spec, label).findFirst().orElseThrow());
            this.control = name.map(taken -> opened.add(new ControlServer(taken)));
            Optional<HttpAddress> http = spec.find(Setting.HTTP);
            this.web = http.isEmpty()
                    ? Optional.empty()
                    : Optional.of(opened.add(WebServer.open(
                            http.get(), spec.find(Setting.HTTP_TOKEN_FILE), System.getenv(WebServer.TOKEN_VARIABLE))));
            Optional<Path> file = spec.find(Setting.JOURNAL);
            this.journal = file.isEmpty() ? Optional.empty() : Optional.of(Journal.open(file.get(), Output::warn));
            journal.ifPresent(opened::add);
            Optional<RecordFile> record = spec.find(Setting.RECORD);
            this.recorder =
                    record.isEmpty() ? Optional.empty() : Optional.of(Recorder.open(record.get(), Output::warn));
            recorder.ifPresent(opened::add);
            Shutdown.endHere(BEFORE);
            setup.warmUp(() -> !Shutdown.signal().isEmpty());
            Shutdown.endHere(BEFORE);
            Optional<LedgerFile> entries = spec.find(Setting.LEDGER);
            this.ledger =
                    entries.isEmpty() ? Optional.empty() : Optional.of(Ledger.open(entries.get(), false, Output::warn));
            ledger.ifPresent(opened::add);
            this.link = opened.add(setup.open(arrange));
            Pipeline.of(link)
                    .forEach(pipeline -> report.watchers(pipeline.name()).ifPresent(pipeline::keep));
            ledger.ifPresent(book -> book.keep(Pipeline.of(link)));
            recorder.ifPresent(book -> book.keep(link));
            this.reporter = opened.add(new Reporter(spec, label));
            Shutdown.endHere(BEFORE);
        } catch (Throwable e) {
            opened.closeAfter(e);
            throw e;
        }
    }

    /**
     * Takes the link's name among this user's, before anything else that a second one of that name would disturb.
     *
     * @throws IllegalArgumentException when another has the name that was given
     * @throws IOException when the name that was given cannot be taken
     */
    private static Optional<LinkName> takeName(LinkSpec spec, String label) throws IOException {
        if (spec.get(Setting.NO_CONTROL)) {
            return Optional.empty();
        }
        boolean given = spec.find(Setting.NAME).isPresent();
        Iterator<String> names = names(spec, label).iterator();
        while (true) {
            String name = names.next();
            try {
                return Optional.of(LinkName.take(name));
            } catch (IllegalArgumentException e) {
                if (given || !names.hasNext()) {
                    throw e;
                }
            } catch (IOException e) {
                if (given) {
                    throw new IOException(
                            "nobody could find a link by the name " + name + ": " + e.getMessage()
                                    + "; --no-control does without",
                            e);
                }
                Output.warn("warning: nobody can find or change this link while it runs: " + e.getMessage());
                return Optional.empty();
            }
        }
    }

    /** What it may be called: as was said, or else by the process's number, of which a program may run several links. */
    private static Stream<String> names(LinkSpec spec, String label) {
        String behind = label.isEmpty() ? "" : "-" + label;
        Optional<String> given = spec.find(Setting.NAME);
        String process = Long.toString(ProcessHandle.current().pid());
        return given.isPresent()
                ? Stream.of(given.get() + behind)
                : Stream.concat(
                        Stream.of(process + behind),
                        IntStream.range(2, MOST_LINKS).mapToObj(number -> process + "." + number + behind));
    }

    /** By which it is found; empty when it cannot be found. */
    Optional<String> name() {
        return control.map(server -> name);
    }

    /** The link. */
    Link link() {
        return link;
    }

    /** How threads without work wait in this run. */
    WaitThresholds waiting() {
        return setup.config().waiting();
    }

    /**
     * Runs the link to its end and reports.
     *
     * @param whenStarted called once, when the link's threads run
     * @return exit status
     */
    int run(Runnable whenStarted) throws InterruptedException {
        if (!SharedBuffer.nativeKernelRefusal().isEmpty()) {
            Output.warn("packets are copied in Java, which is slower: " + SharedBuffer.nativeKernelRefusal());
        }
        String rights = Rights.giveUp(spec, setup.config().priority(), setup.openedPorts());
        reporter.describe(description(), told.map(TrafficTold::start));
        if (spec.verbosity() > 1) {
            spec.ports().forEach(port -> Ports.choice(port.value()).ifPresent(Output::warn));
        }
        if (spec.verbosity() > 1 && !rights.isEmpty()) {
            Output.warn(rights);
        }
        if (spec.verbosity() == 1 && told.isEmpty()) { // who wants to know more is told anyway
            Pipeline.of(link).forEach(LinkRun::warnOfSmallBuffer);
        }
        List<Integer> ofOthers = setup.claims().ofOthers().stream().sorted().toList();
        if (spec.verbosity() > 1 && !ofOthers.isEmpty()) {
            Output.warn("another emulator has CPUs " + CpuPlacement.ranges(ofOthers)
                    + (setup.config().cpus().isEmpty() ? "; too few are left to pin threads or to let them spin" : ""));
        }
        warn();
        LiveLink live = new LiveLink(link, name, journal);
        Playback playback = live.playback();
        Optional<Playback.Score> score =
                scenario.map(steps -> score(steps, spec.get(Setting.SCENARIO).toString()));
        score.ifPresent(playback::announce); // before anybody can ask for it
        LinkView view = new LinkView(name, live, this::description);
        control.ifPresent(server -> server.start(view, this::end));
        web.ifPresent(server -> {
            server.start(view, Main.version());
            if (spec.verbosity() >= 0) {
                Output.warn("the link's page is at " + server.url());
            }
        });
        if (!ends(spec.get(Setting.WAIT_LINK) * SECOND)) {
            emulate(whenStarted, live, score);
        } else if (!Shutdown.signal().isEmpty()) {
            Output.warn("ended by " + Shutdown.signal() + " before " + BEFORE);
        }
        boolean logged = reporter.finishLog()
                && journal.map(Journal::isComplete).orElse(true)
                && (ledger.isEmpty() || ledger.get().finish(LEDGER_NANOS))
                && (recorder.isEmpty() || recorder.get().finish(LEDGER_NANOS));
        boolean asExpected = Endings.report(
                report,
                description(),
                sample(),
                link.startNanos(),
                SpecWriter.yaml(spec),
                measured,
                playback.hasBegun()
                        ? playback.expected(sample().total())
                        : scenario.map(steps -> steps.expected(sample().total()))
                                .orElse(List.of()),
                traffic);
        if (unaccounted() || link.failure().isPresent() || !logged || !report.isComplete()) {
            return 1;
        }
        return asExpected ? 0 : 3;
    }

    /** With a picture, where there is a page for it. */
    private Playback.Score score(Scenario steps, String from) {
        return web.isPresent()
                ? Playback.Score.drawn(steps, from, spec)
                : new Playback.Score(steps, from, Optional.empty());
    }

    /** Somebody who is connected to the link wants it to end. */
    private void end(boolean now) {
        endingNow |= now;
        ending = true;
    }

    private boolean ends() {
        return ending || Shutdown.requested();
    }

    private boolean endsAtOnce() {
        return endingNow || Shutdown.requestedAtOnce();
    }

    /** Waits for somebody who wants it to end. */
    private boolean ends(long nanos) throws InterruptedException {
        long start = System.nanoTime();
        for (long left = nanos; left > 0 && !ends(); left = nanos - (System.nanoTime() - start)) {
            boolean ignored = Shutdown.awaitRequest(Math.min(POLL_NANOS, left));
        }
        return ends();
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

    private void emulate(Runnable whenStarted, LiveLink live, Optional<Playback.Score> score)
            throws InterruptedException {
        Playback playback = live.playback();
        System.gc(); // what opening has left behind would be collected in a pause of the link's first seconds
        long start = System.nanoTime();
        long end = spec.find(Setting.DURATION).map(nanos -> start + nanos).orElse(Long.MAX_VALUE);
        score.ifPresent(steps -> playback.begin(steps, start));
        play(playback);
        report.startedLive();
        link.start(start); // from which the scenario counts, too
        events = Optional.of(opened.add(new RunEvents(
                name, Pipeline.of(link).stream().map(Pipeline::name).toList())));
        ledger.ifPresent(book -> book.start(link.startNanos(), ofDay(link.startNanos()), link.seed()));
        recorder.ifPresent(book -> book.start(link, spec, start));
        whenStarted.run();
        Shutdown.requireThreads();
        reporter.started();
        long nextTick = start + SECOND;
        while (!ends() && link.failure().isEmpty() && !link.finished()) {
            long now = System.nanoTime();
            play(playback);
            if (now >= end || playback.endsLink(now)) {
                break;
            }
            if (now >= nextTick) {
                link.checkPorts();
                warn();
                interval(link.collector().next());
                seeChanges(live);
                nextTick += SECOND * ((now - nextTick) / SECOND + 1);
            }
            if (Shutdown.takeReportRequest()) {
                reporter.inForce(description());
                reporter.status(link.collector().soFar());
            }
            long poll = playback.awaitsFirstPacket() ? FIRST_PACKET_POLL_NANOS : POLL_NANOS;
            link.awaitFailure(Math.min(poll, Math.max(1, Math.min(end, nextTick) - System.nanoTime())));
        }
        playback.end(System.nanoTime());
        if (ends() && !endsAtOnce() && !link.drained()) {
            reporter.ending(link.drainNanos());
        }
        boolean ended = link.stop(link.drainNanos(), this::endsAtOnce);
        link.failure().ifPresent(failure -> Output.warn(Main.describe(failure)));
        warn(); // of what ports have found out at the end
        reporter.inForce(description());
        Sample last = link.collector().last(ended);
        interval(last);
        seeChanges(live);
        measured = ended ? measured() : Map.of();
        if (ended && ledger.isPresent()) {
            boolean ignored = ledger.get().finish(LEDGER_NANOS);
        }
        if (ended && recorder.isPresent()) {
            boolean ignored = recorder.get().finish(LEDGER_NANOS);
        }
        reporter.summary(last, measured, ledger.map(Ledger::written), recorder.map(Recorder::written), told.isEmpty());
        if (ended && told.isPresent()) {
            traffic = told.get().measured().get();
            reporter.traffic(last, traffic);
        }
        if (!ended) {
            Output.warn("the system holds a thread in a call of a port, and this process until it comes back");
            reporter.finishLog();
            Shutdown.abandon(1);
        }
    }

    private void interval(Sample sample) {
        reporter.interval(sample);
        report.interval(sample);
        events.ifPresent(told -> told.interval(sample));
    }

    /** Steps of a scenario become events when somebody looks at what has changed. */
    private static void seeChanges(LiveLink live) {
        if (ChangeEvents.areRecorded()) {
            List<LiveLink.Step> ignored = live.history();
        }
    }

    /** When that is or was, ns since 1970. */
    private static long ofDay(long nanos) {
        Instant now = Instant.now();
        return now.getEpochSecond() * SECOND + now.getNano() - (System.nanoTime() - nanos);
    }

    /** Asks for what comes next in the scenario. */
    private void play(Playback playback) {
        try {
            playback.play(System.nanoTime());
        } catch (IllegalArgumentException e) {
            Output.warn("warning: a step of the scenario is left out: " + e.getMessage());
        } catch (IllegalStateException e) {
            Output.warn("warning: the scenario plays no further: " + e.getMessage());
        }
    }

    private Map<String, Measured> measured() {
        Map<String, Measured> measured = new TreeMap<>();
        link.ports().get(0).measured().ifPresent(what -> measured.put("a", what));
        link.ports().get(1).measured().ifPresent(what -> measured.put("b", what));
        return measured;
    }

    /** What the link did; after {@link #run} the last there is. */
    Sample sample() {
        return link.collector().latest();
    }

    /** Said whatever the verbosity: without it nobody would know why packets are missing. */
    private void warn() {
        for (PacketPort port : link.ports()) {
            port.takeWarnings(false).forEach(text -> Output.warn("warning: " + text));
        }
    }

    private RunDescription description() {
        LinkConfig config = setup.config();
        PowerLatency power = setup.power();
        return new RunDescription(
                Main.version(),
                System.getProperty("java.version"),
                ProcessHandle.current().pid(),
                link.seed(),
                link.ports().stream()
                        .map(port -> new RunDescription.Port(port.address().toString(), port.description()))
                        .toList(),
                Pipeline.of(link).stream().map(this::description).toList(),
                new RunDescription.Threads(
                        link.threadCount(),
                        config.stages(),
                        config.batch(),
                        config.cpus().isEmpty() ? List.of() : config.cpus().subList(0, link.threadCount()),
                        Math.max(config.priority(), 0),
                        Math.min(config.priority(), 0),
                        config.waiting().spinNanos(),
                        config.waiting().yieldNanos(),
                        config.waiting().sleepNanos(),
                        SharedBuffer.hasNativeKernel() ? "C" : "Java",
                        spec.get(Setting.LOCK_MEMORY),
                        power.held() ? "" : power.reason()),
                spec.find(Setting.DURATION),
                link.drainNanos());
    }

    private RunDescription.Direction description(Pipeline pipeline) {
        Map<String, String> specifications = new LinkedHashMap<>();
        link.spec()
                .direction(pipeline.name().startsWith("a") ? 0 : 1)
                .models()
                .forEach((role, specification) -> specifications.put(role.label(), specification));
        return new RunDescription.Direction(
                pipeline.name(),
                specifications,
                pipeline.changes(),
                pipeline.buffer().capacityBytes(),
                pipeline.buffer().memoryKind(),
                serves(pipeline),
                (pipeline.waits() ? Overflow.WAIT : Overflow.DROP).label());
    }

    private static void warnOfSmallBuffer(Pipeline pipeline) {
        if (pipeline.assumedBitsPerSecond().orElse(Double.MAX_VALUE) < DirectionModels.ASSUMED_BITS_PER_SECOND * 0.99) {
            Output.warn(pipeline.name() + ": the memory there is gives a buffer of "
                    + Format.bytes(pipeline.buffer().capacityBytes()) + serves(pipeline));
        }
    }

    /** What a buffer is large enough for whose size rests on an assumption. */
    private static String serves(Pipeline pipeline) {
        OptionalDouble rate = pipeline.assumedBitsPerSecond();
        if (rate.isEmpty()) {
            return "";
        }
        long delayNanos = pipeline.models().maxDelayNanos();
        return ", enough for " + Format.bitsPerSecond(rate.getAsDouble())
                + (delayNanos == 0 ? "" : " delayed by " + Format.nanos(delayNanos));
    }

    /** Ends what still runs, then closes the rest. */
    @Override
    public void close() {
        opened.close();
    }
}
