package io.tlem.cli;

import io.tlem.link.Pipeline;
import io.tlem.stats.DirectionSample;
import io.tlem.stats.DirectionSnapshot;
import io.tlem.stats.LatencyRecorder;
import io.tlem.stats.LinkTimes;
import org.HdrHistogram.Histogram;

/** Collects what one direction does, for the line each second and for the report at the end. Used by one thread. */
final class DirectionRecord {
    private final Pipeline pipeline;
    private final Histogram lateness = LatencyRecorder.newHistogram();
    private final Histogram timeInside = LatencyRecorder.newHistogram();
    private final Histogram totalLateness = LatencyRecorder.newHistogram();
    private final Histogram totalTimeInside = LatencyRecorder.newHistogram();
    private LinkTimes linkTimes = LinkTimes.NONE;
    private LinkTimes totalLinkTimes = LinkTimes.NONE;
    private final DirectionSnapshot zero;
    private DirectionSnapshot previous;
    private DirectionSnapshot latest;
    private long stillInside = -1;

    DirectionRecord(Pipeline pipeline) {
        this.pipeline = pipeline;
        this.zero = pipeline.snapshot();
        this.previous = zero;
        this.latest = zero;
    }

    /** While the stages run. */
    void collect() {
        pipeline.lateness().collect(lateness, totalLateness);
        pipeline.timeInside().collect(timeInside, totalTimeInside);
        takeCounters();
    }

    private void takeCounters() {
        LinkTimes times = pipeline.linkTimes().collect();
        linkTimes = linkTimes.plus(times);
        totalLinkTimes = totalLinkTimes.plus(times);
        latest = pipeline.snapshot();
    }

    /** Once, after the stages have ended. */
    void collectFinal() {
        pipeline.lateness().collectFinal(lateness, totalLateness);
        pipeline.timeInside().collectFinal(timeInside, totalTimeInside);
        takeCounters();
        stillInside = pipeline.countRemaining();
    }

    /** What was collected since the last call. */
    DirectionSample takeInterval() {
        DirectionSample sample = new DirectionSample(
                latest.since(previous), latest, lateness.copy(), timeInside.copy(), linkTimes, stillInside);
        previous = latest;
        lateness.reset();
        timeInside.reset();
        linkTimes = LinkTimes.NONE;
        return sample;
    }

    /** Everything collected so far. */
    DirectionSample total() {
        return new DirectionSample(
                latest.since(zero), latest, totalLateness, totalTimeInside, totalLinkTimes, stillInside);
    }
}
