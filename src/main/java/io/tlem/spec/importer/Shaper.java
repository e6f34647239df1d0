package io.tlem.spec.importer;

import io.tlem.spec.ConfigException;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.math.RoundingMode;
import java.util.List;
import java.util.Map;

/**
 * What limits the rate of packets that netem has delayed.
 *
 * @param bandwidth the emulator's
 * @param words what it is made of
 * @param queue of its own; empty where packets wait in netem, which is its child
 */
record Shaper(String bandwidth, String words, String queue) {
    private static final long HTB_BURST_BYTES = 2000; // more than tc takes when none is given

    /**
     * A tbf.
     *
     * @param options its words and their values
     * @param hasNetem whether packets wait in a netem, and not in the tbf's own queue
     */
    static Shaper tbf(Map<String, String> options, String words, boolean hasNetem) {
        BigInteger rate = TcNetem.rate(value(options, "tbf", "rate"));
        BigInteger burst = size(value(options, "tbf", "burst", "buffer", "maxburst"));
        BigInteger limit = options.containsKey("limit")
                ? size(options.get("limit"))
                : TcNetem.time(value(options, "tbf", "latency", "lat"), "latency")
                        .multiply(new BigDecimal(rate))
                        .divide(new BigDecimal(8_000_000_000L), 0, RoundingMode.DOWN)
                        .toBigInteger()
                        .add(burst);
        String bandwidth = "tbf," + Numbers.bandwidth(rate) + "," + Numbers.bytes(burst);
        return new Shaper(bandwidth, words, hasNetem ? "" : Numbers.bytes(limit));
    }

    /** A class of htb that may send at a rate. */
    static Shaper htb(BigInteger rate, Map<String, String> options, String words) {
        BigInteger burst = options.containsKey("burst") ? size(options.get("burst")) : BigInteger.ZERO;
        boolean constant = burst.compareTo(BigInteger.valueOf(HTB_BURST_BYTES)) < 0;
        String bandwidth = Numbers.bandwidth(rate);
        return new Shaper(constant ? bandwidth : "tbf," + bandwidth + "," + Numbers.bytes(burst), words, "");
    }

    private static String value(Map<String, String> options, String kind, String... names) {
        return List.of(names).stream()
                .filter(options::containsKey)
                .map(options::get)
                .findFirst()
                .orElseThrow(() -> new ConfigException(kind + " needs " + names[0] + ", as in tc"));
    }

    /** A burst may carry the size of its cells behind a slash. */
    private static BigInteger size(String text) {
        return TcNetem.size(text.replaceFirst("/.*", ""), "burst").toBigInteger();
    }
}
