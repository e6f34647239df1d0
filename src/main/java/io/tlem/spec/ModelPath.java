package io.tlem.spec;

import io.tlem.impair.Models;
import io.tlem.impair.SpecException;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.Set;

/** The folders of users' models, each of which is loaded once. */
final class ModelPath {
    private static final Set<Path> LOADED = new HashSet<>();

    private ModelPath() {}

    /**
     * Makes the models of a folder known.
     *
     * @throws SpecException when it has none that can be used
     */
    static synchronized Path load(String name) {
        Path folder = Path.of(name);
        if (LOADED.add(folder.toAbsolutePath().normalize())) {
            try {
                Models.load(folder);
            } catch (SpecException e) {
                String message = e.getMessage();
                String itself = folder + ": ";
                throw new SpecException(message.startsWith(itself) ? message.substring(itself.length()) : message);
            }
        }
        return folder;
    }
}
