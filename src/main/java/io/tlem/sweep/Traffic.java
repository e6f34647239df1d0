package io.tlem.sweep;

import io.tlem.port.pcap.CaptureReader;
import io.tlem.simulate.Clients;
import java.io.Serializable;
import java.util.List;
import java.util.Optional;

/**
 * The packets of a run.
 *
 * @param files one capture, or one for each direction
 * @param clients who in one capture sends from A to B; nobody where all do, or a filter says it
 * @param clientFilter an expression that in one capture matches what goes from A to B; empty where there is none
 */
public record Traffic(List<String> files, List<String> clients, String clientFilter) implements Serializable {
    /** Copies both. */
    public Traffic {
        files = List.copyOf(files);
        clients = List.copyOf(clients);
    }

    /** Whether packets come from both sides. */
    boolean hasBothDirections() {
        return files.size() == 2 || !clients.isEmpty() || !clientFilter.isEmpty();
    }

    /** What tells the directions of one capture. */
    Optional<CaptureReader.Splitter> splitter() {
        return Clients.of(clients, Optional.of(clientFilter).filter(some -> !some.isEmpty()));
    }

    /** Its name in tables. */
    String label() {
        return String.join(" + ", files)
                + Optional.of(clients)
                        .filter(some -> !some.isEmpty())
                        .map(some -> ", client " + String.join(", ", some))
                        .orElse("")
                + (clientFilter.isEmpty() ? "" : ", client-filter " + clientFilter);
    }
}
