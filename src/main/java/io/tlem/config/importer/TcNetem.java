package io.tlem.config.importer;

import io.tlem.config.ConfigException;
import io.tlem.impair.Role;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.math.RoundingMode;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Imports {@code tc qdisc add dev DEV root netem ...}, with the grammar of tc-netem(8): options in any order, and abbreviated
 * as tc lets them be. A line of {@code tc qdisc show} is taken too.
 */
public final class TcNetem {
    /** In the order in which tc compares, which decides what an abbreviation means. */
    private static final List<String> OPTIONS = List.of(
            "limit",
            "latency",
            "delay",
            "loss",
            "drop",
            "seed",
            "ecn",
            "reorder",
            "corrupt",
            "gap",
            "duplicate",
            "distribution",
            "rate",
            "slot");

    private static final List<String> COMMANDS = List.of("add", "change", "replace", "link");
    private static final Set<String> STAB = Set.of("overhead", "linklayer", "mpu", "mtu", "tsize", "size", "data");
    private static final long DEFAULT_LIMIT = 1000;

    private static final Map<String, BigDecimal> TIMES = Map.ofEntries(
            Map.entry("", scale("1e3")),
            Map.entry("s", scale("1e9")),
            Map.entry("sec", scale("1e9")),
            Map.entry("secs", scale("1e9")),
            Map.entry("ms", scale("1e6")),
            Map.entry("msec", scale("1e6")),
            Map.entry("msecs", scale("1e6")),
            Map.entry("us", scale("1e3")),
            Map.entry("usec", scale("1e3")),
            Map.entry("usecs", scale("1e3")),
            Map.entry("ns", scale("1")),
            Map.entry("nsec", scale("1")),
            Map.entry("nsecs", scale("1")));

    private static final Map<String, BigDecimal> RATES = Map.ofEntries(
            Map.entry("", scale("1")),
            Map.entry("bit", scale("1")),
            Map.entry("kbit", scale("1e3")),
            Map.entry("mbit", scale("1e6")),
            Map.entry("gbit", scale("1e9")),
            Map.entry("tbit", scale("1e12")),
            Map.entry("kibit", binary(1, 1)),
            Map.entry("mibit", binary(2, 1)),
            Map.entry("gibit", binary(3, 1)),
            Map.entry("tibit", binary(4, 1)),
            Map.entry("bps", scale("8")),
            Map.entry("kbps", scale("8e3")),
            Map.entry("mbps", scale("8e6")),
            Map.entry("gbps", scale("8e9")),
            Map.entry("tbps", scale("8e12")),
            Map.entry("kibps", binary(1, 8)),
            Map.entry("mibps", binary(2, 8)),
            Map.entry("gibps", binary(3, 8)),
            Map.entry("tibps", binary(4, 8)));

    private static final Map<String, BigDecimal> SIZES = Map.of(
            "", scale("1"),
            "b", scale("1"),
            "k", binary(1, 1),
            "kb", binary(1, 1),
            "kbit", scale("128"),
            "m", binary(2, 1),
            "mb", binary(2, 1),
            "mbit", scale("131072"),
            "g", binary(3, 1),
            "gb", binary(3, 1));

    private static final BigDecimal HUNDRED = new BigDecimal(100);

    private final Words words;
    private final Path tables;
    private final Imported imported;
    private final Set<String> seen = new HashSet<>();

    private BigDecimal limit = new BigDecimal(DEFAULT_LIMIT);
    private BigDecimal latency = BigDecimal.ZERO;
    private BigDecimal jitter = BigDecimal.ZERO;
    private BigDecimal delayCorrelation = BigDecimal.ZERO;
    private String distribution = "";
    private String loss = "";
    private String lossWords = "";
    private BigDecimal reorder = BigDecimal.ZERO;
    private BigDecimal reorderCorrelation = BigDecimal.ZERO;
    private long gap;
    private String duplicate = "";
    private String duplicateWords = "";
    private BigDecimal corrupt = BigDecimal.ZERO;
    private BigDecimal corruptCorrelation = BigDecimal.ZERO;
    private boolean ecn;
    private String rate = "";
    private String rateWords = "";
    private String slot = "";
    private String slotWords = "";

    private TcNetem(Words words, Path tables) {
        this.words = words;
        this.tables = tables;
        this.imported = new Imported(words.toString());
    }

