package io.tlem.impair;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;

/**
 * What a file says of times and values, {@code TIME VALUE} lines with units as on the command line: each value counts from its
 * time on. Times grow from line to line, the first is 0; {@code #} begins a comment.
 *
 * @param times ns
 * @param values one for each time
 */
public record StepFile<T>(List<Long> times, List<T> values) {
    private static final int MAX_LINES = 1 << 20;

    /** Copies both. */
    public StepFile {
        times = List.copyOf(times);
        values = List.copyOf(values);
    }

    /**
     * Reads a file.
     *
     * @param wraps whether the last line only says when the first one follows: there must be one before it
     * @param what a value is called
     * @param parser of a value
     * @throws SpecException naming file and line
     */
    public static <T> StepFile<T> read(Path file, boolean wraps, String what, Function<String, T> parser) {
        List<Long> times = new ArrayList<>();
        List<T> values = new ArrayList<>();
        try (SpecLines lines = new SpecLines(file, MAX_LINES)) {
            for (String content = lines.nextContent(); content != null; content = lines.nextContent()) {
                String[] words = content.split("\\s+", -1);
                if (words.length != 2) {
                    throw lines.error("expected a time and a " + what + ", found " + SpecLines.quote(content));
                }
                long time = lines.time(words[0]);
                if (times.isEmpty() && time != 0) {
                    throw lines.error("the first time is 0, found " + SpecLines.quote(words[0]));
                }
                if (!times.isEmpty() && time <= times.getLast()) {
                    throw lines.error("the time is not after the one before it");
                }
                times.add(time);
                values.add(lines.parsed(words[1], parser));
            }
            if (times.size() < (wraps ? 2 : 1)) {
                throw lines.fileError(
                        wraps ? "to wrap it needs a line and one with the end" : "there is no line in it");
            }
        }
        return new StepFile<>(times, values);
    }

    /** The steps in time. */
    public Timeline timeline(boolean wraps) {
        return new Timeline(times.stream().mapToLong(Long::longValue).toArray(), wraps);
    }
}
