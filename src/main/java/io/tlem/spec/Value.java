package io.tlem.spec;

import io.tlem.text.Shown;

/**
 * A value of a setting, and how it came about. Values that mean the same are equal, wherever and however they were written.
 *
 * @param value what it means
 * @param written as it was written
 * @param name what messages call its setting here; empty when they name the value themselves
 * @param place where it was written
 */
public record Value<T>(T value, String written, String name, Place place) {
    /** A mistake in this value. */
    public ConfigException wrong(String reason) {
        return place.wrong(name.isEmpty() ? reason : name + " " + Shown.text(written) + ": " + reason);
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof Value<?> that && value.equals(that.value);
    }

    @Override
    public int hashCode() {
        return value.hashCode();
    }
}