    private static BigDecimal scale(String number) {
        return new BigDecimal(number);
    }

    private static BigDecimal binary(int power, int times) {
        return new BigDecimal(1024).pow(power).multiply(new BigDecimal(times));
    }

    /**
     * Reads a line.
     *
     * @param texts its words, together or apart
     * @param tables the folder of tc's distribution tables, which need not be there
     * @throws ConfigException when tc would not take it either, or it is not about netem
     */
    public static Imported read(List<String> texts, Path tables) {
        TcNetem netem = new TcNetem(new Words(texts), tables);
        netem.command();
        while (netem.words.hasNext()) {
            netem.option();
        }
        netem.conclude();
        return netem.imported;
    }

    private void command() {
        boolean sudo = words.takeIf("sudo");
        if (words.takeIf("ip")) {
            expect("netns");
            expect("exec");
            words.value("ip netns exec");
        }
        if (words.takeProgram("tc")) {
            while (words.takeIf("-n", "-netns")) {
                words.value("-n");
            }
        } else if (sudo) {
            throw Words.unknown(words.peek(), List.of("tc"));
        }
        if (words.takeIf("netem")) {
            return;
        }
        String object = words.value("tc");
        if (!"qdisc".startsWith(object)) {
            throw Words.unknown(object, List.of("qdisc"));
        }
        if (words.takeIf("netem")) {
            shown();
        } else {
            modified();
        }
    }

    private void expect(String word) {
        String found = words.value("ip");
        if (!found.equals(word)) {
            throw Words.unknown(found, List.of(word));
        }
    }

    /** What tc qdisc show writes between netem and its options. */
    private void shown() {
        imported.note("tc shows three digits of a number and no distribution: what was set may differ.");
        words.value("netem");
        while (true) {
            if (words.takeIf("dev", "parent", "refcnt")) {
                words.value("netem");
            } else if (!words.takeIf("root", "offloaded")) {
                return;
            }
        }
    }

    private void modified() {
        String command = words.value("qdisc");
        if (COMMANDS.stream().noneMatch(possible -> possible.startsWith(command))) {
            throw Words.unknown(command, COMMANDS);
        }
        while (true) {
            int start = words.position();
            if (!words.hasNext()) {
                throw new ConfigException("there is no netem in the line");
            }
            String word = words.take();
            switch (word) {
                case "netem" -> {
                    return;
                }
                case "root" -> {}
                case "dev", "parent", "handle" -> words.value(word);
                case "ingress_block", "egress_block" -> {
                    words.value(word);
                    imported.note(words.since(start) + " says which filters there are, not what the link does.");
                }
                case "estimator" -> {
                    words.value(word);
                    words.value(word);
                    imported.note(words.since(start) + " measures, and changes nothing.");
                }
                case "stab" -> {
                    while (STAB.contains(words.peek())) {
                        words.value(words.take());
                    }
                    imported.leaveOut(words.since(start), "packets' lengths cannot be changed before they are counted");
                }
                default ->
                    throw new ConfigException("'" + word + "' where netem was expected; only netem can be imported");
            }
        }
    }

    private void option() {
        int start = words.position();
        String word = words.take();
        String option = OPTIONS.stream()
                .filter(possible -> possible.startsWith(word))
                .findFirst()
                .orElseThrow(() -> Words.unknown(word, OPTIONS));
        String name = switch (option) {
            case "latency" -> "delay";
            case "drop" -> "loss";
            default -> option;
        };
        if (!seen.add(name)) {
            throw new ConfigException(name + " is given twice");
        }
        switch (name) {
            case "limit" -> limit = size(name).setScale(0, RoundingMode.DOWN);
            case "delay" -> {
                latency = time(name);
                jitter = words.atNumber() ? time(name) : BigDecimal.ZERO;
                delayCorrelation = words.atNumber() ? percent(name) : BigDecimal.ZERO;
            }
            case "loss" -> {
                loss = loss();
                lossWords = words.since(start);
            }
            case "seed" -> seed();
            case "ecn" -> ecn = true;
            case "reorder" -> {
                reorder = percent(name);
                reorderCorrelation = correlation(name);
            }
            case "corrupt" -> {
                corrupt = percent(name);
                corruptCorrelation = correlation(name);
            }
            case "gap" -> gap = natural(name);
            case "duplicate" -> {
                duplicate = random(name);
                duplicateWords = words.since(start);
            }
            case "distribution" -> distribution = words.value(name);
            case "rate" -> {
                rate(start);
                rateWords = words.since(start);
            }
            default -> {
                slot(start);
                slotWords = words.since(start);
            }
        }
    }

