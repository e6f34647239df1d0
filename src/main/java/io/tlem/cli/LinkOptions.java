package io.tlem.cli;

import io.tlem.buffer.SharedBuffer;
import io.tlem.impair.Exemption;
import io.tlem.impair.LinkModels;
import io.tlem.impair.Models;
import io.tlem.impair.RandomStreams;
import io.tlem.impair.Role;
import io.tlem.impair.SpecException;
import io.tlem.impair.Units;
import io.tlem.link.DirectionModels;
import io.tlem.link.LinkConfig;
import io.tlem.link.MemoryBudget;
import io.tlem.os.SystemMemory;
import io.tlem.os.SystemThreads;
import io.tlem.text.Shown;
import io.tlem.thread.CpuClaims;
import io.tlem.thread.CpuPlacement;
import io.tlem.thread.WaitThresholds;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Function;
import java.util.stream.IntStream;
import picocli.CommandLine.Option;

/**
 * The options of a link and how it runs. Values are taken as text and concluded in one place, before anything starts,
 * so that every mistake is one line naming the option.
 */
final class LinkOptions {
    /** The value of a direction for which an option is as if it was not given. */
    static final String NONE = "none";

    /** What Java takes after the start for compiled code, threads and their stacks. */
    private static final long JAVA_BESIDES_HEAP_BYTES = 64L << 20;

    /** With this a description says what its option's default is. */
    static final String DEFAULT = "Default: ";

    @Option(
            names = {"-B", "--bandwidth"},
            paramLabel = "BW",
            description =
                    "Bandwidth in bit/s: BPS counts the frame as captured; ether,BPS adds 24 bytes of framing. k, M, G, T are"
                            + " powers of 1000. Default: 0, no limit. This option and the others with a model are given once"
                            + " for both directions, or twice: A to B, then B to A; tlem models lists all models, and none is the default.")
    List<String> bandwidth = new ArrayList<>();

    @Option(
            names = {"-D", "--delay"},
            paramLabel = "DELAY",
            description =
                    "Delay added after the link: T or uniform,MIN,MAX and others; in seconds, or with ms (m), us (u),"
                            + " ns (n). Default: 0.")
    List<String> delay = new ArrayList<>();

    @Option(
            names = {"-O", "--delay-offset"},
            paramLabel = "T",
            description = "Subtracted from each delay, down to 0: what the way to and from the emulator adds anyway.")
    List<String> delayOffset = new ArrayList<>();

    @Option(
            names = {"-P", "--order"},
            paramLabel = "ORDER",
            description =
                    "What becomes of a packet that a varying delay would let overtake: keep, it leaves behind the one"
                            + " ahead; spaced or 0, as TLEM does; drop or 1, as with TLEM's -P 1; delay-first, the link"
                            + " waits for it, as netem's rate does. Default: keep.")
    List<String> order = new ArrayList<>();

    @Option(
            names = {"-d", "--max-lag"},
            paramLabel = "TIME",
            description = "Drop a packet that could be sent only that long after its time. Default: send it, late.")
    List<String> maxLag = new ArrayList<>();

    @Option(
            names = {"-L", "--loss"},
            paramLabel = "LOSS",
            description =
                    "Loss before the link: P loses each packet with probability P (0 to 1, or with %%); and others."
                            + " Default: 0.")
    List<String> loss = new ArrayList<>();

    @Option(
            names = "--loss-after",
            paramLabel = "LOSS",
            description = "Loss behind the link, as of hardware: a lost packet has taken its time on the link.")
    List<String> lossAfter = new ArrayList<>();

    @Option(
            names = {"-Q", "--queue"},
            paramLabel = "QUEUE",
            description =
                    "Queue before the link: drop-tail of SIZE bytes (k, M, G are powers of 1024) or packets,N; and"
                            + " others. Default: 50000 bytes when a bandwidth is given.")
    List<String> queue = new ArrayList<>();

    @Option(
            names = {"-R", "--reorder"},
            paramLabel = "REORDER",
            description = "Reordering behind the link: constant,P,T holds packets for T with probability P; and others."
                    + " Default: packets keep their order.")
    List<String> reorder = new ArrayList<>();

    @Option(names = "--duplicate", paramLabel = "DUPLICATE", description = "Duplicates packets with probability P.")
    List<String> duplicate = new ArrayList<>();

    @Option(names = "--corrupt", paramLabel = "CORRUPT", description = "Changes bits of packets with probability P.")
    List<String> corrupt = new ArrayList<>();

