package io.tlem.simulate;

import io.tlem.buffer.SharedBuffer;
import io.tlem.impair.RandomStreams;
import io.tlem.link.DirectionModels;
import io.tlem.link.FateLog;
import io.tlem.link.LinkChanges;
import io.tlem.link.Pipeline;
import io.tlem.link.VirtualRun;
import io.tlem.port.PacketBatch;
import io.tlem.port.pcap.CaptureInterface;
import io.tlem.port.pcap.CaptureMerge;
import io.tlem.port.pcap.CaptureReader;
import io.tlem.port.pcap.CaptureSink;
import io.tlem.port.pcap.CaptureSource;
import io.tlem.port.pcap.CaptureWriter;
import io.tlem.port.pcap.Labels;
import io.tlem.scenario.Scenario;
import io.tlem.scenario.ScenarioPlayer;
import io.tlem.spec.Changing;
import io.tlem.spec.LinkSpec;
import io.tlem.spec.Setting;
import io.tlem.stats.Collector;
import io.tlem.stats.DropReason;
import io.tlem.stats.Observed;
import io.tlem.stats.Sample;
import io.tlem.text.FileUses;
import io.tlem.text.OutputFile;
import io.tlem.thread.Stage;
import io.tlem.thread.VirtualClock;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import java.util.function.DoubleConsumer;
import java.util.function.IntFunction;

/**
 * A link between captures, on a virtual clock: one thread, and what comes out depends on captures, specification and seed
 * alone. Used by that thread.
 */
public final class Simulation implements AutoCloseable {
    private static final long SECOND = 1_000_000_000L;
    private static final int USUAL_BYTES = 1514;

    /** Most memory of a buffer where nobody says otherwise; while it is full, packets wait in the capture. */
    private static final long MOST_BYTES = 1L << 30;

    /** The same where nothing limits the link, and so nothing says what will be under way. */
    private static final long MOST_UNLIMITED_BYTES = 256L << 20;

    private static final long CHANGES_NANOS = 100_000_000L; // of a scenario's changes that are asked for at a time

    private static final int STEPS = 64; // between looks at the progress, which ask the system

    private static final long NONE = Arrivals.NONE;

    private final int batch;
    private final Arena arena = Arena.ofShared();
    private final Arrivals arrivals;
    private final VirtualClock clock;
    private final List<CaptureWriter> writers = new ArrayList<>();
    private final List<CaptureSource> sources = new ArrayList<>();
    private final List<Pipeline> pipelines = new ArrayList<>();
    private final List<Replay> replays = new ArrayList<>();
    private final List<Labels> allLabels = new ArrayList<>();
    private final Optional<Scenario> scenario;
    private final Optional<ScenarioPlayer> player;
    private final VirtualRun run;
    private final Collector collector;

    /** Keeps the labels of the packets that are under way, and no others. */
    private record Keeping(Labels labels) implements FateLog {
        @Override
        public void dropped(DropReason reason, long number, long arrivalNanos) {
            labels.gone(number);
        }

        @Override
        public void duplicated(long number) {
            labels.again(number);
        }

        @Override
        public void transmitted(PacketBatch batch, int count) {
            // The sink still needs them.
        }
    }

    /** A link of whose first packet it is known before it has come when it does. */
    private record Beginning(LinkChanges link, long firstArrivalNanos) implements Changing {
        @Override
        public LinkSpec spec() {
            return link.spec();
        }

        @Override
        public CompletableFuture<?> changeAt(long nanos, LinkSpec next) {
            return link.changeAt(nanos, next);
        }
    }

    /**
     * A simulation of captures.
     *
     * @param inputs one capture, or one for each direction
     * @param outputs one for both directions, or one for each; - is the standard output
     * @param clients tells in one capture which packets go from A to B; empty where all do
     * @throws IllegalArgumentException with one line, when it cannot be done as it is asked for
     * @throws io.tlem.port.PortException with one line, when a capture cannot be written
     */
    public Simulation(
            LinkSpec spec,
            long seed,
            List<String> inputs,
            List<String> outputs,
            Optional<CaptureReader.Splitter> clients)
            throws IOException {
        this(spec, seed, Arrivals.of(inputs, clients), outputs);
    }

