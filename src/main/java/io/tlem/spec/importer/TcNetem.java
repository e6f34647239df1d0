package io.tlem.spec.importer;

import io.tlem.impair.Role;
import io.tlem.impair.random.CorrelatedChance;
import io.tlem.spec.ConfigException;
import io.tlem.text.Escapes;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.math.MathContext;
import java.math.RoundingMode;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;

/** Reads the options of netem with the grammar of tc-netem(8): in any order, and abbreviated as tc lets them be. */
final class TcNetem {
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

    /** Of slots: those never were anything else. */
    private static final Map<String, BigDecimal> TIMES_OR_NANOS = TIMES.entrySet().stream()
            .collect(Collectors.toUnmodifiableMap(
                    Map.Entry::getKey, time -> time.getKey().isEmpty() ? scale("1") : time.getValue()));

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
    private final Tables tables;
    private final Imported imported;
    private final Shaper shaper; // null when there is none
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

    private TcNetem(Words words, Imported imported, Tables tables, Shaper shaper) {
        this.words = words;
        this.imported = imported;
        this.tables = tables;
        this.shaper = shaper;
    }

    private static BigDecimal scale(String number) {
        return new BigDecimal(number);
    }

    private static BigDecimal binary(int power, int times) {
        return new BigDecimal(1024).pow(power).multiply(new BigDecimal(times));
    }

