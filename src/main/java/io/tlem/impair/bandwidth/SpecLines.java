package io.tlem.impair.bandwidth;

import io.tlem.impair.SpecException;
import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;

/** The lines of a file that a specification names, and what to say when one is wrong. Nothing is read without a bound. */
final class SpecLines implements AutoCloseable {
    private static final int MAX_LINE_BYTES = 1024;
    private static final int MAX_QUOTED = 40;

    private final Path file;
    private final int maxLines;
    private final InputStream in;
    private final byte[] line = new byte[MAX_LINE_BYTES];
    private int number;

    SpecLines(Path file, int maxLines) {
        this.file = file;
        this.maxLines = maxLines;
        try {
            this.in = new BufferedInputStream(Files.newInputStream(file), 1 << 16);
        } catch (IOException e) {
            throw unreadable(file, e);
        }
    }

    private static SpecException unreadable(Path file, IOException e) {
        return new SpecException(file + ": cannot be read: " + e.getMessage());
    }

    /** The next line without its end, or null behind the last one. */
    String next() {
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
                if (length == line.length) {
                    throw error("longer than " + MAX_LINE_BYTES + " bytes");
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

    /** What is wrong with the line read last. */
    SpecException error(String reason) {
        return new SpecException(file + ":" + number + ": " + reason);
    }

    /** What is wrong with the file as a whole. */
    SpecException fileError(String reason) {
        return new SpecException(file + ": " + reason);
    }

    /** Something found in the file, fit for a message of one line. */
    static String quote(String found) {
        String start = found.length() > MAX_QUOTED ? found.substring(0, MAX_QUOTED) + "..." : found;
        return "'" + start.replaceAll("[\\p{Cntrl}\\u2028\\u2029\\u0085]", "?") + "'";
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
