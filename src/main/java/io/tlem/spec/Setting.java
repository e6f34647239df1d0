package io.tlem.spec;

import io.tlem.classify.Filter;
import io.tlem.impair.Exemption;
import io.tlem.impair.Models;
import io.tlem.impair.Role;
import io.tlem.impair.SpecException;
import io.tlem.impair.Units;
import io.tlem.port.PortAddress;
import io.tlem.text.Shown;
import java.math.BigInteger;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.regex.Pattern;

/**
 * Something that can be said about a link: an option of the command line, and a key of configuration files. Each is declared
 * here once, those of models by their {@link Role}; what reads, checks, writes and compares specifications follows from
 * that.
 *
 * @param <T> what a value of it means
 */
public final class Setting<T> {
    /** How often it can be given. */
    public enum Shape {
        /** Once. */
        ONE,
        /** Once for each direction, or once for both. */
        EACH_WAY,
        /** Any number of times. */
        SEVERAL,
        /** Twice: ports A and B. */
        PORTS,
        /** It is there or not. */
        FLAG,
        /** How often it is there counts. */
        COUNT
    }

    /** The value of a direction for which nothing is given. */
    public static final String NONE = "none";

    /** With this a description says what is the case when nothing is given. */
    public static final String DEFAULT = "Default: ";

    /** Least memory of a buffer. */
    public static final long MIN_BUFFER_BYTES = 64 * 1024;

    private static final Pattern NAME_PATTERN = Pattern.compile("[A-Za-z0-9._-]{1,32}");
    private static final int SEED_DIGITS = 20;
    private static final List<Setting<?>> DECLARED = new ArrayList<>();

    public static final Setting<PortAddress> PORTS = declare(
            "-i --port",
            Shape.PORTS,
            "PORT",
            PortAddress::parse,
            "The two ports, A and B: an interface name, or kind:name[,option=value...]; tlem ports lists them. Exactly"
                    + " two.");
    public static final Setting<Preset> PRESET = declare(
            "--preset",
            Shape.ONE,
            "NAME",
            Preset::named,
            "A link that comes with the emulator, such as lte or starlink, whatever else is given wins over it; tlem"
                    + " presets lists them. Default: none.");
    public static final Setting<Path> SCENARIO = file(
            "--scenario",
            "FILE",
            Path::of,
            "YAML file with what becomes of the link while it runs: steps at times, ramps, loops. tlem scenario checks and draws"
                    + " one. Default: the link stays as it is.");
    public static final Setting<String> NAME = declare(
            "--name",
            Shape.ONE,
            "NAME",
            Setting::name,
            "Name of the link, by which tlem show, set and others find it, and which its threads bear. Default: the number of the"
                    + " process; threads bear none.");
    public static final Setting<Boolean> NO_CONTROL = flag(
            "--no-control",
            "Make no socket for tlem list, show, set, undo, reset, watch and stop: nobody can change the link while it runs.");
    public static final Setting<HttpAddress> HTTP = declare(
            "--http",
            Shape.ONE,
            "[ADDR:]PORT",
            HttpAddress::parse,
            "Answer HTTP there: a page that shows and changes the link, an API (/api/v1/openapi.yaml), metrics. Without"
                    + " an address this machine alone; any other address needs a token. Default: no HTTP.");
    public static final Setting<Path> HTTP_TOKEN_FILE = file(
            "--http-token-file",
            "FILE",
            Path::of,
            "File with the token that every request by HTTP has to bring, 16 letters or more. Default: that in the"
                    + " variable TLEM_HTTP_TOKEN, if there is one.");
    public static final Setting<Path> JOURNAL = file(
            "--journal",
            "FILE",
            Path::of,
            "Write each change of the running link to FILE: when, in which direction, and what, as steps in YAML.");
    public static final Setting<Integer> WAIT_LINK = number(
            "-w --wait-link",
            "SECONDS",
            0,
            100,
            0,
            "Wait this long after opening the ports before the emulation starts, for links to come up; 0 to 100.");
    public static final Setting<Path> NETMAP_LIBRARY = file(
            "--netmap-library",
            "FILE",
            Path::of,
            "Shared library that provides netmap's calls (open, ioctl, mmap, munmap, poll, close) in place of the"
                    + " system's, for the netmap and vale ports that have no option library=FILE.");
    public static final Setting<Boolean> ROUTE = flag(
            "-r --route",
            "Be an IPv4 router between the subnets of the two ports: answer and ask ARP, send each packet to its"
                    + " station's Ethernet address. Default: pass frames as they are.");
    public static final Setting<String> GATEWAYS = declare(
            "-G --gateway",
            Shape.SEVERAL,
            "ADDRESS",
            Function.identity(),
            "With -r: where packets for neither subnet go, a station in the subnet of one of the ports; without one"
                    + " they are dropped. Once or twice, one a subnet.");
    public static final Setting<String> ADDRESSES = declare(
            "--address",
            Shape.SEVERAL,
            "ADDRESS/BITS",
            Function.identity(),
            "With -r: the router's own address and subnet on port A, and again on port B; - for that of the port's"
                    + " interface, which is the default.");

