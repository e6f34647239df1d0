package io.tlem.control;

import io.tlem.link.Change;
import io.tlem.scenario.Picture;
import io.tlem.scenario.Playback;
import io.tlem.scenario.SvgDrawing;
import io.tlem.spec.JsonText;
import io.tlem.spec.LinkSpec;
import io.tlem.spec.SpecChange;
import io.tlem.spec.SpecWriter;
import io.tlem.stats.JsonReport;
import io.tlem.stats.RunDescription;
import io.tlem.stats.Sample;
import io.tlem.stats.TextReport;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;

/**
 * What others are told of a running link, whichever way they ask: objects of mappings, lists, strings, numbers and flags, as
 * {@link JsonText} writes them.
 *
 * @param name of the link
 * @param live the link
 * @param description of the run as it is, asked by any thread
 */
public record LinkView(String name, LiveLink live, Supplier<RunDescription> description) {
    /** What came of a change: the version, from where on it holds in each direction, and what is in force. */
    public Map<String, Object> changed(LiveLink.Answer change) {
        Map<String, Object> answer = new LinkedHashMap<>();
        answer.put("version", change.version());
        answer.put("from", from(change.from()));
        answer.put("in_force", inForce(change.spec()));
        return answer;
    }

    /** What came of going to another place of the scenario, or of stopping it: as {@link #changed}, and where it is. */
    public Map<String, Object> moved(LiveLink.Answer change) {
        Map<String, Object> answer = changed(change);
        scenario().ifPresent(situation -> answer.put("scenario", situation));
        return answer;
    }

    private Map<String, Object> from(Map<String, Change> change) {
        Map<String, Object> from = new LinkedHashMap<>();
        change.forEach((way, since) -> {
            Map<String, Object> place = new LinkedHashMap<>();
            place.put("packet", since.packetNumber());
            place.put("elapsed_ns", since.nanos() - live.link().startNanos());
            from.put(way, place);
        });
        return from;
    }

    /** What of each direction can change, as it is in a specification. */
    public Map<String, Object> inForce(LinkSpec spec) {
        Map<String, Object> inForce = new LinkedHashMap<>();
        for (String direction : directions()) {
            inForce.put(direction, SpecChange.changeable(spec, index(direction)));
        }
        return inForce;
    }

    /** The names of the directions that are possible. */
    public List<String> directions() {
        return live.link().collector().latest().total().stream()
                .map(way -> way.total().name())
                .toList();
    }

    /** 0 for the name of A to B, 1 for that of B to A. */
    public static int index(String direction) {
        return direction.startsWith("a") ? 0 : 1;
    }

    /**
     * All of the link.
     *
     * @param sample of what it has done so far
     * @param text whether the report is there as lines, too
     */
    public Map<String, Object> show(Sample sample, boolean text) {
        RunDescription run = description.get();
        LiveLink.Present present = live.present();
        LinkSpec spec = present.spec();
        Map<String, Object> answer = new LinkedHashMap<>();
        answer.put("name", name);
        answer.put("version", present.version());
        answer.put("elapsed_ns", sample.elapsedNanos());
        answer.put("in_force", inForce(spec));
        answer.put("config", SpecWriter.tree(spec));
        scenario().ifPresent(situation -> answer.put("scenario", situation));
        answer.put("start", new JsonText.Raw(JsonReport.start(Instant.now(), run)));
        answer.put("status", new JsonText.Raw(JsonReport.status(sample)));
        if (text) {
            answer.put(Protocol.TEXT, text(run, sample));
        }
        return answer;
    }

    private static List<String> text(RunDescription run, Sample sample) {
        return sample.total().stream()
                .flatMap(total -> run.directions().stream()
                        .filter(asked -> asked.name().equals(total.total().name()))
                        .flatMap(asked -> TextReport.summary(
                                        asked, total, Math.max(1e-9, sample.elapsedSeconds()), false)
                                .lines()))
                .toList();
    }

    /** Where the link's scenario is; empty when it has none. */
    public Optional<Map<String, Object>> scenario() {
        Optional<Map<String, Object>> scenario =
                live.playback().situation(System.nanoTime()).map(LinkView::scenario);
        scenario.ifPresent(object -> live.playback()
                .score()
                .flatMap(Playback.Score::pictureSoFar)
                .ifPresent(picture -> object.put("picture", picture(picture))));
        return scenario;
    }

    private static Map<String, Object> picture(Picture picture) {
        Map<String, Object> object = new LinkedHashMap<>();
        object.put("shown_ns", picture.nanos());
        edges(object, SvgDrawing.WIDTH, false);
        Map<String, Object> narrow = new LinkedHashMap<>();
        edges(narrow, SvgDrawing.NARROW, true);
        object.put("narrow", narrow);
        return object;
    }

    private static void edges(Map<String, Object> object, int width, boolean narrow) {
        object.put("width", width);
        object.put("left", SvgDrawing.left(narrow));
        object.put("right", SvgDrawing.right(narrow));
    }

    private static Map<String, Object> scenario(Playback.Situation situation) {
        Map<String, Object> object = new LinkedHashMap<>();
        object.put("name", situation.name());
        object.put("state", situation.state().label());
        object.put("position_ns", situation.positionNanos());
        situation.lengthNanos().ifPresent(length -> object.put("length_ns", length));
        List<Object> points = new ArrayList<>();
        for (Playback.Mark mark : situation.points()) {
            Map<String, Object> point = new LinkedHashMap<>();
            point.put("point", mark.name());
            point.put("at_ns", mark.nanos());
            point.put("passed", mark.passed());
            points.add(point);
        }
        object.put("points", points);
        return object;
    }

    /** Each change that has come about, the first one first. */
    public List<Object> history() {
        List<Object> steps = new ArrayList<>();
        for (LiveLink.Step step : live.history()) {
            Map<String, Object> change = new LinkedHashMap<>();
            for (String direction : directions()) {
                change.putAll(SpecChange.between(step.before(), step.after(), index(direction)));
            }
            Map<String, Object> one = new LinkedHashMap<>();
            one.put("version", step.version());
            one.put("cause", step.cause().label());
            one.put("elapsed_ns", step.elapsedNanos());
            one.put("from", from(step.from()));
            one.put("change", change);
            steps.add(one);
        }
        return steps;
    }
}
