package io.tlem.spec;

import io.tlem.classify.Filter;
import io.tlem.impair.BandwidthModel;
import io.tlem.impair.Exemption;
import io.tlem.impair.LinkModels;
import io.tlem.impair.Models;
import io.tlem.impair.RandomStreams;
import io.tlem.impair.Role;
import io.tlem.impair.SpecException;
import java.util.Collections;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;

/** What one direction of a link does to packets. Immutable; equal when it means the same. */
public final class DirectionSpec {
    private static final List<Value<?>> DEFAULT_QUEUE =
            List.of(Setting.of(Role.QUEUE).value(Long.toString(Models.DEFAULT_QUEUE_BYTES)));

    private final Values values;
    private final Map<Role, String> models;
    private final String exempt;
    private final boolean routed;

    /**
     * Checks what only shows when everything is known.
     *
     * @throws ConfigException when the values do not go together
     */
    DirectionSpec(Map<Setting<?>, List<Value<?>>> given, String exempt, boolean routed) {
        Map<Setting<?>, List<Value<?>>> all = new HashMap<>(given);
        all.values().removeIf(List::isEmpty);
        if (all.containsKey(Setting.of(Role.BANDWIDTH))) { // TLEM's default
            all.putIfAbsent(Setting.of(Role.QUEUE), DEFAULT_QUEUE);
        }
        this.values = new Values(all);
        Map<Role, String> specifications = new EnumMap<>(Role.class);
        for (Role role : Role.values()) {
            values.first(Setting.of(role)).ifPresent(value -> specifications.put(role, value.value()));
        }
        this.models = Collections.unmodifiableMap(specifications);
        this.exempt = exempt;
        this.routed = routed;
        values.first(Setting.of(Role.ORDER)).ifPresent(this::checkOrder);
        values.first(Setting.MAX_BANDWIDTH)
                .ifPresent(most -> checkMost(most, made().bandwidth().maxBitsPerSecond(), "bit/s"));
        values.first(Setting.MAX_DELAY)
                .ifPresent(most -> checkMost(most, made().delay().maxNanos(), "ns"));
        values.first(Setting.MAX_HOLD).ifPresent(most -> checkMost(most, made().maxHoldNanos(), "ns"));
    }

    /** What models of a direction may reach, without a limit it reaches nothing. */
    private static void checkMost(Value<Long> most, long reached, String unit) {
        if (reached > most.value() && reached != BandwidthModel.UNLIMITED) {
            throw most.wrong("the models need " + reached + " " + unit + "; raise it");
        }
    }

    private LinkModels made() {
        return LinkModels.of(models, new RandomStreams(0, 0));
    }

    private void checkOrder(Value<String> order) {
        try {
            LinkModels ignored = made();
        } catch (SpecException e) {
            String named = Role.ORDER.option() + " " + order.value() + ": ";
            String message = e.getMessage();
            throw message.startsWith(named)
                    ? order.wrong(message.substring(named.length()))
                    : order.place().wrong(message);
        }
    }

    /**
     * A direction with these models, and otherwise as by default.
     *
     * @throws ConfigException when one is not acceptable
     */
    public static DirectionSpec of(Map<Role, String> models) {
        Map<Setting<?>, List<Value<?>>> values = new HashMap<>();
        models.forEach((role, text) ->
                values.put(Setting.of(role), List.of(Setting.of(role).value(text))));
        return new DirectionSpec(values, "", false);
    }

    /** The specifications of models, in the order in which a packet meets them; a role that is not there leaves it alone. */
    public Map<Role, String> models() {
        return models;
    }

    /** The specification of a role, empty where there is none. */
    public String of(Role role) {
        return models.getOrDefault(role, "");
    }

    /** A packet that could be sent only that long after its time is dropped, ns. */
    public Optional<Long> maxLagNanos() {
        return find(Setting.MAX_LAG);
    }

    /** What is given of a setting that each direction has for itself. */
    public <T> Optional<T> find(Setting<T> setting) {
        return values.first(setting).map(Value::value);
    }

    /** Packets that leave at once, without the models. */
    public Exemption exemption() {
        return exempt.isEmpty() ? Exemption.NONE : Exemption.parse(exempt);
    }

    /** What becomes of packets before a model sees them. */
    public Filter filter() {
        return find(Setting.FILTER).orElse(Filter.NONE);
    }

    /** Memory of queue and delay line, where that was said. */
    public Optional<Long> bufferBytes() {
        return find(Setting.BUFFER);
    }

    /** Whether routers write into packets where they go, which models leave alone then. */
    public boolean isRouted() {
        return routed;
    }

    Values values() {
        return values;
    }

    /** What has to be given for this, but for what follows from it. */
    Map<Setting<?>, List<Value<?>>> given() {
        Map<Setting<?>, List<Value<?>>> given = new HashMap<>(values.given());
        if (given.containsKey(Setting.of(Role.BANDWIDTH))) {
            given.remove(Setting.of(Role.QUEUE), DEFAULT_QUEUE);
        }
        return given;
    }

    /** Gives a link all that makes one of its directions decide as this one, whatever its port does. */
    void giveTo(LinkSpec.Builder link, int direction) {
        Map<Setting<?>, List<Value<?>>> all = given();
        all.remove(Setting.OVERFLOW);
        all.forEach((setting, values) ->
                link.put(direction, setting, values.stream().findFirst()));
        if (!exempt.isEmpty()) {
            link.put(Setting.EXEMPT, List.of(Setting.EXEMPT.value(exempt)));
        }
        if (routed) {
            link.put(Setting.ROUTE, List.of(Setting.ROUTE.value("true")));
        }
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof DirectionSpec that
                && values.equals(that.values)
                && exempt.equals(that.exempt)
                && routed == that.routed;
    }

    @Override
    public int hashCode() {
        return values.hashCode();
    }

    @Override
    public String toString() {
        return models.isEmpty()
                ? "no impairment"
                : models.entrySet().stream()
                        .map(model -> model.getKey().label() + " " + model.getValue())
                        .collect(Collectors.joining(", "));
    }
}
