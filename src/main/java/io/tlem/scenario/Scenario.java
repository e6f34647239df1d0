package io.tlem.scenario;

import io.tlem.spec.Changing;
import io.tlem.spec.LinkSpec;
import io.tlem.spec.Node;
import io.tlem.spec.YamlFile;
import io.tlem.stats.DirectionSample;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.IntFunction;

/** What becomes of a link in time. Immutable. */
public final class Scenario {
    /** A journal of changes may be long. */
    private static final int MAX_BYTES = 16 << 20;

    private final List<Step> steps;
    private final boolean firstPacket;
    private final boolean stops;
    private final List<Expectation> expectations;

    Scenario(List<Step> steps, boolean firstPacket, boolean stops, List<Expectation> expectations) {
        this.steps = steps;
        this.firstPacket = firstPacket;
        this.stops = stops;
        this.expectations = List.copyOf(expectations);
    }

    /**
     * Reads a file.
     *
     * @throws io.tlem.spec.ConfigException with file, line and column when it is not acceptable
     */
    public static Scenario read(Path file) {
        Path folder = file.getParent();
        return ScenarioReader.read(YamlFile.read(file, MAX_BYTES), folder == null ? Path.of("") : folder);
    }

    /**
     * Makes one of what a file would say.
     *
     * @param folder what relative files are relative to
     * @throws io.tlem.spec.ConfigException with its place when it is not acceptable
     */
    public static Scenario of(Node.Mapping top, Path folder) {
        return ScenarioReader.read(top, folder);
    }

    /**
     * Every link that it makes of one, but for those on the way of a ramp or in a loop's later passes, which lie between them or are the
     * same.
     *
     * @throws io.tlem.spec.ConfigException with the step's place, when a step makes of it what is not acceptable
     */
    public List<LinkSpec> check(LinkSpec link) {
        List<LinkSpec> links = new ArrayList<>();
        Timeline timeline = new Timeline(steps, true);
        LinkSpec present = link;
        for (Optional<Edit> edit = timeline.next(present); edit.isPresent(); edit = timeline.next(present)) {
            present = edit.get().apply(present);
            links.add(present);
        }
        return links;
    }

    /** The files of its tables, and those that models in them name: not those of models of the links that {@link #check} has. */
    public List<Path> files() {
        List<Path> files = new ArrayList<>();
        collectFiles(steps, files);
        return files;
    }

    private static void collectFiles(List<Step> steps, List<Path> files) {
        for (Step step : steps) {
            switch (step) {
                case Step.Rows rows -> files.addAll(rows.table().files());
                case Step.Loop loop -> collectFiles(loop.steps(), files);
                default -> {}
            }
        }
    }

    /** Its edits. */
    Timeline timeline() {
        return timeline(0, Timeline.UNKNOWN_OUTAGES);
    }

    /**
     * Its edits, for somebody who goes to a time at once.
     *
     * @param outagesWhileUp by direction, of {@link Timeline}
     */
    Timeline timeline(long fromNanos, IntFunction<String> outagesWhileUp) {
        return new Timeline(steps, false, fromNanos, outagesWhileUp);
    }

    /** When the last step ends, ns since the beginning; {@link Long#MAX_VALUE} when one never does. */
    public long lengthNanos() {
        return steps.stream().mapToLong(Step::endNanos).max().orElseThrow();
    }

    /** How long a picture of it is: of loops without end so many passes. */
    long shownNanos(int passes) {
        return steps.stream()
                .mapToLong(step -> step instanceof Step.Loop loop && loop.passes() == Step.FOREVER
                        ? loop.startNanos() + passes * loop.everyNanos()
                        : step.endNanos())
                .max()
                .orElseThrow();
    }

    /**
     * A time with a name.
     *
     * @param nanos since the beginning; in a loop, of the first pass
     */
    public record Point(String name, long nanos) {}

    /** Its points, in the order in which they stand there. */
    public List<Point> points() {
        List<Point> points = new ArrayList<>();
        collect(steps, 0, points);
        return List.copyOf(points);
    }

    private static void collect(List<Step> steps, long originNanos, List<Point> points) {
        for (Step step : steps) {
            long nanos = originNanos + step.startNanos();
            switch (step) {
                case Step.Point point -> points.add(new Point(point.name(), nanos));
                case Step.Loop loop -> collect(loop.steps(), nanos, points);
                default -> {}
            }
        }
    }

    /** Whether its time begins with the first packet, and not with the link. */
    public boolean beginsWithFirstPacket() {
        return firstPacket;
    }

    /** Whether the link ends with it. */
    public boolean stopsLink() {
        return stops;
    }

    /** Whether {@link #expected} has something. */
    boolean expectsSomething() {
        return !expectations.isEmpty();
    }

    /**
     * Something that was to be true of a direction.
     *
     * @param text for people
     * @param failure what is not so, in a line; empty when it is
     */
    public record Expected(String text, Optional<String> failure) {}

    /**
     * What was to be true of a link that has ended.
     *
     * @param total of what each direction did, whose names begin with its first port
     */
    public List<Expected> expected(List<DirectionSample> total) {
        return expectations.stream()
                .flatMap(expectation -> total.stream()
                        .filter(sample -> expectation
                                .directions()
                                .contains(sample.total().name().startsWith("a") ? 0 : 1))
                        .map(sample -> new Expected(
                                sample.total().name() + " " + expectation.name() + " " + expectation.sign()
                                        + expectation.text(),
                                expectation.failure(sample))))
                .toList();
    }

    /**
     * Puts it on a link, one that runs or the pipelines of one on a virtual clock.
     *
     * @param link that has not begun to run
     * @param startNanos when it begins, ns of the link's clock
     * @return whose {@link ScenarioPlayer#upTo} is to be called again and again: some time ahead of the clock, or before a virtual
     *     clock goes anywhere
     */
    public ScenarioPlayer on(Changing link, long startNanos) {
        return new ScenarioPlayer(this, link, startNanos, Timeline.UNKNOWN_OUTAGES);
    }
}