    @Option(
            names = "--mark",
            paramLabel = "MARK",
            description = "Marks packets as having met congestion (ECN) with probability P.")
    List<String> mark = new ArrayList<>();

    @Option(names = "--truncate", paramLabel = "TRUNCATE", description = "Cuts packets off with probability P.")
    List<String> truncate = new ArrayList<>();

    @Option(names = "--outage", paramLabel = "OUTAGE", description = "When the link is down and loses everything.")
    List<String> outage = new ArrayList<>();

    @Option(
            names = "--exempt",
            paramLabel = "LIST",
            description = "Packets that leave at once, without the models and ahead of others: arp, nd (IPv6 neighbour"
                    + " discovery), mld (IPv6 multicast listeners). Default: no packet.")
    String exempt;

    @Option(
            names = "--model-path",
            paramLabel = "DIR",
            description = "Folder with jars of models of your own: they are then known by their names.")
    Path modelPath;

    @Option(
            names = "--buffer",
            paramLabel = "SIZE",
            description = "Memory of the delay line and the queue of each direction. Default: what bandwidth, delay and"
                    + " queue can need; without a bandwidth, what 10 Gbit/s can need, but at most an eighth of the"
                    + " memory that may be used. Once or twice.")
    List<String> buffer = new ArrayList<>();

    @Option(
            names = {"-H", "--hugepages"},
            description =
                    "Demand huge pages for the buffers. Default: use them if there are enough, else say so and use"
                            + " ordinary memory.")
    boolean hugePages;

    @Option(
            names = {"-C", "--cpus"},
            paramLabel = "LIST",
            description = "CPUs of the threads, as in TLEM: output and input (and annotator) of A to B, then of B to A."
                    + " 4 values (6 with 3 stages); 2 values, the first of each direction; 1 value, the first of"
                    + " all; or none. Default: the last CPUs that no other emulator has, when there is one for each"
                    + " thread and one more, else none.")
    String cpus;

    @Option(
            names = {"-b", "--batch"},
            paramLabel = "N",
            description = "Most packets moved at a time, 1 to 8192. Default: ${DEFAULT-VALUE}.",
            defaultValue = "64")
    String batch;

    @Option(
            names = "--stages",
            paramLabel = "N",
            description =
                    "Threads a direction: 2, or 3 to decide fates in a thread of its own. Default: ${DEFAULT-VALUE}.",
            defaultValue = "2")
    String stages;

    @Option(
            names = "--spin",
            paramLabel = "TIME",
            description =
                    "A thread without work spins this long before it yields, and wakes up this long before a packet"
                            + " is due. Default: 50us, or 0 without a CPU for each thread and one more.")
    String spin;

    @Option(
            names = "--yield",
            paramLabel = "TIME",
            description = "After spinning it yields the CPU for this long. Default: as of --spin.")
    String yield;

    @Option(
            names = "--sleep",
            paramLabel = "TIME",
            description = "After yielding it sleeps this long at a time, at most 1ms; 0 never sleeps. Default: 50us.")
    String sleep;

    @Option(
            names = "--realtime",
            paramLabel = "PRIORITY",
            description = "Run the threads under SCHED_FIFO with this priority, 1 to 99. Needs root or CAP_SYS_NICE."
                    + " With fewer CPUs than threads use it only with a --sleep above 0. Default: the normal policy.")
    String realTime;

    @Option(names = "--mlock", description = "Lock all memory in RAM (mlockall). Needs root or CAP_IPC_LOCK.")
    boolean lockMemory;

    @Option(
            names = "--keep-privileges",
            description = "Keep every right that the process was started with, for debugging. Else it gives up what it"
                    + " does not need once the ports are open.")
    boolean keepPrivileges;

    @Option(
            names = "--seed",
            paramLabel = "N",
            converter = Seed.class,
            description = "Seed of the random models; the same seed and arrivals give the same decisions. Default: a"
                    + " new one, printed.")
    Long seed;

    @Option(
            names = "--duration",
            paramLabel = "TIME",
            description =
                    "End after this time. Default: run until SIGINT or SIGTERM, or until the generators are done.")
    String duration;

    @Option(
            names = "--drain",
            paramLabel = "TIME",
            description =
                    "At the end, go on sending what is in the delay line for at most this time. Default: the longest"
                            + " delay plus 100 ms.")
    String drain;

    @Option(names = "--json", description = "Print one JSON object a second, and one at the end, instead of text.")
    boolean json;

