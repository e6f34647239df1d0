package io.tlem.impair;

import java.nio.file.Path;
import java.util.function.ToLongFunction;

/**
 * What a file says of times and values, {@code TIME VALUE} lines with units as on the command line: each value counts from its
 * time on. Times grow from line to line, the first is 0; {@code #} begins a comment. Shared by the models of the same file:
 * nobody writes to the arrays.
 *
 * @param times ns
 * @param values one for each time
 */
@SuppressWarnings("ArrayRecordComponent") // compared by nobody
public record StepFile(long[] times, long[] values) {
    /**
     * Reads a file.
     *
     * @param wraps whether the last line only says when the first one follows: there must be one before it
     * @param what a value is called
     * @param parser of a value
     * @throws SpecException naming file and line
     */
    public static StepFile read(Path file, boolean wraps, String what, ToLongFunction<String> parser) {
        return ReadFiles.of(file, StepFile.class, what + wraps, () -> readNow(file, wraps, what, parser));
    }

    private static StepFile readNow(Path file, boolean wraps, String what, ToLongFunction<String> parser) {
        LongList times = new LongList();
        LongList values = new LongList();
        try (SpecLines lines = new SpecLines(file, FileLimits.LINES)) {
            for (String content = lines.nextContent(); content != null; content = lines.nextContent()) {
                String[] words = content.split("\\s+", -1);
                if (words.length != 2) {
                    throw lines.error("expected a time and a " + what + ", found " + SpecLines.quote(content));
                }
                long time = lines.time(words[0]);
                if (times.size() == 0 && time != 0) {
                    throw lines.error("the first time is 0, found " + SpecLines.quote(words[0]));
                }
                if (times.size() > 0 && time <= times.last()) {
                    throw lines.error("the time is not after the one before it");
                }
                times.add(time);
                values.add(lines.parsed(words[1], parser::applyAsLong));
            }
            if (times.size() < (wraps ? 2 : 1)) {
                throw lines.fileError(
                        wraps ? "to wrap it needs a line and one with the end" : "there is no line in it");
            }
        }
        return new StepFile(times.toArray(), values.toArray());
    }

    /** The steps in time. */
    public Timeline timeline(boolean wraps) {
        return new Timeline(times, wraps);
    }
}
