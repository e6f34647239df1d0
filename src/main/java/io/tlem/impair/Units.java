package io.tlem.impair;

import io.tlem.text.Shown;
import java.math.BigDecimal;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Numbers with units as TLEM writes them, and a little more: {@code 10M}, {@code 100Mbit/s}, {@code 5m} and
 * {@code 5ms}, {@code 50k}. All parsers refuse negative values, NaN, infinities and anything left over. {@code B} is bytes and
 * {@code b} bits wherever they stand, and none is taken for the other.
 */
public final class Units {
    /** Largest bandwidth, bit/s. */
    public static final long MAX_BITS_PER_SECOND = 10_000_000_000_000L;

    private static final Pattern NUMBER =
            Pattern.compile("([0-9]+\\.?[0-9]*|\\.[0-9]+)([eE][+-]?[0-9]{1,3})?(.*)", Pattern.DOTALL);
    private static final Map<String, Double> DECIMAL = Map.of("", 1.0, "k", 1e3, "m", 1e6, "g", 1e9, "t", 1e12);
    private static final Map<String, Double> BINARY =
            Map.of("", 1.0, "k", 1024.0, "m", 1024.0 * 1024, "g", 1024.0 * 1024 * 1024);
    private static final Map<String, Double> TIME =
            Map.of("", 1e9, "s", 1e9, "m", 1e6, "ms", 1e6, "u", 1e3, "us", 1e3, "n", 1.0, "ns", 1.0);
    /** The micro sign, and the Greek letter that looks like it. */
    private static final Pattern MICRO = Pattern.compile("[\u00b5\u03bc]");

    private static final Pattern BITS =
            Pattern.compile("([kmgt]?)(bits?(/s|ps)?|(?-i:b)(/s|ps)?)?", Pattern.CASE_INSENSITIVE);
    private static final Pattern BYTES =
            Pattern.compile("([kmgt]?)(i?)(bytes?|(?-i:B))(/s|ps)?", Pattern.CASE_INSENSITIVE);
    private static final BigDecimal BITS_PER_BYTE = BigDecimal.valueOf(8);
    private static final double MAX_TIME_NANOS = 3600e9;
    private static final double MAX_MOMENT_NANOS = 86_400_000e9;

    private Units() {}

    /**
     * A bandwidth: a number of bit/s with an optional k, M, G or T (powers of 1000), then optionally {@code bit},
     * {@code bit/s}, {@code b/s} or {@code bps}.
     *
     * @return bit/s, 0 (without limit) or 1 to 10^13
     */
    public static long parseBandwidth(String text) {
        refuseBytes(text);
        String expected = "a bandwidth in bit/s with an optional k, M, G or T, such as 100M";
        double value = parse(text, expected, Units::bandwidthSuffix);
        if (value != 0 && (value < 1 || value > MAX_BITS_PER_SECOND)) {
            throw new SpecException(
                    Shown.quoted(text) + " is out of range; a bandwidth is 0 (without limit) or 1 to 10T bit/s");
        }
        return Math.round(value);
    }

    /**
     * A time: a number of seconds, or of the unit that follows: s, m or ms, u or us, n or ns.
     *
     * @return ns, 0 to one hour
     */
    public static long parseTime(String text) {
        return time(text, MAX_TIME_NANOS, "a time is at most 3600 s");
    }

    /** As {@link #parseTime}, but up to a thousand days: when something happens. */
    public static long parseMoment(String text) {
        return time(text, MAX_MOMENT_NANOS, "it is at most 86400000 s");
    }

    private static long time(String text, double max, String range) {
        double value = parse(
                text,
                "a time in seconds or with s, ms (m), us (u) or ns (n), such as 10ms",
                unit -> TIME.get(MICRO.matcher(unit).replaceAll("u")));
        if (value > max) {
            throw new SpecException(Shown.quoted(text) + " is out of range; " + range);
        }
        return Math.round(value);
    }

    /**
     * A size: a number of bytes with an optional k, M or G (powers of 1024), then optionally {@code B} or {@code iB}.
     *
     * @return bytes
     */
    public static long parseBytes(String text) {
        refuseBits(text);
        double value = parse(text, "a size in bytes with an optional k, M or G, such as 50k", Units::byteSuffix);
        if (value > 1L << 50) {
            throw new SpecException(Shown.quoted(text) + " is out of range; a size is at most 2^50 bytes");
        }
        return Math.round(value);
    }

