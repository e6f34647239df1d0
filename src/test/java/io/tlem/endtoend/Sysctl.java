package io.tlem.endtoend;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** A number below /proc/sys. */
final class Sysctl {
    private Sysctl() {}

    /**
     * Reads it at one go: such a file has no second part. {@link Files#readString(Path)} asks for one byte first, because
     * the file says that it is empty, and gets the first digit.
     */
    static long read(Path file) throws IOException {
        try (BufferedReader reader = Files.newBufferedReader(file)) {
            return Long.parseLong(reader.readLine().strip());
        }
    }

    static void write(Path file, long value) throws IOException {
        Files.writeString(file, Long.toString(value));
    }
}
