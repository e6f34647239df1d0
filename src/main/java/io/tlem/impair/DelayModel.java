package io.tlem.impair;

/**
 * The propagation delay (t_D) added after the link. One instance serves one direction and is called by one thread,
 * once for each packet that leaves the link, in order. It must not allocate.
 */
public interface DelayModel {
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

    /** Upper bound of the delay, ns; sizes the shared buffer and bounds the drain at the end. */
    long maxNanos();
}
