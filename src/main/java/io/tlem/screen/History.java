package io.tlem.screen;

import io.tlem.control.Message;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** What the directions of a link did lately, a point for each second. Used by one thread. */
final class History {
    /** Enough for ten seconds in each column of a wide terminal. */
    static final int MOST_POINTS = 4000;

    private final Map<String, List<Point>> ways = new LinkedHashMap<>();
    private double lastSeconds = Double.NaN;
    private long dropped; // points at the front that are no longer here

    History() {}

    /** As another is now. */
    History(History other) {
        other.ways.forEach((way, points) -> ways.put(way, new ArrayList<>(points)));
        lastSeconds = other.lastSeconds;
        dropped = other.dropped;
    }

    /** Adds what {@code watch} has sent for a second. */
    void add(Message interval) {
        double elapsed = interval.decimal("elapsed_seconds").orElse(0);
        List<Message> directions = interval.list("directions");
        double seconds = lastSeconds < elapsed ? elapsed - lastSeconds : spanOf(directions, elapsed);
        lastSeconds = elapsed;
        boolean full = false;
        for (Message direction : directions) {
            List<Point> points = ways.computeIfAbsent(direction.text("name"), name -> new ArrayList<>());
            points.add(Point.of(direction, seconds));
            if (points.size() > MOST_POINTS) {
                points.removeFirst();
                full = true;
            }
        }
        dropped += full ? 1 : 0;
    }

    /** The first one began before anybody looked: how long ago, its rate says; a second where nothing was sent. */
    private static double spanOf(List<Message> directions, double elapsed) {
        for (Message direction : directions) {
            double rate = direction.decimal("packets_per_second").orElse(0);
            long packets = direction.number("transmitted_packets").orElse(0);
            if (rate > 0 && packets > 0) {
                return packets / rate;
            }
        }
        return elapsed > 0 ? Math.min(1, elapsed) : 1;
    }

    /** The names of the directions, in the link's order. */
    Set<String> ways() {
        return ways.keySet();
    }

    /**
     * The last points of a direction, the newest last. Only whole ones, so that none changes once it is shown, but for the
     * first time.
     *
     * @param together so many seconds are one point, at least 1
     * @param most that are wanted
     */
    List<Point> points(String way, int together, int most) {
        List<Point> all = ways.getOrDefault(way, List.of());
        List<Point> points = new ArrayList<>();
        Point open = null;
        for (int i = 0; i < all.size(); i++) {
            open = open == null ? all.get(i) : open.with(all.get(i));
            if ((dropped + i + 1) % together == 0) {
                points.add(open);
                open = null;
            }
        }
        if (points.isEmpty() && open != null) {
            points.add(open);
        }
        return points.subList(Math.max(0, points.size() - most), points.size());
    }
}