    private static final Map<Role, Setting<String>> MODELS = models();

    public static final Setting<Long> MAX_LAG = declare(
            "--max-lag -d",
            Shape.EACH_WAY,
            "TIME",
            Units::parseTime,
            "Drop a packet that could be sent only that long after its time. Default: send it, late.");
    public static final Setting<String> EXEMPT = declare(
            "--exempt",
            Shape.ONE,
            "LIST",
            checked(Exemption::parse),
            Exemption.NOTHING,
            "Packets that leave at once, without the models and ahead of others: arp, nd (IPv6 neighbour discovery),"
                    + " mld (IPv6 multicast listeners). Default: no packet.");
    public static final Setting<Filter> FILTER = declare(
            "--filter",
            Shape.EACH_WAY,
            "RULES",
            Filter::parse,
            "What becomes of packets before a model sees them, in the language of tcpdump: 'drop EXPR', 'keep EXPR' (and drop"
                    + " the rest) or 'exempt EXPR' (leaves at once, ahead of others); several between semicolons, the first that"
                    + " matches decides. Default: all packets meet the models.");
    public static final Setting<Path> MODEL_PATH = file(
            "--model-path",
            "DIR",
            ModelPath::load,
            "Folder with jars of models of your own: they are then known by their names.");
    public static final Setting<Long> BUFFER = declare(
            "--buffer",
            Shape.EACH_WAY,
            "SIZE",
            Setting::bufferBytes,
            "Memory of the delay line and the queue of each direction. Default: what bandwidth, delay and queue can"
                    + " need; without a bandwidth, what 40 Gbit/s can need, but at most an eighth of the memory that"
                    + " may be used. Once or twice.");
    public static final Setting<Overflow> OVERFLOW = declare(
            "--overflow",
            Shape.EACH_WAY,
            "wait|drop",
            Overflow::parse,
            "While the buffer is full, leave packets in the port (wait), or receive and drop them, counted (drop). Once or"
                    + " twice. Default: wait where that holds the sender back, at the pipes and the generator, else drop.");
    public static final Setting<Long> MAX_BANDWIDTH = declare(
            "--max-bandwidth",
            Shape.EACH_WAY,
            "BW",
            Units::parseBandwidth,
            "Make the buffer large enough for models of up to this bandwidth, bit/s, while the link runs. Default: as"
                    + " much as those at the start have.");
    public static final Setting<Long> MAX_DELAY = declare(
            "--max-delay",
            Shape.EACH_WAY,
            "TIME",
            Units::parseTime,
            "Make it large enough for models that delay packets for up to this time. Default: as long as those at the"
                    + " start do.");
    public static final Setting<Long> MAX_HOLD = declare(
            "--max-hold",
            Shape.EACH_WAY,
            "TIME",
            Units::parseTime,
            "Make it large enough for models that hold packets back for up to this time besides, to reorder or to"
                    + " duplicate them. Default: as long as those at the start do.");
    public static final Setting<Boolean> HUGE_PAGES = flag(
            "-H --hugepages",
            "Demand huge pages for the buffers. Default: use them if there are enough, else say so and use ordinary"
                    + " memory.");
    public static final Setting<List<Integer>> CPUS = declare(
            "-C --cpus",
            Shape.ONE,
            "LIST",
            Setting::cpus,
            "CPUs of the threads, as in TLEM: output and input (and annotator) of A to B, then of B to A. 4 values (6"
                    + " with 3 stages, 2 with 1); 2 values, the first of each direction; 1 value, the first of all; or"
                    + " none. Default: the last CPUs that no other emulator has, when there is one for each thread and"
                    + " one more; else any, a direction's threads on one.");
    public static final Setting<Integer> BATCH = number(
            "-b --batch",
            "N",
            1,
            8192,
            512,
            "Most packets moved at a time, 1 to 8192; how many are, is what is there.");
    public static final Setting<Integer> STAGES = declare(
            "--stages",
            Shape.ONE,
            "N",
            text -> (int) Units.parseCount(text, 1, 3),
            "Threads a direction: 1 for everything, 2 for receiving and transmitting, 3 with one more to decide fates."
                    + " Default: 2 when there is a CPU for each and one more, else 1.");
    public static final Setting<Long> SPIN = time(
            "--spin",
            "A thread without work spins this long before it yields, and wakes up this long before a packet is due."
                    + " Default: 50us, or 0 without a CPU for each thread and one more.");
    public static final Setting<Long> YIELD =
            time("--yield", "After spinning it yields the CPU for this long. Default: as of --spin.");
    public static final Setting<Long> SLEEP = time(
            "--sleep", "After yielding it sleeps this long at a time, at most 1ms; 0 never sleeps. Default: 50us.");
    public static final Setting<Long> WARM_UP = time(
            "--warm-up",
            "Before the ports are opened, have Java compile for about this long at most what the link is going to run; 0 starts at once,"
                    + " and packets of the first seconds are later. Default: 1.5s.");
    public static final Setting<Integer> REAL_TIME = declare(
            "--realtime",
            Shape.ONE,
            "PRIORITY",
            text -> (int) Units.parseCount(text, 1, 99),
            "Run the threads under SCHED_FIFO with this priority, 1 to 99. Needs root or CAP_SYS_NICE. With fewer CPUs"
                    + " than threads use it only with a --sleep above 0. Default: the normal policy.");
    public static final Setting<Integer> NICE = declare(
            "--nice",
            Shape.ONE,
            "N",
            Setting::nice,
            "Nice value of the threads, -20 to 0: how much of a CPU they get that others want as well. Below 0, a thread that"
                    + " needs up to 70 % of its CPU (90 % behind packet: ports) gets it at once (SCHED_FIFO, where the library in C is). Needs root or CAP_SYS_NICE then. Default: -3 where they may and have no CPUs of their own, else 0.");
    public static final Setting<Boolean> LOCK_MEMORY =
            flag("--mlock", "Lock all memory in RAM (mlockall). Needs root or CAP_IPC_LOCK.");
    public static final Setting<Boolean> KEEP_PRIVILEGES = flag(
            "--keep-privileges",
            "Keep every right that the process was started with, for debugging. Else it gives up what it does not need"
                    + " once the ports are open.");
    public static final Setting<Long> SEED = declare(
            "--seed",
            Shape.ONE,
            "N",
            Setting::seed,
            "Seed of the random models; the same seed and arrivals give the same decisions. Default: a new one,"
                    + " printed.");
    public static final Setting<Long> DURATION = time(
            "--duration",
            "End after this time. Default: run until SIGINT or SIGTERM, or until the generators are done.");
    public static final Setting<Long> DRAIN = time(
            "--drain",
            "At the end, go on sending what is in the delay line for at most this time. Default: the longest delay plus"
                    + " 100 ms.");
    public static final Setting<Boolean> JSON =
            flag("--json", "Print one JSON object a second, and one at the end, instead of text.");
    public static final Setting<Path> HISTOGRAM_LOG = file(
            "--histogram-log",
            "FILE",
            Path::of,
            "Write lateness and time in the emulator of every second to FILE in HdrHistogram's log format.");
    public static final Setting<Path> REPORT = files(
            "--report",
            "FILE",
            "Write a report to FILE at the end: a page if its name ends in .html, data if it ends in .json. May be repeated.");
    public static final Setting<String> ASSERT = declare(
            "--assert",
            Shape.SEVERAL,
            "ASSERTION",
            Function.identity(),
            "What is to be true at the end, as a-b.lateness.p99<100us: else the exit status is 3. Any number of the report"
                    + " can be named. May be repeated.");
    public static final Setting<Path> JUNIT = file(
            "--junit", "FILE", Path::of, "Write the assertions, and what a scenario expects, to FILE as JUnit's XML.");
    public static final Setting<LedgerFile> LEDGER = declare(
            "--ledger",
            Shape.ONE,
            LedgerFile.USAGE,
            LedgerFile::parse,
            "Write what becomes of each packet, or of one in N, to FILE: compact (tlem ledger reads it), or by its ending .csv,"
                    + " .pcapng (Wireshark shows both ends) or .log (Mahimahi's). F is binary, csv, pcapng or mahimahi.");
    public static final Setting<RecordFile> RECORD = declare(
            "--record",
            Shape.ONE,
            RecordFile.USAGE,
            RecordFile::parse,
            "Record what comes in and how the link changes, to be simulated again exactly (tlem simulate FILE): a capture"
                    + " (pcapng) with notes. With snap of each packet at most so many bytes are kept, 64 or more.");
    public static final Setting<Integer> VERBOSE = count("-v --verbose", "Say more; may be repeated.");
    public static final Setting<Integer> QUIET =
            count("-q --quiet", "Say less: once no line each second, twice no report at the end either.");

