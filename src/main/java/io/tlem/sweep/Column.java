package io.tlem.sweep;

/**
 * A column of a table.
 *
 * @param name of it
 * @param kind of its cells
 */
public record Column(String name, Kind kind) {
    /** What cells are. */
    public enum Kind {
        /** {@link String}. */
        TEXT,
        /** {@link Long}. */
        WHOLE,
        /** {@link Double}; NaN where there is no value. */
        REAL
    }
}
