package io.tlem.report;

import io.tlem.report.Facts.DirectionFacts;
import io.tlem.text.Nearest;
import io.tlem.text.Shown;
import java.util.List;
import java.util.OptionalDouble;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What is to be true of a run: {@code DIRECTION.NUMBER SIGN LIMIT}, as {@code a-b.lateness.p99<100us}.
 *
 * @param text as it was written
 * @param direction {@code a-b} or {@code b-a}
 * @param number of it
 * @param sign how it is compared
 * @param limit with what
 */
record Assertion(String text, String direction, Numbers.Measure number, String sign, double limit) {
    private static final Pattern FORM = Pattern.compile("\\s*([^<>=!\\s]+)\\s*(<=|>=|==|!=|<|>|=)\\s*(\\S.*?)\\s*");
    private static final List<String> DIRECTIONS = List.of("a-b", "b-a");

    /** What follows of the form for messages. */
    static final String EXAMPLE = "such as a-b.lateness.p99<100us";

    /**
     * Takes a text apart.
     *
     * @throws IllegalArgumentException saying what is wrong with it
     */
    static Assertion of(String text) {
        Matcher form = FORM.matcher(text);
        if (!form.matches()) {
            throw new IllegalArgumentException(
                    "is not DIRECTION.NUMBER, a sign (< <= > >= = !=) and a limit, " + EXAMPLE);
        }
        String path = form.group(1);
        int point = path.indexOf('.');
        String direction = point < 0 ? path : path.substring(0, point);
        if (!DIRECTIONS.contains(direction)) {
            throw new IllegalArgumentException(Shown.quoted(direction) + " is no direction"
                    + Nearest.hint(direction, DIRECTIONS) + ", " + EXAMPLE);
        }
        if (point < 0) {
            throw new IllegalArgumentException("names no number of " + direction + ", " + EXAMPLE);
        }
        Numbers.Measure number = Numbers.of(path.substring(point + 1));
        return new Assertion(
                text.strip(),
                direction,
                number,
                form.group(2).replace("==", "="),
                number.quantity().parse(form.group(3)));
    }

    /**
     * Whether it came true.
     *
     * @param assertion that is judged
     * @param value measured; empty where there is none, which is not true of anything
     * @param holds whether it did
     */
    record Outcome(Assertion assertion, OptionalDouble value, boolean holds) {
        /** The value for people. */
        String shown() {
            return value.isPresent() ? assertion.number().quantity().show(value.getAsDouble()) : "none";
        }

        /** In one line. */
        String line() {
            return assertion.text() + (holds ? ": " : " does not hold: ") + assertion.direction() + "."
                    + assertion.number().name() + " is " + shown();
        }
    }

    Outcome judge(Facts facts) {
        OptionalDouble value = facts.direction(direction)
                .map((DirectionFacts of) -> number.value().apply(of))
                .orElse(OptionalDouble.empty());
        return new Outcome(this, value, value.isPresent() && holds(value.getAsDouble()));
    }

    private boolean holds(double value) {
        return switch (sign) {
            case "<" -> value < limit;
            case "<=" -> value <= limit;
            case ">" -> value > limit;
            case ">=" -> value >= limit;
            case "=" -> value == limit;
            default -> value != limit;
        };
    }
}
