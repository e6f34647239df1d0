package io.tlem.spec.importer;

import io.tlem.spec.ConfigException;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;

/**
 * Where tc's distribution tables may be.
 *
 * @param folders the first that has a table counts; they need not be there
 */
public record Tables(List<Path> folders) {
    public Tables {
        folders = List.copyOf(folders);
    }

    /**
     * Where systems have them: tc is built to look in one folder, and that is another one on Debian, Red Hat and from source.
     *
     * @param root of the file system
     * @param given by {@code $TC_LIB_DIR}, which comes first; or empty
     */
    public static Tables ofSystem(Path root, String given) {
        List<Path> folders = new ArrayList<>();
        if (!given.isEmpty()) {
            folders.add(Path.of(given));
        }
        folders.add(root.resolve("usr/lib/tc"));
        try (DirectoryStream<Path> architectures = Files.newDirectoryStream(root.resolve("usr/lib"), "*-*-*")) {
            List<Path> found = new ArrayList<>();
            architectures.forEach(architecture -> found.add(architecture.resolve("tc")));
            found.stream().sorted().filter(Files::isDirectory).forEach(folders::add);
        } catch (IOException e) {
            // then there are no such folders
        }
        for (String folder : List.of("usr/lib64/tc", "usr/local/lib/tc", "lib/tc", "usr/share/tc")) {
            folders.add(root.resolve(folder));
        }
        return new Tables(folders);
    }

    /** The table's file; one that is not there when there is none. */
    Path file(String distribution) {
        try {
            Path name = Path.of(distribution + ".dist");
            return folders.stream()
                    .map(folder -> folder.resolve(name).toAbsolutePath().normalize())
                    .filter(Files::isRegularFile)
                    .findFirst()
                    .orElseGet(() -> folders.get(0).resolve(name));
        } catch (InvalidPathException e) {
            throw new ConfigException("'" + distribution + "' is not a distribution");
        }
    }

    /** Why there is no such table. */
    String missing(String distribution) {
        String where = folders.stream().map(Path::toString).collect(Collectors.joining(", "));
        return "there is no " + distribution + ".dist in " + where + "; --tables names the folder of tc's tables";
    }
}
