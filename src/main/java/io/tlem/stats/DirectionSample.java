package io.tlem.stats;

import java.util.List;

/**
 * What one direction did over some span of time.
 *
 * @param delta what happened in the span; levels are those at its end
 * @param total what happened since the start
 * @param lateness transmit time minus release time, ns, of the packets sent in the span
 * @param timeInside transmit time minus arrival time, ns, of the packets sent in the span
 * @param linkTimes where the link has kept the packets that it decided about in the span
 * @param stillInside packets in the buffer at the end of the span; -1 when not counted because stages are running
 * @param stages how the threads of the stages have spent the span, in the order in which a packet passes them
 */
public record DirectionSample(
        DirectionSnapshot delta,
        DirectionSnapshot total,
        TimeDistribution lateness,
        TimeDistribution timeInside,
        LinkTimes linkTimes,
        long stillInside,
        List<StageTimes> stages) {
    /** Copies the list. */
    public DirectionSample {
        stages = List.copyOf(stages);
    }
}
