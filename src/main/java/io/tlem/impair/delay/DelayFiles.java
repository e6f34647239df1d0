package io.tlem.impair.delay;

import io.tlem.impair.SpecLines;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Reads the files that delay models take. Every mistake is a {@link SpecException} that names file and line. */
final class DelayFiles {
    private static final int MAX_TABLE = 16_384;
    private static final int MAX_VALUES = 1 << 20;
    private static final Pattern INTEGER = Pattern.compile("([+-]?)(0[xX]([0-9a-fA-F]+)|0([0-7]*)|([1-9][0-9]*))");

    private DelayFiles() {}

    /** A netem distribution table: integers of 16 bits as C reads them, at most 16384; lines that begin with # are none. */
    static short[] readTable(Path file) {
        List<Short> values = new ArrayList<>();
        try (SpecLines lines = new SpecLines(file, MAX_VALUES)) {
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
        return table;
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

    /** Delays, one a line as on the command line; # begins a comment. Sorted, ns. */
    static long[] readSamples(Path file) {
        List<Long> values = new ArrayList<>();
        try (SpecLines lines = new SpecLines(file, MAX_VALUES)) {
            for (String content = lines.nextContent(); content != null; content = lines.nextContent()) {
                values.add(lines.time(content));
            }
            if (values.isEmpty()) {
                throw lines.fileError("there is no value in it");
            }
        }
        long[] samples = values.stream().mapToLong(Long::longValue).toArray();
        Arrays.sort(samples);
        return samples;
    }
}