    private BigDecimal time(String option) {
        return Numbers.withUnit(
                words.value(option),
                TIMES,
                "a time as tc has it for " + option + ", such as 100ms; a bare number is us");
    }

    private BigDecimal size(String option) {
        return Numbers.withUnit(words.value(option), SIZES, "a number as tc has it for " + option);
    }

    /** In percent, as tc's probabilities are, with the sign or without it. */
    private BigDecimal percent(String option) {
        String word = words.value(option);
        BigDecimal percent = Numbers.withUnit(
                word,
                Map.of("", BigDecimal.ONE, "%", BigDecimal.ONE),
                "a percentage as tc has it for " + option + ", such as 1%");
        if (percent.compareTo(HUNDRED) > 0) {
            throw new ConfigException(option + " " + word + " is above 100%");
        }
        return percent;
    }

    private BigDecimal correlation(String option) {
        return words.atNumber() ? percent(option) : BigDecimal.ZERO;
    }

    private long natural(String option) {
        String word = words.value(option);
        long value = Numbers.integer(word, "a whole number as tc has it for " + option);
        if (value < 0) {
            throw new ConfigException(option + " " + word + " is negative");
        }
        return value;
    }

    private static String text(BigDecimal percent) {
        return Numbers.plain(percent) + "%";
    }

    /** Probability and correlation, as the models of netem take them; empty for probability 0. */
    private String random(String option) {
        BigDecimal probability = percent(option);
        BigDecimal correlation = correlation(option);
        if (probability.signum() == 0) {
            return "";
        }
        return correlation.signum() == 0 ? text(probability) : "random," + text(probability) + "," + text(correlation);
    }

    private String loss() {
        if (words.takeIf("state")) {
            return "state," + markov("p13", "p31", "p32", "p23", "p14");
        }
        if (words.takeIf("gemodel")) {
            return "gemodel," + markov("p", "r", "1-h", "1-k");
        }
        if (!words.takeIf("random") && !words.atNumber()) {
            throw Words.unknown(words.value("loss"), List.of("random", "state", "gemodel"));
        }
        return random("loss");
    }

    /** Up to as many probabilities as there are names; the first is needed. tc qdisc show writes the names too. */
    private String markov(String... names) {
        List<String> values = new ArrayList<>();
        for (String name : names) {
            boolean named = words.takeIf(name);
            if (!values.isEmpty() && !named && !words.atNumber()) {
                break;
            }
            values.add(text(percent("loss " + name)));
        }
        return String.join(",", values);
    }

    private void seed() {
        String word = words.value("seed");
        if (!word.matches("[0-9]{1,20}")) {
            throw new ConfigException("'" + word + "' is not a whole number as tc has it for seed");
        }
        BigInteger seed = new BigInteger(word);
        if (seed.bitLength() >= Long.SIZE) {
            imported.leaveOut("seed " + word, "a seed is at most " + Long.MAX_VALUE);
        } else {
            imported.option(
                    "seed",
                    seed.toString(),
                    "As in netem the same seed gives the same decisions, but not those of netem.");
        }
    }

    private void rate(int start) {
        String word = words.value("rate");
        boolean ofDevice = word.endsWith("%");
        BigDecimal bits = ofDevice
                ? BigDecimal.ZERO
                : Numbers.withUnit(word, RATES, "a rate as tc has it, such as 10mbit; bps is bytes a second");
        boolean named = words.takeIf("packetoverhead");
        long overhead = named || words.atSignedNumber() ? integer("rate") : 0;
        named = words.takeIf("cellsize");
        long cell = named || words.atNumber() ? natural("rate") : 0;
        named = words.takeIf("celloverhead");
        long cellOverhead = named || words.atSignedNumber() ? integer("rate") : 0;
        if (ofDevice) {
            imported.leaveOut(words.since(start), "the speed of the device is not known here");
            return;
        }
        // tc keeps bytes a second.
        BigInteger bytes = bits.divide(new BigDecimal(8), 0, RoundingMode.DOWN).toBigInteger();
        if (bytes.signum() == 0) {
            imported.note(words.since(start) + " is no limit.");
            return;
        }
        rate = Numbers.bandwidth(bytes.shiftLeft(3));
        if (overhead != 0 || cell != 0) {
            rate = "netem," + rate + "," + overhead + (cell == 0 ? "" : "," + cell)
                    + (cell == 0 || cellOverhead == 0 ? "" : "," + cellOverhead);
        }
    }

