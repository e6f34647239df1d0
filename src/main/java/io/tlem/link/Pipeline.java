package io.tlem.link;

import io.tlem.buffer.Cursor;
import io.tlem.buffer.OrderedReader;
import io.tlem.buffer.RecordReader;
import io.tlem.buffer.RecordWriter;
import io.tlem.buffer.ReorderingReader;
import io.tlem.buffer.SharedBuffer;
import io.tlem.impair.Annotator;
import io.tlem.impair.PacketHold;
import io.tlem.port.PacketPort;
import io.tlem.port.PacketSink;
import io.tlem.port.PacketSource;
import io.tlem.port.PortAddress;
import io.tlem.stats.Counter;
import io.tlem.stats.Counters;
import io.tlem.stats.DirectionSnapshot;
import io.tlem.stats.LatencyRecorder;
import io.tlem.stats.LinkTimesRecorder;
import io.tlem.thread.NanoClock;
import io.tlem.thread.Stage;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * One direction of a link: the stages between a source and a sink, around one shared buffer. The stages are run by
 * threads or stepped by hand; the pipeline itself has no thread.
 *
 * <pre>
 *  two stages:    input + annotator ──annotated──► output
 *  three stages:  input ──stored──► annotator ──annotated──► output
 *                   ▲────────────────released──────────────────┘
 * </pre>
 */
public final class Pipeline {
    private static final int APART_BYTES = 256;
    private static final PortAddress NO_ADDRESS = new PortAddress("", "port", Map.of());

    private final String name;
    private final SharedBuffer buffer;
    private final PacketSource source;
    private final PacketSink sink;
    private final Stage input;
    private final Optional<PacketHold> hold;
    private final Optional<AnnotatorStage> annotator;
    private final OutputStage output;
    /** Between the objects of one thread and those of the next, which the collector leaves in this order. */
    private final List<byte[]> apart = new ArrayList<>();

    private final Counters inputCounters = new Counters();
    private final Counters annotatorCounters = new Counters();
    private final Counters outputCounters = new Counters();
    private final LatencyRecorder lateness = new LatencyRecorder();
    private final LatencyRecorder timeInside = new LatencyRecorder();
    private final LinkTimesRecorder linkTimes = new LinkTimesRecorder();

    /**
     * @param name direction for people, such as {@code a->b}
     * @param stages 2, or 3 where packets do not wait in a {@link PacketHold}: there it is 2 as well
     * @param batch most packets a stage moves at a time
     */
    public Pipeline(
            String name,
            NanoClock clock,
            PacketPort from,
            PacketPort to,
            SharedBuffer buffer,
            DirectionModels models,
            int stages,
            int batch) {
        this(
                name,
                clock,
                from.address(),
                from.source().orElseThrow(),
                to.address(),
                to.sink().orElseThrow(),
                buffer,
                models,
                stages,
                batch);
    }

    /** As the other, of halves of ports that have no address. */
    public Pipeline(
            String name,
            NanoClock clock,
            PacketSource source,
            PacketSink sink,
            SharedBuffer buffer,
            DirectionModels models,
            int stages,
            int batch) {
        this(name, clock, NO_ADDRESS, source, NO_ADDRESS, sink, buffer, models, stages, batch);
    }