    private final List<String> names;
    private final Shape shape;
    private final String parameter;
    private final boolean file;
    private final Function<String, T> parser;
    private final T standard;
    private final String description;
    private final Optional<Role> role;

    private Setting(
            List<String> names,
            Shape shape,
            String parameter,
            boolean file,
            Function<String, T> parser,
            T standard,
            String description,
            Optional<Role> role) {
        this.names = names;
        this.shape = shape;
        this.parameter = parameter;
        this.file = file;
        this.parser = parser;
        this.standard = standard;
        this.description = description;
        this.role = role;
        DECLARED.add(this);
    }

    private static <T> Setting<T> declare(
            String names, Shape shape, String parameter, Function<String, T> parser, T standard, String description) {
        List<String> all = List.of(names.split(" "));
        return new Setting<>(all, shape, parameter, false, parser, standard, description, Optional.empty());
    }

    private static <T> Setting<T> declare(
            String names, Shape shape, String parameter, Function<String, T> parser, String description) {
        return declare(names, shape, parameter, parser, null, description);
    }

    private static Setting<Integer> number(
            String names, String parameter, int min, int max, int standard, String description) {
        return declare(
                names,
                Shape.ONE,
                parameter,
                text -> (int) Units.parseCount(text, min, max),
                standard,
                description + " " + DEFAULT + standard + ".");
    }