    @Option(
            names = "--histogram-log",
            paramLabel = "FILE",
            description =
                    "Write lateness and time in the emulator of every second to FILE in HdrHistogram's log format.")
    Path histogramLog;

    @Option(
            names = {"-v", "--verbose"},
            description = "Say more; may be repeated.")
    boolean[] verbose = new boolean[0];

    @Option(
            names = {"-q", "--quiet"},
            description = "Say less: once no line each second, twice no report at the end either.")
    boolean[] quiet = new boolean[0];

    /** Whether the ports are a router's. */
    boolean routed;

    /** 1: live line and report; 0: report; negative: nothing; above 1: details. */
    int verbosity() {
        return 1 + verbose.length - quiet.length;
    }

    /** The models of A to B, then of B to A. */
    List<DirectionModels> models(long runSeed) {
        if (modelPath != null) {
            ModelPath.load(modelPath);
        }
        return IntStream.range(0, 2)
                .mapToObj(direction -> models(direction, new RandomStreams(runSeed, direction)))
                .toList();
    }

    private DirectionModels models(int direction, RandomStreams streams) {
        String lag = one("--max-lag", maxLag, direction);
        try {
            LinkModels models = LinkModels.of(spec(direction).models(), streams);
            return new DirectionModels(
                    routed ? models.keepingDestinations() : models,
                    lag.isEmpty() ? DirectionModels.ANY_LAG : check("--max-lag", lag, Units::parseTime),
                    exempt == null ? Exemption.NONE : check("--exempt", exempt, Exemption::parse));
        } catch (SpecException e) {
            throw new UsageException(e.getMessage());
        }
    }

    /** What of the models was probably not meant, a line each, each once. For models that can be made. */
    List<String> doubts() {
        Set<String> lines = new LinkedHashSet<>();
        for (int direction = 0; direction < 2; direction++) {
            lines.addAll(Doubts.of(spec(direction)));
        }
        return List.copyOf(lines);
    }

    /** The specifications of one direction, with TLEM's default queue. */
    DirectionSpec spec(int direction) {
        Map<Role, String> models = new EnumMap<>(Role.class);
        Map<Role, List<String>> given = new EnumMap<>(Map.of(
                Role.OUTAGE, outage,
                Role.LOSS, loss,
                Role.QUEUE, queue,
                Role.BANDWIDTH, bandwidth,
                Role.LOSS_AFTER, lossAfter,
                Role.CORRUPT, corrupt,
                Role.MARK, mark,
                Role.TRUNCATE, truncate,
                Role.DELAY, delay,
                Role.REORDER, reorder));
        given.put(Role.DUPLICATE, duplicate);
        given.put(Role.DELAY_OFFSET, delayOffset);
        given.put(Role.ORDER, order);
        given.forEach((role, values) -> {
            String text = one(role.option(), values, direction);
            if (!text.isEmpty()) {
                models.put(role, text);
            }
        });
        if (models.containsKey(Role.BANDWIDTH)) {
            models.putIfAbsent(Role.QUEUE, Long.toString(Models.DEFAULT_QUEUE_BYTES));
        }
        return new DirectionSpec(models);
    }

    /** The value of one direction, or "" for the option's default. */
    static String one(String option, List<String> values, int direction) {
        if (values.size() > 2) {
            throw new UsageException(option + " is given " + values.size() + " times; once or twice is possible");
        }
        String value = values.isEmpty() ? "" : values.get(Math.min(direction, values.size() - 1));
        if (!values.isEmpty() && value.isBlank()) {
            throw new UsageException(option + " has an empty value");
        }
        return value.equals(NONE) ? "" : value;
    }

    private static <T> T check(String option, String text, Function<String, T> parser) {
        try {
            return parser.apply(text);
        } catch (SpecException e) {
            throw new UsageException(option + " " + text + ": " + e.getMessage());
        }
    }

    /**
     * How the link runs, for the number of directions that the ports make possible.
     *
     * @param otherThreads busy threads besides the link's
     * @param claims become those of the CPUs that the threads have to themselves
     */
    LinkConfig config(int directions, int otherThreads, CpuClaims claims) {
        LinkConfig config = checkedConfig(directions, otherThreads, claims);
        require(realTime != null, "--realtime", SystemThreads.Capability.CAP_SYS_NICE);
        require(lockMemory, "--mlock", SystemThreads.Capability.CAP_IPC_LOCK);
        return config;
    }