    private Pipeline(
            String name,
            NanoClock clock,
            PortAddress from,
            PacketSource source,
            PortAddress to,
            PacketSink sink,
            SharedBuffer buffer,
            DirectionModels models,
            int stages,
            int batch) {
        this.name = name;
        this.buffer = buffer;
        this.source = source;
        this.sink = sink;
        boolean ofItsOwn = stages == 3 && !models.holds();
        Annotator annotating = models.newAnnotator();
        FateTally tally =
                new FateTally(annotating, models.exemption(), ofItsOwn ? annotatorCounters : inputCounters, linkTimes);
        Cursor stored = ofItsOwn ? buffer.stored() : buffer.annotated();
        RecordWriter writer = new RecordWriter(buffer, stored);
        this.hold =
                models.holds() ? Optional.of(models.newHold(annotating, source.usualPacketBytes())) : Optional.empty();
        this.input = hold.<Stage>map(waiting -> new HoldingInputStage(
                        name + " input",
                        clock,
                        source,
                        from,
                        buffer.segment(),
                        writer,
                        waiting,
                        tally,
                        inputCounters,
                        batch,
                        models.slackNanos()))
                .orElseGet(() -> new InputStage(
                        name + " input",
                        clock,
                        source,
                        from,
                        buffer.segment(),
                        writer,
                        ofItsOwn ? null : tally,
                        inputCounters,
                        batch,
                        models.slackNanos(),
                        models.decidesInRecords()));
        apart.add(new byte[APART_BYTES]);
        this.annotator = ofItsOwn
                ? Optional.of(new AnnotatorStage(
                        name + " annotator",
                        buffer.segment(),
                        new RecordReader(buffer, stored, buffer.annotated()),
                        tally,
                        batch))
                : Optional.empty();
        apart.add(new byte[APART_BYTES]);
        this.output = new OutputStage(
                name + " output",
                clock,
                slots -> models.reorders()
                        ? new ReorderingReader(buffer, buffer.annotated(), buffer.released(), slots)
                        : new OrderedReader(buffer, buffer.annotated(), buffer.released(), slots),
                sink,
                to,
                outputCounters,
                lateness,
                timeInside,
                batch,
                models.slackNanos(),
                models.maxLagNanos());
        apart.add(new byte[APART_BYTES]);
    }

    /** Direction for people. */
    public String name() {
        return name;
    }

    /** The buffer the stages share. */
    public SharedBuffer buffer() {
        return buffer;
    }

    /** The stage that receives. */
    public Stage input() {
        return input;
    }

    /** The stage that decides, when it is a stage of its own. */
    public Optional<Stage> annotator() {
        return annotator.map(Stage.class::cast);
    }

    /** The stage that transmits. */
    public Stage output() {
        return output;
    }

    /** Every stage, in the order a packet passes them. */
    public List<Stage> stages() {
        return annotator.<List<Stage>>map(a -> List.of(input, a, output)).orElse(List.of(input, output));
    }

    /** Whether the source will never have another packet. */
    public boolean sourceExhausted() {
        return source.exhausted();
    }

    /** Whether nothing is left in the buffer; steady once the input stage has stopped. Any thread. */
    public boolean isDrained() {
        long released = buffer.released().readAcquire();
        Cursor last = annotator.isPresent() ? buffer.stored() : buffer.annotated();
        return released == last.readAcquire();
    }

    /** Settles what the sink has been given and has not sent yet. Once, after the stages have stopped. */
    void finish() {
        sink.finish();
    }

    /** Counters as they are now; each is exact, and they fit together exactly once the stages have stopped. */
    public DirectionSnapshot snapshot() {
        // First, so that no more are refused than are counted as handed over.
        long refusedPackets = sink.refusedPackets();
        long refusedBytes = sink.refusedBytes();
        Map<Counter, Long> values = new EnumMap<>(Counter.class);
        for (Counter counter : Counter.values()) {
            values.put(
                    counter, inputCounters.get(counter) + annotatorCounters.get(counter) + outputCounters.get(counter));
        }
        values.merge(Counter.TRANSMITTED_PACKETS, -refusedPackets, Long::sum);
        values.merge(Counter.TRANSMITTED_BYTES, -refusedBytes, Long::sum);
        return new DirectionSnapshot(name, values, source.missedPackets(), source.filteredPackets(), refusedPackets);
    }

    /** Transmit time minus release time of every packet sent. */
    public LatencyRecorder lateness() {
        return lateness;
    }

    /** Transmit time minus arrival time of every packet sent. */
    public LatencyRecorder timeInside() {
        return timeInside;
    }

    /** Where the link has kept the packets, by what the models say. */
    public LinkTimesRecorder linkTimes() {
        return linkTimes;
    }

    /** Packets still in queue and buffer, counted one by one. Only after the stages have stopped, once. */
    public long countRemaining() {
        return hold.map(PacketHold::held).orElse(0L)
                + annotator.map(AnnotatorStage::countRemaining).orElse(0L)
                + output.countRemaining();
    }
}
