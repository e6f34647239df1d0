package io.tlem.impair;

/**
 * Decides a packet's fate and release time: loss, then queue, then link, then delay. The same class runs in the input
 * stage, in a stage of its own and offline. One instance serves one direction and is used by one thread.
 */
public final class Annotator {
    private final LossModel loss;
    private final QueueModel queue;
    private final BandwidthModel bandwidth;
    private final DelayModel delay;
    private long lastReleaseNanos = Long.MIN_VALUE;

    /** The models become the annotator's own; they must not be shared with another direction. */
    public Annotator(LossModel loss, QueueModel queue, BandwidthModel bandwidth, DelayModel delay) {
        this.loss = loss;
        this.queue = queue;
        this.bandwidth = bandwidth;
        this.delay = delay;
    }

    /**
     * Runs the models on the next packet.
     *
     * @param packet its arrival must not be before that of the packet decided last
     * @return the packet's fate; for {@link Fate#FORWARD} the context's exit and release times are set, and the
     *     release time is not before that of the packet ahead: packets are never reordered
     */
    public Fate decide(PacketContext packet) {
        if (loss.loses(packet)) {
            return Fate.LOST;
        }
        if (!queue.admits(packet)) {
            return Fate.QUEUE_OVERFLOW;
        }
        long exitNanos = bandwidth.exitNanos(packet);
        packet.setLinkExitNanos(exitNanos);
        queue.entered(packet);
        long releaseNanos = Math.max(exitNanos + delay.delayNanos(packet), lastReleaseNanos);
        lastReleaseNanos = releaseNanos;
        packet.setReleaseNanos(releaseNanos);
        return Fate.FORWARD;
    }

    /** Largest backlog of the link's queue so far, bytes. Annotating thread only. */
    public long queueHighWaterBytes() {
        return queue.highWaterBytes();
    }

    /** Largest backlog of the link's queue so far, packets. Annotating thread only. */
    public long queueHighWaterPackets() {
        return queue.highWaterPackets();
    }
}
