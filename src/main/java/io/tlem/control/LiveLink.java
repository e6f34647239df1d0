package io.tlem.control;

import io.tlem.events.ChangeEvents;
import io.tlem.impair.Role;
import io.tlem.link.Change;
import io.tlem.link.Link;
import io.tlem.link.LinkChanges;
import io.tlem.scenario.Playback;
import io.tlem.scenario.Scenario;
import io.tlem.spec.ConfigException;
import io.tlem.spec.LinkSpec;
import io.tlem.spec.Node;
import io.tlem.spec.Section;
import io.tlem.spec.Setting;
import io.tlem.spec.SpecChange;
import io.tlem.spec.SpecReader;
import io.tlem.spec.SpecWriter;
import io.tlem.stats.DirectionSample;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import java.util.stream.Stream;

/**
 * A running link that people change: each change has a number, can be taken back, and stands in the journal. Any threads, one
 * change at a time. A change that the link is given by others counts too, from the next look on.
 */
public final class LiveLink {
    /** The key that takes a direction down or up, beside those of settings. */
    static final String LINK = "link";

    private static final String DOWN = "down";
    private static final String UP = "up";
    private static final int MOST_KEPT = 1000;
    private static final long LOOK_NANOS = 5_000_000;

    /** Of all changes that are kept: one may be as long as a request. */
    private static final long MOST_LETTERS = 2_000_000;

    private static final Setting<String> OUTAGE = Setting.of(Role.OUTAGE);

    private final Link link;
    private final String name;
    private final LinkSpec first;
    private final Optional<Journal> journal;
    private final Playback playback;
    private final Object past = new Object(); // guards what has been seen of the link, below
    private final Deque<Step> mine = new ArrayDeque<>(); // that can be taken back, the last one first
    private final Deque<Step> history = new ArrayDeque<>();
    private long mineLetters;
    private long historyLetters;
    private volatile List<String> whileUp = List.of(Setting.NONE, Setting.NONE); // see outagesWhileUp
    private Present present;
    private Asked asked; // the last change from here

    /**
     * What the link is.
     *
     * @param version how often it has been changed
     */
    public record Present(long version, LinkSpec spec) {}

    /** A change that was asked for here. */
    private static final class Asked {
        private final Wanted wanted;
        private final Cause cause;
        private Present became; // null before it is known to have come about

        Asked(Wanted wanted, Cause cause) {
            this.wanted = wanted;
            this.cause = cause;
        }
    }

    /** What the link is to be, and its outages when it is up. */
    private record Wanted(LinkSpec spec, List<String> whileUp) {}

    /**
     * What came of a change.
     *
     * @param version of the link from now on
     * @param from by the names of the directions that change, from where on they do
     * @param spec what is in force
     */
    public record Answer(long version, Map<String, Change> from, LinkSpec spec) {}

    /** How the link became another one. */
    public enum Cause {
        /** Parameters were named. */
        SET("set"),
        /** It was made again what it had been when it started. */
        RESET("reset"),
        /** A change was taken back. */
        UNDO("undo"),
        /** Steps of a scenario: they are not taken back, but what somebody did before or behind them. */
        SCENARIO("scenario"),
        /** Another call of the program that the link runs in. */
        OTHER("other");

        private final String label;

        Cause(String label) {
            this.label = label;
        }

        /** What programs read. */
        public String label() {
            return label;
        }
    }

    /**
     * A change that has come about.
     *
     * @param version that the link has from then on
     * @param elapsedNanos since the start, for which it was planned; without a plan, when it was known to come about
     * @param answers by the names of the directions that change
     * @param before what the link was
     * @param after what it became
     */
    public record Step(
            long version,
            Cause cause,
            long elapsedNanos,
            Map<String, CompletableFuture<Change>> answers,
            LinkSpec before,
            LinkSpec after) {
        /** As in {@link Answer}, of the directions that have come to it so far. */
        public Map<String, Change> from() {
            Map<String, Change> from = new LinkedHashMap<>();
            answers.forEach((direction, answer) -> {
                if (answer.isDone() && !answer.isCompletedExceptionally()) {
                    from.put(direction, answer.join());
                }
            });
            return from;
        }

        /** How long its text is, about. */
        long letters() {
            return letters(before) + letters(after);
        }

        private static long letters(LinkSpec spec) {
            return Stream.of(0, 1)
                    .mapToLong(direction ->
                            SpecChange.changeable(spec, direction).toString().length())
                    .sum();
        }
    }

