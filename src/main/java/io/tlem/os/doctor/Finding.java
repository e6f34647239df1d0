package io.tlem.os.doctor;

import io.tlem.os.InterfaceTrouble;
import java.util.List;
import java.util.Locale;

/**
 * One thing about the machine that bears on timing or traffic. Immutable.
 *
 * @param name what was looked at; of an interface: the interface, a colon and what
 * @param found in a few words
 * @param why it matters, one sentence; empty of an interface that is as it should be
 * @param mend a command, or words where there is none; empty when there is nothing to mend
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

    /**
     * Of an interface.
     *
     * @param all that is wrong with it
     * @param topics of which this finding is
     * @param good what is found when nothing of them is wrong
     */
    static Finding of(String name, List<InterfaceTrouble> all, List<InterfaceTrouble.Topic> topics, String good) {
        return all.stream()
                .filter(trouble -> topics.contains(trouble.topic()))
                .findFirst()
                .map(trouble -> new Finding(
                        name,
                        State.BAD,
                        trouble.found(),
                        trouble.why().substring(0, 1).toUpperCase(Locale.ROOT)
                                + trouble.why().substring(1) + ".",
                        trouble.command().isEmpty() ? trouble.advice() : trouble.command()))
                .orElseGet(() -> new Finding(name, State.OK, good, "", ""));
    }

    static Finding unknown(String name, String why) {
        return new Finding(name, State.UNKNOWN, "the system does not tell", why, "");
    }
}
