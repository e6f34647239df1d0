package io.tlem.scenario;

import io.tlem.impair.SpecException;
import io.tlem.impair.Units;
import io.tlem.spec.Node;
import io.tlem.spec.Section;
import io.tlem.spec.Setting;
import io.tlem.text.Nearest;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.ToLongFunction;
import java.util.regex.Pattern;

/** Makes the steps of a scenario of what its file says. */
final class ScenarioReader {
    private static final List<String> TOP = List.of("start", "end", "speed", "steps", "expect");
    private static final List<String> ACTIONS = List.of("set", "link", "ramp", "table", "repeat");
    private static final List<String> STEP = List.of(
            "at", "after", "point", "set", "link", "ramp", "over", "every", "shape", "table", "repeat", "steps");
    private static final int MOST_PASSES = 1_000_000_000;
    private static final double MAX_SPEED = 1e6;

    /** 50 years: what is added to it a few times is a long still. */
    static final long MOST_NANOS = 50L * 365 * 86_400 * 1_000_000_000;

    private static final String TOO_LATE = "; a scenario is at most 50 years long";
    private static final Pattern POINT = Pattern.compile("[A-Za-z][A-Za-z0-9_.-]{0,63}");

    /** A ramp of an hour in steps of a millisecond. */
    private static final long MOST_CHANGES = 3_600_000;

    private static final double LEAST_NANOS =
            10_000; // from change to change in a loop: a second of them is planned ahead

    private final Path folder;
    private final double speed;
    private final Set<String> points = new HashSet<>();

    private ScenarioReader(Path folder, double speed) {
        this.folder = folder;
        this.speed = speed;
    }

    /** @param folder what relative files are relative to */
    static Scenario read(Node.Mapping top, Path folder) {
        Map<String, Node> values = values(top, TOP, "a key of a scenario");
        double speed = values.containsKey("speed") ? speed(one(values, "speed")) : 1;
        boolean firstPacket = is(values, "start", "link", "first-packet");
        boolean stops = is(values, "end", "hold", "stop");
        if (!values.containsKey("steps")) {
            throw top.place().wrong("the key steps is missing");
        }
        List<Step> steps = new ScenarioReader(folder, speed).steps(values.get("steps"));
        return new Scenario(steps, firstPacket, stops, expectations(values.get("expect")));
    }

    /** Of both directions, or in their sections. */
    private static List<Expectation> expectations(Node node) {
        List<Expectation> expectations = new ArrayList<>();
        if (node == null) {
            return expectations;
        }
        for (Node.Entry entry : mapping("expect", node).entries()) {
            Optional<Section> section = section(entry.key());
            if (section.isEmpty()) {
                expectations.add(expectation(Section.BOTH.directions(), entry));
            } else {
                mapping(section.get().key(), entry.value())
                        .entries()
                        .forEach(inner ->
                                expectations.add(expectation(section.get().directions(), inner)));
            }
        }
        return expectations;
    }

    private static Node.Mapping mapping(String key, Node node) {
        if (node instanceof Node.Mapping mapping) {
            return mapping;
        }
        throw node.place().wrong(key + " takes keys with values, such as 'loss: <2%', found " + node.description());
    }

    private static Optional<Section> section(Node.Scalar key) {
        return Arrays.stream(Section.values())
                .filter(one -> one.key().equals(key.text()))
                .findFirst();
    }

    private static Expectation expectation(List<Integer> directions, Node.Entry entry) {
        String name = entry.key().text();
        Node.Scalar value = scalar(name, entry.value());
        try {
            return Expectation.of(directions, name, value.text(), value.place());
        } catch (SpecException e) {
            throw value.place().wrong(name + " " + e.getMessage());
        }
    }

    private static double speed(Node.Scalar text) {
        try {
            double speed = Units.parseNumber(text.text(), 0, MAX_SPEED);
            if (speed > 0) {
                return speed;
            }
        } catch (SpecException e) {
            throw text.place().wrong("speed " + e.getMessage());
        }
        throw text.place().wrong("speed is 0; it must be more");
    }

    private static Map<String, Node> values(Node.Mapping mapping, List<String> possible, String what) {
        Map<String, Node> values = new LinkedHashMap<>();
        for (Node.Entry entry : mapping.entries()) {
            String key = entry.key().text();
            if (!possible.contains(key)) {
                throw entry.key()
                        .place()
                        .wrong(entry.key().description() + " is not " + what + Nearest.hint(key, possible));
            }
            values.put(key, entry.value());
        }
        return values;
    }

    /** Whether a word is the second of two, and not the first, which is the default. */
    private static boolean is(Map<String, Node> values, String key, String first, String second) {
        if (!values.containsKey(key)) {
            return false;
        }
        Node.Scalar word = one(values, key);
        if (!List.of(first, second).contains(word.text())) {
            throw word.place().wrong(key + " is " + first + " or " + second + ", found " + word.description());
        }
        return word.text().equals(second);
    }

    private static Node.Scalar one(Map<String, Node> values, String key) {
        return scalar(key, values.get(key));
    }

