package io.tlem.os;

import java.io.FileInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/** Reads the small files in which the kernel tells about itself. */
final class ProcFiles {
    private ProcFiles() {}

    /** The value of the line {@code name: value}, stripped, or empty when there is no such line or file. */
    static Optional<String> field(Path file, String name) {
        String prefix = name + ":";
        return lines(file).stream()
                .filter(line -> line.startsWith(prefix))
                .map(line -> line.substring(prefix.length()).strip())
                .findFirst();
    }

    /** All lines, none when the file cannot be read. A name of an interface or a program in it may be any bytes. */
    static List<String> lines(Path file) {
        try (InputStream in = new FileInputStream(file.toFile())) {
            // Not by Files.readAllBytes, which reads a file that claims to be empty by one byte first: of a number in
            // /proc/sys that is all there is then.
            return new String(in.readAllBytes(), StandardCharsets.UTF_8).lines().toList();
        } catch (IOException e) {
            return List.of();
        }
    }

    /** The first line, stripped, or empty when the file cannot be read. Some files are there and refuse to be read. */
    static Optional<String> firstLine(Path file) {
        return lines(file).stream().findFirst().map(String::strip);
    }
}
