package io.tlem.stats;

import java.util.Locale;

/** Numbers as people read them. */
public final class Format {
    /** Greek where the terminal has it. */
    private static final String MICROSECONDS = System.out.charset().newEncoder().canEncode('µ') ? " µs" : " us";

    private static final String[] DECIMAL = {"", "k", "M", "G", "T"};

    private Format() {}

    /** {@code 12.3 µs}: three digits and the unit that suits; {@code -} below 0. */
    public static String nanos(long nanos) {
        if (nanos < 0) {
            return "-";
        }
        if (nanos < 1e3) {
            return nanos + " ns";
        }
        if (nanos < 1e6) {
            return digits(nanos / 1e3) + MICROSECONDS;
        }
        return nanos < 1e9 ? digits(nanos / 1e6) + " ms" : digits(nanos / 1e9) + " s";
    }

    /** {@code 999 Mbit/s}. */
    public static String bitsPerSecond(double rate) {
        return scaled(rate) + "bit/s";
    }

    /** {@code 81.3 kpps}. */
    public static String packetsPerSecond(double rate) {
        return scaled(rate) + "pps";
    }

    /** {@code 16.0 MiB}. */
    public static String bytes(long bytes) {
        String[] units = {"B", "KiB", "MiB", "GiB", "TiB", "PiB"};
        int unit = 0;
        double value = bytes;
        while (value >= 1024 && unit < units.length - 1) {
            value /= 1024;
            unit++;
        }
        return (unit == 0 ? String.format(Locale.ROOT, "%.0f", value) : digits(value)) + " " + units[unit];
    }

    /** {@code 1,234,567}. */
    public static String count(long count) {
        return String.format(Locale.ROOT, "%,d", count);
    }

    private static String scaled(double value) {
        int unit = 0;
        double scaled = value;
        while (scaled >= 999.5 && unit < DECIMAL.length - 1) {
            scaled /= 1000;
            unit++;
        }
        return digits(scaled) + " " + DECIMAL[unit];
    }

    private static String digits(double value) {
        int decimals = value >= 99.95 || value == 0 ? 0 : value >= 9.995 ? 1 : 2;
        return String.format(Locale.ROOT, "%." + decimals + "f", value);
    }
}
