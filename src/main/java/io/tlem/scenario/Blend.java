package io.tlem.scenario;

import io.tlem.impair.ModelKind;
import io.tlem.impair.Models;
import io.tlem.impair.Parameter;
import io.tlem.impair.Parameter.Unit;
import io.tlem.impair.Role;
import io.tlem.impair.SpecException;
import io.tlem.impair.Units;
import io.tlem.text.Escapes;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** Specifications of a role between two of the same kind: each number in between, everything else the same. */
final class Blend {
    private static final Set<Unit> NUMBERS =
            Set.of(Unit.TIME, Unit.BANDWIDTH, Unit.SIZE, Unit.COUNT, Unit.PROBABILITY, Unit.NUMBER);

    /** What is not there is a delay or a probability of nothing. */
    private static final Set<Unit> NOTHING_IS_ZERO = Set.of(Unit.TIME, Unit.PROBABILITY);

    private final ModelKind kind;
    private final Map<Parameter, List<String>> from;
    private final Map<Parameter, List<String>> to;

    private Blend(ModelKind kind, Map<Parameter, List<String>> from, Map<Parameter, List<String>> to) {
        this.kind = kind;
        this.from = from;
        this.to = to;
    }

    /**
     * What lies between two specifications, one of which may be empty.
     *
     * @throws SpecException when nothing does
     */
    static Blend of(Role role, String from, String to) {
        ModelKind kind = Models.kind(role, from.isEmpty() ? to : from);
        if (!to.isEmpty() && !Models.kind(role, to).equals(kind)) {
            throw new SpecException("a ramp needs the same kind of model at both ends, and " + role.label() + " is "
                    + from + " before and " + to + " behind");
        }
        Map<Parameter, List<String>> first = arguments(role, from.isEmpty() ? to : from);
        Map<Parameter, List<String>> last = arguments(role, to.isEmpty() ? from : to);
        Blend blend =
                new Blend(kind, from.isEmpty() ? zeros(role, first) : first, to.isEmpty() ? zeros(role, last) : last);
        blend.requireNumbers(role, from, to);
        return blend;
    }

    private static Map<Parameter, List<String>> arguments(Role role, String text) {
        Map<Parameter, List<String>> arguments = new LinkedHashMap<>();
        for (Parameter parameter : Models.kind(role, text).parameters()) {
            List<String> given = Models.given(role, text).stream()
                    .filter(argument -> argument.parameter().equals(parameter))
                    .map(Models.Given::value)
                    .toList();
            List<String> all = given.isEmpty()
                    ? parameter.defaultText().filter(value -> !value.isEmpty()).stream()
                            .toList()
                    : given;
            if (!all.isEmpty()) {
                arguments.put(parameter, all);
            }
        }
        return arguments;
    }

    private static Map<Parameter, List<String>> zeros(Role role, Map<Parameter, List<String>> arguments) {
        Map<Parameter, List<String>> zeros = new LinkedHashMap<>(arguments);
        arguments.forEach((parameter, values) -> {
            if (NOTHING_IS_ZERO.contains(parameter.unit())) {
                zeros.put(parameter, values.stream().map(value -> "0").toList());
            } else if (isNumber(parameter) && parameter.defaultText().isEmpty()) {
                throw new SpecException("a ramp needs a " + role.label() + " at both ends; 'set' gives one");
            }
        });
        return zeros;
    }

    private void requireNumbers(Role role, String before, String behind) {
        boolean same = from.keySet().equals(to.keySet())
                && from.keySet().stream()
                        .allMatch(parameter -> isNumber(parameter)
                                ? from.get(parameter).size()
                                        == to.get(parameter).size()
                                : from.get(parameter).equals(to.get(parameter)));
        if (!same) {
            throw new SpecException("a ramp changes numbers only, and " + role.label() + " is " + before
                    + " before and " + behind + " behind");
        }
        boolean unlimited = from.keySet().stream()
                .filter(parameter -> parameter.unit() == Unit.BANDWIDTH)
                .flatMap(parameter -> Stream.concat(from.get(parameter).stream(), to.get(parameter).stream()))
                .anyMatch(value -> Units.parseBandwidth(value) == 0);
        if (unlimited) {
            throw new SpecException("a ramp has no way to a bandwidth of 0, which is no limit");
        }
    }

    /** @param part 0 is the first one, 1 the last one */
    String at(double part) {
        return kind.name()
                + from.keySet().stream()
                        .flatMap(parameter -> between(parameter, part).stream()
                                .map(value -> "," + parameter.name() + "=" + Escapes.part(value)))
                        .collect(Collectors.joining());
    }

    private List<String> between(Parameter parameter, double part) {
        List<String> first = from.get(parameter);
        List<String> last = to.get(parameter);
        if (first.equals(last)) {
            return first;
        }
        List<String> between = new ArrayList<>();
        for (int i = 0; i < first.size(); i++) {
            double a = number(parameter.unit(), first.get(i));
            double b = number(parameter.unit(), last.get(i));
            between.add(text(parameter.unit(), a + (b - a) * part));
        }
        return between;
    }

    /** Whether values of a parameter are numbers. */
    static boolean isNumber(Parameter parameter) {
        return NUMBERS.contains(parameter.unit());
    }

    /** The number that a value means, in the unit's base. */
    static double number(Unit unit, String value) {
        return switch (unit) {
            case TIME -> Units.parseTime(value);
            case BANDWIDTH -> Units.parseBandwidth(value);
            case SIZE -> Units.parseBytes(value);
            case COUNT -> Units.parseCount(value, Long.MIN_VALUE, Long.MAX_VALUE);
            case PROBABILITY -> Units.parseProbability(value);
            default -> Units.parseNumber(value, -Double.MAX_VALUE, Double.MAX_VALUE);
        };
    }

    private static String text(Unit unit, double value) {
        return switch (unit) {
            case TIME -> Math.round(value) + "ns";
            case BANDWIDTH, SIZE, COUNT -> Long.toString(Math.round(value));
            default -> Double.toString(value);
        };
    }
}
