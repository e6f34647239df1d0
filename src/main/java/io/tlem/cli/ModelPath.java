package io.tlem.cli;

import io.tlem.impair.Models;
import io.tlem.impair.SpecException;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.Set;

/** The folders of users' models, each of which is loaded once. */
final class ModelPath {
    private static final Set<Path> LOADED = new HashSet<>();

    private ModelPath() {}

    /** Makes the models of a folder known. */
    static synchronized void load(Path folder) {
        if (LOADED.add(folder.toAbsolutePath().normalize())) {
            try {
                Models.load(folder);
            } catch (SpecException e) {
                throw new UsageException("--model-path " + e.getMessage());
            }
        }
    }
}
