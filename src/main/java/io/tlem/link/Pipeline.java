package io.tlem.link;

import io.tlem.buffer.Cursor;
import io.tlem.buffer.OrderedReader;
import io.tlem.buffer.RecordReader;
import io.tlem.buffer.RecordWriter;
import io.tlem.buffer.ReorderingReader;
import io.tlem.buffer.SharedBuffer;
import io.tlem.impair.PacketHold;
import io.tlem.port.PacketPort;
import io.tlem.port.PacketSink;
import io.tlem.port.PacketSource;
import io.tlem.port.PortAddress;
import io.tlem.port.ZeroCopy;
import io.tlem.spec.Overflow;
import io.tlem.stats.Counter;
import io.tlem.stats.Counters;
import io.tlem.stats.DirectionSnapshot;
import io.tlem.stats.DropReason;
import io.tlem.stats.Drops;
import io.tlem.stats.Format;
import io.tlem.stats.LatencyRecorder;
import io.tlem.stats.LinkTimesRecorder;
import io.tlem.stats.Observed;
import io.tlem.stats.StageTimes;
import io.tlem.thread.NanoClock;
import io.tlem.thread.Stage;
import io.tlem.thread.VirtualClock;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.concurrent.CompletableFuture;
import java.util.function.Supplier;

/**
 * One direction of a link: the stages between a source and a sink, around one shared buffer. The stages are run by
 * threads or stepped by hand; the pipeline itself has no thread.
 *
 * <pre>
 *  one stage:     input + annotator + output
 *  two stages:    input + annotator ──annotated──► output
 *  three stages:  input ──stored──► annotator ──annotated──► output
 *                   ▲────────────────released──────────────────┘
 * </pre>
 */
public final class Pipeline {
    private static final PortAddress NO_ADDRESS = new PortAddress("", "port", Map.of());

    private final String name;
    private final SharedBuffer buffer;
    private final PacketSource source;
    private final PacketSink sink;
    private final int batch;
    private final Border sourceBorder;
    private final boolean sourceForC;
    private final Optional<ZeroCopy> zeroCopy;
    private final RecordWriter writer;
    private final Settlement receiving;
    private final Settlement deciding;
    private final Settlement sending;
    private final boolean annotates; // in a stage of its own
    private final Optional<Overflow> overflow;
    private final DirectionModels.Need
            made; // of the buffer, for the first models; the user may have given less, or more
    private final boolean exact; // nothing is late on a virtual clock
    private final Epochs epochs;
    private CompletableFuture<Change> lastAtOnce = CompletableFuture.completedFuture(new Change(0, 0));
    private final InputStage input;
    private final Optional<AnnotatorStage> annotator;
    private final OutputStage output;
    private final Optional<JointStage> joint;

    private final Counters inputCounters = new Counters();
    private final Counters annotatorCounters = new Counters();
    private final Counters outputCounters = new Counters();
    private final LatencyRecorder lateness = new LatencyRecorder();
    private final LatencyRecorder timeInside = new LatencyRecorder();
    private final LinkTimesRecorder linkTimes = new LinkTimesRecorder();

