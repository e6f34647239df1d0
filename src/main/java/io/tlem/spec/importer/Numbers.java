package io.tlem.spec.importer;

import io.tlem.spec.ConfigException;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.math.RoundingMode;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Numbers of other emulators, exact, and as the emulator writes them. */
final class Numbers {
    /** Digits and exponent are bounded, so that no number takes long. */
    private static final Pattern DECIMAL = Pattern.compile(
            "\\+?([0-9]{1,30}\\.?[0-9]{0,30}|\\.[0-9]{1,30})([eE][+-]?[0-9]{1,2})?(.*)", Pattern.DOTALL);

    private static final Pattern INTEGER = Pattern.compile("(-?)(0[xX][0-9a-fA-F]{1,15}|[0-9]{1,18})");

    private Numbers() {}

    /** A number without its unit, times what the unit means. */
    static BigDecimal withUnit(String word, Map<String, BigDecimal> units, String expected) {
        Matcher matcher = DECIMAL.matcher(word);
        BigDecimal scale = matcher.matches() ? units.get(matcher.group(3).toLowerCase(Locale.ROOT)) : null;
        if (scale == null) {
            throw new ConfigException("'" + word + "' is not " + expected);
        }
        String exponent = matcher.group(2) == null ? "" : matcher.group(2);
        return new BigDecimal(matcher.group(1) + exponent).multiply(scale);
    }

    /** An integer as C reads it: 0x begins a hexadecimal one, 0 an octal one. */
    static long integer(String word, String expected) {
        Matcher matcher = INTEGER.matcher(word);
        try {
            if (matcher.matches()) {
                String digits = matcher.group(2);
                int radix = digits.length() > 1 && digits.charAt(0) == '0' ? 8 : 10;
                boolean hexadecimal = digits.length() > 2 && Character.toLowerCase(digits.charAt(1)) == 'x';
                long value = hexadecimal ? Long.parseLong(digits.substring(2), 16) : Long.parseLong(digits, radix);
                return matcher.group(1).isEmpty() ? value : -value;
            }
        } catch (NumberFormatException e) {
            // as any other word that is none
        }
        throw new ConfigException("'" + word + "' is not " + expected);
    }

    static String plain(BigDecimal number) {
        return number.signum() == 0 ? "0" : number.stripTrailingZeros().toPlainString();
    }

    /** A time in the unit in which it is shortest to read. */
    static String time(BigDecimal nanos) {
        BigDecimal whole = nanos.setScale(0, RoundingMode.DOWN);
        if (whole.signum() == 0) {
            return "0";
        }
        String[] units = {"s", "ms", "us"};
        for (int i = 0; i < units.length; i++) {
            BigDecimal value = whole.movePointLeft(9 - 3 * i);
            if (value.compareTo(BigDecimal.ONE) >= 0) {
                return plain(value) + units[i];
            }
        }
        return plain(whole) + "ns";
    }

    /** Bit/s. */
    static String bandwidth(BigInteger bitsPerSecond) {
        return divided(bitsPerSecond, BigInteger.valueOf(1000), "", "k", "M", "G", "T");
    }

    /** Bytes. */
    static String bytes(BigInteger bytes) {
        return divided(bytes, BigInteger.valueOf(1024), "", "k", "M", "G");
    }

    private static String divided(BigInteger value, BigInteger by, String... units) {
        BigInteger rest = value;
        int unit = 0;
        while (unit < units.length - 1 && rest.signum() > 0 && rest.mod(by).signum() == 0) {
            rest = rest.divide(by);
            unit++;
        }
        return rest + units[unit];
    }
}
