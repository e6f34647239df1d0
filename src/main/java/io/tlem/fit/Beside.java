package io.tlem.fit;

import io.tlem.text.Escapes;
import java.nio.file.Path;

/** Files that lie beside a configuration, and are named in it. */
final class Beside {
    private Beside() {}

    /** The name of a configuration without its ending. */
    static String stem(Path configuration) {
        String name = String.valueOf(configuration.getFileName());
        int dot = name.lastIndexOf('.');
        return dot > 0 ? name.substring(0, dot) : name;
    }

    /** The file that has another ending. */
    static Path file(Path configuration, String ending) {
        return configuration.resolveSibling(stem(configuration) + ending);
    }

    /** Its name, for a model in a configuration beside it. */
    static String quoted(Path file) {
        return Escapes.part(String.valueOf(file.getFileName()));
    }
}
