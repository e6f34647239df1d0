package io.tlem.stats;

import java.util.List;
import java.util.function.LongSupplier;
import java.util.function.Supplier;

/**
 * One direction of a link, as a {@link Collector} sees it.
 *
 * @param counters as they are now
 * @param lateness transmit time minus release time
 * @param timeInside transmit time minus arrival time
 * @param linkTimes where the link has kept packets
 * @param stages how their threads have spent the time since the last call; empty where no threads run them
 * @param remaining packets that are still inside; asked once, after the stages have ended
 */
public record Observed(
        Supplier<DirectionSnapshot> counters,
        LatencyRecorder lateness,
        LatencyRecorder timeInside,
        LinkTimesRecorder linkTimes,
        Supplier<List<StageTimes>> stages,
        LongSupplier remaining) {
    /**
     * What collects from a link.
     *
     * @param clock the link's, ns
     */
    public static Collector collector(List<Observed> directions, LongSupplier clock) {
        return new Collector(directions, clock);
    }
}
