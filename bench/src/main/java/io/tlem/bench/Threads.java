package io.tlem.bench;

import io.tlem.os.SystemThreads;
import io.tlem.thread.WaitThresholds;
import java.lang.management.ManagementFactory;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.stream.IntStream;

/**
 * Where threads run and how they wait.
 *
 * @param cpus that may be used, in the order of use: output, input and annotator of the first direction, then of the second
 */
record Threads(List<Integer> cpus) {
    private static final int ANY = -1;

    /** The last CPUs of the machine; the first ones serve most interrupts. */
    static Threads ofMachine() {
        List<Integer> all = new ArrayList<>(SystemThreads.allowedCpus());
        return new Threads(all.reversed());
    }

    /** CPUs of so many threads, none when there are not enough. */
    List<Integer> pinned(int threads) {
        return threads <= cpus.size() ? cpus.subList(0, threads) : List.of();
    }

    /** CPU of a thread among so many, or -1. */
    int cpu(int thread, int threads) {
        return threads <= cpus.size() ? cpus.get(thread) : ANY;
    }

    /** CPU of each of so many threads, or -1; no more of them than there are CPUs. */
    List<Integer> forThreads(int threads) {
        return IntStream.range(0, Math.min(threads, cpus.size()))
                .mapToObj(thread -> cpu(thread, threads))
                .toList();
    }

    /** How so many threads wait: spinning where there is a CPU for each, because nobody else is to be on the machine. */
    WaitThresholds waiting(int threads) {
        return threads <= cpus.size() ? WaitThresholds.SPINNING : WaitThresholds.SLEEPING;
    }

    /** The running threads of stages of these names. */
    static long[] idsOf(Set<String> stageNames) {
        return Thread.getAllStackTraces().keySet().stream()
                .filter(thread -> thread.getName().startsWith("tlem ")
                        && stageNames.contains(thread.getName().substring(5)))
                .mapToLong(Thread::threadId)
                .toArray();
    }

    /** CPU time that threads have used, ns. */
    static long cpuNanos(long[] threadIds) {
        long sum = 0;
        for (long id : threadIds) {
            sum += Math.max(0, ManagementFactory.getThreadMXBean().getThreadCpuTime(id));
        }
        return sum;
    }
}
