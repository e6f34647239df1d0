package io.tlem.spec.importer;

import io.tlem.impair.Role;
import io.tlem.spec.ConfigException;
import io.tlem.text.Escapes;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Imports {@code ipfw pipe N config ...} and {@code dnctl pipe N config ...}, with the grammar of ipfw(8). */
public final class Dummynet {
    private static final List<String> OPTIONS = List.of(
            "bw",
            "bandwidth",
            "delay",
            "plr",
            "queue",
            "burst",
            "profile",
            "mask",
            "sched_mask",
            "flow_mask",
            "buckets",
            "noerror",
            "droptail",
            "red",
            "gred",
            "ecn",
            "codel",
            "pie",
            "fq_codel",
            "fq_pie",
            "type",
            "weight",
            "lmax",
            "maxlen",
            "pri",
            "priority");

    private static final List<String> MASKS = List.of(
            "dst-ip",
            "src-ip",
            "dst-port",
            "src-port",
            "proto",
            "flow-id",
            "dst-ipv6",
            "dst-ip6",
            "src-ipv6",
            "src-ip6");
    private static final Set<String> SCHEDULERS = Set.of("fifo", "wf2q+", "rr", "qfq", "prio");
    private static final List<String> CODEL = List.of("target", "interval", "ecn", "noecn");
    private static final List<String> PIE = List.of(
            "target",
            "tupdate",
            "alpha",
            "beta",
            "max_burst",
            "max_ecnth",
            "ecn",
            "noecn",
            "capdrop",
            "nocapdrop",
            "derand",
            "noderand",
            "drand",
            "nodrand",
            "onoff",
            "dre",
            "ts");
    private static final List<String> FAIR = List.of("quantum", "limit", "flows");
    private static final Set<String> WITH_TIME = Set.of("target", "interval", "tupdate", "max_burst");
    private static final Set<String> WITH_NUMBER = Set.of("alpha", "beta", "max_ecnth", "quantum", "limit", "flows");
    private static final Pattern TIME = Pattern.compile("(?i)[0-9]{1,9}(\\.[0-9]{0,9})?(us|ms|s)?");
    private static final Pattern NUMBER = Pattern.compile("[0-9]{1,9}(\\.[0-9]{0,9})?");

    private static final Pattern INTEGER_WITH_UNIT = Pattern.compile("(0[xX][0-9a-fA-F]+|[0-9]+)([^0-9].*)?");
    /** What dummynet takes behind k, M or G; of the rest it looks at the first two letters. */
    private static final Pattern BITS_OR_BYTES = Pattern.compile("([bB][A-Za-z]*)?(/[A-Za-z]*)?");

    private static final Pattern USUAL_UNIT = Pattern.compile("([bB]its?|[bB]ytes?|B)?(/s)?|");
    private static final Set<String> PROGRAMS = Set.of("ipfw", "dnctl");
    private static final int MOST_NOTES = 20;
    private static final Set<String> THRESHOLD_UNITS = Set.of("", "k", "K", "kb", "KB", "kB", "Kbytes", "KBytes");
    private static final Map<String, BigDecimal> BURSTS = Map.of(
            "",
            BigDecimal.ONE,
            "b",
            BigDecimal.ONE,
            "k",
            new BigDecimal(1L << 10),
            "kb",
            new BigDecimal(1L << 10),
            "m",
            new BigDecimal(1L << 20),
            "mb",
            new BigDecimal(1L << 20),
            "g",
            new BigDecimal(1L << 30),
            "gb",
            new BigDecimal(1L << 30));

    private static final long DEFAULT_SLOTS = 50;
    private static final long MAX_DELAY_MILLIS = 10_000;
    private static final int ETHERNET_HEADER_BYTES = 14;

    private final Words words;
    private final Imported imported;
    private final Set<String> seen = new HashSet<>();
    private String number = "";
    private BigInteger bandwidth = BigInteger.ZERO;
    private String bandwidthWords = "bw";
    private String profile = "";
    private BigInteger burst = BigInteger.ZERO;
    private String queue = slots(DEFAULT_SLOTS);
    private String queueWords = "";
    private ActiveQueues active; // null for a drop-tail queue

    private Dummynet(Words words, String line) {
        this.words = words;
        this.imported = new Imported(line);
    }

