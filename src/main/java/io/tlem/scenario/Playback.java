package io.tlem.scenario;

import io.tlem.impair.SpecException;
import io.tlem.impair.Units;
import io.tlem.spec.Changing;
import io.tlem.spec.LinkSpec;
import io.tlem.stats.DirectionSample;
import io.tlem.stats.Format;
import io.tlem.text.Failures;
import io.tlem.text.Shown;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Future;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.IntFunction;
import java.util.stream.Collectors;

/**
 * The scenario of a link that runs, for those who play it, look at it and wait for its points. Any thread; all times are those of
 * {@link System#nanoTime}.
 */
public final class Playback {
    /** How long before its time a change is asked for. */
    private static final long AHEAD_NANOS = 1_000_000_000L;

    /** Scenarios whose expectations count. */
    private static final int MOST_PLAYED = 1000;

    private final Changing link;
    private final IntFunction<String> outagesWhileUp;
    private final List<Consumer<Passed>> listeners = new CopyOnWriteArrayList<>();
    private final Set<Scenario> played = new LinkedHashSet<>();
    private Optional<Score> score = Optional.empty();
    private LinkSpec first; // with which the scenario began
    private Optional<ScenarioPlayer> player = Optional.empty();
    private Optional<RuntimeException> problem = Optional.empty(); // that play is to tell of
    private long positionNanos; // where it is while nothing is played
    private boolean ahead; // of a scenario that is there, and has not begun
    private boolean held;
    private boolean over;

    /**
     * A scenario that can be played.
     *
     * @param name where it comes from
     * @param picture of it, if somebody wants one, once it is drawn
     */
    public record Score(Scenario scenario, String name, Optional<Future<Picture>> picture) {
        /**
         * One with a picture, which a thread of its own draws: nobody waits for it who wants to play.
         *
         * @param link that it begins with
         */
        public static Score drawn(Scenario scenario, String name, LinkSpec link) {
            FutureTask<Picture> picture = new FutureTask<>(() -> Picture.of(scenario, link));
            Thread ignored = Thread.ofPlatform().name("tlem picture").daemon().start(picture);
            return new Score(scenario, name, Optional.of(picture));
        }

        /** The picture, where there is one by now. */
        public Optional<Picture> pictureSoFar() {
            return picture.filter(drawing -> drawing.state() == Future.State.SUCCESS)
                    .map(Future::resultNow);
        }
    }

    /** What a scenario does. */
    public enum State {
        /** No packet has come, with which it begins, or the link does not run yet. */
        WAITING,
        /** Steps may come. */
        PLAYING,
        /** The last step has been made. */
        ENDED,
        /** Somebody has stopped it, or the link has ended. */
        STOPPED;

        /** What programs read. */
        public String label() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    /**
     * A point that has been passed.
     *
     * @param nanos since the scenario's beginning
     */
    public record Passed(String point, long nanos) {}

    /**
     * A point of the scenario, which has been passed or not.
     *
     * @param nanos since the beginning; in a loop, of the first pass
     */
    public record Mark(String name, long nanos, boolean passed) {}

    /**
     * Where a scenario is.
     *
     * @param name of it
     * @param positionNanos since its beginning
     * @param lengthNanos of it; empty when it goes on without end
     */
    public record Situation(
            String name, State state, long positionNanos, Optional<Long> lengthNanos, List<Mark> points) {}

    /** A way to another time of a scenario: what the link has to be for it. */
    public static final class Move {
        private final Score score;
        private final LinkSpec first;
        private final Journey journey;

        private Move(Score score, LinkSpec first, Journey journey) {
            this.score = score;
            this.first = first;
            this.journey = journey;
        }

        /** What the link has to be. */
        public LinkSpec link() {
            return journey.link();
        }
    }

    /**
     * Nothing is played on the link so far.
     *
     * @param outagesWhileUp by direction, what the outage is when a direction goes up that somebody has taken down; called by any
     *     thread
     */
    public Playback(Changing link, IntFunction<String> outagesWhileUp) {
        this.link = link;
        this.outagesWhileUp = outagesWhileUp;
    }

    /**
     * Tells of each point that is passed, soon after it was.
     *
     * @param listener called by the thread that plays; it must not wait
     */
    public void listen(Consumer<Passed> listener) {
        listeners.add(listener);
    }

