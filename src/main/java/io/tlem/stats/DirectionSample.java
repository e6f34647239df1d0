package io.tlem.stats;

import org.HdrHistogram.Histogram;

/**
 * What one direction did over some span of time.
 *
 * @param delta what happened in the span; high-water marks are those since the start
 * @param total what happened since the start
 * @param lateness transmit time minus release time, ns, of the packets sent in the span
 * @param timeInside transmit time minus arrival time, ns, of the packets sent in the span
 * @param linkTimes where the link has kept the packets that it decided about in the span
 * @param stillInside packets in the buffer at the end of the span; -1 when not counted because stages are running
 */
public record DirectionSample(
        DirectionSnapshot delta,
        DirectionSnapshot total,
        Histogram lateness,
        Histogram timeInside,
        LinkTimes linkTimes,
        long stillInside) {}
