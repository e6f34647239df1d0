package io.tlem.link;

import io.tlem.buffer.PacketRecord;
import io.tlem.buffer.ThreadMemory;
import io.tlem.classify.Filter;
import io.tlem.impair.Annotator;
import io.tlem.impair.BandwidthModel;
import io.tlem.impair.Exemption;
import io.tlem.impair.LinkModels;
import io.tlem.impair.PacketHold;
import io.tlem.impair.RandomStreams;
import io.tlem.impair.Role;
import io.tlem.spec.DirectionSpec;
import io.tlem.spec.Overflow;
import io.tlem.spec.Setting;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.StringJoiner;

/** The models of one direction, ready to run, and what follows from them. */
public final class DirectionModels {
    /** Rate that a link without limit is assumed to carry when its buffer is sized, bit/s. */
    public static final long ASSUMED_BITS_PER_SECOND = 40_000_000_000L;

    /** Of all packets of 60 bytes and more, the one whose record is largest compared to it. */
    private static final int COSTLIEST_FRAME_BYTES = 65;

    /** How far the output stage may fall behind before packets are dropped for want of buffer. */
    private static final long LAG_NANOS = 20_000_000;

    /** The same where the rate is assumed, higher than most. */
    private static final long ASSUMED_LAG_NANOS = 5_000_000;

    private static final long MAX_SLACK_NANOS = 500_000;

    /** Of the packets that wait in a queue that decides about them there. More are dropped as by the queue. */
    private static final double MAX_HOLD_BYTES = 256e6;

    private static final long MARGIN_BYTES = 4L << 20;

    /** What of the margin is for models that need a little more than those for which a buffer was made. */
    static final long SPARE_BYTES = MARGIN_BYTES / 2;

    private static final DirectionSpec UNSPECIFIED = DirectionSpec.of(Map.of());

    /** A limit to lag that is none. */
    public static final long ANY_LAG = Long.MAX_VALUE;

    private final LinkModels models;
    private final long maxLagNanos;
    private final Gate gate;
    private final Most most;
    private final DirectionSpec spec;
    private final long generation;

    /**
     * What the buffer is made for besides what the models need, 0 for nothing, and what becomes of packets that it has no
     * room for.
     *
     * @param bitsPerSecond of the link
     * @param delayNanos behind it
     * @param holdNanos for which packets are held back besides
     * @param overflow empty for whatever suits the port
     */
    private record Most(long bitsPerSecond, long delayNanos, long holdNanos, Optional<Overflow> overflow) {
        static final Most NOTHING = new Most(0, 0, 0, Optional.empty());
    }

    /**
     * What is needed of a buffer.
     *
     * @param bytesPerSecond of records that the link can make
     * @param delayNanos that they stay
     * @param holdNanos that they stay besides
     * @param lagNanos that they may stay because the output stage falls behind
     * @param queueBytes of records that wait
     */
    record Need(double bytesPerSecond, long delayNanos, long holdNanos, long lagNanos, double queueBytes) {
        /** {@link Long#MAX_VALUE} when that exceeds a long. */
        long bytes() {
            return (long) (bytesPerSecond * (delayNanos + holdNanos + lagNanos) / 1e9 + queueBytes + MARGIN_BYTES);
        }

        /** Rate that so much of a buffer is large enough for, in packets of the costliest length, bit/s. */
        double bitsPerSecondIn(long bytes) {
            double records = Math.max(0, bytes - MARGIN_BYTES - queueBytes);
            double packets = records / PacketRecord.strideOf(COSTLIEST_FRAME_BYTES);
            return packets * COSTLIEST_FRAME_BYTES * 8 * 1e9 / (delayNanos + holdNanos + lagNanos);
        }
    }

    /** The models become this direction's own: they have state. */
    public DirectionModels(LinkModels models) {
        this(models, ANY_LAG, Gate.OPEN, Most.NOTHING, UNSPECIFIED, 0);
    }