    /**
     * Begins the captures that are written.
     *
     * @param arrivals what comes, which become the simulation's
     * @param outputs one for both directions, or one for each; nothing is written where there is none
     * @throws IllegalArgumentException with one line, when it cannot be done as it is asked for
     * @throws io.tlem.port.PortException with one line, when a capture cannot be written
     */
    public Simulation(LinkSpec spec, long seed, Arrivals arrivals, List<String> outputs) throws IOException {
        this.arrivals = arrivals;
        batch = spec.get(Setting.BATCH);
        clock = new VirtualClock(Math.min(arrivals.startNanos(), arrivals.firstNanos()));
        List<Integer> directions = arrivals.directions();
        try {
            check(outputs, directions.size() == 2);
            requireOthers(arrivals.names(), outputs);
            List<DirectionModels> models = new ArrayList<>();
            for (int direction : directions) {
                models.add(DirectionModels.of(spec.direction(direction), new RandomStreams(seed, direction)));
            }
            scenario = spec.find(Setting.SCENARIO).map(Scenario::read);
            List<LinkSpec> links = new ArrayList<>(List.of(spec));
            scenario.ifPresent(steps -> links.addAll(steps.check(spec)));
            outputs.forEach(output -> writers.add(CaptureWriter.open(output)));
            Optional<CaptureMerge> merge = directions.size() == 2 && outputs.size() == 1
                    ? Optional.of(new CaptureMerge(writers.getFirst(), arena))
                    : Optional.empty();
            for (int i = 0; i < directions.size(); i++) {
                int direction = directions.get(i);
                open(direction, models.get(i), bufferBytes(direction, links), merge, seed);
            }
            Beginning link = new Beginning(
                    new LinkChanges(spec, seed, byDirection()),
                    arrivals.recording().isPresent() ? arrivals.firstNanos() : 0);
            player = scenario.map(steps -> steps.on(link, arrivals.scenarioNanos()));
            run = new VirtualRun(
                    clock,
                    pipelines,
                    nanos -> player.ifPresent(playing -> playing.upTo(nanos)),
                    () -> merge.isPresent() && merge.get().write(),
                    this::replay);
            collector = Observed.collector(
                    pipelines.stream()
                            .map(pipeline -> pipeline.observed(List::of))
                            .toList(),
                    clock);
        } catch (Throwable e) {
            close();
            throw e;
        }
    }

    /** Lets a stage that receives change, if it is to. */
    private boolean replay(Stage stage) {
        for (Replay replay : replays) {
            if (replay.pipeline().input() == stage) {
                return replay.change();
            }
        }
        return false;
    }

    private static void check(List<String> outputs, boolean both) {
        if (!both && outputs.size() == 2) {
            throw new IllegalArgumentException("two captures to be written need two that are read, or --client or"
                    + " --client-filter: with one capture there is one direction");
        }
        checkNames(outputs);
    }

    /**
     * Checks that captures of these names can be written.
     *
     * @throws IllegalArgumentException with one line, when one cannot
     */
    public static void checkNames(List<String> outputs) {
        for (String output : outputs) {
            if (output.equals(CaptureWriter.STANDARD_OUTPUT)) {
                continue;
            }
            String refusal = CaptureWriter.refusal(output);
            if (!refusal.isEmpty()) {
                throw new IllegalArgumentException("-o " + output + ": " + refusal);
            }
            OutputFile.check(Path.of(output));
        }
    }

    /** What is read would be gone before it is read. */
    private static void requireOthers(List<String> inputs, List<String> outputs) {
        FileUses uses = new FileUses();
        inputs.stream()
                .filter(input -> !input.equals(CaptureWriter.STANDARD_OUTPUT)) // of an input it is another's name
                .forEach(input -> uses.reads(input, Path.of(input)));
        outputs.forEach(output -> uses.writes("-o " + output, Path.of(output)));
    }

    private void open(
            int direction, DirectionModels models, long bufferBytes, Optional<CaptureMerge> merge, long seed) {
        Labels labels = new Labels();
        long zeroNanos = arrivals.zeroNanos();
        CaptureSource source = arrivals.source(direction, labels, merge.isPresent());
        IntFunction<CaptureInterface> interfaces = arrivals.interfaces(direction);
        CaptureSink sink;
        if (writers.isEmpty()) {
            sink = CaptureSink.intoNothing(interfaces, labels, arena);
        } else if (merge.isPresent()) {
            sink = CaptureSink.into(merge.get(), direction, interfaces, labels, zeroNanos, arena);
        } else {
            CaptureWriter writer = writers.get(Math.min(direction, writers.size() - 1));
            sink = CaptureSink.into(writer, interfaces, labels, zeroNanos, arena);
        }
        SharedBuffer buffer = SharedBuffer.allocate(arena, bufferBytes, SharedBuffer.Pages.ORDINARY);
        Pipeline pipeline =
                new Pipeline(direction == 0 ? "a->b" : "b->a", clock, source, sink, buffer, models, 2, batch);
        pipeline.tell(new Keeping(labels));
        allLabels.add(labels);
        sources.add(source);
        pipelines.add(pipeline);
        arrivals.replay(direction, pipeline, source, seed).ifPresent(replays::add);
    }

