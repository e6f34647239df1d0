package io.tlem.cli;

import io.tlem.os.Signals;
import java.io.IOException;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** A program that a command runs for its user, with this process's input, outputs and terminal. */
final class OtherProgram {
    /** The exit status that shells have for a program that cannot be run. */
    static final int NOT_RUN = 127;

    private static final Pattern REASON = Pattern.compile("error[:=] ?\\d+[, ]+\\(?([^()]+)");

    private OtherProgram() {}

    /** Says on the standard error why a program cannot be run. */
    static void warn(String command, List<String> words, IOException failure) {
        Output.warn(
                command + ": " + words.getFirst() + " cannot be run: " + reason(String.valueOf(failure.getMessage())));
    }

    /** Of what Java says: {@code Cannot run program "x": error=2, No such file}, or {@code ... error: 2 (No such file)}. */
    private static String reason(String message) {
        Matcher found = REASON.matcher(message);
        return found.find() ? found.group(1) : message;
    }

    /** From now on, a signal of the terminal reaches the program alone, any other is handed on, and it decides what comes of it. */
    static void signalsAreFor(Process process) {
        boolean ignored = Signals.handle("INT", () -> {});
        for (String name : List.of("TERM", "HUP")) {
            ignored = Signals.handle(name, process::destroy);
        }
    }
}
