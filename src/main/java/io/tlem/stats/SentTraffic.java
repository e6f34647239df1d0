package io.tlem.stats;

/**
 * What was generated and sent.
 *
 * @param packets that were sent
 * @param bytes of them, frames without FCS
 * @param refused packets that the port did not send
 * @param seconds from the first to the last
 * @param firstBytes length of the first
 * @param scheduled packets of each stream, whether or not they could be sent
 * @param lateness when packets were handed to the port, minus when they were due, ns
 * @param spacingError by how much the time from one packet to the next was another than scheduled, ns
 */
@SuppressWarnings("ArrayRecordComponent") // nobody compares them
public record SentTraffic(
        long packets,
        long bytes,
        long refused,
        double seconds,
        long firstBytes,
        long[] scheduled,
        TimeDistribution lateness,
        TimeDistribution spacingError) {
    /** Between the first packet and the last; 0 with fewer than two. */
    public double packetsPerSecond() {
        return seconds > 0 ? (packets - 1) / seconds : 0;
    }

    /** As {@link #packetsPerSecond}, of frames without FCS. */
    public double bitsPerSecond() {
        return seconds > 0 ? (bytes - firstBytes) * 8 / seconds : 0;
    }
}
