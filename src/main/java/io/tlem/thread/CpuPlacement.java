package io.tlem.thread;

import io.tlem.os.SystemThreads;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeSet;
import java.util.stream.IntStream;

/**
 * On which CPUs threads run, and whether they have these to themselves, so that spinning keeps nobody from work.
 *
 * @param cpus of the stages, in the order of {@code LinkConfig}; empty to let the system place them
 * @param alone whether each thread has a CPU of its own, and one is left for everybody else
 */
public record CpuPlacement(List<Integer> cpus, boolean alone) {
    /**
     * The threads that are to be placed.
     *
     * @param stages of a direction, a thread each
     * @param threads of all stages
     * @param others busy threads besides them, which go where the system puts them
     */
    public record Threads(int stages, int threads, int others) {
        private int entries() { // a place for each stage of both directions, whether it is used or not
            return 2 * stages;
        }
    }

    /**
     * What there is to place them on.
     *
     * @param allowed CPUs, in order
     * @param quota CPUs' worth of time that may be used
     */
    public record Machine(List<Integer> allowed, double quota) {
        /** This one, as it is now. */
        public static Machine here() {
            return new Machine(List.copyOf(new TreeSet<>(SystemThreads.allowedCpus())), SystemThreads.cpuQuota());
        }
    }

    /** The last CPUs that no other emulator has; the first ones serve most interrupts, and the very first is left to others. */
    public static CpuPlacement byDefault(Threads threads, Machine machine, CpuClaims claims) {
        List<Integer> own = claim(threads, machine, claims);
        if (own.isEmpty()) {
            return new CpuPlacement(threads.stages() == 1 ? apart(threads, machine) : List.of(), false);
        }
        List<Integer> cpus = IntStream.range(0, threads.entries())
                .mapToObj(i -> own.get(i % threads.threads()))
                .toList();
        return new CpuPlacement(cpus, true);
    }

    /**
     * CPUs that are others' too, one for a direction: a thread that transmits now on this CPU and now on that has packets overtake
     * each other in the kernel, which handles each CPU's by themselves.
     */
    private static List<Integer> apart(Threads threads, Machine machine) {
        List<Integer> allowed = machine.allowed();
        return IntStream.range(0, threads.entries())
                .mapToObj(i -> allowed.get(i % allowed.size()))
                .toList();
    }

    /** Wherever the system puts them. */
    public static CpuPlacement unpinned(Threads threads, Machine machine, CpuClaims claims) {
        return new CpuPlacement(List.of(), !claim(threads, machine, claims).isEmpty());
    }

    /** On these CPUs, whoever else is there. */
    public static CpuPlacement on(List<Integer> cpus, Threads threads, Machine machine, CpuClaims claims) {
        List<Integer> used = cpus.subList(0, Math.min(cpus.size(), threads.threads()));
        boolean apart = used.stream().distinct().count() == used.size();
        boolean free = true;
        for (int cpu : used) {
            free &= claims.take(cpu);
        }
        return new CpuPlacement(cpus, free && apart && leavesOne(threads, machine));
    }

    /** CPUs that now belong to the threads, the last ones, lowest first; none when there are not enough. */
    private static List<Integer> claim(Threads threads, Machine machine, CpuClaims claims) {
        int needed = threads.threads() + threads.others();
        List<Integer> own = new ArrayList<>();
        if (leavesOne(threads, machine)) {
            List<Integer> allowed = machine.allowed();
            for (int i = allowed.size() - 1; i > 0 && own.size() < needed; i--) {
                if (claims.take(allowed.get(i))) {
                    own.add(0, allowed.get(i));
                }
            }
            if (own.size() == needed) {
                return own.subList(threads.others(), needed);
            }
            claims.close();
        }
        return List.of();
    }

    private static boolean leavesOne(Threads threads, Machine machine) {
        return threads.threads() + threads.others() < Math.min(machine.allowed().size(), Math.floor(machine.quota()));
    }

    /** CPUs in order, for people: {@code 0-2,5}. */
    public static String ranges(List<Integer> cpus) {
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

    /**
     * The CPU of each stage from what TLEM takes: all of them, the first of each direction, or the first of all; those
     * after the first follow in turn.
     *
     * @throws IllegalArgumentException when there are more or fewer, or one may not be used
     */
    public static List<Integer> expand(List<Integer> given, Threads threads, List<Integer> allowed) {
        for (int cpu : given) {
            if (!allowed.contains(cpu)) {
                throw new IllegalArgumentException(
                        "CPU " + cpu + " does not exist or may not be used; there are " + ranges(allowed));
            }
        }
        int entries = threads.entries();
        if (given.size() == entries) {
            return given;
        }
        if (given.size() > 2) {
            throw new IllegalArgumentException(given.size() + " values; 1, 2 or " + entries + " are possible");
        }
        return IntStream.range(0, entries)
                .mapToObj(i -> {
                    int first = allowed.indexOf(given.get(given.size() == 1 ? 0 : i / threads.stages()));
                    int after = given.size() == 1 ? i : i % threads.stages();
                    return allowed.get((first + after) % allowed.size());
                })
                .toList();
    }
}
