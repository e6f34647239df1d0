package io.tlem.impair;

import io.tlem.layout.ThreadOwned;

/** What an {@link Annotator} changes all the time. */
abstract class AnnotatorState extends ThreadOwned {
    long lastReleaseNanos = Long.MIN_VALUE; // of the packets that keep their places
    long lastAtLinkNanos = Long.MIN_VALUE; // when the last packet came to a link behind the delay
    long lastExitNanos = Long.MIN_VALUE;
    long busyUntilNanos = Long.MIN_VALUE; // with packets of the models before these

    // Of the packets with a release time, for reports: sums, which may overflow, and the longest.
    long timedPackets;
    long queueNanos;
    long serialisationNanos;
    long delayNanos;
    long longestQueueNanos;
    long longestSerialisationNanos;
    long longestDelayNanos;
    long highWaterBytesBefore;
    long highWaterPacketsBefore;
}

/**
 * Decides a packet's fate and release time: the models in the order of their {@link Role}s. The same class runs in the input
 * stage, in a stage of its own and offline. One instance serves one direction and is used by one thread.
 */
public final class Annotator extends AnnotatorState {
    @SuppressWarnings("unused") // keeps the fields above apart from what lies behind this object
    private long q0, q1, q2, q3, q4, q5, q6, q7, q8, q9, qa, qb, qc, qd, qe, qf;

    private final LossModel outage;
    private final LossModel loss;
    private final QueueModel queue;
    private final BandwidthModel bandwidth;
    private final LossModel lossAfter;
    private final EditModel[] edits;
    private final DelayModel delay;
    private final Spacing spacing; // null where packets keep their order as usual
    private final boolean delayFirst;
    private final ReorderModel reorder;
    private final DuplicateModel duplicate;
    private final boolean isDelayLine;
    private final long constantDelayNanos; // of a delay line

    /** The models become the annotator's own; they must not be shared with another direction. */
    public Annotator(LinkModels models) {
        this.outage = models.outage();
        this.loss = models.loss();
        this.queue = models.queue();
        this.bandwidth = models.bandwidth();
        this.lossAfter = models.lossAfter();
        this.edits = java.util.stream.Stream.of(models.corrupt(), models.mark(), models.truncate())
                .filter(java.util.Objects::nonNull)
                .toArray(EditModel[]::new);
        this.delay = models.delay();
        this.delayFirst = models.order() == Order.DELAY_FIRST;
        this.spacing =
                models.order() == Order.KEEP || delayFirst ? null : new Spacing(delay, models.order() == Order.DROP);
        this.reorder = models.reorder();
        this.duplicate = models.duplicate();
        this.isDelayLine = outage == null
                && loss == null
                && queue == NoQueue.QUEUE
                && bandwidth == Unlimited.LINK
                && lossAfter == null
                && edits.length == 0
                && models.order() == Order.KEEP
                && reorder == null
                && duplicate == null
                && delay instanceof ConstantDelay;
        this.constantDelayNanos = isDelayLine ? delay.minNanos() : 0;
    }

    /**
     * Takes the place of another while the link runs: packets keep their order, the link stays busy with those that are on it
     * or wait for it, and what was counted goes on. Before the first packet.
     */
    public void continueFrom(Annotator before) {
        lastReleaseNanos = before.lastReleaseNanos;
        lastAtLinkNanos = before.lastAtLinkNanos;
        lastExitNanos = before.lastExitNanos;
        busyUntilNanos = bandwidth == before.bandwidth ? before.busyUntilNanos : before.lastExitNanos;
        if (spacing != null) {
            spacing.continueBehind(lastExitNanos, lastReleaseNanos);
        }
        if (queue != before.queue) {
            queue.continues(before.queue);
        }
        if (reorder != null && before.reorder != null && reorder != before.reorder) {
            reorder.continues(before.reorder);
        }
        timedPackets = before.timedPackets;
        queueNanos = before.queueNanos;
        serialisationNanos = before.serialisationNanos;
        delayNanos = before.delayNanos;
        longestQueueNanos = before.longestQueueNanos;
        longestSerialisationNanos = before.longestSerialisationNanos;
        longestDelayNanos = before.longestDelayNanos;
        highWaterBytesBefore = before.queueHighWaterBytes();
        highWaterPacketsBefore = before.queueHighWaterPackets();
    }

    /**
     * Whether a constant delay is all that a packet meets: then packets need not be looked at, and {@link #delay} serves many
     * at once.
     *
     * @param arrivalNanos of the packet, and no later one arrives before
     */
    public boolean isDelayLine(long arrivalNanos) {
        return isDelayLine && arrivalNanos >= busyUntilNanos;
    }