    /** As {@link #config}, for whoever only wants to know whether the values are acceptable, and may not use them. */
    LinkConfig checkedConfig(int directions, int otherThreads, CpuClaims claims) {
        int stageCount = (int) count("--stages", stages, 2, 3);
        int batchSize = (int) count("-b", batch, 1, 8192);
        CpuPlacement placement =
                placement(new CpuPlacement.Threads(stageCount, stageCount * directions, otherThreads), claims);
        return new LinkConfig(
                stageCount,
                batchSize,
                placement.cpus(),
                realTime == null ? 0 : (int) count("--realtime", realTime, 1, 99),
                waiting(placement.alone() ? WaitThresholds.SPINNING : WaitThresholds.SLEEPING),
                hugePages ? SharedBuffer.Pages.HUGE_REQUIRED : SharedBuffer.Pages.HUGE_PREFERRED);
    }

    private static void require(boolean wanted, String option, SystemThreads.Capability capability) {
        if (wanted && !SystemThreads.has(capability)) {
            throw new UsageException(option + " needs the " + capability + " capability; run as root");
        }
    }

    private WaitThresholds waiting(WaitThresholds standard) {
        return new WaitThresholds(
                time("--spin", spin).orElse(standard.spinNanos()),
                time("--yield", yield).orElse(standard.yieldNanos()),
                time("--sleep", sleep).orElse(standard.sleepNanos()));
    }

    private CpuPlacement placement(CpuPlacement.Threads threads, CpuClaims claims) {
        List<Integer> allowed = List.copyOf(new TreeSet<>(SystemThreads.allowedCpus()));
        CpuPlacement.Machine machine = new CpuPlacement.Machine(allowed, SystemThreads.cpuQuota());
        if (cpus == null) {
            return CpuPlacement.byDefault(threads, machine, claims);
        }
        if (cpus.equals(NONE)) {
            return CpuPlacement.unpinned(threads, machine, claims);
        }
        List<Integer> given = new ArrayList<>();
        for (String word : cpus.split(",", -1)) {
            int cpu = (int) count("-C", word, 0, Integer.MAX_VALUE);
            if (!allowed.contains(cpu)) {
                throw new UsageException("-C " + cpus + ": CPU " + cpu
                        + " does not exist or may not be used; there are " + ranges(allowed));
            }
            given.add(cpu);
        }
        try {
            return CpuPlacement.on(CpuPlacement.expand(given, threads, allowed), threads, machine, claims);
        } catch (IllegalArgumentException e) {
            throw new UsageException("-C " + cpus + ": " + e.getMessage());
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
    long[] bufferBytes(List<DirectionModels> models, boolean[] used, int maxPacketBytes) {
        MemoryBudget.Wish[] wishes = new MemoryBudget.Wish[2];
        for (int direction = 0; direction < 2; direction++) {
            String given = one("--buffer", buffer, direction);
            if (!used[direction]) {
                wishes[direction] = MemoryBudget.Wish.NOTHING;
            } else if (given.isEmpty()) {
                DirectionModels of = models.get(direction);
                wishes[direction] = new MemoryBudget.Wish(of.bufferBytes(maxPacketBytes), of.isUnlimited());
            } else {
                wishes[direction] = new MemoryBudget.Wish(check("--buffer", given, LinkOptions::bufferSize), false);
            }
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

    private static long bufferSize(String text) {
        long bytes = Units.parseBytes(text);
        if (bytes < SharedBuffer.MIN_CAPACITY_BYTES) {
            throw new SpecException(Shown.quoted(text) + " is out of range; a buffer has at least "
                    + SharedBuffer.MIN_CAPACITY_BYTES / 1024 + "k");
        }
        return bytes;
    }

    /** Refuses sizes of buffers that are none. */
    void checkBuffers() {
        for (int direction = 0; direction < 2; direction++) {
            String given = one("--buffer", buffer, direction);
            if (!given.isEmpty()) {
                check("--buffer", given, LinkOptions::bufferSize);
            }
        }
    }

    Optional<Long> durationNanos() {
        return time("--duration", duration);
    }

    /** How long to drain at the end, ns. */
    long drainNanos(List<DirectionModels> models) {
        long longest =
                models.stream().mapToLong(DirectionModels::maxDelayNanos).max().orElse(0);
        return time("--drain", drain).orElse(longest + 100_000_000);
    }

    static Optional<Long> time(String option, String text) {
        return Optional.ofNullable(text).map(t -> check(option, t, Units::parseTime));
    }

    static long count(String option, String text, long min, long max) {
        return check(option, text, t -> Units.parseCount(t, min, max));
    }
}