    /** Somebody else has changed the link meanwhile. */
    public static final class LostUpdateException extends IllegalStateException {
        private static final long serialVersionUID = 1L;

        LostUpdateException(String message) {
            super(message);
        }
    }

    /**
     * A link that is about to run.
     *
     * @param name for the journal and for events
     */
    public LiveLink(Link link, String name, Optional<Journal> journal) {
        this.link = link;
        this.name = name;
        this.first = link.spec();
        this.journal = journal;
        this.playback = new Playback(link, this::outageWhileUp);
        LinkChanges.AllThatCame ignored = link.takeChanges(); // before it is version 0
        this.present = new Present(0, first);
        this.whileUp = outagesWhileUp(first);
        journal.ifPresent(file -> file.start(name, first));
    }

    /** The link. */
    public Link link() {
        return link;
    }

    /** Its scenario, which has not begun so far. */
    public Playback playback() {
        return playback;
    }

    /** How often it has been changed, by whomever. */
    public long version() {
        return present().version();
    }

    /** What it is now, and its version. */
    public Present present() {
        synchronized (past) {
            catchUp();
            return present;
        }
    }

    /**
     * Changes what a part of a configuration names; the rest stays as it is.
     *
     * @param part sections with keys; besides settings {@code link: down} and {@code link: up}
     * @param onlyVersion that the link must have
     * @throws IllegalArgumentException with one line, when that is not acceptable: then nothing changes
     * @throws IllegalStateException when the link does not run, or has another version
     */
    public synchronized Answer set(Node.Mapping part, OptionalLong onlyVersion) throws InterruptedException {
        requireDirections(part);
        return change(Cause.SET, onlyVersion, before -> edited(before, part));
    }

    /**
     * As {@link #set}, but what is not named is not there any more in some directions. A whole configuration will do, too, if
     * what cannot change in it is as it is.
     *
     * @param directions 0 is A to B, 1 is B to A; with both, also what goes for the whole link is replaced
     */
    public synchronized Answer replace(Node.Mapping part, List<Integer> directions, OptionalLong onlyVersion)
            throws InterruptedException {
        requireDirections(part);
        return change(Cause.SET, onlyVersion, before -> edited(cleared(before, directions), withoutSame(part, before)));
    }

    /**
     * What a change would have in force, which it does not bring about.
     *
     * @param directions that it replaces, as of {@link #replace}; none for {@link #set}
     * @throws IllegalArgumentException with one line, when the change would not come about
     */
    public synchronized LinkSpec check(Node.Mapping part, List<Integer> directions) {
        requireDirections(part);
        LinkSpec before = link.spec();
        LinkSpec next = (directions.isEmpty()
                        ? edited(before, part)
                        : edited(cleared(before, directions), withoutSame(part, before)))
                .spec();
        link.requireFit(next);
        return next;
    }

    private Wanted edited(LinkSpec before, Node.Mapping part) {
        LinkSpec next = SpecReader.changed(before, withoutLink(part), Path.of(""));
        List<String> up = outagesWhileUp(next);
        String[] outages = {outage(next, 0), outage(next, 1)};
        for (Section section : Section.values()) {
            for (Node.Entry entry : entries(part, section)) {
                if (entry.key().text().equals(LINK)) {
                    boolean down = isDown(entry.value());
                    section.directions().forEach(direction -> outages[direction] = down ? DOWN : up.get(direction));
                }
            }
        }
        return new Wanted(next.with(OUTAGE, outages), up);
    }

