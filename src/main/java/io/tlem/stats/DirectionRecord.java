package io.tlem.stats;

import java.util.ArrayList;
import java.util.List;

/** Collects what one direction does, in the span from one sample to the next and since the start. Used by one thread. */
final class DirectionRecord {
    private final Observed direction;
    private final Sums span = new Sums();
    private final Sums total = new Sums();
    private final DirectionSnapshot zero;
    private DirectionSnapshot spanStart;
    private DirectionSnapshot latest;
    private long stillInside = -1;

    /** What is added up. */
    private static final class Sums {
        private final TimeHistogram lateness = new TimeHistogram();
        private final TimeHistogram timeInside = new TimeHistogram();
        private LinkTimes linkTimes = LinkTimes.NONE;
        private List<StageTimes> stages = List.of();

        void add(LinkTimes times, List<StageTimes> more) {
            linkTimes = linkTimes.plus(times);
            List<StageTimes> sums = new ArrayList<>(more);
            for (int i = 0; i < stages.size(); i++) {
                sums.set(i, stages.get(i).plus(more.get(i)));
            }
            stages = sums;
        }

        void reset() {
            lateness.reset();
            timeInside.reset();
            linkTimes = LinkTimes.NONE;
            stages = List.of();
        }
    }

    DirectionRecord(Observed direction) {
        this.direction = direction;
        this.zero = direction.counters().get();
        this.spanStart = zero;
        this.latest = zero;
    }

    /** While the stages run. */
    void collect() {
        direction.lateness().collect(span.lateness, total.lateness);
        direction.timeInside().collect(span.timeInside, total.timeInside);
        takeCounters();
    }

    private void takeCounters() {
        LinkTimes times = direction.linkTimes().collect();
        List<StageTimes> stages = direction.stages().get();
        span.add(times, stages);
        total.add(times, stages);
        latest = direction.counters().get();
    }

    /** For the thread that runs the stages, between two calls of them. */
    void collectOwn() {
        direction.lateness().collectFinal(span.lateness, total.lateness);
        direction.timeInside().collectFinal(span.timeInside, total.timeInside);
        takeCounters();
    }

    /** Once, after the stages have ended. */
    void collectFinal() {
        collectOwn();
        stillInside = direction.remaining().getAsLong();
    }

    /** What was collected since the last {@link #endSpan}. */
    DirectionSample span() {
        return sample(spanStart, span);
    }

    /** Everything collected so far. */
    DirectionSample total() {
        return sample(zero, total);
    }

    private DirectionSample sample(DirectionSnapshot start, Sums sums) {
        return new DirectionSample(
                latest.since(start),
                latest,
                TimeDistribution.of(sums.lateness),
                TimeDistribution.of(sums.timeInside),
                sums.linkTimes,
                stillInside,
                sums.stages);
    }

    /** What is collected from now on belongs to the next span. */
    void endSpan() {
        spanStart = latest;
        span.reset();
    }
}