    private static int nice(String text) {
        if (!text.equals("0") && !text.startsWith("-")) {
            throw new SpecException(Shown.quoted(text) + " is not a whole number from -20 to 0");
        }
        return -(int) Units.parseCount(text.replaceFirst("^-", ""), 0, 20);
    }

    private static Setting<Long> time(String names, String description) {
        return declare(names, Shape.ONE, "TIME", Units::parseTime, description);
    }

    private static Setting<Boolean> flag(String names, String description) {
        return declare(names, Shape.FLAG, "", Boolean::valueOf, false, description);
    }

    private static Setting<Integer> count(String names, String description) {
        return declare(names, Shape.COUNT, "", Integer::valueOf, 0, description);
    }

    private static Setting<Path> file(
            String name, String parameter, Function<String, Path> parser, String description) {
        return new Setting<>(List.of(name), Shape.ONE, parameter, true, parser, null, description, Optional.empty());
    }

    private static Setting<Path> files(String name, String parameter, String description) {
        return new Setting<>(
                List.of(name), Shape.SEVERAL, parameter, true, Path::of, null, description, Optional.empty());
    }

    /** In the order of the alphabet, in which what TLEM has a letter for comes first. */
    private static Map<Role, Setting<String>> models() {
        Map<Role, Setting<String>> models = new EnumMap<>(Role.class);
        Arrays.stream(Role.values())
                .sorted(Comparator.comparing(role -> Collections.min(role.names(), Comparator.comparing(String::length))
                        .replace("-", "")))
                .forEach(role -> models.put(
                        role,
                        new Setting<>(
                                role.names(),
                                Shape.EACH_WAY,
                                role.parameter(),
                                false,
                                text -> {
                                    Models.check(role, text);
                                    return Models.withFiles(role, text, file -> file); // without its spaces
                                },
                                null,
                                role.description(),
                                Optional.of(role))));
        return models;
    }

    private static Function<String, String> checked(Function<String, ?> check) {
        return text -> {
            Object ignored = check.apply(text);
            return text;
        };
    }

    private static String name(String text) {
        if (!NAME_PATTERN.matcher(text).matches()) {
            throw new SpecException(
                    Shown.quoted(text) + " is not a name: up to 32 letters, digits, dots, hyphens and underscores");
        }
        return text;
    }

