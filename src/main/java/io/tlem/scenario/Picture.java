package io.tlem.scenario;

import io.tlem.impair.Models;
import io.tlem.impair.Parameter;
import io.tlem.impair.Parameter.Unit;
import io.tlem.impair.Role;
import io.tlem.spec.LinkSpec;
import io.tlem.spec.Section;
import io.tlem.spec.Setting;
import io.tlem.stats.Format;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.TreeSet;
import java.util.stream.Stream;

/**
 * What a scenario makes of a link, over time: a row for each role that changes, and its points.
 *
 * @param nanos how long it is: a little longer than the scenario where the last step would not be seen otherwise
 * @param goesOn whether the scenario goes on behind it
 * @param points in the order of time; those of a loop once for each pass that is shown
 */
public record Picture(long nanos, boolean goesOn, List<Row> rows, List<Scenario.Point> points) {
    /** As many changes as a picture shows at most. */
    private static final int MOST_CHANGES = 100_000;

    private static final int MOST_POINTS = 1000;
    private static final int PASSES_SHOWN = 2;
    private static final int LINEAR_UP_TO = 10;

    /** Part of the scenario's length that is shown behind a last step. */
    private static final int BEHIND_LAST = 20;

    /**
     * A value from a time on.
     *
     * @param text of it, for people
     * @param number that it is, {@link Double#NaN} where it is none
     */
    public record Value(long nanos, String text, double number) {}

    /**
     * A role of one direction, or of both where they are alike.
     *
     * @param numbers whether all values are numbers that can be compared
     * @param least of the numbers
     * @param most of the numbers
     */
    public record Row(String name, List<Value> values, boolean numbers, double least, double most) {
        static Row of(String name, List<Value> values, boolean numbers) {
            return new Row(
                    name,
                    List.copyOf(values),
                    numbers,
                    values.stream().mapToDouble(Value::number).min().orElse(0),
                    values.stream().mapToDouble(Value::number).max().orElse(1));
        }

        /** The smallest, or the largest, for people. */
        String extreme(boolean largest) {
            return values.stream()
                    .reduce((a, b) -> (a.number() < b.number()) == largest ? b : a)
                    .orElseThrow()
                    .text();
        }

        /** The value at a time. */
        Value at(long time) {
            Value at = values.getFirst();
            for (Value value : values) {
                if (value.nanos() > time) {
                    break;
                }
                at = value;
            }
            return at;
        }

        /** Where a number lies between the smallest, 0, and the largest, 1. */
        double part(double number) {
            return isLogarithmic()
                    ? Math.log(number / least) / Math.log(most / least)
                    : (number - least) / (most - least);
        }

        /** Whether the numbers are of different orders of magnitude. */
        boolean isLogarithmic() {
            return least > 0 && most > LINEAR_UP_TO * least;
        }

        /** What the numbers reach from and to, for people. */
        String range() {
            return extreme(false) + " to " + extreme(true) + (isLogarithmic() ? " (log)" : "");
        }
    }

    /** A link from a time on. */
    private record Moment(long nanos, LinkSpec link) {}

    /**
     * What a scenario makes of a link.
     *
     * @throws io.tlem.spec.ConfigException when it is not acceptable
     */
    public static Picture of(Scenario scenario, LinkSpec link) {
        long end = scenario.shownNanos(PASSES_SHOWN);
        List<Moment> moments = new ArrayList<>(List.of(new Moment(0, link)));
        List<Scenario.Point> points = new ArrayList<>();
        Timeline timeline = scenario.timeline();
        while (timeline.nextNanos() <= end && moments.size() < MOST_CHANGES) {
            LinkSpec present = moments.getLast().link();
            Edit edit = timeline.next(present).orElseThrow();
            if (edit.nanos() == 0) {
                moments.clear();
            }
            moments.add(new Moment(edit.nanos(), edit.apply(present)));
            edit.points().forEach(name -> points.add(new Scenario.Point(name, edit.nanos())));
        }
        boolean more = timeline.nextNanos() != Step.FOREVER;
        long shown = more && moments.size() >= MOST_CHANGES ? moments.getLast().nanos() : end;
        boolean changesLast = !more
                && moments.size() > 1
                && moments.getLast().nanos() == shown
                && !moments.getLast()
                        .link()
                        .equals(moments.get(moments.size() - 2).link());
        return new Picture(
                Math.max(changesLast ? shown + Math.max(1, shown / BEHIND_LAST) : shown, 1),
                more,
                rows(moments),
                List.copyOf(points.subList(0, Math.min(points.size(), MOST_POINTS))));
    }

