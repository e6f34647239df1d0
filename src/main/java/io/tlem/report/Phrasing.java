package io.tlem.report;

import io.tlem.impair.Models;
import io.tlem.impair.Models.Given;
import io.tlem.impair.Parameter;
import io.tlem.impair.Role;
import io.tlem.stats.Format;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;

/** Specifications of models for people: numbers that a program has worked out have few digits and a unit. */
final class Phrasing {
    /** A number with more characters is nobody's who types. */
    private static final int TYPED = 8;

    private Phrasing() {}

    /** A specification, the same where all of its numbers are short. */
    static String of(Role role, String specification) {
        if (specification.isEmpty()) {
            return "none";
        }
        List<Given> all = Models.given(role, specification);
        if (all.stream().noneMatch(Phrasing::isLong)) {
            return specification;
        }
        return Models.kind(role, specification).name()
                + all.stream()
                        .map(given -> "," + given.parameter().name() + "=" + shown(given))
                        .collect(Collectors.joining());
    }

    private static boolean isLong(Given given) {
        return isNumber(given.parameter()) && given.value().length() > TYPED;
    }

    private static boolean isNumber(Parameter parameter) {
        return switch (parameter.unit()) {
            case TIME, BANDWIDTH, PROBABILITY, NUMBER -> true;
            default -> false;
        };
    }

    private static String shown(Given given) {
        if (!isLong(given)) {
            return given.value();
        }
        Quantity quantity = quantity(given.parameter());
        double value = quantity.parse(given.value());
        return switch (quantity) {
            case SHARE -> String.format(Locale.ROOT, "%.2g %%", value * 100);
            case COUNT -> String.format(Locale.ROOT, "%.4g", value);
            case RATE -> Format.bitsPerSecond(value);
            default -> quantity.show(value);
        };
    }

    private static Quantity quantity(Parameter parameter) {
        return switch (parameter.unit()) {
            case TIME -> Quantity.TIME;
            case BANDWIDTH -> Quantity.RATE;
            case PROBABILITY -> Quantity.SHARE;
            default -> Quantity.COUNT;
        };
    }

    /** All models of a direction, in the order in which a packet meets them. */
    static String of(Map<Role, String> models) {
        return models.isEmpty()
                ? "no impairment"
                : models.entrySet().stream()
                        .map(model -> model.getKey().label() + " " + of(model.getKey(), model.getValue()))
                        .collect(Collectors.joining(", "));
    }

    /**
     * Specifications that follow each other, in groups: the steps of a ramp are one. They are written as a program does, each
     * argument with its name, of one kind, and at least one number goes one way through all of them.
     */
    static List<List<String>> ramps(Role role, List<String> specifications) {
        List<List<String>> groups = new ArrayList<>();
        for (String next : specifications) {
            List<String> last = groups.isEmpty() ? List.of() : groups.getLast();
            if (!last.isEmpty() && goesOn(role, last, next)) {
                last.add(next);
            } else {
                groups.add(new ArrayList<>(List.of(next)));
            }
        }
        return groups;
    }

    private static boolean goesOn(Role role, List<String> group, String next) {
        List<Double> from = numbers(role, group.getLast());
        List<Double> to = numbers(role, next);
        if (from.isEmpty()
                || from.size() != to.size()
                || !words(role, group.getLast()).equals(words(role, next))) {
            return false;
        }
        List<Double> first = group.size() < 2 ? from : numbers(role, group.getFirst());
        for (int i = 0; i < to.size(); i++) {
            if (Math.signum(from.get(i) - first.get(i)) * (to.get(i) - from.get(i)) < 0) {
                return false;
            }
        }
        return true;
    }

    /** Of a specification that a program has written; else none. */
    private static List<Double> numbers(Role role, String specification) {
        String kind = Models.kind(role, specification).name();
        List<Given> all = Models.given(role, specification);
        boolean written = specification.startsWith(kind + ",")
                && all.stream()
                        .allMatch(given ->
                                specification.contains("," + given.parameter().name() + "="));
        return written
                ? all.stream()
                        .filter(given -> isNumber(given.parameter()))
                        .map(given -> quantity(given.parameter()).parse(given.value()))
                        .toList()
                : List.of();
    }

    /** What must be the same in all steps of a ramp. */
    private static String words(Role role, String specification) {
        return Models.kind(role, specification).name()
                + Models.given(role, specification).stream()
                        .map(given -> "," + given.parameter().name()
                                + (isNumber(given.parameter()) ? "" : "=" + given.value()))
                        .collect(Collectors.joining());
    }
}
