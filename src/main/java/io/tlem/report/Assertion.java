package io.tlem.report;

import io.tlem.report.Facts.DirectionFacts;
import io.tlem.text.Nearest;
import io.tlem.text.Shown;
import java.util.List;
import java.util.OptionalDouble;
import java.util.function.Function;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * What is to be true of a run: {@code PATH SIGN LIMIT}, as {@code a-b.lateness.p99<100us}.
 *
 * @param text as it was written
 * @param path of a number
 * @param quantity that it is
 * @param value that it has; empty where nothing was measured
 * @param sign how it is compared
 * @param limit with what
 */
record Assertion(
        String text, String path, Quantity quantity, Function<Facts, OptionalDouble> value, String sign, double limit) {
    private static final Pattern FORM = Pattern.compile("\\s*([^<>=!\\s]+)\\s*(<=|>=|==|!=|<|>|=)\\s*(\\S.*?)\\s*");
    private static final List<String> DIRECTIONS = List.of("a-b", "b-a");

    /** What follows of the form for messages. */
    static final String EXAMPLE = "such as a-b.lateness.p99<100us";

    /**
     * Takes a text apart.
     *
     * @param measured what besides the link there are numbers of
     * @throws IllegalArgumentException saying what is wrong with it
     */
    static Assertion of(String text, TrafficNumbers.Kind measured) {
        Matcher form = FORM.matcher(text);
        if (!form.matches()) {
            throw new IllegalArgumentException(
                    "is not DIRECTION.NUMBER, a sign (< <= > >= = !=) and a limit, " + EXAMPLE);
        }
        String path = form.group(1);
        int point = path.indexOf('.');
        String subject = point < 0 ? path : path.substring(0, point);
        String name = point < 0 ? "" : path.substring(point + 1);
        String sign = form.group(2).replace("==", "=");
        if (measured.isSubject(subject)) {
            TrafficNumbers.Measure number = TrafficNumbers.of(subject, name);
            return new Assertion(
                    text.strip(),
                    path,
                    number.quantity(),
                    facts -> number.value().apply(facts.traffic()),
                    sign,
                    number.quantity().parse(form.group(3)));
        }
        if (!DIRECTIONS.contains(subject)) {
            List<String> possible = Stream.concat(DIRECTIONS.stream(), measured.subjects().stream())
                    .toList();
            throw new IllegalArgumentException(
                    Shown.quoted(subject) + " is no direction" + Nearest.hint(subject, possible) + ", " + EXAMPLE);
        }
        if (point < 0) {
            throw new IllegalArgumentException("names no number of " + subject + ", " + EXAMPLE);
        }
        Numbers.Measure number = Numbers.of(name);
        return new Assertion(
                text.strip(),
                path,
                number.quantity(),
                facts -> facts.direction(subject)
                        .map((DirectionFacts of) -> number.value().apply(of))
                        .orElse(OptionalDouble.empty()),
                sign,
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
            return value.isPresent() ? assertion.quantity().show(value.getAsDouble()) : "none";
        }

        /** In one line. */
        String line() {
            return assertion.text() + (holds ? ": " : " does not hold: ") + assertion.path() + " is " + shown();
        }
    }

    Outcome judge(Facts facts) {
        OptionalDouble measured = value.apply(facts);
        return new Outcome(this, measured, measured.isPresent() && holds(measured.getAsDouble()));
    }

    private boolean holds(double is) {
        return switch (sign) {
            case "<" -> is < limit;
            case "<=" -> is <= limit;
            case ">" -> is > limit;
            case ">=" -> is >= limit;
            case "=" -> is == limit;
            default -> is != limit;
        };
    }
}
