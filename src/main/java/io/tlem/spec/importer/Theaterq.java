package io.tlem.spec.importer;

import io.tlem.impair.FileLimits;
import io.tlem.impair.SpecException;
import io.tlem.impair.SpecLines;
import io.tlem.impair.Units;
import java.math.BigDecimal;
import java.math.MathContext;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * Trace files of TheaterQ, a queueing discipline of Linux. An entry a line, of five values in its simple and of nine in its extended format,
 * or of eight in that of before it had routes.
 */
public final class Theaterq {
    private static final int SIMPLE = 5;
    private static final int EXTENDED = 9;
    private static final int WITHOUT_ROUTE = 8;
    private static final long MAX_U32 = 0xFFFF_FFFFL;
    private static final long MAX_MICROS = 86_400_000_000_000L; // of a scenario's times
    private static final long MAX_NANOS = 3_600_000_000_000L; // of a delay
    private static final long MAX_RATE = 10_000_000_000_000L;
    private static final long MAX_PACKETS = 1_000_000;
    private static final long MAX_BYTES = 1L << 30;
    private static final int MAX_ROUTE = 1023;

    /**
     * A line of the file.
     *
     * @param loss and other probabilities in parts of 2^32 - 1
     */
    private record Entry(
            long startMicros,
            long keepMicros,
            long latencyNanos,
            long jitterNanos,
            long rate,
            long loss,
            long limit,
            long duplicate,
            long behindNanos,
            long route) {}

    private Theaterq() {}

    /**
     * Reads a file.
     *
     * @param bytes whether queues are limited in bytes, not in packets
     * @throws SpecException naming file and line
     */
    public static TraceTable read(Path file, boolean bytes) {
        List<Entry> entries = new ArrayList<>();
        try (SpecLines lines = new SpecLines(file, FileLimits.LINES)) {
            int count = 0;
            long micros = 0;
            for (String line = lines.next(); line != null; line = lines.next()) {
                if (line.isEmpty() || !Character.isDigit(line.charAt(0))) {
                    continue; // as TheaterQ does
                }
                String[] words = line.strip().split(",", -1);
                if (count == 0 && words.length != SIMPLE && words.length != EXTENDED && words.length != WITHOUT_ROUTE) {
                    throw lines.error("expected 5 values (simple format) or 9 (extended), found " + words.length);
                }
                if (count != 0 && words.length != count) {
                    throw lines.error("expected " + count + " values as above, found " + words.length);
                }
                count = words.length;
                Entry entry = entry(lines, words, micros);
                micros += entry.keepMicros();
                if (micros > MAX_MICROS) {
                    throw lines.error("the trace takes longer than 86400000 s");
                }
                if (!entries.isEmpty()
                        && entry.rate() == 0 != (entries.getFirst().rate() == 0)) {
                    throw lines.error("a rate of 0, which is no limit, beside others is not possible here");
                }
                entries.add(entry);
            }
            if (entries.isEmpty()) {
                throw lines.fileError("there is no line that begins with a digit");
            }
        }
        return table(file, entries, bytes);
    }

    private static Entry entry(SpecLines lines, String[] words, long startMicros) {
        boolean extended = words.length != SIMPLE;
        int rate = extended ? 3 : 2;
        return new Entry(
                startMicros,
                number(lines, words[0], 1, MAX_MICROS),
                number(lines, words[1], 0, MAX_NANOS),
                extended ? number(lines, words[2], 0, MAX_U32) : 0,
                number(lines, words[rate], 0, MAX_RATE),
                number(lines, words[rate + 1], 0, MAX_U32),
                number(lines, words[rate + 2], 0, MAX_U32),
                extended ? number(lines, words[rate + 3], 0, MAX_U32) : 0,
                extended ? number(lines, words[rate + 4], 0, MAX_NANOS) : 0,
                words.length == EXTENDED ? number(lines, words[rate + 5], 0, MAX_ROUTE) : 0);
    }

    private static long number(SpecLines lines, String word, long min, long max) {
        return lines.parsed(word.strip(), text -> Units.parseCount(text, min, max));
    }

    private static TraceTable table(Path file, List<Entry> entries, boolean bytes) {
        Entry last = entries.getLast();
        boolean limited = entries.getFirst().rate() > 0;
        List<String> columns = new ArrayList<>(List.of("time[us]", "delay[ns]", "jitter[ns]", "loss"));
        if (limited) {
            columns.addAll(List.of("rate[bit/s]", "queue"));
        }
        columns.addAll(List.of("duplication", "route"));
        TraceTable table = new TraceTable(columns);
        table.note("TheaterQ's trace " + file.getFileName() + ": " + entries.size() + " entries");
        table.note("Play it with: steps: [{table: FILE}]");
        table.note("Or in a loop: steps: [{repeat: forever, every: " + (last.startMicros() + last.keepMicros())
                + "us, steps: [{table: FILE}]}]");
        if (limited) {
            table.note(
                    "TheaterQ delays packets ahead of the rate, and LIMIT counts those that are delayed, too. Here the"
                            + " rate is first, and the queue has those that wait for it.");
        } else if (entries.stream().anyMatch(entry -> entry.limit() > 0)) {
            table.leaveOut("LIMIT where RATE is 0: without a rate packets wait in no queue");
        }
        for (Entry entry : entries) {
            List<String> values = new ArrayList<>(List.of(
                    Long.toString(entry.startMicros()),
                    Long.toString(entry.latencyNanos()),
                    Long.toString(entry.jitterNanos()),
                    probability(entry.loss())));
            if (limited) {
                values.add(Long.toString(entry.rate()));
                values.add(queue(table, entry.limit(), bytes));
            }
            values.add(
                    entry.duplicate() == 0 || entry.behindNanos() == 0
                            ? probability(entry.duplicate())
                            : "random," + probability(entry.duplicate()) + ",behind=" + entry.behindNanos() + "ns");
            values.add(entry.route() == 0 ? "jitter" : Long.toString(entry.route()));
            table.row(values);
        }
        return table;
    }

    private static String queue(TraceTable table, long limit, boolean bytes) {
        long most = bytes ? MAX_BYTES : MAX_PACKETS;
        if (limit == 0 || limit > most) {
            table.leaveOut("LIMIT 0 or above " + most + ": a queue has a limit here, and the one before stays");
            return "";
        }
        return (bytes ? "bytes," : "packets,") + limit;
    }

    private static String probability(long parts) {
        return new BigDecimal(parts)
                .divide(new BigDecimal(MAX_U32), MathContext.DECIMAL32)
                .stripTrailingZeros()
                .toPlainString();
    }
}
