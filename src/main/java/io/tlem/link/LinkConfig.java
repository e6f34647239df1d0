package io.tlem.link;

import io.tlem.buffer.SharedBuffer;
import io.tlem.thread.WaitThresholds;
import java.util.List;

/**
 * How a link runs; what it emulates is in the {@link DirectionModels}.
 *
 * @param stages 2: the input stage decides each packet's fate; 3: a stage of its own does
 * @param batch most packets a stage moves at a time, 1 to 8192
 * @param cpus CPU of each stage, see {@link #cpuOf}; empty to let the system place them
 * @param realTimePriority SCHED_FIFO priority of the stages, 0 for the normal policy
 * @param waiting how stages wait
 * @param pages what kind of pages the buffers are to lie on
 */
public record LinkConfig(
        int stages,
        int batch,
        List<Integer> cpus,
        int realTimePriority,
        WaitThresholds waiting,
        SharedBuffer.Pages pages) {
    /** Checks the ranges. */
    public LinkConfig {
        if (stages != 2 && stages != 3) {
            throw new IllegalArgumentException("stages is " + stages + "; 2 or 3 are possible");
        }
        cpus = List.copyOf(cpus);
        if (!cpus.isEmpty() && cpus.size() != 2 * stages) {
            throw new IllegalArgumentException(cpus.size() + " CPUs given; " + 2 * stages + " are needed");
        }
    }

    /** What a stage does. The order is that of the CPUs of one direction in {@link LinkConfig#cpus}: TLEM's. */
    enum Role {
        OUTPUT,
        INPUT,
        ANNOTATOR
    }

    /** CPU of a stage, or -1. */
    int cpuOf(int direction, Role role) {
        return cpus.isEmpty() ? -1 : cpus.get(direction * stages + role.ordinal());
    }
}
