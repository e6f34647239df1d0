package io.tlem.scenario;

import java.util.ArrayList;
import java.util.List;
import java.util.function.ToDoubleFunction;

/** Where the names of points stand in a picture: in as many lines as they need not to cover each other, up to a number. */
final class Marks {
    private static final int MOST_LINES = 4;

    private final List<Mark> marks = new ArrayList<>();
    private final List<Double> ends = new ArrayList<>();

    /**
     * A point.
     *
     * @param line that its name stands in, from 0; negative where there is no room for it
     * @param at the point
     * @param isLeft whether the name is to the left of it
     */
    record Mark(Scenario.Point point, int line, double at, boolean isLeft) {
        boolean isNamed() {
            return line >= 0;
        }
    }

    /**
     * Places the names.
     *
     * @param points in the order of time
     * @param place of a point, in units of the picture
     * @param letter how wide a letter is
     * @param width of the picture
     */
    Marks(List<Scenario.Point> points, ToDoubleFunction<Scenario.Point> place, double letter, double width) {
        for (Scenario.Point point : points) {
            double at = place.applyAsDouble(point);
            double length = (point.name().length() + 1) * letter;
            boolean isLeft = at + length > width && at + letter >= length;
            double from = isLeft ? at + letter - length : at;
            marks.add(new Mark(point, line(from, from + length + letter), at, isLeft));
        }
    }

    private int line(double from, double to) {
        for (int line = 0; line < ends.size(); line++) {
            if (ends.get(line) <= from) {
                ends.set(line, to);
                return line;
            }
        }
        if (ends.size() == MOST_LINES) {
            return -1;
        }
        ends.add(to);
        return ends.size() - 1;
    }

    List<Mark> all() {
        return marks;
    }

    int lines() {
        return ends.size();
    }
}