    private long integer(String option) {
        return Numbers.integer(words.value(option), "a whole number as tc has it for " + option);
    }

    private void slot(int start) {
        boolean distributed = words.takeIf("distribution");
        String distribution = distributed && !words.atNumber() ? words.value("slot distribution") : "";
        BigDecimal min = BigDecimal.ZERO;
        BigDecimal max = BigDecimal.ZERO;
        if (distributed) {
            min = time("slot");
            max = time("slot");
        } else if (words.atNumber()) {
            min = time("slot");
            max = words.atNumber() ? time("slot") : min;
        } else {
            throw Words.unknown(words.value("slot"), List.of("distribution"));
        }
        // tc wants packets first; examples have them in either order.
        long packets = takeAbbreviated("packets") ? natural("slot packets") : 0;
        BigDecimal bytes = takeAbbreviated("bytes") ? size("slot bytes") : BigDecimal.ZERO;
        packets = packets == 0 && takeAbbreviated("packets") ? natural("slot packets") : packets;
        String limits = (packets == 0 ? "" : ",packets=" + packets)
                + (bytes.signum() == 0 ? "" : ",bytes=" + Numbers.bytes(bytes.toBigInteger()));
        if (distributed) {
            Path table = table(distribution);
            slot = "slot-table," + Numbers.time(min) + "," + Numbers.time(max) + ","
                    + table.toAbsolutePath().normalize() + limits;
            if (distribution.isEmpty() || !Files.isRegularFile(table)) {
                imported.leaveOut(words.since(start), missing(table));
                slot = "";
            }
            return;
        }
        if (max.compareTo(min) < 0) {
            throw new ConfigException("slot's largest delay is below its smallest");
        }
        if (max.signum() == 0) {
            imported.note(words.since(start) + " makes no slots.");
            return;
        }
        slot = "slots," + Numbers.time(min) + (max.compareTo(min) == 0 ? "" : "," + Numbers.time(max)) + limits;
    }

    private boolean takeAbbreviated(String word) {
        return words.hasNext() && word.startsWith(words.peek()) && words.takeIf(words.peek());
    }

    private void conclude() {
        checkAsTcDoes();
        imported.note("netem works on what leaves an interface: this is one direction.");
        lossAndCorruption();
        link();
        delay();
        reordering();
        if (!duplicate.isEmpty()) {
            imported.model(
                    Role.DUPLICATE,
                    duplicate,
                    duplicateWords,
                    "netem's copy meets loss, rate and delay as a packet of its own; here it follows its packet");
        }
    }

    private void checkAsTcDoes() {
        if (reorder.signum() > 0 && latency.signum() == 0) {
            throw new ConfigException("reorder needs a delay, as in tc");
        }
        if (!distribution.isEmpty() && (latency.signum() == 0 || jitter.signum() == 0)) {
            throw new ConfigException("distribution needs a delay and a jitter, as in tc");
        }
        if (ecn && !seen.contains("loss")) {
            throw new ConfigException("ecn needs a loss, as in tc");
        }
    }

    private void lossAndCorruption() {
        if (!loss.isEmpty()) {
            imported.model(Role.LOSS, ecn ? marking(loss) : loss, lossWords);
        }
        if (corrupt.signum() > 0) {
            boolean correlated = corruptCorrelation.signum() > 0;
            imported.model(
                    Role.CORRUPT,
                    text(corrupt) + (correlated ? ",correlation=" + text(corruptCorrelation) : ""),
                    "corrupt " + text(corrupt) + (correlated ? " " + text(corruptCorrelation) : ""));
        }
    }

    /** The same loss, which marks instead where it can. */
    private static String marking(String loss) {
        return (loss.contains(",") ? loss : "random," + loss) + ",ecn=on";
    }

