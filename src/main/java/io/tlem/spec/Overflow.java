package io.tlem.spec;

import io.tlem.impair.SpecException;
import io.tlem.text.Shown;

/** What becomes of packets for which the buffer has no room. */
public enum Overflow {
    /** They are left in the port. */
    WAIT("wait"),
    /** They are received and dropped, under a reason of their own. */
    DROP("drop");

    private final String label;

    Overflow(String label) {
        this.label = label;
    }

    /** @throws SpecException when it is none of them */
    static Overflow parse(String text) {
        for (Overflow overflow : values()) {
            if (overflow.label.equals(text)) {
                return overflow;
            }
        }
        throw new SpecException(Shown.quoted(text) + " is not " + WAIT.label + " or " + DROP.label);
    }

    /** Its word on the command line. */
    public String label() {
        return label;
    }
}
