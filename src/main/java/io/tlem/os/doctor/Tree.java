package io.tlem.os.doctor;

import java.io.FileInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * Files in which Linux tells about itself.
 *
 * @param root the folder that holds {@code proc} and {@code sys}
 */
record Tree(Path root) {
    /** All lines, none when the file cannot be read. */
    List<String> lines(String file) {
        try (InputStream in = new FileInputStream(root.resolve(file).toFile())) {
            // In one piece: a setting in /proc/sys that is read byte by byte ends after the first.
            return new String(in.readAllBytes(), StandardCharsets.UTF_8).lines().toList();
        } catch (IOException e) {
            return List.of();
        }
    }

    /** The file's text without space around it, empty when it cannot be read. A file that is there may be blank. */
    Optional<String> text(String file) {
        return Files.isReadable(root.resolve(file))
                ? Optional.of(String.join("\n", lines(file)).strip())
                : Optional.empty();
    }

    /** What follows the word and a colon in the file. */
    Optional<String> field(String file, String word) {
        return lines(file).stream()
                .filter(line -> line.startsWith(word + ":"))
                .map(line -> line.substring(word.length() + 1).strip())
                .findFirst();
    }

    /** Names of what is in a folder that match, sorted. */
    List<String> names(String folder, String pattern) {
        try (Stream<Path> all = Files.list(root.resolve(folder))) {
            return all.map(path -> path.getFileName().toString())
                    .filter(name -> name.matches(pattern))
                    .sorted()
                    .toList();
        } catch (IOException e) {
            return List.of();
        }
    }
}