    private static Node.Scalar scalar(String key, Node node) {
        if (node instanceof Node.Scalar scalar
                && !scalar.isNull()
                && !scalar.text().isBlank()) {
            return scalar;
        }
        throw node.place().wrong(key + " takes one value, found " + node.description());
    }

    private List<Step> steps(Node node) {
        if (!(node instanceof Node.Sequence sequence)) {
            throw node.place()
                    .wrong("steps takes a list, such as '- {at: 1s, set: {both: {delay: 10ms}}}', found "
                            + node.description());
        }
        List<Step> steps = new ArrayList<>();
        long end = 0; // of the step before
        for (Node value : sequence.values()) {
            if (!(value instanceof Node.Mapping mapping)) {
                throw value.place().wrong("a step takes keys with values, found " + value.description());
            }
            steps.addAll(step(mapping, end));
            end = steps.getLast().endNanos();
            if (end > MOST_NANOS && end != Step.FOREVER) {
                throw mapping.place().wrong("the step ends too late" + TOO_LATE);
            }
        }
        if (steps.isEmpty()) {
            throw node.place().wrong("steps is empty");
        }
        return List.copyOf(steps);
    }

    /** What a step is, or its point and what it is, in this order. */
    private List<Step> step(Node.Mapping mapping, long endBefore) {
        Map<String, Node> values = values(mapping, STEP, "a key of a step");
        List<String> actions = ACTIONS.stream().filter(values::containsKey).toList();
        boolean named = values.containsKey("point");
        if (actions.size() > 1 || (actions.isEmpty() && !named)) {
            throw mapping.place()
                    .wrong("a step has one of " + String.join(", ", ACTIONS) + ", or a point; found "
                            + (actions.isEmpty() ? "none" : String.join(" and ", actions)));
        }
        String action = named && actions.isEmpty() ? "point" : actions.getFirst();
        requireTogether(mapping, action, List.of("ramp"), "over", "shape");
        requireTogether(mapping, action, List.of("repeat"), "steps");
        requireTogether(mapping, action, List.of("ramp", "repeat"), "every");
        long start = start(values, endBefore, mapping);
        List<Step> steps = new ArrayList<>();
        if (named) {
            steps.add(new Step.Point(start, point(one(values, "point"))));
        }
        if (!actions.isEmpty()) {
            steps.add(step(action, start, values, mapping));
        }
        return steps;
    }

    /** Names of points can be told from times. */
    private String point(Node.Scalar name) {
        if (!POINT.matcher(name.text()).matches()) {
            throw name.place()
                    .wrong("point takes a name of letters, digits, '_', '.' and '-' that begins with a letter, found "
                            + name.description());
        }
        if (!points.add(name.text())) {
            throw name.place().wrong("the point " + name.text() + " is there twice");
        }
        return name.text();
    }

    private Step step(String action, long start, Map<String, Node> values, Node.Mapping mapping) {
        return switch (action) {
            case "set" -> set(start, values.get("set"), "set");
            case "link" -> carrier(start, values.get("link"));
            case "table" -> table(start, values.get("table"));
            case "ramp" -> ramp(start, values, mapping);
            default -> loop(start, values, mapping);
        };
    }

    private static void requireTogether(Node.Mapping mapping, String action, List<String> needed, String... keys) {
        for (Node.Entry entry : mapping.entries()) {
            if (!needed.contains(action) && List.of(keys).contains(entry.key().text())) {
                throw entry.key()
                        .place()
                        .wrong(entry.key().description() + " goes with " + String.join(" or ", needed) + " only");
            }
        }
    }

    private long start(Map<String, Node> values, long endBefore, Node.Mapping mapping) {
        if (values.containsKey("at")) {
            if (values.containsKey("after")) {
                throw values.get("after").place().wrong("a step has at or after, not both");
            }
            return time("at", values.get("at"));
        }
        if (endBefore == Step.FOREVER) {
            throw mapping.place().wrong("the step before never ends; give this one a time with at");
        }
        return endBefore + (values.containsKey("after") ? time("after", values.get("after")) : 0);
    }

    private long time(String key, Node node) {
        long nanos = parsed(key, node, text -> Math.round(Units.parseMoment(text) / speed));
        if (nanos > MOST_NANOS) {
            throw node.place().wrong(key + " is too long when it is divided by the speed, " + speed + TOO_LATE);
        }
        return nanos;
    }

    private static long parsed(String key, Node node, ToLongFunction<String> parser) {
        Node.Scalar text = scalar(key, node);
        try {
            return parser.applyAsLong(text.text());
        } catch (SpecException e) {
            throw text.place().wrong(key + " " + e.getMessage());
        }
    }

    private Step.Set set(long start, Node node, String key) {
        if (!(node instanceof Node.Mapping part) || part.entries().isEmpty()) {
            throw node.place()
                    .wrong(key + " takes sections of a configuration, such as 'both: {delay: 10ms}', found "
                            + node.description());
        }
        for (Node.Entry entry : part.entries()) {
            if (section(entry.key()).isPresent() && entry.value() instanceof Node.Mapping inner) {
                inner.entries().forEach(ScenarioReader::requireChangeable);
            } else if (!entry.key().text().equals(Setting.PRESET.key())) {
                requireChangeable(entry);
            }
        }
        return new Step.Set(start, part, folder);
    }

