package io.tlem.os.doctor;

import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A setting of the machine that is to have another value for a while.
 *
 * @param kind of the setting
 * @param target which one
 * @param what it is, for people
 * @param old value, which it gets back
 * @param wanted value
 */
record Change(Kind kind, String target, String what, String old, String wanted) {
    private static final Pattern LINE = Pattern.compile("([A-Z]+)\t([^\t]+)\t([^\t]+)\t([^\t]*)\t([^\t]*)");

    /** How a setting is read and written. */
    enum Kind {
        /** A file in proc or sys. */
        FILE,
        /** An interface and a setting of its driver. */
        DRIVER,
        /** A sysctl of FreeBSD. */
        SYSCTL
    }

    /** As it is kept while it is in force. */
    String line() {
        return String.join("\t", kind.name(), target, what, old, wanted);
    }

    static Optional<Change> of(String line) {
        Matcher parts = LINE.matcher(line);
        return parts.matches()
                ? Optional.of(new Change(
                        Kind.valueOf(parts.group(1)), parts.group(2), parts.group(3), parts.group(4), parts.group(5)))
                : Optional.empty();
    }
}
