package io.tlem.impair;

import io.tlem.text.InputFile;
import io.tlem.text.Shown;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.function.Function;

/**
 * The lines of a file that a specification names, and what to say when one is wrong. Nothing is read without a bound. Used by
 * one thread.
 */
public final class SpecLines implements AutoCloseable {
    private static final int MAX_LINE_BYTES = 1 << 20;

    private final Path file;
    private final int maxLines;
    private final InputStream in;
    private byte[] line = new byte[256];
    private int number;

    /**
     * Opens the file.
     *
     * @throws SpecException as all methods do, when it cannot be read
     */
    public SpecLines(Path file, int maxLines) {
        this.file = file;
        this.maxLines = maxLines;
        try {
            this.in = InputFile.open(file);
        } catch (IOException e) {
            throw unreadable(file, e);
        }
    }

    private static SpecException unreadable(Path file, IOException e) {
        return new SpecException(file + ": cannot be read: " + e.getMessage());
    }

    /** The next line without its end, or null behind the last one. */
    public String next() {
        try {
            int length = 0;
            int read = in.read();
            if (read < 0) {
                return null;
            }
            number++;
            if (number > maxLines) {
                throw error("more than " + maxLines + " lines");
            }
            for (; read >= 0 && read != '\n'; read = in.read()) {
                if (length == MAX_LINE_BYTES) {
                    throw error("longer than " + MAX_LINE_BYTES + " bytes");
                }
                if (length == line.length) {
                    line = Arrays.copyOf(line, 2 * length);
                }
                line[length++] = (byte) read;
            }
            if (length > 0 && line[length - 1] == '\r') {
                length--;
            }
            return new String(line, 0, length, StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw unreadable(file, e);
        }
    }

    /** The next line with more than a comment, which {@code #} begins, without that and space around; null behind the last. */
    public String nextContent() {
        for (String found = next(); found != null; found = next()) {
            int comment = found.indexOf('#');
            String content = (comment < 0 ? found : found.substring(0, comment)).strip();
            if (!content.isEmpty()) {
                return content;
            }
        }
        return null;
    }

    /** A time of the line read last. */
    public long time(String word) {
        return parsed(word, Units::parseTime);
    }

    /** What a parser of {@link Units} makes of a word of the line read last. */
    public <T> T parsed(String word, Function<String, T> parser) {
        try {
            return parser.apply(word);
        } catch (SpecException e) {
            throw error(e.getMessage());
        }
    }

    /** What is wrong with the line read last. */
    public SpecException error(String reason) {
        return new SpecException(file + ":" + number + ": " + reason);
    }

    /** What is wrong with the file as a whole. */
    public SpecException fileError(String reason) {
        return new SpecException(file + ": " + reason);
    }

    /** Something found in the file, fit for a message of one line. */
    public static String quote(String found) {
        return Shown.quoted(found);
    }

    @Override
    public void close() {
        try {
            in.close();
        } catch (IOException e) {
            throw unreadable(file, e);
        }
    }
}