    /** Has a scenario that {@link #begin} will play: whoever looks or waits meanwhile finds it. */
    public synchronized void announce(Score next) {
        score = Optional.of(next);
        ahead = true;
    }

    /**
     * Begins to play, on a link that is about to run.
     *
     * @param startNanos when it begins, unless it does with the first packet
     */
    public synchronized void begin(Score next, long startNanos) {
        score = Optional.of(next);
        ahead = false;
        addPlayed(next.scenario());
        first = link.spec();
        player = Optional.of(new ScenarioPlayer(next.scenario(), link, startNanos, outagesWhileUp));
        notifyAll();
    }

    /**
     * Asks for what comes next. To be called again and again, often while {@link #awaitsFirstPacket}.
     *
     * @throws IllegalArgumentException as of {@link ScenarioPlayer#upTo}
     * @throws IllegalStateException with one line, when the scenario plays no further because of a fault of it
     */
    public void play(long nanos) {
        List<Passed> passed;
        Optional<RuntimeException> leftOut;
        synchronized (this) {
            boolean waited = awaitsFirstPacket();
            if (!held) {
                goOn(nanos);
            }
            if (waited && !awaitsFirstPacket()) {
                notifyAll();
            }
            passed = player.stream()
                    .flatMap(playing -> playing.takePoints(nanos).stream())
                    .map(reached -> new Passed(reached.point(), reached.nanos()))
                    .toList();
            leftOut = problem;
            problem = Optional.empty();
        }
        passed.forEach(point -> listeners.forEach(listener -> listener.accept(point)));
        if (leftOut.isPresent()) {
            throw leftOut.get();
        }
    }

    /** Only for what it expects. */
    private void addPlayed(Scenario scenario) {
        if (scenario.expectsSomething() && (played.size() < MOST_PLAYED || played.contains(scenario))) {
            played.add(scenario);
        }
    }

    private void goOn(long nanos) {
        try {
            player.ifPresent(playing -> playing.upTo(nanos + AHEAD_NANOS));
        } catch (IllegalArgumentException e) {
            problem = Optional.of(e);
        } catch (RuntimeException e) { // the link goes on without it
            problem = Optional.of(new IllegalStateException(Failures.describe(e), e));
            rest(nanos);
        }
    }

    /** Whether it has not begun, because no packet has come: then it is to be looked often. */
    public synchronized boolean awaitsFirstPacket() {
        return player.filter(ScenarioPlayer::awaitsFirstPacket).isPresent();
    }

    /** Whether the link is to end, because its scenario says so. */
    public synchronized boolean endsLink(long nanos) {
        return player.filter(playing -> playing.endsLink(nanos)).isPresent();
    }

    /** The link ends: whoever waits is told. */
    public synchronized void end(long nanos) {
        over = true;
        rest(nanos);
    }

    private void rest(long nanos) {
        positionNanos = positionNanos(nanos);
        player = Optional.empty();
        notifyAll();
    }

    /** Asks for no more changes until {@link #release}: those that have been asked for may be revoked meanwhile. */
    public synchronized void hold() {
        held = true;
    }

    /** Goes on; see {@link #hold}. */
    public synchronized void release() {
        held = false;
    }

    /**
     * How to get to a time.
     *
     * @param next the scenario that is to be played from now on; empty for the one that is there
     * @param nanos of it
     * @param present what the link is; what the scenario has made different so far is made what it is at that time, all else stays
     * @throws IllegalArgumentException with one line, when the link cannot become that
     * @throws IllegalStateException when the link has no scenario
     */
    public synchronized Move move(Optional<Score> next, long nanos, LinkSpec present) {
        if (next.isPresent()) {
            return new Move(next.get(), present, Journey.of(next.get().scenario(), present, nanos, outagesWhileUp));
        }
        Scenario scenario = scenario();
        LinkSpec without = Journey.back(scenario, first, present, positionNanos(System.nanoTime()), outagesWhileUp);
        return new Move(score.orElseThrow(), first, Journey.of(scenario, without, nanos, outagesWhileUp));
    }

    /**
     * Plays on from where the link has been brought to, while it is held.
     *
     * @param nanos when that was
     */
    public synchronized void go(Move move, long nanos) {
        if (over) {
            return;
        }
        score = Optional.of(move.score);
        addPlayed(move.score.scenario());
        ahead = false;
        first = move.first;
        player = Optional.of(
                new ScenarioPlayer(move.score.scenario(), link, move.journey, nanos - move.journey.nanos()));
        goOn(System.nanoTime());
        notifyAll();
    }

