package io.tlem.impair;

/**
 * The propagation delay (t_D) added after the link. One instance serves one direction and is called by one thread,
 * once for each packet that leaves the link, in order. It must not allocate.
 */
public interface DelayModel {
    /** Of {@link #quantileNanos}. */
    long UNKNOWN = -1;

    /** The same delay for every packet. */
    static DelayModel constant(long nanos) {
        return new ConstantDelay(nanos);
    }

    /** Delay of this packet, ns, 0 to {@link #maxNanos()}. */
    long delayNanos(PacketContext packet);

    /** Lower bound of the delay, ns; tells how long stages without work may sleep. */
    default long minNanos() {
        return 0;
    }

    /**
     * The delay that so large a part of the packets do not exceed, ns, for reports; {@link #UNKNOWN} where the model does not say.
     * It is the model's own, without what the order of packets adds. Any thread.
     *
     * @param part 0 to 1
     */
    default long quantileNanos(double part) {
        return UNKNOWN;
    }

    /** Upper bound of the delay, ns; sizes the shared buffer and bounds the drain at the end. */
    long maxNanos();
}