    /**
     * Reads commands, alone or in a script.
     *
     * @param texts words of one, or texts of several
     * @return one direction, or two for two pipes
     * @throws ConfigException when dummynet would not take them either, or they are not about pipes
     */
    public static List<Imported> read(List<String> texts) {
        List<List<String>> commands = Shell.commands(texts);
        if (commands.isEmpty()) {
            throw new ConfigException("nothing follows ipfw");
        }
        Map<String, Imported> pipes = new LinkedHashMap<>();
        List<String> others = new ArrayList<>();
        for (List<String> command : commands) {
            Words words = new Words(command.subList(programAt(command) + 1, command.size()));
            if (commands.size() > 1 && !isPipe(words)) {
                others.add(String.join(" ", command));
                continue;
            }
            Dummynet dummynet = new Dummynet(words, String.join(" ", command));
            dummynet.command();
            while (words.hasNext()) {
                dummynet.option();
            }
            dummynet.conclude();
            pipes.put(dummynet.number, dummynet.imported); // the last one counts
        }
        if (pipes.isEmpty()) {
            throw new ConfigException("no line configures a pipe");
        }
        if (pipes.size() > 2) {
            throw new ConfigException("pipes " + String.join(", ", pipes.keySet())
                    + "; a link has two directions: give the lines of one pipe or two");
        }
        if (pipes.size() > 1) {
            pipes.forEach((number, pipe) -> pipe.note("Pipe " + number + "."));
        }
        Imported first = pipes.values().iterator().next();
        others.stream().limit(MOST_NOTES).forEach(other -> first.note("Not read: " + other));
        return List.copyOf(pipes.values());
    }

    /** What runs the program may stand in front of it. */
    private static int programAt(List<String> command) {
        for (int i = 0; i < command.size(); i++) {
            String word = command.get(i);
            if (PROGRAMS.contains(word.substring(word.lastIndexOf('/') + 1))) {
                return i;
            }
        }
        return -1;
    }

    private static boolean isPipe(Words words) {
        List<String> all =
                words.all().stream().filter(word -> !word.startsWith("-")).toList();
        return all.size() > 1
                && "pipe".startsWith(all.get(0))
                && all.stream().limit(3).anyMatch(word -> word.length() > 2 && "config".startsWith(word));
    }

    private void command() {
        while (words.peek().startsWith("-")) { // they change what is printed and asked
            String options = words.take();
            if (options.endsWith("p") || options.endsWith("s")) {
                words.value(options);
            }
        }
        String object = words.value("ipfw");
        for (String other : List.of("queue", "flowset", "sched")) {
            if (!object.isEmpty() && other.startsWith(object)) {
                throw new ConfigException("'" + object + "' shares a link between flows; only a pipe can be imported");
            }
        }
        if (object.isEmpty() || !"pipe".startsWith(object)) {
            throw Words.unknown(object, List.of("pipe"));
        }
        boolean numberFirst = words.atNumber();
        if (numberFirst) {
            pipeNumber();
        }
        String config = words.value("pipe");
        if (!"config".startsWith(config)) {
            throw Words.unknown(config, List.of("config"));
        }
        if (!numberFirst) {
            pipeNumber();
        }
    }

    private void pipeNumber() {
        String word = words.value("pipe");
        if (Numbers.integer(word, "the number of a pipe") <= 0) {
            throw new ConfigException("'" + word + "' is not the number of a pipe");
        }
        number = word;
    }

    private void option() {
        int start = words.position();
        String word = words.take();
        String option = switch (word.toLowerCase(Locale.ROOT)) {
            case "bandwidth" -> "bw";
            case "sched_mask", "flow_mask" -> "mask";
            case "maxlen" -> "lmax";
            case "priority" -> "pri";
            default -> word.toLowerCase(Locale.ROOT);
        };
        if (!OPTIONS.contains(option)) {
            throw Words.unknown(word, OPTIONS);
        }
        if (!seen.add(option)) {
            throw new ConfigException(option + " is given twice");
        }
        switch (option) {
            case "bw" -> bandwidth(start);
            case "delay" -> delay();
            case "plr" -> lossRate();
            case "queue" -> queue(start);
            case "burst" ->
                burst = Numbers.withUnit(words.value(option), BURSTS, "a size for burst, such as 15k")
                        .toBigInteger();
            case "profile" -> profile = words.value(option);
            case "mask" -> mask(start);
            case "red", "gred" -> red(option);
            case "codel", "pie" -> {
                Map<String, String> values = takeParameters(option.equals("codel") ? CODEL : PIE);
                active = new ActiveQueues(option, words.since(start), values);
            }
            case "fq_codel", "fq_pie" -> fair(start, option);
            case "type" -> type(start);
            case "buckets", "weight", "lmax", "pri" -> {
                Numbers.integer(words.value(option), "a whole number for " + option);
                imported.note(words.since(start) + " is without effect when all packets are one flow.");
            }
            case "noerror" ->
                imported.note("noerror is how it is here: whoever sends a packet is not told that it was dropped.");
            default -> {} // droptail, the usual queue; ecn belongs to red
        }
    }

