package io.tlem.web;

import io.tlem.control.LinkView;
import io.tlem.control.LiveLink;
import io.tlem.impair.LinkModels;
import io.tlem.impair.RandomStreams;
import io.tlem.impair.Role;
import io.tlem.spec.JsonText;
import io.tlem.spec.LinkSpec;
import io.tlem.stats.DirectionSample;
import io.tlem.stats.JsonReport;
import io.tlem.stats.Sample;
import io.tlem.stats.TimeDistribution;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** What happened in an interval, for those who draw it. Used by one thread. */
final class Intervals {
    /** Where the ranges of times end of which counts are told, ns: four to a power of 10, from 1 us to 1000 s. */
    static final long[] BOUNDS = bounds();

    private final LinkView view;
    private LinkSpec limited; // of which the limits are
    private Map<String, Object> limits = Map.of();

    Intervals(LinkView view) {
        this.view = view;
    }

    private static long[] bounds() {
        long[] bounds = new long[9 * 4 + 1];
        for (int i = 0; i < bounds.length; i++) {
            bounds[i] = Math.round(1000 * Math.pow(10, i / 4.0));
        }
        return bounds;
    }

    /** Those bounds, for a message. */
    static List<Long> boundsList() {
        List<Long> list = new ArrayList<>();
        for (long bound : BOUNDS) {
            list.add(bound);
        }
        return list;
    }

    /** An object on one line. */
    String line(Sample sample) {
        LiveLink.Present present = view.live().present();
        LinkSpec spec = present.spec();
        Map<String, Object> event = new LinkedHashMap<>();
        event.put("number", sample.number());
        event.put("version", present.version());
        event.put("in_force", view.inForce(spec));
        event.put("limits", limits(spec));
        view.scenario().ifPresent(situation -> event.put("scenario", situation));
        event.put("report", new JsonText.Raw(JsonReport.interval(sample)));
        Map<String, Object> counts = new LinkedHashMap<>();
        for (DirectionSample way : sample.span()) {
            Map<String, Object> times = new LinkedHashMap<>();
            times.put("time_inside", counts(way.timeInside()));
            times.put("lateness", counts(way.lateness()));
            counts.put(way.total().name(), times);
        }
        event.put("counts", counts);
        return JsonText.line(event);
    }

    /** Pairs of a range's place and how many times are in it, of those ranges that have some. */
    private static List<Object> counts(TimeDistribution times) {
        List<Object> pairs = new ArrayList<>();
        long[] counts = times.counts(BOUNDS);
        for (int i = 0; i < counts.length; i++) {
            if (counts[i] > 0) {
                pairs.add(List.of(i, counts[i]));
            }
        }
        return pairs;
    }

    /** What the models let pass at most, bit/s; 0 is no limit. */
    private Map<String, Object> limits(LinkSpec spec) {
        if (!spec.equals(limited)) {
            Map<String, Object> made = new LinkedHashMap<>();
            for (String direction : view.directions()) {
                made.put(direction, Map.of("max_bits_per_second", maxBitsPerSecond(spec, LinkView.index(direction))));
            }
            limits = made;
            limited = spec;
        }
        return limits;
    }

    private static long maxBitsPerSecond(LinkSpec spec, int direction) {
        if (spec.direction(direction).of(Role.BANDWIDTH).isEmpty()) {
            return 0;
        }
        return LinkModels.of(spec.direction(direction).models(), new RandomStreams(0, direction))
                .bandwidth()
                .maxBitsPerSecond();
    }
}