    /** Rate or slots, and what can wait for them. */
    private void link() {
        if (!rate.isEmpty()) {
            imported.model(Role.BANDWIDTH, rate, rateWords);
        }
        if (!slot.isEmpty()) {
            if (imported.has(Role.BANDWIDTH)) {
                imported.leaveOut(slotWords, "a link has a rate or slots, not both");
            } else if (jitter.signum() > 0) {
                imported.leaveOut(slotWords, "a jitter behind the slots would blur them; netem has it before them");
            } else {
                imported.model(
                        Role.BANDWIDTH, slot, slotWords, "netem delays packets before a slot, here it is behind");
            }
        }
        String shown = "limit " + Numbers.plain(limit) + (seen.contains("limit") ? "" : " (netem's default)");
        if (imported.has(Role.BANDWIDTH)) {
            imported.model(
                    Role.QUEUE,
                    "packets," + Numbers.plain(limit),
                    shown,
                    shown + " counts packets that are being delayed too; this queue",
                    "counts only those that wait for the link, and holds more in all");
        } else if (limit.signum() == 0) {
            imported.leaveOut(shown, "a queue that never has room is not possible here");
        } else {
            imported.note(shown + ": netem drops what arrives while so many packets are being delayed;\n"
                    + "here the delay line has room for all.");
        }
    }

    private void delay() {
        if (jitter.signum() == 0) {
            if (latency.signum() > 0) {
                imported.model(Role.DELAY, Numbers.time(latency), "delay " + Numbers.time(latency));
            }
            return;
        }
        String times = Numbers.time(latency) + "," + Numbers.time(jitter);
        String described = "delay " + times.replace(',', ' ')
                + (delayCorrelation.signum() == 0 ? "" : " " + text(delayCorrelation));
        String correlated = delayCorrelation.signum() == 0 ? "" : "," + text(delayCorrelation);
        if (distribution.isEmpty() || distribution.equals("uniform")) {
            imported.model(Role.DELAY, "netem," + times + correlated, described, withRate());
            return;
        }
        Path table = table(distribution);
        if (Files.isRegularFile(table)) {
            imported.model(
                    Role.DELAY,
                    "netem," + times + correlated + ",table="
                            + table.toAbsolutePath().normalize(),
                    described + " distribution " + distribution,
                    withRate());
            return;
        }
        String missing = missing(table);
        boolean calculated = List.of("normal", "paretonormal").contains(distribution);
        if (!calculated) {
            imported.leaveOut("distribution " + distribution, missing);
        } else if (delayCorrelation.signum() > 0) {
            imported.leaveOut("the correlation of " + described + " distribution " + distribution, missing);
        }
        imported.model(
                Role.DELAY,
                calculated ? distribution + "," + times : "netem," + times + correlated,
                described,
                calculated ? "calculated, because " + missing : "uniformly distributed, because " + missing,
                withRate());
    }

    private static String missing(Path table) {
        return "there is no " + table + "; --tables names the folder of tc's tables";
    }

    private Path table(String distribution) {
        try {
            return tables.resolve(distribution + ".dist");
        } catch (InvalidPathException e) {
            throw new ConfigException("'" + distribution + "' is not a distribution");
        }
    }

    private String withRate() {
        return imported.has(Role.BANDWIDTH)
                ? "with a rate netem keeps packets in order, and the link waits for one that is delayed; here it does not"
                : "";
    }

    private void reordering() {
        if (reorder.signum() > 0) {
            imported.model(
                    Role.REORDER,
                    "gap," + Math.max(1, gap) + "," + text(reorder)
                            + (reorderCorrelation.signum() == 0 ? "" : "," + text(reorderCorrelation)),
                    "reorder " + text(reorder) + (gap == 0 ? "" : " gap " + gap),
                    imported.has(Role.BANDWIDTH)
                            ? "netem's packet that is sent at once takes no time of the rate; here it does"
                            : "");
        } else if (gap > 0) {
            imported.model(
                    Role.REORDER,
                    "gap," + gap,
                    "gap " + gap,
                    "gap without reorder is every " + gap + "th packet, as in netem's manual page; newer tc refuse it");
        } else if (jitter.signum() > 0 && imported.has(Role.DELAY) && !imported.has(Role.BANDWIDTH)) {
            imported.model(
                    Role.REORDER,
                    "jitter",
                    "jitter",
                    "netem sends a packet when its own delay is over, and so may reorder");
        }
    }
}
