package io.tlem.spec;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** What is given of a whole link or of a direction, by setting; what is so anyway is not given. Immutable. */
final class Values {
    private final Map<Setting<?>, List<Value<?>>> given;

    Values(Map<Setting<?>, List<Value<?>>> given) {
        Map<Setting<?>, List<Value<?>>> ordered = new LinkedHashMap<>();
        for (Setting<?> setting : Setting.all()) {
            List<Value<?>> values = given.getOrDefault(setting, List.of());
            if (!values.isEmpty()
                    && !setting.standard().equals(Optional.of(values.getFirst().value()))) {
                ordered.put(setting, List.copyOf(values));
            }
        }
        this.given = Collections.unmodifiableMap(ordered);
    }

    Map<Setting<?>, List<Value<?>>> given() {
        return given;
    }

    /** Values are only ever those of their own settings. */
    @SuppressWarnings("unchecked")
    <T> List<Value<T>> all(Setting<T> setting) {
        return (List<Value<T>>) (List<?>) given.getOrDefault(setting, List.of());
    }

    <T> Optional<Value<T>> first(Setting<T> setting) {
        return all(setting).stream().findFirst();
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof Values that && given.equals(that.given);
    }

    @Override
    public int hashCode() {
        return given.hashCode();
    }
}
