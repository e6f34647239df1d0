package io.tlem.impair.delay;

import io.tlem.impair.SpecException;
import io.tlem.impair.Units;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
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
    private static final int MAX_LINE = 1 << 20;
    private static final Pattern INTEGER = Pattern.compile("([+-]?)(0[xX]([0-9a-fA-F]+)|0([0-7]*)|([1-9][0-9]*))");

    private DelayFiles() {}

    private interface Line {
        void take(String line, int number);
    }

    private static void read(Path file, Line each) {
        try (BufferedReader reader = Files.newBufferedReader(file, StandardCharsets.ISO_8859_1)) {
            int number = 0;
            StringBuilder line = new StringBuilder();
            for (int c = reader.read();
                    ;
                    c = reader.read()) { // a line may be as long as the file: readLine has no bound
                if (c == '\n' || c < 0) {
                    if (c >= 0 || !line.isEmpty()) {
                        each.take(line.toString(), ++number);
                    }
                    line.setLength(0);
                    if (c < 0) {
                        return;
                    }
                } else if (line.length() == MAX_LINE) {
                    throw bad(file, number + 1, "the line is too long");
                } else {
                    line.append((char) c);
                }
            }
        } catch (IOException e) {
            throw new SpecException(file + ": cannot be read: " + e.getMessage());
        }
    }

    private static SpecException bad(Path file, int line, String reason) {
        return new SpecException(file + ", line " + line + ": " + reason);
    }

    /** A netem distribution table: integers of 16 bits as C reads them, at most 16384; lines that begin with # are none. */
    static short[] readTable(Path file) {
        List<Short> values = new ArrayList<>();
        read(file, (line, number) -> {
            if (line.startsWith("#")) {
                return;
            }
            for (String word : line.strip().split("\\s+", -1)) {
                if (!word.isEmpty()) {
                    if (values.size() == MAX_TABLE) {
                        throw bad(file, number, "more than " + MAX_TABLE + " values");
                    }
                    values.add(parse(file, number, word));
                }
            }
        });
        if (values.isEmpty()) {
            throw new SpecException(file + ": there is no value in it");
        }
        short[] table = new short[values.size()];
        for (int i = 0; i < table.length; i++) {
            table[i] = values.get(i);
        }
        return table;
    }

    private static short parse(Path file, int line, String word) {
        Matcher matcher = INTEGER.matcher(word);
        String shown = word.length() > 20 ? word.substring(0, 20) + "..." : word;
        if (!matcher.matches()) {
            throw bad(file, line, "'" + shown + "' is not a whole number");
        }
        boolean hexadecimal = matcher.group(3) != null;
        boolean decimal = matcher.group(5) != null;
        String digits = hexadecimal ? matcher.group(3) : decimal ? matcher.group(5) : "0" + matcher.group(4);
        digits = digits.replaceFirst("^0+(?=.)", "");
        long value = digits.length() > 8 ? Long.MAX_VALUE : Long.parseLong(digits, hexadecimal ? 16 : decimal ? 10 : 8);
        value = matcher.group(1).equals("-") ? -value : value;
        if (value < Short.MIN_VALUE || value > Short.MAX_VALUE) {
            throw bad(file, line, "'" + shown + "' is out of range; values are -32768 to 32767");
        }
        return (short) value;
    }

    /** Delays, one a line as on the command line; empty lines and lines that begin with # are none. Sorted, ns. */
    static long[] readSamples(Path file) {
        List<Long> values = new ArrayList<>();
        read(file, (line, number) -> {
            if (!line.isBlank() && !line.startsWith("#")) {
                if (values.size() == MAX_VALUES) {
                    throw bad(file, number, "more than " + MAX_VALUES + " values");
                }
                values.add(time(file, number, line));
            }
        });
        if (values.isEmpty()) {
            throw new SpecException(file + ": there is no value in it");
        }
        long[] samples = values.stream().mapToLong(Long::longValue).toArray();
        Arrays.sort(samples);
        return samples;
    }

    private static long time(Path file, int line, String text) {
        String shown = text.length() > 40 ? text.substring(0, 40) + "..." : text;
        if (text.length() > 40) {
            throw bad(file, line, "'" + shown + "' is not a time");
        }
        try {
            return Units.parseTime(text);
        } catch (SpecException e) {
            throw bad(file, line, e.getMessage());
        }
    }

    /** {@code TIME DELAY} lines: times strictly increasing, from 0 on; empty lines and lines that begin with # are none. */
    static long[][] readTrace(Path file) {
        List<long[]> entries = new ArrayList<>();
        read(file, (line, number) -> {
            if (line.isBlank() || line.startsWith("#")) {
                return;
            }
            String[] words = line.strip().split("\\s+", -1);
            if (words.length != 2) {
                throw bad(file, number, "found " + words.length + " words; a line is TIME DELAY");
            }
            if (entries.size() == MAX_VALUES) {
                throw bad(file, number, "more than " + MAX_VALUES + " lines");
            }
            long time = time(file, number, words[0]);
            long previous = entries.isEmpty() ? -1 : entries.get(entries.size() - 1)[0];
            if (time <= previous || (entries.isEmpty() && time != 0)) {
                throw bad(file, number, "times begin with 0 and grow from line to line");
            }
            entries.add(new long[] {time, time(file, number, words[1])});
        });
        if (entries.isEmpty()) {
            throw new SpecException(file + ": there is no line in it");
        }
        return entries.toArray(long[][]::new);
    }
}