    /**
     * The models become this direction's own: they have state.
     *
     * @param maxLagNanos a packet that could be sent only that long after its release time is dropped, ns
     * @param exemption packets that leave at once, without the models and ahead of others
     */
    public DirectionModels(LinkModels models, long maxLagNanos, Exemption exemption) {
        this(models, maxLagNanos, new Gate(exemption, Filter.NONE), Most.NOTHING, UNSPECIFIED, 0);
    }

    /** See {@link LinkModels#classes()}. */
    List<Class<?>> classes() {
        return models.classes();
    }

    private DirectionModels(
            LinkModels models, long maxLagNanos, Gate gate, Most most, DirectionSpec spec, long generation) {
        this.models = models;
        this.maxLagNanos = maxLagNanos;
        this.gate = gate;
        this.most = most;
        this.spec = spec;
        this.generation = generation;
    }

    /** Of the random numbers of the models that were new in them: 0 for those at the start, and one more with each change. */
    public long generation() {
        return generation;
    }

    /** What they were specified to be. */
    public DirectionSpec spec() {
        return spec;
    }

    /**
     * The models of a direction, made of what is specified.
     *
     * @throws io.tlem.impair.SpecException when that is not acceptable any more, as when a file has changed
     */
    public static DirectionModels of(DirectionSpec spec, RandomStreams streams) {
        return new DirectionModels(LinkModels.of(spec.models(), streams)).under(spec);
    }

    /** The same models, with all else as it is specified. */
    DirectionModels under(DirectionSpec spec) {
        return new DirectionModels(
                spec.isRouted() ? models.keepingDestinations() : models,
                spec.maxLagNanos().orElse(ANY_LAG),
                new Gate(spec.exemption(), spec.filter()),
                new Most(
                        spec.find(Setting.MAX_BANDWIDTH).orElse(0L),
                        spec.find(Setting.MAX_DELAY).orElse(0L),
                        spec.find(Setting.MAX_HOLD).orElse(0L),
                        spec.find(Setting.OVERFLOW)),
                spec,
                generation);
    }

    /** The least that the delay model delays a packet, ns. */
    public long leastDelayNanos() {
        return models.delay().minNanos();
    }

    /** How late a packet may be sent, ns. */
    long maxLagNanos() {
        return maxLagNanos;
    }

    /** What becomes of packets before a model sees them. */
    Gate gate() {
        return gate;
    }

    /**
     * The models of a running link that becomes another one: what changes in the very way {@link LinkChanges} has it change.
     *
     * @param next what it becomes
     * @param streams of its generation
     */
    public DirectionModels changed(DirectionSpec next, RandomStreams streams) {
        return changed(spec.models(), next.models(), streams).under(next);
    }

    Annotator newAnnotator() {
        return new Annotator(models);
    }

    /** Whether packets wait in a {@link PacketHold}, and the input stage decides their fate. */
    boolean holds() {
        return models.holds();
    }

    /** Whether packets wait in the very queue in which they wait with the others. */
    boolean hasQueueOf(DirectionModels others) {
        return models.queue() == others.models.queue() && models.holds();
    }

    /**
     * The models of other specifications for a running link.
     *
     * @param before specifications of these
     * @param specs of the others
     * @param streams of their generation
     */
    public DirectionModels changed(Map<Role, String> before, Map<Role, String> specs, RandomStreams streams) {
        return new DirectionModels(
                models.changed(before, specs, streams), maxLagNanos, gate, most, spec, streams.generation());
    }

    /**
     * Where packets wait.
     *
     * @param maxPacketBytes longest packet that comes
     */
    PacketHold newHold(Annotator annotator, int maxPacketBytes) {
        double bytes = PacketHold.bytesFor(models.queue(), maxPacketBytes);
        return new PacketHold(annotator, ThreadMemory.allocate((long) Math.min(bytes, MAX_HOLD_BYTES)));
    }

    /** Whether packets may leave in another order than they came in, or more than once. */
    boolean reorders() {
        return models.reorders() || gate.exempts();
    }

    /** Whether fates are decided in the packets' records: where models change packets, or say more than a release time, or a
     * filter looks at each. */
    boolean decidesInRecords() {
        return models.edits() || reorders() || !gate.isOpen();
    }