    private static long bufferBytes(String text) {
        long bytes = Units.parseBytes(text);
        if (bytes < MIN_BUFFER_BYTES) {
            throw new SpecException(
                    Shown.quoted(text) + " is out of range; a buffer has at least " + MIN_BUFFER_BYTES / 1024 + "k");
        }
        return bytes;
    }

    private static List<Integer> cpus(String text) {
        if (Arrays.stream(text.split(",", -1)).anyMatch(String::isBlank)) {
            throw new SpecException("a number is missing beside a comma");
        }
        return text.equals(NONE)
                ? List.of()
                : Arrays.stream(text.split(",", -1))
                        .map(word -> (int) Units.parseCount(word, 0, Integer.MAX_VALUE))
                        .toList();
    }

    /** Any number of 64 bits, with a sign or without one, as other programs print theirs. */
    private static long seed(String text) {
        if (text.matches("[+-]?[0-9]{1," + SEED_DIGITS + "}")) {
            BigInteger number = new BigInteger(text);
            if (number.bitLength() < Long.SIZE || (number.signum() > 0 && number.bitLength() == Long.SIZE)) {
                return number.longValue();
            }
        }
        throw new SpecException(Shown.quoted(text) + " is not a whole number from " + Long.MIN_VALUE + " to "
                + Long.toUnsignedString(-1));
    }

    /** All of them, in the order in which people are told of them. */
    public static List<Setting<?>> all() {
        return Collections.unmodifiableList(DECLARED);
    }

    /** The one that names a role's model. */
    public static Setting<String> of(Role role) {
        return MODELS.get(role);
    }

    /** The one with a key. */
    public static Optional<Setting<?>> withKey(String key) {
        return DECLARED.stream().filter(setting -> setting.key().equals(key)).findFirst();
    }

    /** The options' names, first the one that messages use. */
    public List<String> names() {
        return names;
    }

    /** The long option's name. */
    public String option() {
        return Collections.max(names, Comparator.comparing(String::length));
    }

    /** The key in a file. */
    public String key() {
        return shape == Shape.PORTS ? "ports" : option().substring(2);
    }

    public Shape shape() {
        return shape;
    }

    public boolean isEachWay() {
        return shape == Shape.EACH_WAY;
    }

    /** Whether values name a file or folder. */
    public boolean isFile() {
        return file;
    }

    /** Whether it may be another one while the link runs: what models do to packets may. */
    public boolean mayChange() {
        return role.isPresent() || equals(MAX_LAG) || equals(EXEMPT) || equals(FILTER) || equals(MODEL_PATH);
    }

    /** What stands for a value in the help. */
    public String parameter() {
        return parameter;
    }

    public String description() {
        return description;
    }

    /** The role whose model it names. */
    public Optional<Role> role() {
        return role;
    }

    /** What it is when it is not given, where that does not depend on anything else. */
    public Optional<T> standard() {
        return Optional.ofNullable(standard);
    }

    /** What is the case when it is not given, for people. */
    public String fallback() {
        int start = description.indexOf(DEFAULT);
        if (start < 0) {
            return shape == Shape.FLAG || shape == Shape.COUNT ? "false" : NONE;
        }
        String text = description.substring(start + DEFAULT.length());
        int end = text.indexOf(". ");
        return end < 0 ? text.replaceFirst("\\.$", "") : text.substring(0, end);
    }

    /** A value of the command line. */
    public Value<T> value(String text) {
        return value(new Place.OnCommandLine(), names.getFirst(), text, text);
    }

    /**
     * A value, checked.
     *
     * @param name what messages call it there
     * @param text that it is made of
     * @param shown what of that messages show
     * @throws ConfigException with the place when it is not acceptable
     */
    Value<T> value(Place place, String name, String text, String shown) {
        if (text.isBlank()) {
            throw place.wrong(name + " has an empty value");
        }
        String called = shape == Shape.PORTS ? "" : name; // an address names itself in messages
        try {
            return new Value<>(parser.apply(text), text, called, place);
        } catch (InvalidPathException e) {
            throw wrong(place, called, shown, "not the name of a file");
        } catch (IllegalArgumentException e) {
            throw wrong(place, called, shown, e.getMessage());
        }
    }

    /** A mistake in what was to become a value. */
    static ConfigException wrong(Place place, String name, String shown, String reason) {
        return shown.isEmpty()
                ? place.wrong(name + ": " + reason)
                : new Value<>(shown, shown, name, place).wrong(reason);
    }

    @Override
    public String toString() {
        return key();
    }
}
