package io.tlem.stats;

import java.util.Map;
import java.util.TreeMap;

/**
 * What was received of a stream of generated packets, or of all.
 *
 * @param packets that came, each counted once
 * @param bytes of all that came, frames without FCS
 * @param missing numbers between the lowest and the highest that came, which did not come
 * @param duplicates that came besides
 * @param outOfOrder packets that came behind one with a higher number (RFC 4737)
 * @param seconds from the first packet to the last
 * @param firstBytes length of the first
 * @param delay from the time of sending to arrival, ns
 * @param variation how much the delay differs from one packet to the next, ns (RFC 3393)
 * @param jitterNanos as RFC 3550 smooths that, at the end
 * @param extents by how many places reordered packets came behind the first with a higher number (RFC 4737)
 * @param density how many packets came by so many places late (above 0) or early, without those that were lost (RFC 5236)
 * @param occupancy how often a buffer that restores the order would have held so many packets (RFC 5236)
 * @param restarts how often the numbers began anew
 * @param beforeSent packets whose time of sending was after that of their arrival
 */
public record StreamTraffic(
        long packets,
        long bytes,
        long missing,
        long duplicates,
        long outOfOrder,
        double seconds,
        long firstBytes,
        TimeDistribution delay,
        TimeDistribution variation,
        double jitterNanos,
        TimeDistribution extents,
        Map<Integer, Long> density,
        Map<Integer, Long> occupancy,
        long restarts,
        long beforeSent) {
    private static final TimeDistribution NO_TIMES = TimeDistribution.of(new TimeHistogram());

    /** Of no packets. */
    public static final StreamTraffic NOTHING =
            new StreamTraffic(0, 0, 0, 0, 0, 0, 0, NO_TIMES, NO_TIMES, 0, NO_TIMES, Map.of(), Map.of(), 0, 0);

    /** With the counts of another stream added; jitter is that of the one with more of it, the rest that of this one. */
    public StreamTraffic plus(StreamTraffic other) {
        return new StreamTraffic(
                packets + other.packets,
                bytes + other.bytes,
                missing + other.missing,
                duplicates + other.duplicates,
                outOfOrder + other.outOfOrder,
                seconds,
                firstBytes,
                delay,
                variation,
                Math.max(jitterNanos, other.jitterNanos),
                extents,
                sum(density, other.density),
                sum(occupancy, other.occupancy),
                restarts + other.restarts,
                beforeSent + other.beforeSent);
    }

    private static Map<Integer, Long> sum(Map<Integer, Long> a, Map<Integer, Long> b) {
        Map<Integer, Long> sum = new TreeMap<>(a);
        b.forEach((key, count) -> sum.merge(key, count, Long::sum));
        return sum;
    }

    /** With other times. */
    public StreamTraffic as(
            double inSeconds,
            long ofFirst,
            TimeDistribution delays,
            TimeDistribution variations,
            TimeDistribution ofExtents) {
        return new StreamTraffic(
                packets,
                bytes,
                missing,
                duplicates,
                outOfOrder,
                inSeconds,
                ofFirst,
                delays,
                variations,
                jitterNanos,
                ofExtents,
                density,
                occupancy,
                restarts,
                beforeSent);
    }

    /** Part of the packets that did not come; 0 of none. */
    public double loss() {
        long sent = packets + missing;
        return sent == 0 ? 0 : (double) missing / sent;
    }

    /** Part of the packets that came out of order; 0 of none. */
    public double reordering() {
        return packets == 0 ? 0 : (double) outOfOrder / packets;
    }

    /** Between the first packet and the last; 0 with fewer than two. */
    public double packetsPerSecond() {
        return seconds > 0 ? (packets + duplicates - 1) / seconds : 0;
    }

    /** As {@link #packetsPerSecond}, of frames without FCS. */
    public double bitsPerSecond() {
        return seconds > 0 ? (bytes - firstBytes) * 8 / seconds : 0;
    }
}