    /**
     * How long a stage may leave its work undone without making a packet late, ns: the smallest delay is there to
     * absorb it, shared between the stages, with half of it in reserve.
     */
    long slackNanos() {
        return !gate.exempts() ? Math.min(models.minDelayNanos() / 8, MAX_SLACK_NANOS) : 0;
    }

    /** Longest time from the link to the last release of a packet, ns. */
    public long maxDelayNanos() {
        return models.maxDelayNanos();
    }

    /** Whether the link has no limit of its own, so that {@link #bufferBytes} rests on an assumption. */
    public boolean isUnlimited() {
        return models.bandwidth().maxBitsPerSecond() == BandwidthModel.UNLIMITED;
    }

    /**
     * What of a shared buffer hold the queue and the delay line even when every packet is of the length whose
     * record is largest compared to it.
     *
     * @param maxPacketBytes longest packet the ports carry
     */
    Need need(int maxPacketBytes) {
        double stride = PacketRecord.strideOf(COSTLIEST_FRAME_BYTES);
        double rate = isUnlimited()
                ? most.bitsPerSecond() > 0 ? 0 : ASSUMED_BITS_PER_SECOND
                : models.bandwidth().maxBitsPerSecond();
        double packetsPerSecond = Math.max(
                rate / 8 / (COSTLIEST_FRAME_BYTES + models.bandwidth().overheadBytes()),
                most.bitsPerSecond() / 8.0 / COSTLIEST_FRAME_BYTES);
        double byBytes = models.queue().maxBytes() * (stride / COSTLIEST_FRAME_BYTES);
        double byPackets = (double) models.queue().maxPackets() * PacketRecord.strideOf(maxPacketBytes);
        return new Need(
                packetsPerSecond * stride,
                Math.max(models.delay().maxNanos(), most.delayNanos()),
                Math.max(models.maxHoldNanos(), most.holdNanos()),
                yields() ? ASSUMED_LAG_NANOS : LAG_NANOS,
                Math.min(byBytes, byPackets));
    }

    /** Bytes of it. {@link Long#MAX_VALUE} when that exceeds a long. */
    public long bufferBytes(int maxPacketBytes) {
        return need(maxPacketBytes).bytes();
    }

    /** Whether less buffer than that will do: nobody has said what the link is to carry. */
    boolean yields() {
        return isUnlimited() && most.bitsPerSecond() == 0;
    }

    /** What becomes of packets for which the buffer has no room, where that was said. */
    Optional<Overflow> overflow() {
        return most.overflow();
    }

    /** How to start the link so that its buffer holds these, for people; empty when that is the queue's fault. */
    String raising(Need made, Need needed) {
        StringJoiner options = new StringJoiner(" ");
        if (needed.bytesPerSecond() > made.bytesPerSecond()) {
            options.add(Setting.MAX_BANDWIDTH.option() + " "
                    + rate(models.bandwidth().maxBitsPerSecond()));
        }
        if (needed.delayNanos() > made.delayNanos()) {
            options.add(Setting.MAX_DELAY.option() + " " + time(needed.delayNanos()));
        }
        if (needed.holdNanos() > made.holdNanos()) {
            options.add(Setting.MAX_HOLD.option() + " " + time(needed.holdNanos()));
        }
        return needed.queueBytes() > made.queueBytes() ? "" : options.toString();
    }

    private static String rate(long bitsPerSecond) {
        return scaled(bitsPerSecond, List.of("", "k", "M", "G"));
    }

    private static String time(long nanos) {
        return scaled(nanos, List.of("ns", "us", "ms", "s"));
    }

    /** The same number in the largest unit that it is a whole number of, each a thousand of the one before. */
    private static String scaled(long number, List<String> units) {
        int unit = 0;
        long left = number;
        while (left != 0 && left % 1000 == 0 && unit < units.size() - 1) {
            left /= 1000;
            unit++;
        }
        return left + units.get(unit);
    }
}