    /**
     * @param name direction for people, such as {@code a->b}
     * @param stages 1 to 3; 3 where packets do not wait in a {@link PacketHold}: there it is 2
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

    /** Those of a link, A to B first, where both are possible. */
    public static List<Pipeline> of(Link link) {
        return link.pipelines();
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
        this.batch = batch;
        this.exact = clock instanceof VirtualClock;
        this.sourceBorder = new Border(from, source.memory(), source.maxPacketBytes());
        this.sourceForC = SharedBuffer.hasNativeKernel() && Border.isForC(source.memory(), source.memoryStays());
        boolean ofItsOwn = stages == 3 && !models.holds();
        // A stage of its own decides in the records, and some models want to see the packet there.
        this.zeroCopy = ofItsOwn ? Optional.empty() : source.zeroCopyTo(sink);
        Cursor stored = ofItsOwn ? buffer.stored() : buffer.annotated();
        this.writer = new RecordWriter(buffer, stored);
        this.deciding = new Settlement(
                ofItsOwn ? annotatorCounters : inputCounters, models.spec().models());
        this.receiving = ofItsOwn ? new Settlement(inputCounters) : deciding;
        this.sending = new Settlement(outputCounters);
        this.annotates = ofItsOwn;
        this.overflow = models.overflow();
        this.made = models.need(source.usualPacketBytes());
        this.epochs = new Epochs(epoch(Epoch.AT_ONCE, models, null));
        this.input = new InputStage(
                name + " input",
                clock,
                source,
                sourceBorder,
                writer,
                epochs,
                ofItsOwn ? batchIntake(null) : null,
                waits(),
                receiving,
                buffer,
                batch);
        this.annotator = ofItsOwn
                ? Optional.of(new AnnotatorStage(
                        name + " annotator",
                        clock,
                        buffer.segment(),
                        new RecordReader(buffer, stored, buffer.annotated()),
                        epochs,
                        batch))
                : Optional.empty();
        this.output = new OutputStage(
                name + " output",
                clock,
                slots -> models.reorders()
                        ? new ReorderingReader(buffer, buffer.annotated(), buffer.released(), slots)
                        : new OrderedReader(buffer, buffer.annotated(), buffer.released(), slots),
                sink,
                to,
                sending,
                lateness,
                timeInside,
                epochs,
                exact,
                zeroCopy,
                batch);
        this.joint = stages == 1 ? Optional.of(new JointStage(name + " stage", input, output)) : Optional.empty();
    }

    /** Whether packets are left in the port while the buffer has no room for them. */
    public boolean waits() {
        return overflow.map(Overflow.WAIT::equals).orElseGet(source::senderWaits);
    }

    /**
     * Rate that the buffer is large enough for, if no other is known, in packets of the length that takes most of it; else
     * empty.
     */
    public OptionalDouble assumedBitsPerSecond() {
        DirectionModels models = models();
        return models.yields()
                ? OptionalDouble.of(models.need(source.usualPacketBytes()).bitsPerSecondIn(buffer.capacityBytes()))
                : OptionalDouble.empty();
    }

    /** What runs models: the one place where it is chosen where and when fates are decided. */
    private Epoch epoch(long fromNanos, DirectionModels models, Epoch before) {
        Decider decider = new Decider(models.newAnnotator(), models.gate(), deciding, linkTimes);
        Intake intake;
        if (annotates) {
            intake = null; // its own stage decides, in the records
        } else if (models.holds()) {
            intake = holdIntake(models, decider, before);
        } else if (models.decidesInRecords()) {
            intake = recordIntake(decider);
        } else {
            intake = batchIntake(decider);
        }
        Epoch.Terms terms = new Epoch.Terms(
                exact ? 0 : models.slackNanos(),
                exact ? DirectionModels.ANY_LAG : models.maxLagNanos(),
                models.reorders());
        return new Epoch(fromNanos, models, decider, intake, terms);
    }

    private RecordIntake recordIntake(Decider decider) {
        return new RecordIntake(source.memory(), buffer.segment(), writer, decider, receiving);
    }

    private BatchIntake batchIntake(Decider decider) {
        return new BatchIntake(
                source.memory(),
                sourceForC,
                source.maxPacketBytes(),
                writer,
                decider,
                receiving,
                recordIntake(decider),
                zeroCopy,
                !annotates
                        && source.tagsPackets()
                        && sink.readsTags(), // a stage of its own may change a packet in its record
                batch);
    }

    private HoldIntake holdIntake(DirectionModels models, Decider decider, Epoch before) {
        PacketHold hold = before != null && before.models().hasQueueOf(models)
                ? ((HoldIntake) before.intake()).hold()
                : models.newHold(decider.annotator(), source.usualPacketBytes());
        return new HoldIntake(source.memory(), buffer.segment(), writer, hold, decider, receiving);
    }