    /** Whether a constant delay is all that there is, and nothing but when packets come is looked at. */
    public boolean onlyDelays() {
        return isDelayLine;
    }

    /**
     * As {@link #decide} for each of these packets, on a delay line: all are forwarded.
     *
     * @param arrivals ns, not decreasing
     * @param count of the packets, and valid entries of the arrays
     * @param releases becomes the release time of each, ns
     */
    public void delay(long[] arrivals, int count, long[] releases) {
        long nanos = constantDelayNanos;
        long release = lastReleaseNanos;
        long sum = 0;
        for (int i = 0; i < count; i++) {
            release = Math.max(arrivals[i] + nanos, release);
            releases[i] = release;
            sum += release - arrivals[i];
        }
        lastReleaseNanos = release;
        timedPackets += count;
        delayNanos += sum;
        longestDelayNanos = Math.max(longestDelayNanos, nanos);
    }

    /**
     * Runs the models on the next packet. Not for a {@link HeldQueueModel}, whose packets go through a {@link PacketHold}.
     *
     * @param packet its arrival must not be before that of the packet decided last
     * @return the packet's fate; for {@link Fate#FORWARD} and {@link Fate#OVERTAKE} the context's exit and release times are
     *     set, and the release time of a forwarded packet is not before that of the one forwarded ahead of it
     */
    public Fate decide(PacketContext packet) {
        Fate admitted = admit(packet);
        return admitted == Fate.FORWARD ? serve(packet) : admitted;
    }

    /** The models up to the queue; {@link Fate#FORWARD} when it lets the packet in. */
    Fate admit(PacketContext packet) {
        if (outage != null && outage.loses(packet)) {
            return Fate.OUTAGE;
        }
        if (loss != null && loss.loses(packet)) {
            return Fate.LOST;
        }
        if (!queue.admits(packet)) {
            return packet.isManaged() ? Fate.QUEUE_MANAGEMENT : Fate.QUEUE_OVERFLOW;
        }
        return Fate.FORWARD;
    }

    /** The models behind the queue. */
    Fate serve(PacketContext packet) {
        return delayFirst ? delayThenServe(packet) : serveThenDelay(packet);
    }

    private Fate serveThenDelay(PacketContext packet) {
        long arrivalNanos = packet.arrivalNanos();
        long exitNanos = exitNanos(packet, arrivalNanos);
        if (exitNanos == BandwidthModel.REFUSED) {
            return Fate.RATE_EXCEEDED;
        }
        packet.setLinkExitNanos(exitNanos);
        if (spacing != null && !spacing.place(packet)) {
            bandwidth.giveBack(packet);
            return Fate.OUT_OF_ORDER;
        }
        queue.entered(packet);
        long startNanos = Math.max(lastExitNanos, arrivalNanos);
        lastExitNanos = exitNanos;
        if (!survives(packet)) {
            return Fate.LOST_AFTER;
        }
        long dueNanos = spacing == null ? exitNanos + delay.delayNanos(packet) : packet.releaseNanos();
        Fate fate =
                reorder == null && duplicate == null ? keepPlace(packet, dueNanos) : releaseFreely(packet, dueNanos);
        addTimes(startNanos - arrivalNanos, exitNanos - startNanos, packet.releaseNanos() - exitNanos);
        return fate;
    }

    /**
     * When a packet that comes to the link then has left it. To a bandwidth model that took over from another, a packet comes
     * when the link has sent what the other one let in.
     */
    private long exitNanos(PacketContext packet, long atLinkNanos) {
        long arrivalNanos = packet.arrivalNanos();
        long fromNanos = Math.max(atLinkNanos, busyUntilNanos);
        if (fromNanos == arrivalNanos) {
            return bandwidth.exitNanos(packet);
        }
        packet.setArrivalNanos(fromNanos);
        long exitNanos = bandwidth.exitNanos(packet);
        packet.setArrivalNanos(arrivalNanos);
        return exitNanos;
    }

    private void addTimes(long queued, long serialised, long delayed) {
        timedPackets++;
        queueNanos += queued;
        serialisationNanos += serialised;
        delayNanos += delayed;
        longestQueueNanos = Math.max(longestQueueNanos, queued);
        longestSerialisationNanos = Math.max(longestSerialisationNanos, serialised);
        longestDelayNanos = Math.max(longestDelayNanos, delayed);
    }

