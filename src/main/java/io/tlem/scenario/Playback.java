package io.tlem.scenario;

import io.tlem.spec.Changing;
import io.tlem.stats.Format;
import io.tlem.text.Shown;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.stream.Collectors;

/**
 * The scenario of a link that runs, for those who play it, look at it and wait for its points. Any thread; all times are those of
 * {@link System#nanoTime}.
 */
public final class Playback {
    private final Changing link;
    private final List<Consumer<Passed>> listeners = new CopyOnWriteArrayList<>();
    private Optional<Scenario> scenario = Optional.empty();
    private String file = "";
    private Optional<ScenarioPlayer> player = Optional.empty();
    private long positionNanos; // where it is while nothing is played
    private boolean over;

    /** What a scenario does. */
    public enum State {
        /** No packet has come, with which it begins. */
        WAITING,
        /** Steps may come. */
        PLAYING,
        /** The last step has been made. */
        ENDED,
        /** The link has ended, or ends. */
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
     * @param file that it is from
     * @param positionNanos since its beginning
     * @param lengthNanos of it; empty when it goes on without end
     */
    public record Situation(
            String file, State state, long positionNanos, Optional<Long> lengthNanos, List<Mark> points) {}

    /** Nothing is played on the link so far. */
    public Playback(Changing link) {
        this.link = link;
    }

    /**
     * Tells of each point that is passed, soon after it was.
     *
     * @param listener called by the thread that plays; it must not wait
     */
    public void listen(Consumer<Passed> listener) {
        listeners.add(listener);
    }

    /**
     * Begins to play.
     *
     * @param named where it comes from
     * @param startNanos when it begins, unless it does with the first packet
     */
    public synchronized void begin(Scenario steps, String named, long startNanos) {
        scenario = Optional.of(steps);
        file = named;
        player = Optional.of(steps.on(link, startNanos));
        notifyAll();
    }

    /**
     * Asks for what comes next. To be called again and again, often while {@link #awaitsFirstPacket}.
     *
     * @param aheadNanos how long before their time changes are asked for
     * @throws IllegalArgumentException as of {@link ScenarioPlayer#upTo}
     */
    public void play(long nanos, long aheadNanos) {
        List<Passed> passed;
        try {
            synchronized (this) {
                boolean waited = awaitsFirstPacket();
                player.ifPresent(playing -> playing.upTo(nanos + aheadNanos));
                if (waited && !awaitsFirstPacket()) {
                    notifyAll();
                }
            }
        } finally {
            synchronized (this) {
                passed = player.stream()
                        .flatMap(playing -> playing.takePoints(nanos).stream())
                        .map(reached -> new Passed(reached.point(), reached.nanos()))
                        .toList();
            }
            passed.forEach(point -> listeners.forEach(listener -> listener.accept(point)));
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
        positionNanos = positionNanos(nanos);
        player = Optional.empty();
        over = true;
        notifyAll();
    }

    private long positionNanos(long nanos) {
        return player.map(playing -> playing.positionNanos(nanos)).orElse(positionNanos);
    }

    /** Whether a scenario has begun, or is about to. */
    public synchronized boolean hasBegun() {
        return scenario.isPresent();
    }

    /** Where it is; empty when the link has no scenario. */
    public synchronized Optional<Situation> situation(long nanos) {
        return scenario.map(steps -> {
            long position = positionNanos(nanos);
            boolean waiting = awaitsFirstPacket();
            long length = steps.lengthNanos();
            State state = waiting
                    ? State.WAITING
                    : position == length ? State.ENDED : player.isPresent() ? State.PLAYING : State.STOPPED;
            return new Situation(
                    file,
                    state,
                    position,
                    length == Step.FOREVER ? Optional.empty() : Optional.of(length),
                    steps.points().stream()
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
            boolean waiting = awaitsFirstPacket();
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
        if (scenario.isEmpty()) {
            throw new IllegalArgumentException("the link has no scenario, and no points");
        }
        List<Scenario.Point> points = scenario.get().points();
        return points.stream()
                .filter(point -> point.name().equals(name))
                .findFirst()
                .orElseThrow(() -> new IllegalArgumentException(Shown.quoted(name)
                        + " is no point of the scenario, which has "
                        + (points.isEmpty()
                                ? "none"
                                : points.stream().map(Scenario.Point::name).collect(Collectors.joining(", ")))));
    }
}