    private void bandwidth(int start) {
        String word = words.value("bw");
        bandwidthWords = words.since(start);
        if (Character.isLetter(word.charAt(0))) {
            imported.leaveOut(bandwidthWords, "a device cannot be the link's clock");
            return;
        }
        Matcher matcher = INTEGER_WITH_UNIT.matcher(word);
        if (!matcher.matches()) {
            throw notBandwidth(word);
        }
        long number = Numbers.integer(matcher.group(1), "a bandwidth");
        String unit = matcher.group(2) == null ? "" : matcher.group(2);
        int power = unit.isEmpty() ? -1 : "kmg".indexOf(Character.toLowerCase(unit.charAt(0)));
        String rest = power < 0 ? unit : unit.substring(1);
        if (!BITS_OR_BYTES.matcher(rest).matches()) {
            throw notBandwidth(word);
        }
        boolean bytes = (rest.startsWith("B") && !rest.startsWith("Bi")) || rest.startsWith("by");
        bandwidth = BigInteger.valueOf(number)
                .multiply(BigInteger.TEN.pow(3 * (power + 1)))
                .multiply(BigInteger.valueOf(bytes ? 8 : 1));
        if (!USUAL_UNIT.matcher(rest).matches()) {
            imported.note("bw " + word + " is " + Numbers.bandwidth(bandwidth) + " bit/s, as dummynet reads it.");
        }
    }

    private static ConfigException notBandwidth(String word) {
        return new ConfigException(
                "'" + word + "' is not a bandwidth as dummynet has it: a whole number with an optional"
                        + " K, M or G and bit/s or Byte/s, such as 10Mbit/s");
    }

    private void delay() {
        String word = words.value("delay");
        String digits = word.endsWith("ms") ? word.substring(0, word.length() - 2) : word;
        long millis = Numbers.integer(digits, "a delay as dummynet has it, in whole ms");
        if (millis < 0 || millis > MAX_DELAY_MILLIS) {
            throw new ConfigException("delay " + word + " is not 0 to " + MAX_DELAY_MILLIS + " ms");
        }
        if (millis > 0) {
            imported.model(Role.DELAY, Numbers.time(BigDecimal.valueOf(millis).movePointRight(6)), "delay " + word);
        }
    }

    private void lossRate() {
        String word = words.value("plr");
        List<String> rates = Arrays.stream(word.split(",", -1))
                .map(Dummynet::probability)
                .map(Numbers::plain)
                .toList();
        if (rates.size() == 4) { // K,p,H,r
            imported.model(Role.LOSS, "dummynet," + String.join(",", rates), "plr " + word);
        } else if (rates.size() > 1) {
            throw new ConfigException("plr " + word + " is neither a loss rate nor K,p,H,r");
        } else if (!rates.get(0).equals("0")) {
            imported.model(Role.LOSS, rates.get(0), "plr " + word);
        }
    }

    private static BigDecimal probability(String word) {
        BigDecimal rate =
                Numbers.withUnit(word, Map.of("", BigDecimal.ONE), "a loss rate as dummynet has it, from 0 to 1");
        if (rate.compareTo(BigDecimal.ONE) > 0) {
            throw new ConfigException("plr " + word + " is not from 0 to 1");
        }
        return rate;
    }

    private void queue(int start) {
        String word = words.value("queue");
        queueWords = words.since(start);
        Matcher matcher = INTEGER_WITH_UNIT.matcher(word);
        String unit =
                matcher.matches() && matcher.group(2) != null ? matcher.group(2).toLowerCase(Locale.ROOT) : "";
        boolean kibibytes = Set.of("k", "kb", "kbyte", "kbytes").contains(unit);
        boolean bytes = !word.endsWith("b") && Set.of("b", "byte", "bytes").contains(unit);
        if (!matcher.matches() || !(unit.isEmpty() || kibibytes || bytes)) {
            throw new ConfigException(
                    "'" + word + "' is not a queue as dummynet has it: slots, or a size such as 100Kbytes");
        }
        long number = Numbers.integer(matcher.group(1), "a queue");
        if (number == 0) {
            queueWords = "";
        } else if (unit.isEmpty()) {
            queue = slots(number);
        } else {
            queue = Numbers.bytes(BigInteger.valueOf(number).shiftLeft(kibibytes ? 10 : 0));
        }
    }

    /** In dummynet the packet being sent has left the queue, here it counts. */
    private static String slots(long number) {
        return "packets," + (number + 1);
    }

    private void mask(int start) {
        boolean found = words.takeIf("all", "queue");
        while (!found && MASKS.contains(words.peek())) {
            words.value(words.take());
            found = !MASKS.contains(words.peek());
        }
        if (!found) {
            throw words.hasNext()
                    ? Words.unknown(words.peek(), MASKS)
                    : new ConfigException("nothing follows " + words.since(start));
        }
        imported.leaveOut(words.since(start), "there is one link for all packets, and none for each flow");
    }

