package io.tlem.sweep;

import java.util.Optional;
import java.util.ServiceLoader;

/** Machines that simulate runs. Found as a service, which the emulator itself has none of: {@code tools/spark} has one. */
public interface Cluster {
    /**
     * The cluster that a master names.
     *
     * @param master as in {@code spark://host:7077}
     * @throws IllegalArgumentException with one line, when it is none
     */
    Simulator at(String master);

    /** What there is in this program. */
    static Optional<Cluster> find() {
        return ServiceLoader.load(Cluster.class).findFirst();
    }
}
