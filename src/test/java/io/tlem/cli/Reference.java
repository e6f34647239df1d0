package io.tlem.cli;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** The pages of the reference, wherever the test runs. */
final class Reference {
    private Reference() {}

    /** The repository's folder. */
    static Path root() {
        return Files.exists(Path.of("README.md")) ? Path.of("") : Path.of("..");
    }

    /** The text of a page. */
    static String page(String name) throws IOException {
        return Files.readString(root().resolve("src/site/markdown").resolve(name + ".md"));
    }
}