    /** Enough for all that the link will be, and the same on every machine. */
    private long bufferBytes(int direction, List<LinkSpec> links) {
        long most = arrivals.recording()
                .map(recording -> Math.min(recording.bufferBytes(direction), MOST_BYTES))
                .orElse(0L);
        for (LinkSpec link : links) {
            DirectionModels models = DirectionModels.of(link.direction(direction), new RandomStreams(0, direction));
            long limit = models.isUnlimited() ? MOST_UNLIMITED_BYTES : MOST_BYTES;
            most = Math.max(most, Math.min(models.bufferBytes(USUAL_BYTES), limit));
        }
        return links.getFirst().direction(direction).bufferBytes().orElse(most);
    }

    private Map<Integer, Pipeline> byDirection() {
        Map<Integer, Pipeline> all = new TreeMap<>();
        for (int i = 0; i < pipelines.size(); i++) {
            all.put(arrivals.directions().get(i), pipelines.get(i));
        }
        return all;
    }

    /**
     * Runs the link until all that the captures have has left, and finishes those that are written.
     *
     * @param interval told of what has happened, after each second in which packets have come
     * @param progress told now and then how much is done, 0 to 1, or a negative number where that is not known
     * @throws IOException when a capture cannot be read for another reason than what is in it
     */
    public void run(Consumer<Sample> interval, DoubleConsumer progress) throws IOException {
        run(interval, progress, () -> false);
    }

    /**
     * As the other.
     *
     * @param ends asked often: whether to read no more of the captures, and to let out what is under way
     */
    public void run(Consumer<Sample> interval, DoubleConsumer progress, BooleanSupplier ends) throws IOException {
        long tick = arrivals.startNanos() + SECOND;
        long steps = 0;
        for (long until = arrivals.load(NONE, batch); until != NONE; until = arrivals.load(until, batch)) {
            while (until >= tick) {
                leapTo(tick, ends);
                interval.accept(collector.nextOfOwn());
                tick = nextTick(tick, until);
            }
            leapTo(until, ends);
            if (steps++ % STEPS == 0) {
                progress.accept(arrivals.share());
            }
            long now = until;
            if (player.filter(playing -> playing.endsLink(now)).isPresent() || ends.getAsBoolean()) {
                break;
            }
        }
        if (!ends.getAsBoolean() && arrivals.changesAsItDid()) { // perhaps once more, behind the last packet
            run.runUntil(NONE);
        }
        run.finish();
        interval.accept(collector.last(true));
        writers.forEach(CaptureWriter::finishAndClose);
    }

    /** Some of a scenario's changes at a time, and to be ended: years without a packet may lie between two that are loaded. */
    private void leapTo(long nanos, BooleanSupplier ends) {
        while (player.isPresent() && player.get().nextNanos() < nanos - CHANGES_NANOS) {
            if (ends.getAsBoolean()) {
                sources.forEach(CaptureSource::end);
                return;
            }
            run.leapTo(player.get().nextNanos() + CHANGES_NANOS);
        }
        run.leapTo(nanos);
    }

    /** Seconds in which nothing comes are left out: up to the next packet, or without one to what happens then. */
    private long nextTick(long tick, long until) {
        long next = sources.stream()
                .mapToLong(CaptureSource::nextArrivalNanos)
                .min()
                .orElse(NONE);
        long last = next == NONE ? until : next;
        if (last > NONE - SECOND) {
            return NONE;
        }
        return tick + Math.max(1, Math.ceilDiv(last - tick, SECOND)) * SECOND;
    }

    /** What a scenario expects of the link that has run. */
    public List<Scenario.Expected> expected() {
        return scenario.map(steps -> steps.expected(collector.latest().total())).orElse(List.of());
    }

    /** What the link does. */
    public Collector collector() {
        return collector;
    }

    /** Its directions, A to B first. */
    public List<Pipeline> pipelines() {
        return List.copyOf(pipelines);
    }

    /** When the link starts, ns of its clock. */
    public long startNanos() {
        return arrivals.startNanos();
    }

    /** The same, ns since 1970: of captures it is the first packet's time. */
    public long startOfDay() {
        return arrivals.zeroNanos() + arrivals.startNanos();
    }

    /** Packets that left without their comments and flags, because those under way had too many. */
    public long withoutOptions() {
        return allLabels.stream().mapToLong(Labels::leftBehind).sum();
    }

    /** The captures that are read. */
    public List<CaptureReader> readers() {
        return arrivals.readers();
    }

    /** Closes what is open. Does not throw. */
    @Override
    public void close() {
        writers.forEach(CaptureWriter::close);
        arrivals.close();
        arena.close();
    }
}
