package io.tlem.os;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import io.tlem.bindings.freebsd.FreeBsd;
import io.tlem.bindings.linux.Linux;
import io.tlem.bindings.linux.sched_param;
import io.tlem.bindings.linux.timespec;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.Arena;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** What threads ask of the system: how they sleep, how they are scheduled, on which CPUs, and what they may do. */
@SuppressWarnings("restricted") // making calls is what this room is for
public final class SystemThreads {
    /** What the process may be allowed to do beyond an ordinary user. */
    public enum Capability {
        /** Open packet sockets. */
        CAP_NET_RAW(Linux.CAP_NET_RAW()),
        /** Configure interfaces; make socket buffers larger than the system's limit. */
        CAP_NET_ADMIN(Linux.CAP_NET_ADMIN()),
        /** Load programs into the kernel. */
        CAP_BPF(Linux.CAP_BPF()),
        /** What root may, and CAP_BPF among it. */
        CAP_SYS_ADMIN(Linux.CAP_SYS_ADMIN()),
        /** Take real-time policies. */
        CAP_SYS_NICE(Linux.CAP_SYS_NICE()),
        /** Lock memory beyond the limit. */
        CAP_IPC_LOCK(Linux.CAP_IPC_LOCK());

        private final int bit;

        Capability(int bit) {
            this.bit = bit;
        }

        int number() {
            return bit;
        }

        /**
         * The one that capabilities(7) calls so.
         *
         * @throws IllegalArgumentException with one line, for any other
         */
        public static Capability named(String name) {
            return Stream.of(values())
                    .filter(capability -> capability.name().equals(name))
                    .findFirst()
                    .orElseThrow(() -> new IllegalArgumentException(
                            "no capability '" + name + "' can be kept, only " + List.of(values())));
        }
    }

    /** {@code struct sched_attr}, first version: no header of the C library has it. */
    private static final long SCHED_ATTR_BYTES = 48;

    private static final long SCHED_ATTR_POLICY = 4;
    private static final long SCHED_ATTR_NICE = 16;
    private static final long SCHED_ATTR_PRIORITY = 20;
    private static final long SCHED_ATTR_RUNTIME = 24;
    private static final int SCHED_OTHER = 0;

    private static final Path THREADS = Path.of("/proc/self/task");
    private static final Pattern COMPILER = Pattern.compile("C[12] Compiler.*");
    private static final Path STATUS = Path.of("/proc/self/status");
    private static final Path THREAD_STATUS = Path.of("/proc/thread-self/status");
    private static final long NANOS_PER_SECOND = 1_000_000_000L;
    private static final int CLOCK_MONOTONIC = Platform.CLOCK_MONOTONIC;
    private static final int TIMER_ABSTIME = Linux.TIMER_ABSTIME();
    private static final long SECONDS = timespec.tv_sec$offset();
    private static final long NANOS = timespec.tv_nsec$offset();
    private static final MethodHandle CLOCK_NANOSLEEP =
            Linker.nativeLinker().downcallHandle(Linux.clock_nanosleep$address(), Linux.clock_nanosleep$descriptor());
    private static final ThreadLocal<MemorySegment> WAKE_TIME =
            ThreadLocal.withInitial(() -> Arena.ofAuto().allocate(timespec.layout()));

    private SystemThreads() {}

    /**
     * Sets how much later than asked the kernel may wake the calling thread from a sleep, in nanoseconds; 50 us unless
     * set. Best effort: a kernel that refuses leaves it as it is.
     */
    public static void setTimerSlack(long nanos) {
        if (Platform.LINUX) { // elsewhere there is no such thing
            Calls.prctl(Linux.PR_SET_TIMERSLACK(), nanos);
        }
    }

