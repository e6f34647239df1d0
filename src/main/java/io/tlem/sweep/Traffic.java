package io.tlem.sweep;

import java.io.Serializable;
import java.util.List;
import java.util.Optional;

/**
 * The packets of a run.
 *
 * @param files one capture, or one for each direction
 * @param clients who in one capture sends from A to B; nobody where all do
 */
public record Traffic(List<String> files, List<String> clients) implements Serializable {
    /** Copies both. */
    public Traffic {
        files = List.copyOf(files);
        clients = List.copyOf(clients);
    }

    /** Whether packets come from both sides. */
    boolean hasBothDirections() {
        return files.size() == 2 || !clients.isEmpty();
    }

    /** Its name in tables. */
    String label() {
        return String.join(" + ", files)
                + Optional.of(clients)
                        .filter(some -> !some.isEmpty())
                        .map(some -> ", client " + String.join(", ", some))
                        .orElse("");
    }
}
