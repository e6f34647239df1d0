package io.tlem.cli;

import io.tlem.buffer.SharedBuffer;
import io.tlem.link.DirectionModels;
import io.tlem.link.LinkConfig;
import io.tlem.link.MemoryBudget;
import io.tlem.os.SystemMemory;
import io.tlem.os.SystemThreads;
import io.tlem.spec.LinkSpec;
import io.tlem.spec.Setting;
import io.tlem.spec.Value;
import io.tlem.thread.CpuClaims;
import io.tlem.thread.CpuPlacement;
import io.tlem.thread.WaitThresholds;
import java.util.List;
import java.util.Optional;
import java.util.TreeSet;

/** What a link takes of this machine: CPUs, priority and memory. */
final class Resources {
    /** What Java takes after the start for compiled code, threads and their stacks. */
    private static final long JAVA_BESIDES_HEAP_BYTES = 64L << 20;

    private static final long DRAIN_BESIDES_DELAY_NANOS = 100_000_000;

    private Resources() {}

    /**
     * How a link runs, for the number of directions that the ports make possible.
     *
     * @param otherThreads busy threads besides the link's
     * @param claims become those of the CPUs that the threads have to themselves
     */
    static LinkConfig config(LinkSpec spec, int directions, int otherThreads, CpuClaims claims) {
        LinkConfig config = checkedConfig(spec, directions, otherThreads, claims);
        require(spec.find(Setting.REAL_TIME).isPresent(), Setting.REAL_TIME, SystemThreads.Capability.CAP_SYS_NICE);
        require(spec.get(Setting.LOCK_MEMORY), Setting.LOCK_MEMORY, SystemThreads.Capability.CAP_IPC_LOCK);
        return config;
    }

    /** As {@link #config}, for whoever only wants to know whether the values are acceptable, and may not use them. */
    static LinkConfig checkedConfig(LinkSpec spec, int directions, int otherThreads, CpuClaims claims) {
        int stages = spec.get(Setting.STAGES);
        CpuPlacement placement =
                placement(spec, new CpuPlacement.Threads(stages, stages * directions, otherThreads), claims);
        WaitThresholds standard = placement.alone() ? WaitThresholds.SPINNING : WaitThresholds.SLEEPING;
        return new LinkConfig(
                stages,
                spec.get(Setting.BATCH),
                placement.cpus(),
                spec.find(Setting.REAL_TIME).orElse(0),
                new WaitThresholds(
                        spec.find(Setting.SPIN).orElse(standard.spinNanos()),
                        spec.find(Setting.YIELD).orElse(standard.yieldNanos()),
                        spec.find(Setting.SLEEP).orElse(standard.sleepNanos())),
                spec.get(Setting.HUGE_PAGES) ? SharedBuffer.Pages.HUGE_REQUIRED : SharedBuffer.Pages.HUGE_PREFERRED);
    }

    private static void require(boolean wanted, Setting<?> setting, SystemThreads.Capability capability) {
        if (wanted && !SystemThreads.has(capability)) {
            throw new UsageException(setting.option() + " needs the " + capability + " capability; run as root");
        }
    }

    private static CpuPlacement placement(LinkSpec spec, CpuPlacement.Threads threads, CpuClaims claims) {
        List<Integer> allowed = List.copyOf(new TreeSet<>(SystemThreads.allowedCpus()));
        CpuPlacement.Machine machine = new CpuPlacement.Machine(allowed, SystemThreads.cpuQuota());
        Optional<Value<List<Integer>>> given = spec.all(Setting.CPUS).stream().findFirst();
        if (given.isEmpty()) {
            return CpuPlacement.byDefault(threads, machine, claims);
        }
        List<Integer> cpus = given.get().value();
        if (cpus.isEmpty()) {
            return CpuPlacement.unpinned(threads, machine, claims);
        }
        for (int cpu : cpus) {
            if (!allowed.contains(cpu)) {
                throw given.get()
                        .wrong("CPU " + cpu + " does not exist or may not be used; there are " + ranges(allowed));
            }
        }
        try {
            return CpuPlacement.on(CpuPlacement.expand(cpus, threads, allowed), threads, machine, claims);
        } catch (IllegalArgumentException e) {
            throw given.get().wrong(e.getMessage());
        }
    }

    static String ranges(List<Integer> cpus) {
        StringBuilder text = new StringBuilder();
        for (int i = 0; i < cpus.size(); ) {
            int end = i;
            while (end + 1 < cpus.size() && cpus.get(end + 1) == cpus.get(end) + 1) {
                end++;
            }
            text.append(text.isEmpty() ? "" : ",").append(cpus.get(i));
            if (end > i) {
                text.append('-').append(cpus.get(end));
            }
            i = end + 1;
        }
        return text.toString();
    }

    /** Buffer of each direction in bytes; refuses what does not fit into memory. */
    static long[] bufferBytes(LinkSpec spec, List<DirectionModels> models, boolean[] used, int maxPacketBytes) {
        MemoryBudget.Wish[] wishes = new MemoryBudget.Wish[2];
        for (int direction = 0; direction < 2; direction++) {
            DirectionModels of = models.get(direction);
            wishes[direction] = used[direction]
                    ? spec.direction(direction)
                            .bufferBytes()
                            .map(given -> new MemoryBudget.Wish(given, false))
                            .orElseGet(() -> new MemoryBudget.Wish(of.bufferBytes(maxPacketBytes), of.isUnlimited()))
                    : MemoryBudget.Wish.NOTHING;
        }
        return memory().share(wishes);
    }

    /** What the buffers may take: what there is, but for what Java is still going to take of it. */
    static MemoryBudget memory() {
        Runtime java = Runtime.getRuntime();
        long heapToCome = java.freeMemory(); // of what Java has mapped
        long available = SystemMemory.availableBytes() - heapToCome - JAVA_BESIDES_HEAP_BYTES;
        return new MemoryBudget(
                Math.max(0, available), SystemMemory.freeHugePageBytes(), SystemMemory.availableWithin());
    }

    /** How long to drain at the end, ns. */
    static long drainNanos(LinkSpec spec, List<DirectionModels> models) {
        long longest =
                models.stream().mapToLong(DirectionModels::maxDelayNanos).max().orElse(0);
        return spec.find(Setting.DRAIN).orElse(longest + DRAIN_BESIDES_DELAY_NANOS);
    }
}