    /**
     * Round times from 0 on, up to its end.
     *
     * @param most how many, besides 0
     */
    List<Long> ticks(int most) {
        double least = Math.max(1, (double) nanos / most);
        double power = Math.pow(10, Math.floor(Math.log10(least)));
        double step = power * (least <= power ? 1 : least <= 2 * power ? 2 : least <= 5 * power ? 5 : 10);
        List<Long> ticks = new ArrayList<>();
        for (double tick = 0; tick <= nanos; tick += step) {
            ticks.add(Math.round(tick));
        }
        return ticks;
    }

    /** A round time for people. */
    static String time(long nanos) {
        return nanos == 0
                ? "0 s"
                : Format.nanos(nanos).replaceFirst("(\\.[0-9]*?)0+ ", "$1 ").replace(". ", " ");
    }

    private static List<Row> rows(List<Moment> moments) {
        List<Row> rows = new ArrayList<>();
        for (Role role : Role.values()) {
            List<String> there = texts(moments, 0, role);
            List<String> back = texts(moments, 1, role);
            if (there.equals(back)) {
                row(Section.BOTH, role, moments, there).ifPresent(rows::add);
            } else {
                row(Section.A_TO_B, role, moments, there).ifPresent(rows::add);
                row(Section.B_TO_A, role, moments, back).ifPresent(rows::add);
            }
        }
        return List.copyOf(rows);
    }

    private static List<String> texts(List<Moment> moments, int direction, Role role) {
        return moments.stream()
                .map(moment -> moment.link().direction(direction).of(role))
                .toList();
    }

    private static Optional<Row> row(Section section, Role role, List<Moment> moments, List<String> texts) {
        if (texts.stream().distinct().count() < 2) {
            return Optional.empty();
        }
        Optional<Parameter> number = number(role, texts);
        List<Value> values = new ArrayList<>();
        for (int i = 0; i < texts.size(); i++) {
            if (i == 0 || !texts.get(i).equals(texts.get(i - 1))) {
                values.add(value(moments.get(i).nanos(), role, texts.get(i), number));
            }
        }
        return Optional.of(Row.of(section.key() + " " + role.label(), values, number.isPresent()));
    }

    private static Value value(long nanos, Role role, String text, Optional<Parameter> number) {
        if (number.isEmpty()) {
            return new Value(nanos, text.isEmpty() ? Setting.NONE : text, Double.NaN);
        }
        if (text.isEmpty()) {
            return new Value(nanos, Setting.NONE, 0);
        }
        double value = Blend.number(
                number.get().unit(), argument(role, text, number.get()).orElseThrow());
        return new Value(nanos, shown(number.get().unit(), value), value);
    }

    /** The first argument that varies, if all else is the same. */
    private static Optional<Parameter> number(Role role, List<String> texts) {
        List<String> given =
                texts.stream().filter(text -> !text.isEmpty()).distinct().toList();
        if (given.stream().map(text -> Models.kind(role, text)).distinct().count() != 1
                || (given.size() < texts.stream().distinct().count() && role == Role.BANDWIDTH)) {
            return Optional.empty(); // without a bandwidth there is no limit, which is no number
        }
        List<Parameter> varying = Models.kind(role, given.getFirst()).parameters().stream()
                .filter(parameter -> new TreeSet<>(given.stream()
                                        .map(text ->
                                                argument(role, text, parameter).orElse(""))
                                        .toList())
                                .size()
                        > (given.size() < texts.stream().distinct().count() ? 0 : 1))
                .toList();
        return varying.stream()
                .findFirst()
                .filter(parameter -> Stream.of(parameter.unit())
                        .anyMatch(unit -> unit != Unit.FILE && unit != Unit.WORD && !parameter.repeated()));
    }

    private static Optional<String> argument(Role role, String text, Parameter parameter) {
        return Models.given(role, text).stream()
                .filter(given -> given.parameter().equals(parameter))
                .map(Models.Given::value)
                .findFirst()
                .or(parameter::defaultText)
                .filter(value -> !value.isEmpty());
    }

    private static String shown(Unit unit, double value) {
        return switch (unit) {
            case TIME -> Format.nanos(Math.round(value));
            case BANDWIDTH -> Format.bitsPerSecond(value);
            case SIZE -> Format.bytes(Math.round(value));
            case PROBABILITY -> trimmed(value * 100) + " %";
            default -> trimmed(value);
        };
    }

    private static String trimmed(double value) {
        return String.format(java.util.Locale.ROOT, "%.6g", value)
                .replaceFirst("(\\.[0-9]*?)0+$", "$1")
                .replaceFirst("\\.$", "");
    }
}