    /** Models that are known stay so. */
    private static LinkSpec cleared(LinkSpec spec, List<Integer> directions) {
        LinkSpec cleared = spec;
        for (Setting<?> setting : Setting.all()) {
            if (setting.mayChange() && setting.isEachWay()) {
                for (int direction : directions) {
                    cleared = cleared.with(direction, setting, Setting.NONE);
                }
            }
        }
        return directions.size() == 2 ? cleared.with(Setting.EXEMPT) : cleared;
    }

    /** Of the whole link, what is as it is, which names files from the root. */
    private static Node.Mapping withoutSame(Node.Mapping part, LinkSpec spec) {
        Map<String, Object> present = SpecWriter.tree(spec);
        return new Node.Mapping(
                part.place(),
                part.entries().stream()
                        .filter(entry -> isSection(entry)
                                || !present.containsKey(entry.key().text())
                                || !text(entry.value())
                                        .equals(present.get(entry.key().text()).toString()))
                        .toList());
    }

    private static String text(Node node) {
        return switch (node) {
            case Node.Scalar scalar -> scalar.text();
            case Node.Sequence several ->
                several.values().stream().map(LiveLink::text).toList().toString();
            case Node.Mapping mapping -> "";
        };
    }

    /** What has been changed, the first change first: the last thousand. */
    public List<Step> history() {
        synchronized (past) {
            catchUp();
            return List.copyOf(history);
        }
    }

    /** Makes it again what it was when it started. */
    public synchronized Answer reset(OptionalLong onlyVersion) throws InterruptedException {
        return change(Cause.RESET, onlyVersion, before -> new Wanted(first, outagesWhileUp(first)));
    }

    /**
     * Takes the last change back that is not a scenario's, or the one before the last that was taken back. What a scenario has made
     * different since stays.
     *
     * @throws IllegalStateException when there is none, or it cannot be taken back without a later one of a scenario
     */
    public synchronized Answer undo(OptionalLong onlyVersion) throws InterruptedException {
        Answer answer = change(Cause.UNDO, onlyVersion, this::withoutLast);
        synchronized (past) {
            mineLetters -= mine.pop().letters();
        }
        return answer;
    }

    private Wanted withoutLast(LinkSpec before) {
        Step last;
        synchronized (past) {
            last = mine.peek();
        }
        if (last == null) {
            throw new IllegalStateException("there is no change to take back");
        }
        try {
            LinkSpec next = SpecChange.takenBack(before, last.before(), last.after());
            return new Wanted(next, outagesWhileUp(next));
        } catch (ConfigException e) {
            throw new IllegalStateException(
                    "version " + last.version() + " cannot be taken back after what the scenario has changed since: "
                            + e.getMessage(),
                    e);
        }
    }

    /**
     * A scenario that can be played on it, with a picture that is going to be drawn.
     *
     * @param named where it comes from
     */
    public Playback.Score score(Scenario scenario, String named) {
        return Playback.Score.drawn(scenario, named, link.spec());
    }

    /**
     * Plays a scenario from its beginning, at once: another one on the link as it is; the same one once more on the link with which it
     * began, but for what others have changed.
     *
     * @param next the scenario; empty for the one that there is
     * @throws IllegalArgumentException with one line, when a step makes of the link what is not possible: then nothing changes
     * @throws IllegalStateException when there is none, or the link does not run
     */
    public synchronized Answer startScenario(Optional<Playback.Score> next, OptionalLong onlyVersion)
            throws InterruptedException {
        next.ifPresent(score -> score.scenario().check(link.spec()).forEach(link::requireFit));
        return move(next, 0, onlyVersion);
    }

    /**
     * Goes to a time of the scenario, and plays on from there, also when it has been stopped: what it has made of the link so far
     * becomes what it is at that time, the rest stays.
     *
     * @param place a time since the scenario's beginning, or one of its points
     * @throws IllegalArgumentException with one line, when there is no such time or point
     * @throws IllegalStateException when there is no scenario, or the link does not run
     */
    public synchronized Answer seekScenario(String place, OptionalLong onlyVersion) throws InterruptedException {
        return move(Optional.empty(), playback.nanos(place), onlyVersion);
    }

