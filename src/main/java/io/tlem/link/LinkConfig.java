package io.tlem.link;

import io.tlem.buffer.SharedBuffer;
import io.tlem.os.SystemThreads;
import io.tlem.port.PacketPort;
import io.tlem.spec.ConfigException;
import io.tlem.spec.LinkSpec;
import io.tlem.spec.Setting;
import io.tlem.spec.Value;
import io.tlem.thread.CpuClaims;
import io.tlem.thread.CpuPlacement;
import io.tlem.thread.WaitThresholds;
import java.util.List;
import java.util.Optional;

/**
 * How a link runs; what it emulates is in the {@link DirectionModels}.
 *
 * @param stages 1: one stage does everything; 2: the input stage decides each packet's fate; 3: a stage of its own does
 * @param batch most packets a stage moves at a time, 1 to 8192
 * @param cpus CPU of each stage, see {@link #cpuOf}; empty to let the system place them
 * @param priority of the stages, as in {@link io.tlem.thread.ThreadSettings}
 * @param waiting how stages wait
 * @param pages what kind of pages the buffers are to lie on
 */
public record LinkConfig(
        int stages, int batch, List<Integer> cpus, int priority, WaitThresholds waiting, SharedBuffer.Pages pages) {
    /** Others get a third of the CPU: with less, programs that receive from the link lose much of what comes. */
    private static final int SHARED_NICE = -3;

    /** Checks the ranges. */
    public LinkConfig {
        if (stages < 1 || stages > 3) {
            throw new IllegalArgumentException("stages is " + stages + "; 1 to 3 are possible");
        }
        cpus = List.copyOf(cpus);
        if (!cpus.isEmpty() && cpus.size() != 2 * stages) {
            throw new IllegalArgumentException(cpus.size() + " CPUs given; " + 2 * stages + " are needed");
        }
    }

    /**
     * How a link runs, for the number of directions that its ports make possible.
     *
     * @param otherThreads busy threads besides the link's
     * @param claims become those of the CPUs that the threads have to themselves
     * @throws ConfigException when that is not possible here
     */
    public static LinkConfig of(LinkSpec spec, int directions, int otherThreads, CpuClaims claims) {
        int stages = spec.find(Setting.STAGES).orElse(2);
        CpuPlacement placement = placement(spec, stages, directions, otherThreads, claims);
        if (!placement.alone() && spec.find(Setting.STAGES).isEmpty() && !namesCpus(spec)) {
            stages = 1;
            placement = placement(spec, stages, directions, otherThreads, claims);
        }
        WaitThresholds standard = placement.alone() ? WaitThresholds.SPINNING : WaitThresholds.SLEEPING;
        return new LinkConfig(
                stages,
                spec.get(Setting.BATCH),
                placement.cpus(),
                priority(spec, placement.alone()),
                new WaitThresholds(
                        spec.find(Setting.SPIN).orElse(standard.spinNanos()),
                        spec.find(Setting.YIELD).orElse(standard.yieldNanos()),
                        spec.find(Setting.SLEEP).orElse(standard.sleepNanos())),
                spec.get(Setting.HUGE_PAGES) ? SharedBuffer.Pages.HUGE_REQUIRED : SharedBuffer.Pages.HUGE_PREFERRED);
    }

    /**
     * A link that runs so, of models that are made already; it cannot be changed as a whole.
     *
     * @param models of A to B, then of B to A
     * @param bufferBytes of A to B, then of B to A
     */
    public Link link(PacketPort a, PacketPort b, List<DirectionModels> models, long[] bufferBytes) {
        return new Link(a, b, this, models, bufferBytes);
    }

    private static int priority(LinkSpec spec, boolean alone) {
        int standard = alone || !SystemThreads.has(SystemThreads.Capability.CAP_SYS_NICE) ? 0 : SHARED_NICE;
        return spec.find(Setting.REAL_TIME)
                .orElseGet(() -> spec.find(Setting.NICE).orElse(standard));
    }

    private static boolean namesCpus(LinkSpec spec) {
        return spec.find(Setting.CPUS).filter(cpus -> !cpus.isEmpty()).isPresent();
    }

    private static CpuPlacement placement(
            LinkSpec spec, int stages, int directions, int otherThreads, CpuClaims claims) {
        CpuPlacement.Threads threads = new CpuPlacement.Threads(stages, stages * directions, otherThreads);
        CpuPlacement.Machine machine = CpuPlacement.Machine.here();
        Optional<Value<List<Integer>>> given = spec.all(Setting.CPUS).stream().findFirst();
        if (given.isEmpty()) {
            return CpuPlacement.byDefault(threads, machine, claims);
        }
        List<Integer> cpus = given.get().value();
        if (cpus.isEmpty()) {
            return CpuPlacement.unpinned(threads, machine, claims);
        }
        try {
            return CpuPlacement.on(CpuPlacement.expand(cpus, threads, machine.allowed()), threads, machine, claims);
        } catch (IllegalArgumentException e) {
            throw given.get().wrong(e.getMessage());
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