    /** What is no key at all is said where the part is read. */
    private static void requireChangeable(Node.Entry entry) {
        if (Setting.withKey(entry.key().text())
                .filter(setting -> !setting.mayChange())
                .isPresent()) {
            throw entry.key().place().wrong(entry.key().description() + " cannot change while the link runs");
        }
    }

    private static Step carrier(long start, Node node) {
        if (node instanceof Node.Scalar both) {
            return new Step.Carrier(start, isUp(both), Section.BOTH.directions());
        }
        if (!(node instanceof Node.Mapping mapping) || mapping.entries().size() != 1) {
            throw node.place().wrong("link takes up or down, or one direction's, such as {a-to-b: down}");
        }
        Node.Entry entry = mapping.entries().getFirst();
        Section section = direction(entry.key());
        return new Step.Carrier(start, isUp(scalar("link", entry.value())), section.directions());
    }

    private static Section direction(Node.Scalar word) {
        return section(word).orElseThrow(() -> word.place().wrong(word.description() + " is no direction"));
    }

    private static boolean isUp(Node.Scalar word) {
        return switch (word.text()) {
            case "up" -> true;
            case "down" -> false;
            default -> throw word.place().wrong("link is up or down, found " + word.description());
        };
    }

    private Step table(long start, Node node) {
        Map<String, Node> values = node instanceof Node.Mapping mapping
                ? values(mapping, List.of("file", "direction"), "a key of a table")
                : Map.of("file", node);
        if (!values.containsKey("file")) {
            throw node.place().wrong("table needs a file");
        }
        List<Integer> directions = values.containsKey("direction")
                ? direction(one(values, "direction")).directions()
                : Section.BOTH.directions();
        Node.Scalar file = one(values, "file");
        try {
            return new Step.Rows(start, Table.read(folder.resolve(file.text()), speed), directions);
        } catch (InvalidPathException e) {
            throw file.place().wrong(file.description() + " is not the name of a file");
        } catch (SpecException e) {
            throw file.place().wrong(e.getMessage());
        }
    }

    private Step ramp(long start, Map<String, Node> values, Node.Mapping mapping) {
        Step.Set target = set(start, values.get("ramp"), "ramp");
        long over = required("over", values, mapping);
        Step.Shape shape = shape(values);
        long every =
                shape == Step.Shape.STEP && !values.containsKey("every") ? over : required("every", values, mapping);
        if (Math.ceilDiv(over, every) > MOST_CHANGES) {
            throw values.get("every").place().wrong("a ramp has at most " + MOST_CHANGES + " steps");
        }
        return new Step.Ramp(
                start, target, over, every, shape, values.get("ramp").place());
    }

    private long required(String key, Map<String, Node> values, Node.Mapping mapping) {
        if (!values.containsKey(key)) {
            throw mapping.place().wrong("a ramp needs " + key + ", a time");
        }
        long nanos = time(key, values.get(key));
        if (nanos == 0) {
            throw values.get(key).place().wrong(key + " is 0; it must be longer");
        }
        return nanos;
    }

    private static Step.Shape shape(Map<String, Node> values) {
        if (!values.containsKey("shape")) {
            return Step.Shape.LINEAR;
        }
        Node.Scalar word = one(values, "shape");
        return Arrays.stream(Step.Shape.values())
                .filter(shape -> shape.name().toLowerCase(Locale.ROOT).equals(word.text()))
                .findFirst()
                .orElseThrow(() -> word.place().wrong("shape is linear, smooth or step, found " + word.description()));
    }

    private Step loop(long start, Map<String, Node> values, Node.Mapping mapping) {
        if (!values.containsKey("steps")) {
            throw mapping.place().wrong("repeat needs steps");
        }
        Node.Scalar passes = one(values, "repeat");
        long count = passes.text().equals("forever")
                ? Step.FOREVER
                : parsed("repeat", passes, text -> Units.parseCount(text, 1, MOST_PASSES));
        List<Step> steps = steps(values.get("steps"));
        long end = steps.stream().mapToLong(Step::endNanos).max().orElseThrow();
        if (end == Step.FOREVER) {
            throw values.get("steps").place().wrong("a loop inside a loop must end; say how often it is to repeat");
        }
        long every = values.containsKey("every") ? time("every", values.get("every")) : end;
        if (every == 0) {
            throw mapping.place().wrong("a pass of the loop takes no time; every says how long it takes");
        }
        if (every < end) {
            throw values.get("every").place().wrong("every is shorter than the loop's steps take");
        }
        if (Step.Loop.changesOfAPass(steps) * LEAST_NANOS > every) {
            throw mapping.place().wrong("a loop makes a change each 10 us at most, on average");
        }
        if (count != Step.FOREVER && every > MOST_NANOS / count) {
            throw passes.place().wrong("the passes of the loop take too long" + TOO_LATE);
        }
        return new Step.Loop(start, steps, count, every);
    }
}