    /**
     * Reads the options.
     *
     * @param words which begin behind netem
     * @param imported gets what they are
     * @param shaper that packets meet behind their delay, or null
     * @throws ConfigException when tc would not take them either
     */
    static void read(Words words, Imported imported, Tables tables, Shaper shaper) {
        TcNetem netem = new TcNetem(words, imported, tables, shaper);
        while (words.hasNext()) {
            netem.option();
        }
        netem.conclude();
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
                latency = delayTime();
                jitter = words.atNumber() ? delayTime() : BigDecimal.ZERO;
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

    private BigDecimal delayTime() {
        String word = words.peek();
        BigDecimal time = time(words.value("delay"), "delay");
        if (word.matches("[0-9.eE+-]+") && time.signum() > 0) {
            imported.note(
                    "delay " + word + ": a bare number is us up to iproute2 6.8, and is here; for later ones it is ns."
                            + "\nWrite " + word + "us or " + word + "ns.");
        }
        return time;
    }

    static BigDecimal time(String word, String option) {
        return Numbers.withUnit(
                word, TIMES, "a time as tc has it for " + option + ", such as 100ms; a bare number is us");
    }

    private BigDecimal slotTime() {
        return Numbers.withUnit(
                words.value("slot"), TIMES_OR_NANOS, "a time as tc has it for slot, such as 1ms; a bare number is ns");
    }

    private BigDecimal size(String option) {
        return size(words.value(option), option);
    }

    static BigDecimal size(String word, String option) {
        return Numbers.withUnit(word, SIZES, "a number as tc has it for " + option);
    }

    /** Bit/s, of which tc keeps whole bytes. */
    static BigInteger rate(String word) {
        return Numbers.withUnit(word, RATES, "a rate as tc has it, such as 10mbit; bps is bytes a second")
                .divide(new BigDecimal(8), 0, RoundingMode.DOWN)
                .toBigInteger()
                .shiftLeft(3);
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

    /** tc has it as C reads it, where a negative one is the number of 64 bits that it is written as. */
    private void seed() {
        String word = words.value("seed");
        BigInteger seed = word.matches("-?[0-9]{1,20}") ? new BigInteger(word) : BigInteger.ONE.shiftLeft(Long.SIZE);
        boolean fits = seed.signum() < 0 ? seed.bitLength() < Long.SIZE : seed.bitLength() <= Long.SIZE;
        if (!fits) {
            throw new ConfigException("'" + word + "' is not a whole number of 64 bits as tc has it for seed");
        }
        imported.option(
                "seed",
                Long.toString(seed.longValue()),
                "As in netem the same seed gives the same decisions, but not those of netem.");
    }

    private void rate(int start) {
        String word = words.value("rate");
        boolean ofDevice = word.endsWith("%");
        BigInteger bits = ofDevice ? BigInteger.ZERO : rate(word);
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
        if (bits.signum() == 0) {
            imported.note(words.since(start) + " is no limit.");
            return;
        }
        rate = Numbers.bandwidth(bits);
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
            min = slotTime();
            max = slotTime();
        } else if (words.atNumber()) {
            min = slotTime();
            max = words.atNumber() ? slotTime() : min;
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
            Path table = tables.file(distribution);
            slot = "slot-table," + Numbers.time(min) + "," + Numbers.time(max) + ","
                    + Escapes.part(table.toAbsolutePath().normalize().toString()) + limits;
            if (distribution.isEmpty() || !Files.isRegularFile(table)) {
                imported.leaveOut(words.since(start), tables.missing(distribution));
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
        correlated("loss", loss.startsWith("random,") ? loss.split(",", -1) : new String[0]);
        correlated("duplicate", duplicate.startsWith("random,") ? duplicate.split(",", -1) : new String[0]);
        correlated("corrupt", new String[] {"", text(corrupt), text(corruptCorrelation)});
        correlated("reorder", new String[] {"", text(reorder), text(reorderCorrelation)});
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

    /** netem's correlated numbers are averages, so that small ones are rare: what really happens is another probability. */
    private void correlated(String option, String[] values) {
        if (values.length < 3 || values[1].equals("0%") || values[2].equals("0%") || values[1].equals("100%")) {
            return;
        }
        double real = CorrelatedChance.frequency(fraction(values[1]), fraction(values[2]));
        String percent = new BigDecimal(100 * real).round(new MathContext(2)).toPlainString();
        imported.note(option + " " + values[1] + " " + values[2] + " is imported as it is, but does not happen to "
                + values[1] + " of the packets:\nnetem's correlation makes it "
                + (real == 0 ? "none of a million" : percent + "%")
                + ". For bursts of a known share use loss gemodel.");
    }

    private static double fraction(String percent) {
        return Double.parseDouble(percent.substring(0, percent.length() - 1)) / 100;
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
                imported.model(Role.BANDWIDTH, slot, slotWords);
            }
        }
        if (shaper != null) {
            if (imported.has(Role.BANDWIDTH)) {
                imported.leaveOut(shaper.words(), "a link has one rate, or slots");
            } else {
                imported.model(Role.BANDWIDTH, shaper.bandwidth(), shaper.words());
            }
        }
        boolean delaysFirst = delaysFirst();
        if (delaysFirst) {
            imported.model(Role.ORDER, "delay-first", "delay");
        }
        String shown = "limit " + Numbers.plain(limit) + (seen.contains("limit") ? "" : " (netem's default)");
        if (imported.has(Role.BANDWIDTH) && shaper != null && !shaper.queue().isEmpty()) {
            imported.model(
                    Role.QUEUE,
                    shaper.queue(),
                    shaper.words(),
                    "tbf drops a packet that does not fit; here the one that exceeds the size still enters");
            imported.note(shown + " of netem is not kept: only tbf's queue is.");
        } else if (imported.has(Role.BANDWIDTH)) {
            imported.model(
                    Role.QUEUE,
                    "packets," + Numbers.plain(limit),
                    shown,
                    latency.signum() == 0 && jitter.signum() == 0
                            ? ""
                            : delaysFirst
                                    ? shown + " counts packets that are being delayed too, as in netem"
                                    : shown + " counts packets that are being delayed too; this queue counts\n"
                                            + "only those that wait for the link, and holds more in all");
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
            imported.model(Role.DELAY, "netem," + times + correlated, described);
            return;
        }
        Path table = tables.file(distribution);
        if (Files.isRegularFile(table)) {
            imported.model(
                    Role.DELAY,
                    "netem," + times + correlated + ",table="
                            + Escapes.part(table.toAbsolutePath().normalize().toString()),
                    described + " distribution " + distribution);
            return;
        }
        String missing = tables.missing(distribution);
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
                calculated ? "calculated, because " + missing : "uniformly distributed, because " + missing);
    }

    /** Whether the link waits for a packet that is being delayed, as netem has it with a rate. */
    private boolean delaysFirst() {
        boolean keepsOrder = jitter.signum() == 0 && reorder.signum() == 0 && gap == 0;
        boolean waitsInNetem =
                !rate.isEmpty() || (shaper != null && shaper.queue().isEmpty()) || !slot.isEmpty();
        return imported.has(Role.BANDWIDTH)
                && (latency.signum() > 0 || jitter.signum() > 0)
                && (!rate.isEmpty() || (keepsOrder && waitsInNetem));
    }

    private void reordering() {
        if (reorder.signum() > 0) {
            imported.model(
                    Role.REORDER,
                    "gap," + Math.max(1, gap) + "," + text(reorder)
                            + (reorderCorrelation.signum() == 0 ? "" : "," + text(reorderCorrelation)),
                    "reorder " + text(reorder) + (gap == 0 ? "" : " gap " + gap),
                    imported.has(Role.BANDWIDTH) && !imported.has(Role.ORDER)
                            ? "netem's packet that is sent at once overtakes before the rate; here behind it"
                            : "");
        } else if (gap > 0) {
            imported.model(
                    Role.REORDER,
                    "gap," + gap,
                    "gap " + gap,
                    "gap without reorder is every " + gap + "th packet, as in netem's manual page; newer tc refuse it");
        } else if (jitter.signum() > 0 && imported.has(Role.DELAY) && !imported.has(Role.ORDER)) {
            imported.model(
                    Role.REORDER,
                    "jitter",
                    "jitter",
                    "netem sends a packet when its own delay is over, and so may reorder");
        }
    }
}
