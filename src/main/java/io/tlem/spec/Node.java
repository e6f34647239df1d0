package io.tlem.spec;

import io.tlem.text.Shown;
import java.util.List;

/** A value of a configuration file. */
public sealed interface Node {
    /** Where it begins. */
    Place place();

    /** What people call it. */
    String description();

    /**
     * A text as written, whatever type YAML would give it.
     *
     * @param plain whether it was written without quotes
     */
    record Scalar(Place place, String text, boolean plain) implements Node {
        /** Whether it is YAML's way to say nothing. */
        public boolean isNull() {
            return plain && List.of("", "~", "null", "Null", "NULL").contains(text);
        }

        @Override
        public String description() {
            return isNull() ? "nothing" : "'" + Shown.text(text) + "'";
        }
    }

    /** Values one after the other. */
    record Sequence(Place place, List<Node> values) implements Node {
        @Override
        public String description() {
            return "a list";
        }
    }

    /** Values with keys, each of which is there once. */
    record Mapping(Place place, List<Entry> entries) implements Node {
        @Override
        public String description() {
            return "a mapping";
        }
    }

    /** A key and its value. */
    record Entry(Scalar key, Node value) {}
}
