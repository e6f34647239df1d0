package io.tlem.stats;

/**
 * What a measuring port has seen of the packets that a generator has numbered and stamped: nothing here comes from the
 * emulator's own counters.
 *
 * @param packets that arrived, duplicates not counted
 * @param bytes of all that arrived, frames without FCS
 * @param foreignPackets that arrived and were not a generator's
 * @param duplicates packets that had arrived before
 * @param outOfOrder packets that arrived behind one with a higher number
 * @param missing numbers up to the highest seen that never arrived
 * @param bitsPerSecond between the first arrival and the last; 0 when fewer than two packets arrived
 * @param delay from the generator's time stamp to arrival, ns
 */
public record Measured(
        long packets,
        long bytes,
        long foreignPackets,
        long duplicates,
        long outOfOrder,
        long missing,
        double bitsPerSecond,
        TimeDistribution delay) {}
