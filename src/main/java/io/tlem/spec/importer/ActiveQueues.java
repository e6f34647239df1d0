package io.tlem.spec.importer;

import io.tlem.impair.Role;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * dummynet's queues that drop or mark packets before they are full, and the emulator's that do the same.
 *
 * @param kind red, gred, codel or pie
 * @param words what stands in the command line
 * @param values what follows each word, checked; of red and gred only {@code curve}
 */
record ActiveQueues(String kind, String words, Map<String, String> values) {
    private static final int RED_LONGEST_BYTES = 1500; // net.inet.ip.dummynet.red_max_pkt_size

    private static final Map<String, BigDecimal> TIMES = Map.of(
            "", new BigDecimal(1_000_000),
            "us", new BigDecimal(1_000),
            "ms", new BigDecimal(1_000_000),
            "s", new BigDecimal(1_000_000_000));

    ActiveQueues {
        values = Map.copyOf(values);
    }

    boolean isRed() {
        return kind.equals("red") || kind.equals("gred");
    }

    /**
     * Adds the queue.
     *
     * @param limit the drop-tail queue that it would be otherwise: {@code packets,N}, or bytes
     */
    void add(Imported imported, String limit, boolean redMarks) {
        boolean inPackets = limit.startsWith("packets,");
        String size = inPackets ? limit.substring("packets,".length()) : limit;
        if (isRed()) {
            red(imported, size, inPackets, redMarks);
        } else if (!inPackets) {
            imported.leaveOut(words, "a queue in bytes: the limit of " + kind + " is in packets");
        } else if (kind.equals("codel")) {
            imported.model(Role.QUEUE, specification(size, List.of("target", "interval")), words);
        } else {
            pie(imported, size);
        }
    }

    private void red(Imported imported, String size, boolean inPackets, boolean marks) {
        String[] curve = values.get("curve").split("/", -1);
        String specification = kind + "," + size + "," + threshold(curve[1], inPackets) + ","
                + threshold(curve[2], inPackets) + "," + curve[3] + "," + curve[0]
                + (inPackets ? ",packets" : "")
                + (marks ? ",ecn=all" : "")
                + (inPackets ? "" : ",longest=" + RED_LONGEST_BYTES);
        imported.model(Role.QUEUE, specification, words, "the packet being sent counts here; not so in dummynet");
    }

    private static String threshold(String text, boolean inPackets) {
        String digits = text.replaceFirst("(?i)kbytes$|kb?$", "");
        BigInteger number = digits.startsWith("0x") || digits.startsWith("0X")
                ? new BigInteger(digits.substring(2), 16)
                : new BigInteger(digits);
        boolean kibi = digits.length() < text.length();
        BigInteger value = kibi ? number.shiftLeft(10) : number;
        return inPackets ? value.toString() : Numbers.bytes(value);
    }

    private void pie(Imported imported, String size) {
        List<String> unlike = new ArrayList<>();
        for (String word : List.of("nocapdrop", "noderand", "nodrand", "onoff")) {
            if (values.containsKey(word)) {
                unlike.add(word);
            }
        }
        String threshold = values.getOrDefault("max_ecnth", "0.1");
        if (new BigDecimal(threshold).compareTo(new BigDecimal("0.1")) != 0) {
            unlike.add("max_ecnth " + threshold);
        }
        for (String word : unlike) {
            imported.leaveOut(
                    word,
                    "pie is as in RFC 8033: drops are spread, steps are limited, it is always active,"
                            + " and marks up to a probability of 10 %");
        }
        imported.model(
                Role.QUEUE,
                specification(size, List.of("target", "tupdate", "alpha", "beta", "max_burst")),
                words,
                "the delay is measured by the time that packets wait (dummynet's ts)");
    }

    private String specification(String size, List<String> names) {
        StringBuilder text = new StringBuilder(kind + "," + size);
        for (String name : names) {
            if (values.containsKey(name)) {
                String ours = name.equals("tupdate") ? "update" : name.equals("max_burst") ? "burst" : name;
                boolean isTime = !name.equals("alpha") && !name.equals("beta");
                text.append(',').append(ours).append('=').append(isTime ? time(values.get(name)) : values.get(name));
            }
        }
        return text + (values.containsKey("ecn") && !values.containsKey("noecn") ? ",ecn=on" : "");
    }

    /** A bare number is milliseconds. */
    private static String time(String text) {
        return Numbers.time(Numbers.withUnit(text, TIMES, "a time"));
    }
}
