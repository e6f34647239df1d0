package io.tlem.report;

import io.tlem.impair.Units;
import io.tlem.stats.Format;
import java.util.Locale;
import java.util.function.DoubleFunction;
import java.util.function.ToDoubleFunction;

/** What a number of a report is a number of: how it is written by users, and shown to people. */
@SuppressWarnings("ImmutableEnumChecker") // what they do is fixed
enum Quantity {
    TIME("time", Units::parseTime, nanos -> Format.nanos(Math.round(nanos))),
    PACKETS("packets", Quantity::count, packets -> Format.count(Math.round(packets))),
    BYTES("bytes", Units::parseBytes, bytes -> Format.count(Math.round(bytes)) + " bytes"),
    RATE("bit/s", Units::parseBandwidth, Format::bitsPerSecond),
    SHARE("share", Units::parseProbability, share -> String.format(Locale.ROOT, "%.4g %%", share * 100)),
    COUNT("number", text -> Units.parseNumber(text, 0, Double.MAX_VALUE), Quantity::number);

    private final String label;

    @SuppressWarnings("ImmutableEnumChecker") // functions without state
    private final ToDoubleFunction<String> parser;

    @SuppressWarnings("ImmutableEnumChecker") // functions without state
    private final DoubleFunction<String> shown;

    Quantity(String label, ToDoubleFunction<String> parser, DoubleFunction<String> shown) {
        this.label = label;
        this.parser = parser;
        this.shown = shown;
    }

    private static double count(String text) {
        return Units.parseCount(text, 0, Long.MAX_VALUE);
    }

    private static String number(double value) {
        return value == Math.rint(value) && value < 1e15
                ? Format.count((long) value)
                : String.format(Locale.ROOT, "%.5g", value);
    }

    /** A word for its unit. */
    String label() {
        return label;
    }

    /**
     * A value as users write it: ns, bytes, bit/s, or as it is.
     *
     * @throws io.tlem.impair.SpecException when it is not one
     */
    double parse(String text) {
        return parser.applyAsDouble(text);
    }

    /** The same with so many digits that small differences show. */
    String showExactly(double value) {
        return switch (this) {
            case RATE -> scaled(value, new String[] {"bit/s", "kbit/s", "Mbit/s", "Gbit/s", "Tbit/s"}, 6);
            case TIME -> scaled(value, new String[] {"ns", "us", "ms", "s"}, 5).replace(" us", " µs");
            default -> show(value);
        };
    }

    private static String scaled(double value, String[] units, int digits) {
        int unit = 0;
        double scaled = value;
        while (scaled >= 1000 && unit < units.length - 1) {
            scaled /= 1000;
            unit++;
        }
        int whole = scaled < 1 ? 1 : (int) Math.floor(Math.log10(scaled)) + 1;
        return String.format(
                Locale.ROOT, "%." + Math.max(0, unit == 0 ? 0 : digits - whole) + "f %s", scaled, units[unit]);
    }

    /** A value for people. */
    String show(double value) {
        return shown.apply(value);
    }
}