    /**
     * Asks the kernel to let the calling thread run for this long at a time, and others then: in exchange it is let onto
     * its CPU soon after it wakes, where else a thread that computes may keep it for milliseconds. Linux 6.12 and newer;
     * best effort.
     *
     * @param nanos 100,000 to 100,000,000
     * @param nice share of the CPU that it gets when others want it, -20 the largest to 19, where it may; 0 leaves it as it is
     */
    public static void setTimeSlice(long nanos, int nice) {
        if (!Platform.LINUX || !Platform.X86_64) { // the calls' numbers are this architecture's
            return;
        }
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment attributes = arena.allocate(SCHED_ATTR_BYTES, 8);
            if (Calls.schedGetAttr(0, attributes) >= 0 && attributes.get(JAVA_INT, SCHED_ATTR_POLICY) == SCHED_OTHER) {
                attributes.set(JAVA_LONG, SCHED_ATTR_RUNTIME, nanos);
                int before = attributes.get(JAVA_INT, SCHED_ATTR_NICE);
                attributes.set(JAVA_INT, SCHED_ATTR_NICE, nice == 0 ? before : nice);
                if (Calls.schedSetAttr(0, attributes) < 0) {
                    attributes.set(JAVA_INT, SCHED_ATTR_NICE, before);
                    Calls.schedSetAttr(0, attributes);
                }
            }
        }
    }

    /**
     * Changes the nice value of the virtual machine's compiler, so that threads with such a value do not wait long for the code that
     * it makes for them; best effort.
     */
    public static void changeCompilerNice(int nice) {
        if (!Platform.LINUX || !Platform.X86_64) {
            return;
        }
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment attributes = arena.allocate(SCHED_ATTR_BYTES, 8);
            for (Path thread : compilerThreads()) {
                int number = Integer.parseInt(thread.getFileName().toString());
                if (Calls.schedGetAttr(number, attributes) >= 0) {
                    attributes.set(JAVA_INT, SCHED_ATTR_NICE, nice);
                    Calls.schedSetAttr(number, attributes);
                }
            }
        }
    }

    /** CPU time that the virtual machine's compiler has used, ns; 0 where the system does not tell. */
    public static long compilerNanos() {
        return compilerThreads().stream()
                .mapToLong(thread -> ProcFiles.firstLine(thread.resolve("schedstat"))
                        .map(line -> Long.parseLong(line.substring(0, line.indexOf(' '))))
                        .orElse(0L))
                .sum();
    }

    private static List<Path> compilerThreads() {
        try (Stream<Path> threads = Files.list(THREADS)) {
            return threads.filter(thread -> ProcFiles.firstLine(thread.resolve("comm"))
                            .map(name -> COMPILER.matcher(name).matches())
                            .orElse(false))
                    .toList();
        } catch (IOException | UncheckedIOException e) {
            return List.of();
        }
    }

    /** The calling thread's time slice in ns as {@link #setTimeSlice} has set it, 0 where the kernel does not tell. */
    static long timeSlice() {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment attributes = arena.allocate(SCHED_ATTR_BYTES, 8);
            return Calls.schedGetAttr(0, attributes) < 0 ? 0 : attributes.get(JAVA_LONG, SCHED_ATTR_RUNTIME);
        }
    }

    /**
     * Gives the calling thread the real-time policy SCHED_FIFO.
     *
     * @param priority 1 to 99; FreeBSD has 31, which those above mean there
     * @throws SystemCallException when the process may not
     */
    public static void setRealTime(int priority) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment parameters = arena.allocate(sched_param.layout());
            int most = Platform.FREE_BSD ? FreeBsd.RTP_PRIO_MAX() : priority;
            sched_param.sched_priority(parameters, Math.min(priority, most));
            Calls.require(
                    Calls.schedSetScheduler(0, Platform.SCHED_FIFO, parameters),
                    "sched_setscheduler",
                    "SCHED_FIFO, priority " + priority);
        }
    }

    /**
     * As {@link #setRealTime}, on Linux.
     *
     * @return false when the process may not; nothing has changed then
     */
    public static boolean trySetRealTime(int priority) {
        return changePolicy(Linux.SCHED_FIFO(), priority, 0, 0);
    }

    /**
     * Gives the calling thread the ordinary policy again, with what {@link #setTimeSlice} sets.
     *
     * @param nanos 100,000 to 100,000,000
     * @param nice not below that which it had before the real-time policy
     */
    public static void leaveRealTime(long nanos, int nice) {
        boolean ignored = changePolicy(SCHED_OTHER, 0, nanos, nice);
    }

    private static boolean changePolicy(int policy, int priority, long sliceNanos, int nice) {
        if (!Platform.LINUX || !Platform.X86_64) {
            return false;
        }
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment attributes = arena.allocate(SCHED_ATTR_BYTES, 8);
            attributes.set(JAVA_INT, 0, (int) SCHED_ATTR_BYTES);
            attributes.set(JAVA_INT, SCHED_ATTR_POLICY, policy);
            attributes.set(JAVA_INT, SCHED_ATTR_PRIORITY, priority);
            attributes.set(JAVA_LONG, SCHED_ATTR_RUNTIME, sliceNanos);
            attributes.set(JAVA_INT, SCHED_ATTR_NICE, nice);
            return Calls.schedSetAttr(0, attributes) >= 0;
        }
    }

    /**
     * Sleeps until the monotonic clock, {@link System#nanoTime()}, reads at least the given time. Returns at once when
     * it does already. Does not allocate.
     */
    public static void sleepUntil(long monotonicNanos) {
        MemorySegment wakeTime = WAKE_TIME.get();
        wakeTime.set(JAVA_LONG, SECONDS, Math.floorDiv(monotonicNanos, NANOS_PER_SECOND));
        wakeTime.set(JAVA_LONG, NANOS, Math.floorMod(monotonicNanos, NANOS_PER_SECOND));
        try {
            // Returns the error number itself, and only a signal ends it early.
            while ((int) CLOCK_NANOSLEEP.invokeExact(CLOCK_MONOTONIC, TIMER_ABSTIME, wakeTime, MemorySegment.NULL)
                    == Errno.EINTR) {}
        } catch (Throwable e) {
            throw Calls.unexpected(e);
        }
    }

    /**
     * The CPUs that the process was started on. Read from its first thread, which the launcher leaves alone, so that
     * pinned threads, the caller maybe, do not narrow the answer.
     */
    public static Set<Integer> allowedCpus() {
        Set<Integer> cpus = new TreeSet<>();
        if (Platform.FREE_BSD) {
            CpuSets.allowed(FreeBsdCalls.get()).stream().forEach(cpus::add);
            return cpus;
        }
        ProcFiles.field(STATUS, "Cpus_allowed_list").ifPresent(list -> addRanges(list, cpus));
        if (cpus.isEmpty()) {
            for (int cpu = 0; cpu < Runtime.getRuntime().availableProcessors(); cpu++) {
                cpus.add(cpu);
            }
        }
        return cpus;
    }

    /** CPUs' worth of time that control groups let this process use; more than there are CPUs without such a limit. */
    public static double cpuQuota() {
        return Platform.LINUX ? ControlGroups.ofThisProcess().cpus() : ControlGroups.UNLIMITED;
    }

    /** Whether {@link #pin} does it on this system. */
    public static boolean pinsItself() {
        return Platform.FREE_BSD;
    }

    /**
     * Lets the calling thread run on one CPU only, where OpenHFT Affinity cannot.
     *
     * @return false when this system leaves it to OpenHFT Affinity
     * @throws SystemCallException when the system refuses the CPU
     */
    public static boolean pin(int cpu) {
        if (!Platform.FREE_BSD) {
            return false;
        }
        Calls.require(CpuSets.pin(FreeBsdCalls.get(), cpu), "cpuset_setaffinity", "CPU " + cpu);
        return true;
    }

    /** Adds the numbers of a list like {@code 0-3,8}. */
    static void addRanges(String list, Set<Integer> numbers) {
        for (String range : list.split(",", -1)) {
            int dash = range.indexOf('-');
            int first = Integer.parseInt(dash < 0 ? range : range.substring(0, dash));
            int last = dash < 0 ? first : Integer.parseInt(range.substring(dash + 1));
            for (int number = first; number <= last; number++) {
                numbers.add(number);
            }
        }
    }

    /** True when the process runs as root. In a container root may still lack capabilities. */
    public static boolean isRoot() {
        return Linux.geteuid() == 0;
    }

    /** True when the calling thread has the capability; on systems without capabilities root has them all. */
    public static boolean has(Capability capability) {
        if (!Platform.LINUX) {
            return isRoot();
        }
        return hasCapability(capability.bit);
    }

    /** True when the calling thread has the capability of this number. */
    public static boolean hasCapability(int number) {
        return ProcFiles.field(THREAD_STATUS, "CapEff")
                .map(mask -> ((Long.parseUnsignedLong(mask, 16) >>> number) & 1) != 0)
                .orElse(false);
    }
}
