package io.tlem.bench;

import org.HdrHistogram.Histogram;

/**
 * What passed in one measured interval.
 *
 * @param packets in all directions together
 * @param cpuNanos CPU time of all threads together
 * @param lateness transmit time minus release time; null where nobody asked
 */
record Sample(long packets, long bytes, long nanos, long cpuNanos, Histogram lateness) {
    double nanosPerPacket() {
        return (double) nanos / packets;
    }

    double cpuNanosPerPacket() {
        return (double) cpuNanos / packets;
    }

    double packetsPerSecond() {
        return packets * 1e9 / nanos;
    }

    double bitsPerSecond() {
        return bytes * 8e9 / nanos;
    }
}