    private Answer move(Optional<Playback.Score> next, long nanos, OptionalLong onlyVersion)
            throws InterruptedException {
        Playback.Move[] move = new Playback.Move[1];
        playback.hold();
        try {
            Answer answer = change(Cause.SCENARIO, onlyVersion, before -> {
                move[0] = playback.move(next, nanos, before);
                return new Wanted(move[0].link(), outagesWhileUp(move[0].link()));
            });
            playback.go(
                    move[0],
                    answer.from().values().stream()
                            .mapToLong(Change::nanos)
                            .max()
                            .orElseGet(System::nanoTime));
            return answer;
        } finally {
            playback.release();
        }
    }

    /**
     * Plays the scenario no further: the link stays what it is.
     *
     * @throws IllegalStateException when there is none, or the link does not run
     */
    public synchronized Answer stopScenario(OptionalLong onlyVersion) throws InterruptedException {
        if (playback.score().isEmpty()) {
            throw new IllegalStateException("the link has no scenario");
        }
        playback.hold();
        try {
            Answer answer = change(Cause.SCENARIO, onlyVersion, before -> new Wanted(before, outagesWhileUp(before)));
            playback.stop();
            return answer;
        } finally {
            playback.release();
        }
    }

    /**
     * Changes the link as it is: what others make of it meanwhile is made another one in turn.
     *
     * @param edit of what the link is
     */
    private Answer change(Cause cause, OptionalLong onlyVersion, Function<LinkSpec, Wanted> edit)
            throws InterruptedException {
        while (true) {
            Present now = present();
            if (onlyVersion.isPresent() && onlyVersion.getAsLong() != now.version()) {
                throw new LostUpdateException("the link has version " + now.version() + " and not "
                        + onlyVersion.getAsLong() + ": it was changed meanwhile");
            }
            LinkSpec before = now.spec();
            Asked change = new Asked(edit.apply(before), cause);
            LinkSpec next = change.wanted.spec();
            boolean same = next.equals(before);
            if (same && cause != Cause.SCENARIO) { // which has asked for changes that are to be revoked
                return new Answer(now.version(), Map.of(), before);
            }
            synchronized (past) {
                asked = change;
            }
            Optional<Map<String, Change>> from = link.change(before, next);
            if (from.isPresent() && same) {
                return new Answer(now.version(), Map.of(), before);
            }
            if (from.isPresent()) {
                long version = version(change);
                journal.filter(file -> cause != Cause.SCENARIO)
                        .ifPresent(file -> file.changed(version, link.startNanos(), before, next, from.get()));
                return new Answer(version, from.get(), next);
            }
        }
    }

    private long version(Asked change) {
        synchronized (past) {
            catchUp();
            return change.became.version();
        }
    }

    /**
     * Looks at what the link has become, change by change, whoever has asked for it. Whatever is told of a version goes through here.
     * Guarded by {@link #past}.
     */
    @SuppressWarnings("ReferenceEquality") // the very object that was asked for here, of nobody else
    private void catchUp() {
        LinkChanges.AllThatCame came = link.takeChanges();
        if (came.forgotten() > 0) {
            present = new Present(present.version() + came.forgotten(), present.spec());
        }
        for (LinkChanges.Came change : came.changes()) {
            boolean here = asked != null && asked.wanted.spec() == change.after();
            advance(
                    change,
                    here ? asked.cause : change.nanos().isPresent() ? Cause.SCENARIO : Cause.OTHER,
                    here ? asked.wanted.whileUp() : outagesWhileUp(change.after()));
            if (here) {
                asked.became = present;
                asked = null;
            }
        }
    }

    private void advance(LinkChanges.Came change, Cause cause, List<String> outages) {
        Step step = new Step(
                present.version() + 1,
                cause,
                change.nanos().orElseGet(System::nanoTime) - link.startNanos(),
                change.answers(),
                change.before(),
                change.after());
        history.add(step);
        record(step);
        historyLetters += step.letters();
        while (history.size() > MOST_KEPT || (historyLetters > MOST_LETTERS && history.size() > 1)) {
            historyLetters -= history.remove().letters();
        }
        if (cause != Cause.UNDO && cause != Cause.SCENARIO) {
            mine.push(step);
            mineLetters += step.letters();
        }
        while (mine.size() > MOST_KEPT || (mineLetters > MOST_LETTERS && mine.size() > 1)) {
            mineLetters -= mine.removeLast().letters();
        }
        whileUp = outages;
        present = new Present(step.version(), step.after());
    }

