package io.tlem.spec;

import java.util.List;

/** Where values for directions stand in a file. */
public enum Section {
    BOTH("both"),
    A_TO_B("a-to-b"),
    B_TO_A("b-to-a");

    private final String key;

    Section(String key) {
        this.key = key;
    }

    /** The key in a file. */
    public String key() {
        return key;
    }

    /** The directions that its values are for: 0 is A to B, 1 is B to A. */
    public List<Integer> directions() {
        return this == BOTH ? List.of(0, 1) : List.of(this == A_TO_B ? 0 : 1);
    }
}