    /** {@link Order#DELAY_FIRST}: the queue has its packets from their arrival to the link's exit. */
    private Fate delayThenServe(PacketContext packet) {
        long arrivalNanos = packet.arrivalNanos();
        packet.setLinkExitNanos(arrivalNanos); // from which the delay counts
        boolean early = isSentEarly(packet, arrivalNanos);
        long startNanos = arrivalNanos; // of its first bit on the link
        if (!early) {
            // Those ahead of it leave the link no earlier than they come to it, so that this order changes nothing.
            lastAtLinkNanos = Math.max(lastAtLinkNanos, arrivalNanos + delay.delayNanos(packet));
            long exitNanos = exitNanos(packet, lastAtLinkNanos);
            if (exitNanos == BandwidthModel.REFUSED) {
                return Fate.RATE_EXCEEDED;
            }
            packet.setLinkExitNanos(exitNanos);
            queue.entered(packet);
            startNanos = Math.max(lastExitNanos, lastAtLinkNanos);
            lastExitNanos = exitNanos;
        }
        if (!survives(packet)) {
            return Fate.LOST_AFTER;
        }
        if (!early) {
            addTimes(startNanos - lastAtLinkNanos, packet.linkExitNanos() - startNanos, lastAtLinkNanos - arrivalNanos);
            return copied(packet, keepPlace(packet, packet.linkExitNanos()));
        }
        packet.setReleaseNanos(arrivalNanos);
        addTimes(0, 0, 0);
        return copied(packet, Fate.OVERTAKE);
    }

    /** As in netem, no delay is drawn for a packet that is sent early, so the longest one stands for it. */
    private boolean isSentEarly(PacketContext packet, long arrivalNanos) {
        long latestNanos = arrivalNanos + delay.maxNanos();
        return reorder != null && reorder.releaseNanos(packet, latestNanos) != latestNanos;
    }

    /** What happens right behind the link; false when the packet is lost there. */
    private boolean survives(PacketContext packet) {
        if (lossAfter != null && lossAfter.loses(packet)) {
            return false;
        }
        for (EditModel edit : edits) {
            edit.edit(packet);
        }
        return true;
    }

    private Fate keepPlace(PacketContext packet, long dueNanos) {
        long releaseNanos = Math.max(dueNanos, lastReleaseNanos);
        lastReleaseNanos = releaseNanos;
        packet.setReleaseNanos(releaseNanos);
        return Fate.FORWARD;
    }

    private Fate releaseFreely(PacketContext packet, long dueNanos) {
        long releaseNanos = reorder == null ? dueNanos : reorder.releaseNanos(packet, dueNanos);
        boolean freely = reorder != null && reorder.delayReorders();
        boolean overtakes = freely ? releaseNanos < Math.max(dueNanos, lastReleaseNanos) : releaseNanos != dueNanos;
        Fate fate = Fate.OVERTAKE;
        if (overtakes) {
            packet.setReleaseNanos(releaseNanos);
        } else {
            fate = keepPlace(packet, releaseNanos);
        }
        return copied(packet, fate);
    }

    /** Decides whether there is a copy of a packet whose release time is known. */
    private Fate copied(PacketContext packet, Fate fate) {
        if (duplicate == null && reorder == null) {
            return fate;
        }
        long again = duplicate == null ? DuplicateModel.NONE : duplicate.duplicateNanos(packet, packet.releaseNanos());
        packet.setDuplicateNanos(again);
        return again == DuplicateModel.NONE ? fate : Fate.OVERTAKE;
    }

    /** When the last packet so far has left the link, ns. */
    long linkFreeNanos() {
        return lastExitNanos;
    }

    /** The queue, which must be one that holds packets. */
    HeldQueueModel heldQueue() {
        return (HeldQueueModel) queue;
    }

    /** Packets that have been given a release time so far. Annotating thread only, as all that follow. */
    public long timedPackets() {
        return timedPackets;
    }

    /** Sum of their times from arrival until the first bit entered the link, ns; may have overflowed. */
    public long queueNanos() {
        return queueNanos;
    }

    /** Sum of their times from then until the last bit left the link, ns; may have overflowed. */
    public long serialisationNanos() {
        return serialisationNanos;
    }

    /** Sum of their times from then until they are due, ns; may have overflowed. */
    public long delayNanos() {
        return delayNanos;
    }

    /** Of one packet so far, ns. */
    public long longestQueueNanos() {
        return longestQueueNanos;
    }

    /** Of one packet so far, ns. */
    public long longestSerialisationNanos() {
        return longestSerialisationNanos;
    }

    /** Of one packet so far, ns. */
    public long longestDelayNanos() {
        return longestDelayNanos;
    }

    /** Largest backlog of the link's queue so far, bytes. Annotating thread only. */
    public long queueHighWaterBytes() {
        return Math.max(highWaterBytesBefore, queue.highWaterBytes());
    }

    /** Largest backlog of the link's queue so far, packets. Annotating thread only. */
    public long queueHighWaterPackets() {
        return Math.max(highWaterPacketsBefore, queue.highWaterPackets());
    }
}
