package io.tlem.scenario;

import io.tlem.spec.Changing;
import io.tlem.spec.LinkSpec;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.Iterator;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.function.IntFunction;

/**
 * A scenario on a link: asks for its changes ahead of their times, so that each holds exactly from its time on. Somebody who has
 * the time calls {@link #upTo} again and again. Used by one thread.
 */
public final class ScenarioPlayer {
    private static final long UNKNOWN = Long.MAX_VALUE;

    private final Changing link;
    private final boolean stops;
    private final long lengthNanos;
    private final Timeline timeline;
    private final Deque<Asked> asked = new ArrayDeque<>();
    private final List<Reached> ahead = new ArrayList<>(); // points of edits that have been asked for
    private long originNanos;
    private LinkSpec planned; // behind the last change that has been asked for

    /**
     * A point, and when it is reached.
     *
     * @param nanos since the scenario's beginning
     */
    record Reached(String point, long nanos) {}

    /** A change that has been asked for, and is not known to be in force. */
    private record Asked(Edit edit, CompletableFuture<?> answer) {}

    /** @param outagesWhileUp by direction, of {@link Timeline} */
    ScenarioPlayer(Scenario scenario, Changing link, long startNanos, IntFunction<String> outagesWhileUp) {
        this.link = link;
        this.stops = scenario.stopsLink();
        this.lengthNanos = scenario.lengthNanos();
        this.timeline = scenario.timeline(0, outagesWhileUp);
        this.originNanos = scenario.beginsWithFirstPacket() ? UNKNOWN : startNanos;
        this.planned = link.spec();
        if (timeline.nextNanos() == 0) { // holds for all packets, whenever the first one comes
            first(timeline.next(planned).orElseThrow(), startNanos);
        }
    }

    /** Goes on with a scenario from where a link has been brought to. */
    ScenarioPlayer(Scenario scenario, Changing link, Journey journey, long originNanos) {
        this.link = link;
        this.stops = scenario.stopsLink();
        this.lengthNanos = scenario.lengthNanos();
        this.timeline = journey.timeline();
        this.originNanos = originNanos;
        this.planned = journey.link();
        journey.points().forEach(point -> ahead.add(new Reached(point, journey.nanos())));
    }

    private void first(Edit edit, long startNanos) {
        note(edit);
        ask(edit, startNanos);
    }

    private void note(Edit edit) {
        edit.points().forEach(point -> ahead.add(new Reached(point, edit.nanos())));
    }

    /** Whether it has not begun, because no packet has come: then it is to be looked often. */
    public boolean awaitsFirstPacket() {
        return originNanos == UNKNOWN;
    }

    /**
     * Asks for all changes up to a time, and for one more.
     *
     * @param nanos of the link's clock
     * @throws IllegalArgumentException with one line, when the link, which somebody else has changed, cannot become what the
     *     scenario says: the next call goes on with the change behind
     */
    public void upTo(long nanos) {
        if (originNanos == UNKNOWN) {
            originNanos = link.firstArrivalNanos();
        }
        if (originNanos == UNKNOWN) {
            return;
        }
        askAgain();
        while (timeline.nextNanos() != Step.FOREVER
                && (asked.isEmpty() || originNanos + timeline.nextNanos() <= nanos)) {
            Edit next = timeline.next(planned).orElseThrow();
            note(next);
            ask(next, originNanos + next.nanos());
        }
    }

    /** When the next change is due that has not been asked for, ns of the link's clock; {@link Long#MAX_VALUE} when none is known. */
    public long nextNanos() {
        return originNanos == UNKNOWN || timeline.nextNanos() == Step.FOREVER
                ? Long.MAX_VALUE
                : originNanos + timeline.nextNanos();
    }

    /** How far it is, ns; 0 before it has begun. */
    long positionNanos(long nanos) {
        return awaitsFirstPacket() ? 0 : Math.clamp(nanos - originNanos, 0, lengthNanos);
    }

    /** The points that it has come to since the last call. */
    List<Reached> takePoints(long nanos) {
        List<Reached> reached = new ArrayList<>();
        for (Iterator<Reached> i = ahead.iterator(); i.hasNext() && !awaitsFirstPacket(); ) {
            Reached next = i.next();
            if (originNanos + next.nanos() <= nanos) {
                reached.add(next);
                i.remove();
            }
        }
        return reached;
    }

    private void ask(Edit edit, long nanos) {
        LinkSpec next = edit.apply(planned);
        asked.add(new Asked(edit, link.changeAt(nanos, next)));
        planned = next;
    }

    /** Somebody has changed the link at once: what had been asked for is to come nevertheless. */
    private void askAgain() {
        boolean revoked = asked.stream().anyMatch(one -> one.answer().isCompletedExceptionally());
        if (!revoked) {
            while (!asked.isEmpty() && asked.peek().answer().isDone()) {
                Asked ignored = asked.remove();
            }
            if (asked.isEmpty()) {
                beginAt(link.spec()); // which somebody may have changed since
            }
            return;
        }
        List<Asked> again = new ArrayList<>(asked);
        again.removeIf(one -> one.answer().isDone() && !one.answer().isCompletedExceptionally());
        asked.clear();
        beginAt(link.spec());
        again.forEach(one -> ask(one.edit(), originNanos + one.edit().nanos()));
    }

    private void beginAt(LinkSpec present) {
        if (!present.equals(planned)) {
            planned = present;
            timeline.changedByOthers();
        }
    }

    /** Whether nothing more is to come, and the link ends with the scenario. */
    public boolean endsLink(long nanos) {
        return stops && lengthNanos != Step.FOREVER && originNanos != UNKNOWN && nanos - originNanos >= lengthNanos;
    }
}
