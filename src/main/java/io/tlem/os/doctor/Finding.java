package io.tlem.os.doctor;

/**
 * One thing about the machine that bears on timing or traffic. Immutable.
 *
 * @param name what was looked at; of an interface: the interface, a colon and what
 * @param found in a few words
 * @param why it matters, one sentence
 * @param mend a command, or words for the kernel's command line; empty when there is nothing to mend
 */
public record Finding(String name, State state, String found, String why, String mend) {
    /** How it is. */
    public enum State {
        OK,
        WARN,
        BAD,
        UNKNOWN
    }

    static Finding of(String name, boolean ok, State otherwise, String found, String why, String mend) {
        return new Finding(name, ok ? State.OK : otherwise, found, why, ok ? "" : mend);
    }

    static Finding unknown(String name, String why) {
        return new Finding(name, State.UNKNOWN, "the system does not tell", why, "");
    }
}
