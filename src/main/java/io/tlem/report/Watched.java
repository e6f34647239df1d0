package io.tlem.report;

import io.tlem.link.Clerk;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** All that watches one direction: a watcher for each of its threads. */
final class Watched {
    private final List<Watcher> watchers = new ArrayList<>();

    /** One for another thread. */
    Clerk next() {
        Watcher watcher = new Watcher(new Departures());
        watchers.add(watcher);
        if (watchers.size() > 1) { // the last one sends, and knows as the first does what the link counts
            watchers.getFirst().passOverheadTo(watcher);
        }
        return watcher;
    }

    /** How packets left. When the link has ended. */
    Departures departures() {
        return watchers.getLast().departures;
    }

    /** A change for people. */
    record Line(long nanos, String text) {}

    /** What became of the models; the first is what they were at first. */
    List<Line> changes(String direction, long startNanos) {
        return watchers.getFirst().changes.stream()
                .skip(1)
                .map(change -> new Line(
                        change.from().nanos(),
                        String.format(
                                Locale.ROOT,
                                "%.6f s, %s from packet %d on: %s",
                                (change.from().nanos() - startNanos) / 1e9,
                                direction,
                                change.from().packetNumber(),
                                Phrasing.of(change.models()))))
                .toList();
    }

    /** What was decided, by the models in force. When the link has ended. */
    List<Decisions> sets() {
        return List.copyOf(watchers.getFirst().sets);
    }
}