    private void record(Step step) {
        if (!ChangeEvents.areRecorded()) {
            return;
        }
        String cause = step.cause().label();
        Map<String, Change> from = step.from();
        if (from.isEmpty()) { // it is not known yet from which packet on
            ChangeEvents.changed(name, "both", step.version(), cause, -1, step.elapsedNanos());
        }
        from.forEach((direction, since) -> ChangeEvents.changed(
                name, direction, step.version(), cause, since.packetNumber(), since.nanos() - link.startNanos()));
    }

    private String outageWhileUp(int direction) {
        synchronized (past) {
            catchUp();
            return whileUp.get(direction);
        }
    }

    /**
     * Waits until it runs: packets pass.
     *
     * @param nanos that it waits at most
     * @return whether it runs; else the time is over
     */
    public boolean awaitRun(long nanos) throws InterruptedException {
        long start = System.nanoTime();
        while (!link.runs()) {
            if (System.nanoTime() - start >= nanos) {
                return false;
            }
            TimeUnit.NANOSECONDS.sleep(LOOK_NANOS);
        }
        return true;
    }

    /** What the outages are when the directions are up: of one that is down, what they were before. */
    private List<String> outagesWhileUp(LinkSpec spec) {
        return Stream.of(0, 1)
                .map(direction ->
                        outage(spec, direction).equals(DOWN) ? whileUp.get(direction) : outage(spec, direction))
                .toList();
    }

    private static String outage(LinkSpec spec, int direction) {
        return spec.direction(direction).find(OUTAGE).orElse(Setting.NONE);
    }

    private static List<Node.Entry> entries(Node.Mapping part, Section section) {
        return part.entries().stream()
                .filter(entry -> entry.key().text().equals(section.key()) && entry.value() instanceof Node.Mapping)
                .flatMap(entry -> ((Node.Mapping) entry.value()).entries().stream())
                .toList();
    }

    private static Node.Mapping withoutLink(Node.Mapping part) {
        List<Node.Entry> left = new ArrayList<>();
        for (Node.Entry entry : part.entries()) {
            left.add(
                    isSection(entry) && entry.value() instanceof Node.Mapping mapping
                            ? new Node.Entry(
                                    entry.key(),
                                    new Node.Mapping(
                                            mapping.place(),
                                            mapping.entries().stream()
                                                    .filter(one ->
                                                            !one.key().text().equals(LINK))
                                                    .toList()))
                            : entry);
        }
        return new Node.Mapping(part.place(), List.copyOf(left));
    }

    private static boolean isSection(Node.Entry entry) {
        return Arrays.stream(Section.values())
                .anyMatch(section -> section.key().equals(entry.key().text()));
    }

    private static boolean isDown(Node value) {
        String text = value instanceof Node.Scalar scalar ? scalar.text() : "";
        if (!text.equals(DOWN) && !text.equals(UP)) {
            throw value.place().wrong("a link is " + DOWN + " or " + UP + ", found " + value.description());
        }
        return text.equals(DOWN);
    }

    /** Nobody is left in the belief that a change of a direction has come about that there is not. */
    private void requireDirections(Node.Mapping part) {
        List<String> there = link.collector().latest().total().stream()
                .map(DirectionSample::total)
                .map(total -> total.name())
                .toList();
        for (Node.Entry entry : part.entries()) {
            for (Section section : List.of(Section.A_TO_B, Section.B_TO_A)) {
                String name = section == Section.A_TO_B ? "a->b" : "b->a";
                if (entry.key().text().equals(section.key()) && !there.contains(name)) {
                    throw entry.key().place().wrong("nothing can pass from " + name.replace("->", " to ") + " here");
                }
            }
        }
    }
}