    private void red(String kind) {
        String word = words.value(kind);
        String[] parts = word.split("/", -1);
        boolean right = parts.length == 4
                && NUMBER.matcher(parts[0]).matches()
                && isThreshold(parts[1])
                && isThreshold(parts[2])
                && NUMBER.matcher(parts[3]).matches();
        if (!right) {
            throw new ConfigException("'" + word + "' is not w_q/min_th/max_th/max_p, as " + kind + " has it");
        }
        active = new ActiveQueues(kind, kind + " " + word, Map.of("curve", word));
    }

    private static boolean isThreshold(String text) {
        Matcher matcher = INTEGER_WITH_UNIT.matcher(text);
        return matcher.matches() && THRESHOLD_UNITS.contains(matcher.group(2) == null ? "" : matcher.group(2));
    }

    /** All words to the end, as dummynet takes them, with their values; words without one have "". */
    private Map<String, String> takeParameters(List<String> possible) {
        Map<String, String> given = new HashMap<>();
        while (words.hasNext()) {
            String word = words.take();
            if (!possible.contains(word)) {
                throw Words.unknown(word, possible);
            }
            Pattern form = WITH_TIME.contains(word) ? TIME : WITH_NUMBER.contains(word) ? NUMBER : null;
            String value = form == null ? "" : words.value(word);
            if (given.put(word, value) != null) {
                throw new ConfigException(word + " is given twice");
            }
            if (form != null && !form.matcher(value).matches()) {
                throw new ConfigException("'" + value + "' is not a value of " + word);
            }
        }
        return given;
    }

    private void fair(int start, String kind) {
        List<String> possible = new ArrayList<>(FAIR);
        possible.addAll(kind.equals("fq_codel") ? CODEL : PIE);
        Map<String, String> ignored = takeParameters(possible);
        imported.leaveOut(words.since(start), "there are no queues for each flow");
    }

    private void type(int start) {
        String scheduler = words.value("type").toLowerCase(Locale.ROOT);
        if (List.of("fq_codel", "fq_pie").contains(scheduler)) {
            fair(start, scheduler);
        } else if (SCHEDULERS.contains(scheduler)) {
            imported.note(words.since(start) + " is without effect when all packets are one flow.");
        } else {
            throw Words.unknown(scheduler, SCHEDULERS);
        }
    }

    private void conclude() {
        if (seen.contains("ecn") && (active == null || !active.isRed())) {
            throw new ConfigException("ecn needs red or gred");
        }
        link();
        if (active != null && imported.has(Role.BANDWIDTH)) {
            active.add(imported, queue, seen.contains("ecn"));
        } else if (active != null) {
            imported.note(active.words() + " is without effect: nothing waits for a link without a bandwidth.");
        } else if (imported.has(Role.BANDWIDTH)) {
            imported.model(
                    Role.QUEUE,
                    queue,
                    queueWords.isEmpty() ? "queue" : queueWords,
                    queue.startsWith("packets,")
                            ? "dummynet's "
                                    + (queueWords.isEmpty() ? "default of " + DEFAULT_SLOTS + " slots" : queueWords)
                                    + ", and the packet being sent, which counts here"
                            : "the packet being sent and Ethernet headers count here; not so in dummynet");
        } else if (!queueWords.isEmpty()) {
            imported.note(queueWords + " is without effect: nothing waits for a link without a bandwidth.");
        }
    }

    private void link() {
        String rate = Numbers.bandwidth(bandwidth);
        if (!profile.isEmpty()) {
            imported.model(
                    Role.BANDWIDTH,
                    "profile," + rate + "," + Escapes.part(profile),
                    "profile " + profile,
                    "dummynet counts IP packets; here frames are counted, with their Ethernet header");
            if (burst.signum() > 0) {
                imported.leaveOut("burst " + Numbers.bytes(burst), "a link has a profile or a burst, not both");
            }
        } else if (bandwidth.signum() == 0) {
            if (burst.signum() > 0) {
                imported.note("burst " + Numbers.bytes(burst) + " is without effect without a bandwidth.");
            }
        } else if (burst.signum() > 0) {
            imported.model(
                    Role.BANDWIDTH,
                    "tbf," + rate + "," + Numbers.bytes(burst),
                    bandwidthWords + " burst " + Numbers.bytes(burst),
                    "dummynet counts IP packets; here frames are counted, with their Ethernet header");
        } else {
            imported.model(
                    Role.BANDWIDTH,
                    "netem," + rate + ",-" + ETHERNET_HEADER_BYTES,
                    bandwidthWords,
                    "dummynet counts IP packets, which are frames without the 14 bytes of their Ethernet header");
        }
    }
}
