package io.tlem.scenario;

import io.tlem.spec.LinkSpec;
import io.tlem.spec.SpecChange;
import java.util.ArrayList;
import java.util.List;
import java.util.function.IntFunction;

/**
 * The way of a link to a time of a scenario, without the time between.
 *
 * @param nanos that it is at then, since the scenario's beginning
 * @param link what it is then
 * @param timeline of what comes behind
 * @param points of that very time
 */
record Journey(long nanos, LinkSpec link, Timeline timeline, List<String> points) {
    /**
     * Brings a link to a time.
     *
     * @param outagesWhileUp by direction, of {@link Timeline}
     * @throws io.tlem.spec.ConfigException when the link, which others have changed, cannot become what the scenario says
     */
    static Journey of(Scenario scenario, LinkSpec link, long nanos, IntFunction<String> outagesWhileUp) {
        Timeline timeline = scenario.timeline(nanos, outagesWhileUp);
        LinkSpec present = link;
        List<String> points = List.of();
        while (timeline.nextNanos() <= nanos) {
            Edit edit = timeline.next(present).orElseThrow();
            present = edit.apply(present);
            points = edit.nanos() == nanos ? edit.points() : points;
        }
        return new Journey(nanos, present, timeline, points);
    }

    /**
     * A link without what a scenario has made of it: what that has made different is as it was before, all else stays.
     *
     * @param first the link with which the scenario began
     * @param nanos that it has come to
     */
    static LinkSpec back(
            Scenario scenario, LinkSpec first, LinkSpec link, long nanos, IntFunction<String> outagesWhileUp) {
        List<LinkSpec> links = new ArrayList<>(List.of(first));
        Timeline timeline = scenario.timeline(nanos, outagesWhileUp);
        while (timeline.nextNanos() <= nanos) {
            links.add(timeline.next(links.getLast()).orElseThrow().apply(links.getLast()));
        }
        return SpecChange.restored(link, first, links);
    }
}