    /**
     * Puts other models in force, from the next batch on; the link goes on. Packets keep their order unless the models let
     * them overtake, the link stays busy with what is on it, packets that wait go on waiting, and models that are the same
     * objects go on as they are. Changes that were to come later are {@link #revokeChanges revoked}. Any thread, one at a time.
     *
     * @param models to be in force; of those that are so now, those that stay must be the same objects
     * @return completed with where they begin to hold, once the deciding stage has come to it; never, when that does not work
     *     any more
     * @throws IllegalArgumentException when they do not fit, in memory or threads: then nothing changes
     */
    public CompletableFuture<Change> change(DirectionModels models) {
        requireFit(models);
        revokeChanges();
        lastAtOnce = append(Epoch.AT_ONCE, models);
        return lastAtOnce;
    }

    /**
     * Puts other models in force for packets that arrive at a time or later, behind all changes that have been asked for. Where
     * that time has come already, they hold as soon as possible, which the answer says.
     *
     * @param nanos ns of the pipeline's clock, not before that of the change ahead of it
     * @param models to be in force; of {@link #models}, those that stay must be the same objects
     * @return as of {@link #change}; cancelled when it is revoked
     * @throws IllegalArgumentException when they do not fit, in memory or threads: then nothing changes
     */
    CompletableFuture<Change> changeAt(long nanos, DirectionModels models) {
        requireFit(models);
        return append(nanos, models);
    }

    private CompletableFuture<Change> append(long fromNanos, DirectionModels models) {
        Epoch next = epoch(fromNanos, models, epochs.last());
        epochs.append(next);
        return next.answer();
    }

    /** Takes back changes that are not in force yet. */
    void revokeChanges() {
        if (!lastAtOnce.isDone()) {
            throw new IllegalStateException(name + ": the change before this one is not in force yet");
        }
        epochs.revoke();
    }

    /**
     * Refuses models that {@link #change} would refuse.
     *
     * @throws IllegalArgumentException saying what does not fit, and how it would
     */
    void requireFit(DirectionModels models) {
        if (annotates && models.holds()) {
            throw new IllegalArgumentException(name + ": the queue decides about packets that wait in it, which with"
                    + " --stages 3 is not possible while the link runs; --stages 2 makes it so");
        }
        DirectionModels.Need needed = models.need(source.usualPacketBytes());
        long most = Math.max(buffer.capacityBytes(), made.bytes()) + DirectionModels.SPARE_BYTES;
        if (!models.isUnlimited() && needed.bytes() > most) {
            String raising = models.raising(made, needed);
            throw new IllegalArgumentException(name + ": bandwidth, delay and queue need "
                    + Format.bytes(needed.bytes()) + " of buffer and the link has "
                    + Format.bytes(buffer.capacityBytes()) + "; start it with " + raising
                    + (raising.isEmpty() ? "" : ", or with ") + "--buffer " + Math.ceilDiv(needed.bytes(), 1 << 20)
                    + "M");
        }
    }

    /** The models that are in force, or will be. */
    public DirectionModels models() {
        return epochs.last().models();
    }

    /** How often models of each role have become others that are in force, by the role's label. Any thread. */
    public Map<String, Long> changes() {
        Map<String, Long> changes = new HashMap<>();
        deciding.changes().counts().forEach((role, times) -> changes.put(role.label(), times));
        return changes;
    }

    /** From now on that is told what becomes of each packet. Before the stages work. */
    public void tell(FateLog log) {
        receiving.tell(log);
        deciding.tell(log);
        sending.tell(log);
    }

    /**
     * From now on these write down what becomes of each packet, besides others. Before the stages work.
     *
     * @param clerks makes one for each thread: that which decides, that which receives where it is another, that which sends
     */
    public void keep(Supplier<? extends Clerk> clerks) {
        Clerk first = clerks.get();
        deciding.keep(first);
        if (annotates) {
            receiving.keep(clerks.get());
        }
        sending.keep(clerks.get());
        first.changed(new Change(0, 0), models());
    }

    /** From now on packets have no room of which that is said. Before the stages work. */
    public void refuse(Refusals refusals) {
        receiving.refuse(refusals);
    }

    /** When something will happen that is known of, ns of the pipeline's clock, or {@link Stage#UNKNOWN}. */
    long nextEventNanos() {
        return Math.min(input.nextEventNanos(), output.nextEventNanos());
    }

