package io.tlem.impair;

import java.util.Optional;

/**
 * A parameter of a kind of models: {@code kind,value,value} gives parameters in their order, {@code name=value} by name, in
 * any order after those.
 *
 * @param name lower case, with hyphens; what stands before {@code =}
 * @param unit what values look like
 * @param defaultText what counts when the parameter is not given: a value as it would be written, or "" where the model
 *     knows what its absence means; empty when it must be given
 * @param repeated whether it takes any number of values, at least one; only the last one may
 * @param description in a few words, with limits that the unit does not have
 */
public record Parameter(String name, Unit unit, Optional<String> defaultText, boolean repeated, String description) {
    /** What values look like. */
    public enum Unit {
        /** See {@link Units#parseBandwidth}. */
        BANDWIDTH("bit/s"),
        /** See {@link Units#parseTime}. */
        TIME("time"),
        /** See {@link Units#parseBytes}. */
        SIZE("bytes"),
        /** A whole number. */
        COUNT("count"),
        /** See {@link Units#parseProbability}. */
        PROBABILITY("probability"),
        /** A number. */
        NUMBER("number"),
        /** A file that exists. */
        FILE("file"),
        /** One of some words. */
        WORD("word");

        private final String label;

        Unit(String label) {
            this.label = label;
        }

        /** What people read. */
        public String label() {
            return label;
        }
    }

    /** One that must be given. */
    public static Parameter required(String name, Unit unit, String description) {
        return new Parameter(name, unit, Optional.empty(), false, description);
    }

    /** One that may be left out. */
    public static Parameter optional(String name, Unit unit, String defaultText, String description) {
        return new Parameter(name, unit, Optional.of(defaultText), false, description);
    }

    /** One or more values, which end the specification. */
    public static Parameter list(String name, Unit unit, String description) {
        return new Parameter(name, unit, Optional.empty(), true, description);
    }

    /** As it stands in a specification's form: {@code MIN}, {@code MAX}, {@code PACKET...}. */
    String form() {
        return name.toUpperCase(java.util.Locale.ROOT) + (repeated ? "..." : "");
    }
}