    /** Plays no further, while it is held. */
    public synchronized void stop() {
        rest(System.nanoTime());
    }

    private long positionNanos(long nanos) {
        return player.map(playing -> playing.positionNanos(nanos)).orElse(positionNanos);
    }

    /** Whether a scenario is or was played. */
    public synchronized boolean hasBegun() {
        return score.isPresent() && !ahead;
    }

    /** The scenario, if there is one. */
    public synchronized Optional<Score> score() {
        return score;
    }

    private Scenario scenario() {
        return score.map(Score::scenario).orElseThrow(() -> new IllegalStateException("the link has no scenario"));
    }

    /** What was to be true of the link, by all scenarios that have been played. */
    public synchronized List<Scenario.Expected> expected(List<DirectionSample> total) {
        return played.stream()
                .flatMap(scenario -> scenario.expected(total).stream())
                .toList();
    }

    /** Where it is; empty when the link has no scenario. */
    public synchronized Optional<Situation> situation(long nanos) {
        return score.map(playing -> {
            Scenario scenario = playing.scenario();
            long position = positionNanos(nanos);
            boolean waiting = ahead || awaitsFirstPacket();
            long length = scenario.lengthNanos();
            State state = waiting
                    ? State.WAITING
                    : position == length ? State.ENDED : player.isPresent() ? State.PLAYING : State.STOPPED;
            return new Situation(
                    playing.name(),
                    state,
                    position,
                    length == Step.FOREVER ? Optional.empty() : Optional.of(length),
                    scenario.points().stream()
                            .map(point -> new Mark(point.name(), point.nanos(), !waiting && hasPassed(point, position)))
                            .toList());
        });
    }

    private static boolean hasPassed(Scenario.Point point, long positionNanos) {
        return point.nanos() <= positionNanos;
    }

    /**
     * Waits until the scenario has come to a point, or past it.
     *
     * @param nanos that it waits at most
     * @return whether it has; else the time is over
     * @throws IllegalArgumentException with one line, when there is no such point
     * @throws IllegalStateException with one line, when the link ends before
     */
    public synchronized boolean await(String name, long nanos) throws InterruptedException {
        long start = System.nanoTime();
        while (true) {
            long now = System.nanoTime();
            Scenario.Point point = point(name);
            long position = positionNanos(now);
            boolean waiting = ahead || awaitsFirstPacket();
            if (!waiting && hasPassed(point, position)) {
                return true;
            }
            if (over) {
                throw new IllegalStateException(
                        "the link ends " + Format.nanos(position) + " into the scenario, before the point " + name);
            }
            long left = nanos - (now - start);
            if (left <= 0) {
                return false;
            }
            boolean moving = player.isPresent() && !waiting;
            TimeUnit.NANOSECONDS.timedWait(this, Math.max(1, moving ? Math.min(left, point.nanos() - position) : left));
        }
    }

    private Scenario.Point point(String name) {
        if (score.isEmpty()) {
            throw new IllegalArgumentException("the link has no scenario, and no points");
        }
        return scenario().points().stream()
                .filter(point -> point.name().equals(name))
                .findFirst()
                .orElseThrow(() -> new IllegalArgumentException(
                        Shown.quoted(name) + " is no point of the scenario, which has " + points()));
    }

    private String points() {
        List<Scenario.Point> points = scenario().points();
        return points.isEmpty()
                ? "none"
                : points.stream().map(Scenario.Point::name).collect(Collectors.joining(", "));
    }

    /**
     * The time that a point or a time of the scenario means, ns since the beginning.
     *
     * @throws IllegalArgumentException with one line, when there is none
     * @throws IllegalStateException when the link has no scenario
     */
    public synchronized long nanos(String place) {
        Scenario scenario = scenario();
        if (scenario.points().stream().anyMatch(point -> point.name().equals(place))) {
            return point(place).nanos();
        }
        long nanos;
        try {
            nanos = Units.parseMoment(place);
        } catch (SpecException e) {
            throw new IllegalArgumentException(
                    Shown.quoted(place) + " is no time, and no point of the scenario, which has " + points(), e);
        }
        if (nanos > scenario.lengthNanos()) {
            throw new IllegalArgumentException(
                    Shown.quoted(place) + " is behind the scenario's end at " + Format.nanos(scenario.lengthNanos()));
        }
        return nanos;
    }
}