    /** When the first packet came, ns of the pipeline's clock, or {@link Stage#UNKNOWN}. Any thread. */
    long firstArrivalNanos() {
        return input.firstArrivalNanos();
    }

    /** When the packet has arrived that waits in the port, or does next, as far as that is known. */
    long nextArrivalNanos() {
        return source.nextArrivalNanos();
    }

    /** When the next packet that was decided about is due, or {@link Stage#UNKNOWN}. */
    long nextReleaseNanos() {
        return output.nextEventNanos();
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

    /** The only stage, when one does everything. */
    Optional<JointStage> joint() {
        return joint;
    }

    /** Length that nearly all packets keep to that come. */
    public int usualPacketBytes() {
        return source.usualPacketBytes();
    }

    /** Every stage that is run, in the order a packet passes them. */
    public List<Stage> stages() {
        if (joint.isPresent()) {
            return List.of(joint.get());
        }
        return annotator.<List<Stage>>map(a -> List.of(input, a, output)).orElse(List.of(input, output));
    }

    /** Whether the source will never have another packet, and none waits to be decided about. */
    public boolean sourceExhausted() {
        return source.exhausted() && inputCounters.get(Counter.HELD_PACKETS) == 0;
    }

    /** Whether nothing is left in the buffer; steady once the input stage has stopped. Any thread. */
    public boolean isDrained() {
        long released = buffer.released().readAcquire();
        return released == lastStored().readAcquire();
    }

    private Cursor lastStored() {
        return annotates ? buffer.stored() : buffer.annotated();
    }

    /** Settles what the sink has been given and has not sent yet. Once, after the stages have stopped. */
    public void finish() {
        sink.finish();
    }

    /** Counters as they are now; each is exact, and they fit together exactly once the stages have stopped. */
    public DirectionSnapshot snapshot() {
        // Against the packets' way, so that no more are refused than handed over, nor more gone than have come.
        long released = buffer.released().readAcquire();
        long refusedPackets = sink.refusedPackets();
        long refusedBytes = sink.refusedBytes();
        Map<DropReason, Drops> drops = new EnumMap<>(DropReason.class);
        for (DropReason reason : DropReason.values()) {
            drops.put(
                    reason,
                    inputCounters
                            .dropped(reason)
                            .plus(annotatorCounters.dropped(reason))
                            .plus(outputCounters.dropped(reason)));
        }
        drops.put(DropReason.PORT, new Drops(refusedPackets, refusedBytes));
        Map<Counter, Long> values = new EnumMap<>(Counter.class);
        for (Counter counter : List.of(Counter.values()).reversed()) {
            values.put(
                    counter, outputCounters.get(counter) + annotatorCounters.get(counter) + inputCounters.get(counter));
        }
        values.merge(Counter.TRANSMITTED_PACKETS, -refusedPackets, Long::sum);
        values.merge(Counter.TRANSMITTED_BYTES, -refusedBytes, Long::sum);
        values.put(Counter.BUFFERED_BYTES, lastStored().readAcquire() - released);
        DirectionSnapshot all =
                new DirectionSnapshot(name, values, drops, source.missedPackets(), source.filteredPackets());
        return all.with(Counter.BUFFERED_PACKETS, Math.max(0, all.unaccounted(all.get(Counter.HELD_PACKETS))));
    }

    /**
     * This direction, for who collects what it does.
     *
     * @param stages how their threads have spent the time since the last call
     */
    public Observed observed(Supplier<List<StageTimes>> stages) {
        return new Observed(this::snapshot, lateness, timeInside, linkTimes, stages, this::countRemaining);
    }

    /** Transmit time minus release time of every packet sent. */
    public LatencyRecorder lateness() {
        return lateness;
    }

    /** Transmit time minus arrival time of every packet sent. */
    public LatencyRecorder timeInside() {
        return timeInside;
    }

    /** Packets still in queue and buffer, counted one by one. Only after the stages have stopped, once. */
    public long countRemaining() {
        return input.countRemaining()
                + annotator.map(AnnotatorStage::countRemaining).orElse(0L)
                + output.countRemaining();
    }
}