    /** A whole number from {@code min} to {@code max}. */
    public static long parseCount(String text, long min, long max) {
        double value = parse(text, "a whole number", DECIMAL_SUFFIX::get);
        if (value != Math.rint(value) || value < min || value > max) {
            throw new SpecException(Shown.quoted(text) + " is not a whole number from " + min + " to " + max);
        }
        return (long) value;
    }

    private static final Map<String, Double> DECIMAL_SUFFIX = Map.of("", 1.0, "k", 1e3, "K", 1e3, "M", 1e6, "G", 1e9);

    /** A probability: 0 to 1, or 0% to 100%. */
    public static double parseProbability(String text) {
        double value = parse(text, "a probability from 0 to 1, such as 0.01", Map.of("", 1.0, "%", 0.01)::get);
        if (value > 1) {
            throw new SpecException(Shown.quoted(text) + " is out of range; a probability is 0 to 1");
        }
        return value;
    }

    /** A number from {@code min} to {@code max}; may have a sign. */
    public static double parseNumber(String text, double min, double max) {
        String unsigned = text.strip();
        boolean negative = unsigned.startsWith("-");
        double value = parse(negative ? unsigned.substring(1) : unsigned, "a number", Map.of("", 1.0)::get);
        double signed = negative ? -value : value;
        if (signed < min || signed > max) {
            throw new SpecException(Shown.quoted(text) + " is out of range; it is a number from " + min + " to " + max);
        }
        return signed;
    }

    private static Double bandwidthSuffix(String suffix) {
        Matcher bits = BITS.matcher(suffix);
        return bits.matches() ? DECIMAL.get(bits.group(1).toLowerCase(Locale.ROOT)) : null;
    }

    /** {@code 10MBps} may be ten megabytes, or megabits of somebody who does not tell the letters apart. */
    private static void refuseBytes(String text) {
        Matcher number = NUMBER.matcher(text.strip());
        Matcher bytes = number.matches() ? BYTES.matcher(number.group(3).strip()) : null;
        if (bytes != null && bytes.matches()) {
            BigDecimal value = number(number);
            throw new SpecException(Shown.quoted(text) + " is in bytes, and a bandwidth is in bit/s: write "
                    + value.multiply(BITS_PER_BYTE).stripTrailingZeros().toPlainString() + bytes.group(1)
                    + ", or " + value.toPlainString() + bytes.group(1) + " if bits were meant");
        }
    }

    private static BigDecimal number(Matcher number) {
        return new BigDecimal(number.group(1) + (number.group(2) == null ? "" : number.group(2)));
    }

    private static Double byteSuffix(String suffix) {
        if (BINARY.containsKey(suffix.toLowerCase(Locale.ROOT))) {
            return BINARY.get(suffix.toLowerCase(Locale.ROOT));
        }
        Matcher bytes = BYTES.matcher(suffix);
        boolean size = bytes.matches()
                && bytes.group(4) == null
                && (bytes.group(2).isEmpty() || !bytes.group(1).isEmpty());
        return size ? BINARY.get(bytes.group(1).toLowerCase(Locale.ROOT)) : null;
    }

    private static void refuseBits(String text) {
        Matcher number = NUMBER.matcher(text.strip());
        Matcher bits = number.matches() ? BITS.matcher(number.group(3).strip()) : null;
        if (bits != null && bits.matches() && bits.group(2) != null) {
            throw new SpecException(Shown.quoted(text) + " is in bits, and a size is in bytes: write "
                    + number(number).toPlainString() + bits.group(1) + "B if bytes were meant");
        }
    }

    private static double parse(String text, String expected, java.util.function.Function<String, Double> scaleOf) {
        Matcher matcher = NUMBER.matcher(text.strip());
        Double scale = matcher.matches() ? scaleOf.apply(matcher.group(3).strip()) : null;
        if (scale == null) {
            throw new SpecException(Shown.quoted(text) + " is not " + expected);
        }
        String exponent = matcher.group(2) == null ? "" : matcher.group(2);
        return Double.parseDouble(matcher.group(1) + exponent) * scale;
    }
}
