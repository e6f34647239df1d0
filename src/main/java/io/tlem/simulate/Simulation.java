package io.tlem.simulate;

import io.tlem.buffer.SharedBuffer;
import io.tlem.impair.RandomStreams;
import io.tlem.link.DirectionModels;
import io.tlem.link.FateLog;
import io.tlem.link.LinkChanges;
import io.tlem.link.Pipeline;
import io.tlem.link.VirtualRun;
import io.tlem.port.PacketBatch;
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
import io.tlem.thread.VirtualClock;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;
import java.util.function.DoubleConsumer;

/**
 * A link between captures, on a virtual clock whose 0 is the first packet's time: one thread, and what comes out depends on
 * captures, specification and seed alone. Used by that thread.
 */
public final class Simulation implements AutoCloseable {
    private static final long SECOND = 1_000_000_000L;
    private static final int USUAL_BYTES = 1514;

    /** Most memory of a buffer where nobody says otherwise; while it is full, packets wait in the capture. */
    private static final long MOST_BYTES = 1L << 30;

    /** The same where nothing limits the link, and so nothing says what will be under way. */
    private static final long MOST_UNLIMITED_BYTES = 256L << 20;

    private static final int STEPS = 64; // between looks at the progress, which ask the system

    private static final long NONE = Long.MAX_VALUE;

    private final int batch;
    private final Arena arena = Arena.ofShared();
    private final VirtualClock clock = new VirtualClock(0);
    private final List<CaptureReader> readers = new ArrayList<>();
    private final List<CaptureWriter> writers = new ArrayList<>();
    private final List<CaptureSource> sources = new ArrayList<>();
    private final List<Pipeline> pipelines = new ArrayList<>();
    private final long[] loadedNanos; // up to which packets of each reader are loaded, ns since 1970
    private final long startNanos;
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

    /** A link whose first packet comes at 0, which is known before it has come. */
    private record Beginning(LinkChanges link) implements Changing {
        @Override
        public LinkSpec spec() {
            return link.spec();
        }

        @Override
        public CompletableFuture<?> changeAt(long nanos, LinkSpec next) {
            return link.changeAt(nanos, next);
        }

        @Override
        public long firstArrivalNanos() {
            return 0;
        }
    }

