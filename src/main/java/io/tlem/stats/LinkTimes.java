package io.tlem.stats;

/**
 * Where the emulated link has kept packets, by what it decided: in the queue, while they were serialised, and on the way
 * behind the link. With the lateness that is the time in the emulator. Sums in ns.
 *
 * @param packets that the sums are of: those that have been given a release time
 * @param queueNanos from arrival until the packet's first bit entered the link
 * @param serialisationNanos from then until its last bit left the link
 * @param delayNanos from then until its release time
 * @param longestQueueNanos of one packet, since the start
 * @param longestSerialisationNanos of one packet, since the start
 * @param longestDelayNanos of one packet, since the start
 */
public record LinkTimes(
        long packets,
        double queueNanos,
        double serialisationNanos,
        double delayNanos,
        long longestQueueNanos,
        long longestSerialisationNanos,
        long longestDelayNanos) {
    /** Of no packet. */
    public static final LinkTimes NONE = new LinkTimes(0, 0, 0, 0, 0, 0, 0);

    /** Of one packet on average, ns; 0 of none. */
    public double meanQueueNanos() {
        return mean(queueNanos);
    }

    /** Of one packet on average, ns; 0 of none. */
    public double meanSerialisationNanos() {
        return mean(serialisationNanos);
    }

    /** Of one packet on average, ns; 0 of none. */
    public double meanDelayNanos() {
        return mean(delayNanos);
    }

    private double mean(double sum) {
        return packets == 0 ? 0 : sum / packets;
    }

    /** Of these packets and those of a later time. */
    public LinkTimes plus(LinkTimes later) {
        return new LinkTimes(
                packets + later.packets,
                queueNanos + later.queueNanos,
                serialisationNanos + later.serialisationNanos,
                delayNanos + later.delayNanos,
                Math.max(longestQueueNanos, later.longestQueueNanos),
                Math.max(longestSerialisationNanos, later.longestSerialisationNanos),
                Math.max(longestDelayNanos, later.longestDelayNanos));
    }
}
