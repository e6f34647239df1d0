package io.tlem.fit;

import io.tlem.stats.Format;
import java.math.BigDecimal;
import java.math.MathContext;
import java.math.RoundingMode;
import java.util.Locale;

/** Numbers of estimates, as people read them and as models take them. */
final class Digits {
    private static final int MOST_DIGITS = 12;
    private static final int LEAST_DIGITS = 2;
    private static final double PART_OF_INTERVAL = 0.02; // that rounding may move a value

    private Digits() {}

    /** As a model takes it, with so few digits that rounding is nothing beside the uncertainty. */
    static String parameter(Estimate estimate) {
        double width = Double.isFinite(estimate.high() - estimate.low()) ? estimate.high() - estimate.low() : 0;
        double value = estimate.value();
        return switch (estimate.unit()) {
            case NANOS -> time(Math.max(0, value), width);
            case BITS_PER_SECOND -> scaled(Math.max(1, value), width);
            case BYTES, PACKETS -> Long.toString(Math.round(value));
            case PROBABILITY -> rounded(Math.clamp(value, 0, 1), width);
            case NUMBER -> rounded(value, width);
        };
    }

    /** The shortest decimal within a fiftieth of the width. */
    static String rounded(double value, double width) {
        BigDecimal exact = new BigDecimal(value);
        BigDecimal shortest = exact.round(new MathContext(MOST_DIGITS, RoundingMode.HALF_EVEN));
        for (int digits = LEAST_DIGITS; digits < MOST_DIGITS; digits++) {
            BigDecimal candidate = exact.round(new MathContext(digits, RoundingMode.HALF_EVEN));
            if (Math.abs(candidate.doubleValue() - value) <= width * PART_OF_INTERVAL) {
                shortest = candidate;
                break;
            }
        }
        BigDecimal stripped = shortest.stripTrailingZeros();
        return stripped.scale() < 0 ? stripped.setScale(0).toPlainString() : stripped.toPlainString();
    }

    private static String time(double nanos, double width) {
        return nanos >= 1e6
                ? rounded(nanos / 1e6, Math.max(width, 1) / 1e6) + "ms"
                : nanos >= 1e3 ? rounded(nanos / 1e3, Math.max(width, 1) / 1e3) + "us" : Math.round(nanos) + "ns";
    }

    private static String scaled(double rate, double width) {
        double unit = rate >= 1e9 ? 1e9 : rate >= 1e6 ? 1e6 : rate >= 1e3 ? 1e3 : 1;
        String letter = rate >= 1e9 ? "G" : rate >= 1e6 ? "M" : rate >= 1e3 ? "k" : "";
        return rounded(rate / unit, width / unit) + letter;
    }

    /** For people. */
    static String shown(Estimate.Unit unit, double value) {
        return switch (unit) {
            case NANOS -> (value < 0 ? "-" : "") + finer(Math.abs(value));
            case BITS_PER_SECOND ->
                value >= 1e3 && value < 1e13 ? rate(value) : Format.bitsPerSecond(Math.max(0, value));
            case BYTES -> Format.count(Math.round(value)) + " bytes";
            case PACKETS -> Format.count(Math.round(value)) + " packets";
            case PROBABILITY -> percent(value);
            case NUMBER -> String.format(Locale.ROOT, "%.4g", value);
        };
    }

    private static String rate(double value) {
        double unit = value >= 1e9 ? 1e9 : value >= 1e6 ? 1e6 : 1e3;
        String letter = value >= 1e9 ? "G" : value >= 1e6 ? "M" : "k";
        return String.format(Locale.ROOT, "%.6g", value / unit) + " " + letter + "bit/s";
    }

    private static String finer(double nanos) {
        if (nanos < 1e3) {
            return Math.round(nanos) + " ns";
        }
        return nanos < 1e6
                ? String.format(Locale.ROOT, "%.2f us", nanos / 1e3)
                : nanos < 1e9
                        ? String.format(Locale.ROOT, "%.4f ms", nanos / 1e6)
                        : String.format(Locale.ROOT, "%.4f s", nanos / 1e9);
    }

    static String percent(double share) {
        double percent = share * 100;
        return percent == 0 || percent >= 0.01
                ? String.format(Locale.ROOT, percent >= 10 ? "%.1f %%" : "%.3g %%", percent)
                : String.format(Locale.ROOT, "%.1e %%", percent);
    }
}
