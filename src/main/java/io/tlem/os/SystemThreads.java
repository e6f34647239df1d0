package io.tlem.os;

import io.tlem.bindings.linux.Linux;
import io.tlem.bindings.linux.sched_param;
import io.tlem.bindings.linux.timespec;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import java.util.TreeSet;

/** What a thread can ask of the system's scheduler and timers, and what the process may do. */
public final class SystemThreads {
    /** Number of CAP_NET_RAW. */
    public static final int CAP_NET_RAW = 13;

    /** Number of CAP_IPC_LOCK. */
    public static final int CAP_IPC_LOCK = 14;

    /** Number of CAP_SYS_NICE. */
    public static final int CAP_SYS_NICE = 23;

    private static final Path STATUS = Path.of("/proc/self/status");
    private static final Linux.prctl PRCTL = Linux.prctl.makeInvoker(ValueLayout.JAVA_LONG);
    private static final MethodHandle SCHED_SETSCHEDULER =
            Call.capturing(Linux.sched_setscheduler$address(), Linux.sched_setscheduler$descriptor());
    private static final MethodHandle CLOCK_NANOSLEEP = Linux.clock_nanosleep$handle();
    private static final int CLOCK_MONOTONIC = Linux.CLOCK_MONOTONIC();
    private static final int TIMER_ABSTIME = Linux.TIMER_ABSTIME();
    private static final long NANOS_PER_SECOND = 1_000_000_000L;
    private static final ThreadLocal<MemorySegment> WAKE =
            ThreadLocal.withInitial(() -> Arena.ofAuto().allocate(timespec.layout()));

    private SystemThreads() {}

    /** How late the kernel may make the calling thread's timers; 50 µs unless set. Best effort. */
    public static void setTimerSlack(long nanos) {
        int ignored = PRCTL.apply(Linux.PR_SET_TIMERSLACK(), nanos);
    }

    /**
     * Puts the calling thread under SCHED_FIFO.
     *
     * @param priority 1 to 99
     * @throws SystemCallException without root or CAP_SYS_NICE
     */
    public static void setRealTime(int priority) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment parameters = arena.allocate(sched_param.layout());
            sched_param.sched_priority(parameters, priority);
            MemorySegment capture = Call.capture();
            if ((int) SCHED_SETSCHEDULER.invokeExact(capture, 0, Linux.SCHED_FIFO(), parameters) != 0) {
                throw new SystemCallException(
                        "sched_setscheduler", "SCHED_FIFO, priority " + priority, Call.errno(capture));
            }
        } catch (RuntimeException e) {
            throw e;
        } catch (Throwable t) {
            throw Call.unexpected(t);
        }
    }

    /**
     * Sleeps until a time of the monotonic clock, the one {@link System#nanoTime} reads. Returns at once when it has
     * passed, and may return early. Does not allocate after a thread's first call.
     */
    public static void sleepUntil(long monotonicNanos) {
        MemorySegment wake = WAKE.get();
        timespec.tv_sec(wake, monotonicNanos / NANOS_PER_SECOND);
        timespec.tv_nsec(wake, monotonicNanos % NANOS_PER_SECOND);
        try {
            int ignored = (int) CLOCK_NANOSLEEP.invokeExact(CLOCK_MONOTONIC, TIMER_ABSTIME, wake, MemorySegment.NULL);
        } catch (Throwable t) {
            throw Call.unexpected(t);
        }
    }

    /** CPUs the process may use, ascending. */
    public static Set<Integer> allowedCpus() {
        Set<Integer> cpus = new TreeSet<>();
        for (String range : status("Cpus_allowed_list").split(",", -1)) {
            if (!range.isBlank()) {
                String[] ends = range.strip().split("-", -1);
                for (int cpu = Integer.parseInt(ends[0]); cpu <= Integer.parseInt(ends[ends.length - 1]); cpu++) {
                    cpus.add(cpu);
                }
            }
        }
        if (cpus.isEmpty()) { // no /proc
            for (int cpu = 0; cpu < Runtime.getRuntime().availableProcessors(); cpu++) {
                cpus.add(cpu);
            }
        }
        return cpus;
    }

    /** Whether the process runs as root. */
    public static boolean isRoot() {
        return Linux.geteuid() == 0;
    }

    /** Whether the process has a capability, such as {@link #CAP_NET_RAW}, in effect. */
    public static boolean hasCapability(int capability) {
        String effective = status("CapEff");
        return effective.isEmpty() ? isRoot() : (Long.parseUnsignedLong(effective, 16) >>> capability & 1) != 0;
    }

    private static String status(String field) {
        try {
            return Files.readAllLines(STATUS).stream()
                    .filter(line -> line.startsWith(field + ":"))
                    .map(line -> line.substring(field.length() + 1).strip())
                    .findFirst()
                    .orElse("");
        } catch (IOException e) {
            return "";
        }
    }
}
