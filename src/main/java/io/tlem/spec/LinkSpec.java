package io.tlem.spec;

import io.tlem.impair.Role;
import io.tlem.port.PortAddress;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * What a link is to be and how it runs: all that the command line and configuration files can say, checked. Immutable; two
 * are equal when they mean the same, wherever and however that was written.
 */
public final class LinkSpec {
    private final Values values;
    private final List<DirectionSpec> directions;

    private LinkSpec(Builder builder) {
        this.values = new Values(builder.whole());
        List<Value<PortAddress>> ports = values.all(Setting.PORTS);
        if (!ports.isEmpty() && ports.size() != 2) {
            throw portsNeeded(ports.size());
        }
        String exempt = values.first(Setting.EXEMPT).map(Value::value).orElse("");
        boolean routed = get(Setting.ROUTE);
        this.directions = Stream.of(0, 1)
                .map(direction -> new DirectionSpec(builder.direction(direction), exempt, routed))
                .toList();
    }

    /**
     * The same link, but for one setting.
     *
     * @param texts as for {@link Builder#with}
     * @throws ConfigException when it is not acceptable
     */
    public LinkSpec with(Setting<?> setting, String... texts) {
        return toBuilder().with(setting, texts).conclude();
    }

    /**
     * The same link, but for one setting of a direction.
     *
     * @param text {@code none} for what is not to be there
     * @throws ConfigException when it is not acceptable
     */
    public LinkSpec with(int direction, Setting<?> setting, String text) {
        Builder builder = toBuilder();
        builder.put(direction, setting, Builder.eachWay(setting, text));
        return builder.conclude();
    }

    /** What of it decides about packets: the directions, and for both what is exempt, routed, and where models come from. */
    public LinkSpec emulated() {
        Builder builder = new Builder();
        builder.put(Setting.MODEL_PATH, values.all(Setting.MODEL_PATH));
        for (int direction = 0; direction < 2; direction++) {
            direction(direction).giveTo(builder, direction);
        }
        return builder.conclude();
    }

    /** The same link, given more. */
    public LinkSpec with(Builder more) {
        Builder builder = toBuilder();
        builder.give(more);
        return builder.conclude();
    }

    /** What has been given for this link, to be given more. */
    Builder toBuilder() {
        Builder builder = new Builder();
        builder.whole.putAll(values.given());
        for (int direction = 0; direction < 2; direction++) {
            builder.directions.get(direction).putAll(direction(direction).given());
        }
        return builder;
    }

    private static ConfigException portsNeeded(int found) {
        return new ConfigException(
                "two ports are needed, each with -i PORT; found " + found + " (tlem ports lists them)");
    }

    /**
     * The ports, A and B.
     *
     * @throws ConfigException when none are given
     */
    public List<Value<PortAddress>> ports() {
        List<Value<PortAddress>> ports = values.all(Setting.PORTS);
        if (ports.isEmpty()) {
            throw portsNeeded(0);
        }
        return ports;
    }

    /** A direction: 0 is A to B, 1 is B to A. */
    public DirectionSpec direction(int direction) {
        return directions.get(direction);
    }

    /** What is given of a setting of the whole link, as often as it is. */
    public <T> List<Value<T>> all(Setting<T> setting) {
        return values.all(setting);
    }

    /** What is given of a setting of the whole link. */
    public <T> Optional<T> find(Setting<T> setting) {
        return values.first(setting).map(Value::value);
    }

    /** A setting of the whole link that has a value whether it is given or not. */
    public <T> T get(Setting<T> setting) {
        return find(setting).or(setting::standard).orElseThrow();
    }

    /** 1: live line and report; 0: report; negative: nothing; above 1: details. */
    public int verbosity() {
        return 1 + get(Setting.VERBOSE) - get(Setting.QUIET);
    }

    /** In which settings another one differs, a line each: {@code a->b delay: 10ms -> 20ms}. */
    public List<String> difference(LinkSpec other) {
        return difference(other, setting -> true);
    }

    /** As {@link #difference}, of what cannot change while a link runs. */
    public List<String> fixedDifference(LinkSpec other) {
        return difference(other, setting -> !setting.mayChange());
    }

    private List<String> difference(LinkSpec other, Predicate<Setting<?>> counts) {
        List<String> lines = new ArrayList<>();
        difference("", values, other.values, counts, lines);
        difference("a->b ", direction(0).values(), other.direction(0).values(), counts, lines);
        difference("b->a ", direction(1).values(), other.direction(1).values(), counts, lines);
        return lines;
    }

    private static void difference(
            String where, Values from, Values to, Predicate<Setting<?>> counts, List<String> lines) {
        for (Setting<?> setting : Setting.all()) {
            if (counts.test(setting) && !from.all(setting).equals(to.all(setting))) {
                lines.add(where + setting.key() + ": " + shown(setting, from) + " -> " + shown(setting, to));
            }
        }
    }