    /**
     * Opens the captures and begins those that are written.
     *
     * @param inputs one capture, or one for each direction
     * @param outputs one for both directions, or one for each
     * @param clients who in one capture sends from A to B; empty where all do
     * @throws IllegalArgumentException with one line, when it cannot be done as it is asked for
     * @throws io.tlem.port.PortException with one line, when a capture cannot be written
     */
    public Simulation(LinkSpec spec, long seed, List<String> inputs, List<String> outputs, Optional<Clients> clients)
            throws IOException {
        batch = spec.get(Setting.BATCH);
        boolean both = inputs.size() == 2 || clients.isPresent();
        check(inputs, outputs, both, clients.isPresent());
        loadedNanos = new long[inputs.size()];
        try {
            for (int i = 0; i < inputs.size(); i++) {
                int direction = i;
                CaptureReader.Splitter splitter = (from, type, memory, packet, captured) -> direction;
                readers.add(new CaptureReader(
                        inputs.get(i),
                        clients.<CaptureReader.Splitter>map(c -> c).orElse(splitter)));
            }
            requireOthers(inputs, outputs);
            List<DirectionModels> models = new ArrayList<>();
            for (int direction = 0; direction < (both ? 2 : 1); direction++) {
                models.add(DirectionModels.of(spec.direction(direction), new RandomStreams(seed, direction)));
            }
            scenario = spec.find(Setting.SCENARIO).map(Scenario::read);
            List<LinkSpec> links = new ArrayList<>(List.of(spec));
            scenario.ifPresent(steps -> links.addAll(steps.check(spec)));
            startNanos = loadFirst();
            outputs.forEach(output -> writers.add(CaptureWriter.open(output)));
            Optional<CaptureMerge> merge = both && outputs.size() == 1
                    ? Optional.of(new CaptureMerge(writers.getFirst(), arena))
                    : Optional.empty();
            for (int direction = 0; direction < models.size(); direction++) {
                open(direction, models.get(direction), bufferBytes(direction, links), merge);
            }
            player = scenario.map(steps -> steps.on(new Beginning(new LinkChanges(spec, seed, byDirection())), 0));
            run = new VirtualRun(
                    clock,
                    pipelines,
                    nanos -> player.ifPresent(playing -> playing.upTo(nanos)),
                    () -> merge.isPresent() && merge.get().write());
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

    private static void check(List<String> inputs, List<String> outputs, boolean both, boolean split) {
        if (split && inputs.size() == 2) {
            throw new IllegalArgumentException("--client is for one capture with both directions, and there are two");
        }
        if (!both && outputs.size() == 2) {
            throw new IllegalArgumentException("two captures to be written need two that are read, or --client: with"
                    + " one capture there is one direction");
        }
        for (String output : outputs) {
            String refusal = CaptureWriter.refusal(output);
            if (!refusal.isEmpty()) {
                throw new IllegalArgumentException("-o " + output + ": " + refusal);
            }
        }
    }

    /** What is read would be gone before it is read. */
    private static void requireOthers(List<String> inputs, List<String> outputs) throws IOException {
        List<String> before = new ArrayList<>(inputs);
        for (String output : outputs) {
            for (String other : before) {
                Path a = Path.of(output);
                Path b = Path.of(other);
                if (a.equals(b) || (Files.exists(a) && Files.exists(b) && Files.isSameFile(a, b))) {
                    throw new IllegalArgumentException("-o " + output + ": is the same file as " + other);
                }
            }
            before.add(output);
        }
    }

    /** The first packets of each reader; returns the time of the very first. */
    private long loadFirst() throws IOException {
        long first = NONE;
        for (int i = 0; i < readers.size(); i++) {
            long one = readers.get(i).load(1);
            loadedNanos[i] = one;
            first = Math.min(first, one);
        }
        return first == NONE ? 0 : first;
    }

    private void open(int direction, DirectionModels models, long bufferBytes, Optional<CaptureMerge> merge) {
        CaptureReader reader = readers.get(Math.min(direction, readers.size() - 1));
        Labels labels = new Labels();
        CaptureSource source = new CaptureSource(reader, direction, labels, merge.isPresent(), startNanos);
        CaptureSink sink = merge.isPresent()
                ? CaptureSink.into(merge.get(), direction, reader.interfaces()::get, labels, startNanos, arena)
                : CaptureSink.into(writers.get(direction), reader.interfaces()::get, labels, startNanos, arena);
        SharedBuffer buffer = SharedBuffer.allocate(arena, bufferBytes, SharedBuffer.Pages.ORDINARY);
        Pipeline pipeline =
                new Pipeline(direction == 0 ? "a->b" : "b->a", clock, source, sink, buffer, models, 2, batch);
        pipeline.tell(new Keeping(labels));
        sources.add(source);
        pipelines.add(pipeline);
    }

    /** Enough for all that the link will be, and the same on every machine. */
    private static long bufferBytes(int direction, List<LinkSpec> links) {
        long most = 0;
        for (LinkSpec link : links) {
            DirectionModels models = DirectionModels.of(link.direction(direction), new RandomStreams(0, direction));
            long limit = models.isUnlimited() ? MOST_UNLIMITED_BYTES : MOST_BYTES;
            most = Math.max(most, Math.min(models.bufferBytes(USUAL_BYTES), limit));
        }
        return links.getFirst().direction(direction).bufferBytes().orElse(most);
    }

    private Map<Integer, Pipeline> byDirection() {
        Map<Integer, Pipeline> all = new TreeMap<>();
        for (int direction = 0; direction < pipelines.size(); direction++) {
            all.put(direction, pipelines.get(direction));
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
        long tick = SECOND;
        long steps = 0;
        for (long until = load(NONE); until != NONE; until = load(until)) {
            while (until >= tick) {
                run.leapTo(tick);
                interval.accept(collector.nextOfOwn());
                tick = nextTick(tick);
            }
            run.leapTo(until);
            if (steps++ % STEPS == 0) {
                progress.accept(share());
            }
            long now = until;
            if (player.filter(playing -> playing.endsLink(now)).isPresent()) {
                break;
            }
        }
        run.finish();
        interval.accept(collector.last(true));
        writers.forEach(CaptureWriter::finishAndClose);
    }

    /** Seconds in which nothing comes are left out. */
    private long nextTick(long tick) {
        long next = sources.stream()
                .mapToLong(CaptureSource::nextArrivalNanos)
                .min()
                .orElse(NONE);
        long seconds = next == NONE ? 1 : Math.max(1, Math.ceilDiv(next - tick, SECOND));
        return tick + seconds * SECOND;
    }

    /**
     * Loads more packets.
     *
     * @param handedOut until which all have been, on the clock; {@link #NONE} before the first
     * @return until which all are loaded, on the clock; {@link #NONE} when there are none any more
     */
    private long load(long handedOut) throws IOException {
        for (int i = 0; i < loadedNanos.length; i++) {
            if (loadedNanos[i] != NONE && handedOut != NONE && loadedNanos[i] - startNanos <= handedOut) {
                loadedNanos[i] = readers.get(i).load(batch);
            }
        }
        long first = Arrays.stream(loadedNanos).min().orElse(NONE);
        return first == NONE ? NONE : first - startNanos;
    }

    private double share() throws IOException {
        double share = 1;
        for (CaptureReader reader : readers) {
            share = Math.min(share, reader.share());
        }
        return share;
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

    /** When the first packet comes, ns since 1970: 0 of the links' clock. */
    public long startNanos() {
        return startNanos;
    }

    /** The captures that are read. */
    public List<CaptureReader> readers() {
        return List.copyOf(readers);
    }

    /** Closes what is open. Does not throw. */
    @Override
    public void close() {
        writers.forEach(CaptureWriter::close);
        readers.forEach(CaptureReader::close);
        arena.close();
    }
}
