package io.tlem.impair.random;

import io.tlem.impair.SpecException;
import io.tlem.impair.SpecLines;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A distribution table of netem, {@code NAME.dist}: values of {@code mu + sigma T[r mod n] / 8192} with a random number
 * {@code r}, rounded as tabledist in sch_netem does. Immutable.
 */
public final class NetemTable {
    private static final int MAX_TABLE = 16_384;
    private static final int MAX_LINES = 1 << 20;
    private static final long SCALE = 8192;
    private static final Pattern INTEGER = Pattern.compile("([+-]?)(0[xX]([0-9a-fA-F]+)|0([0-7]*)|([1-9][0-9]*))");

    private final short[] table;

    private NetemTable(short[] table) {
        this.table = table;
    }

    /**
     * Reads a table: integers of 16 bits as C reads them, at most 16384; lines that begin with # are none.
     *
     * @throws SpecException naming file and line
     */
    public static NetemTable read(Path file) {
        List<Short> values = new ArrayList<>();
        try (SpecLines lines = new SpecLines(file, MAX_LINES)) {
            for (String line = lines.next(); line != null; line = lines.next()) {
                if (!line.isBlank() && !line.startsWith("#")) {
                    for (String word : line.strip().split("\\s+", -1)) {
                        if (values.size() == MAX_TABLE) {
                            throw lines.error("more than " + MAX_TABLE + " values");
                        }
                        values.add(parse(lines, word));
                    }
                }
            }
            if (values.isEmpty()) {
                throw lines.fileError("there is no value in it");
            }
        }
        short[] table = new short[values.size()];
        for (int i = 0; i < table.length; i++) {
            table[i] = values.get(i);
        }
        return new NetemTable(table);
    }

    private static short parse(SpecLines lines, String word) {
        Matcher matcher = INTEGER.matcher(word);
        if (!matcher.matches()) {
            throw lines.error(SpecLines.quote(word) + " is not a whole number");
        }
        boolean hexadecimal = matcher.group(3) != null;
        boolean decimal = matcher.group(5) != null;
        String digits = hexadecimal ? matcher.group(3) : decimal ? matcher.group(5) : "0" + matcher.group(4);
        digits = digits.replaceFirst("^0+(?=.)", "");
        long value = digits.length() > 8 ? Long.MAX_VALUE : Long.parseLong(digits, hexadecimal ? 16 : decimal ? 10 : 8);
        value = matcher.group(1).equals("-") ? -value : value;
        if (value < Short.MIN_VALUE || value > Short.MAX_VALUE) {
            throw lines.error(SpecLines.quote(word) + " is out of range; values are -32768 to 32767");
        }
        return (short) value;
    }

    /**
     * A value of the distribution.
     *
     * @param mu where the table has 0
     * @param sigma what 8192 of the table are, from 0 to 2^32
     * @param draw 0 to 2^32 - 1
     */
    public long value(long mu, long sigma, long draw) {
        return scaled(mu, sigma, table[(int) (draw % table.length)]);
    }

    /** Smallest {@link #value}. */
    public long min(long mu, long sigma) {
        long least = Long.MAX_VALUE;
        for (short entry : table) {
            least = Math.min(least, scaled(mu, sigma, entry));
        }
        return least;
    }

    /** Largest {@link #value}. */
    public long max(long mu, long sigma) {
        long most = Long.MIN_VALUE;
        for (short entry : table) {
            most = Math.max(most, scaled(mu, sigma, entry));
        }
        return most;
    }

    private static long scaled(long mu, long sigma, int entry) {
        long x = sigma % SCALE * entry;
        long rounded = x >= 0 ? x + SCALE / 2 : x - SCALE / 2;
        return rounded / SCALE + sigma / SCALE * entry + mu;
    }
}