    private static String shown(Setting<?> setting, Values values) {
        if (values.given().containsKey(setting)) {
            return values.given().get(setting).stream().map(Value::written).collect(Collectors.joining(", "));
        }
        return setting.isEachWay() ? Setting.NONE : setting.fallback();
    }

    Values values() {
        return values;
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof LinkSpec that && values.equals(that.values) && directions.equals(that.directions);
    }

    @Override
    public int hashCode() {
        return 31 * values.hashCode() + directions.hashCode();
    }

    @Override
    public String toString() {
        return SpecWriter.json(this);
    }

    /** Collects values, each of which is acceptable by itself. What is given later replaces what was given before. */
    public static final class Builder {
        private final Map<Setting<?>, List<Value<?>>> whole = new HashMap<>();
        private final List<Map<Setting<?>, List<Value<?>>>> directions = List.of(new HashMap<>(), new HashMap<>());
        private Optional<Preset> preset = Optional.empty();

        /** Whether something is given of a setting. */
        public boolean has(Setting<?> setting) {
            return whole.containsKey(setting)
                    || directions.stream()
                            .anyMatch(direction ->
                                    !direction.getOrDefault(setting, List.of()).isEmpty());
        }

        /** The link that all else is given over. */
        public Optional<Preset> preset() {
            return preset;
        }

        /** Gives the whole link's values of a setting. */
        void put(Setting<?> setting, List<? extends Value<?>> values) {
            if (setting.equals(Setting.PRESET)) {
                preset = values.stream().findFirst().map(value -> (Preset) value.value());
            } else {
                whole.put(setting, List.copyOf(values));
            }
        }

        /** Gives a direction's value of a setting, or that it has none. */
        void put(int direction, Setting<?> setting, Optional<? extends Value<?>> value) {
            directions
                    .get(direction)
                    .put(setting, value.<List<Value<?>>>map(List::of).orElse(List.of()));
        }

        /** What is given of the whole link, over its preset. */
        private Map<Setting<?>, List<Value<?>>> whole() {
            return over(preset.map(base -> base.read().whole), whole);
        }

        /** What is given of a direction, over its preset. */
        private Map<Setting<?>, List<Value<?>>> direction(int direction) {
            return over(preset.map(base -> base.read().directions.get(direction)), directions.get(direction));
        }

        private static Map<Setting<?>, List<Value<?>>> over(
                Optional<Map<Setting<?>, List<Value<?>>>> base, Map<Setting<?>, List<Value<?>>> given) {
            Map<Setting<?>, List<Value<?>>> all = new HashMap<>(base.orElse(Map.of()));
            all.putAll(given);
            return all;
        }

        /** Gives all that another one has been given; a preset there is another link, of whose models none stays. */
        void give(Builder other) {
            if (other.preset.isPresent()) {
                Arrays.stream(Role.values()).map(Setting::of).forEach(this::with);
            }
            whole.putAll(other.whole());
            for (int direction = 0; direction < 2; direction++) {
                directions.get(direction).putAll(other.direction(direction));
            }
        }

        /**
         * Gives a setting, in the words of the command line.
         *
         * @param texts once for both directions or for each, {@code none} for a direction that is to have none; nothing for a
         *     flag that is to be there, or for any other setting that is not to be given any more
         * @throws ConfigException when it is not acceptable
         */
        public Builder with(Setting<?> setting, String... texts) {
            if (texts.length > 0 || setting.shape() == Setting.Shape.FLAG) {
                option(setting, List.of(texts));
            } else {
                put(setting, List.of());
                directions.forEach(direction -> direction.put(setting, List.of()));
            }
            return this;
        }

        /**
         * Gives what an option of the command line says, as often as it is there.
         *
         * @throws ConfigException when it is not acceptable
         */
        public void option(Setting<?> setting, List<String> texts) {
            switch (setting.shape()) {
                case FLAG -> put(setting, List.of(setting.value("true")));
                case COUNT -> put(setting, List.of(setting.value(Integer.toString(texts.size()))));
                case EACH_WAY -> {
                    if (texts.size() > 2) {
                        throw new ConfigException(setting.names().getFirst() + " is given " + texts.size()
                                + " times; once or twice is possible");
                    }
                    List<Optional<Value<?>>> values = texts.stream()
                            .<Optional<Value<?>>>map(text -> eachWay(setting, text))
                            .toList();
                    put(0, setting, values.getFirst());
                    put(1, setting, values.getLast());
                }
                case ONE, SEVERAL, PORTS ->
                    put(setting, texts.stream().map(setting::value).toList());
            }
        }

        private static Optional<Value<?>> eachWay(Setting<?> setting, String text) {
            return text.equals(Setting.NONE) ? Optional.empty() : Optional.of(setting.value(text));
        }

        /**
         * The link.
         *
         * @throws ConfigException when the values do not go together
         */
        public LinkSpec conclude() {
            return new LinkSpec(this);
        }
    }
}
