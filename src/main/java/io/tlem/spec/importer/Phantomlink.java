package io.tlem.spec.importer;

import io.tlem.impair.FileLimits;
import io.tlem.impair.SpecException;
import io.tlem.impair.SpecLines;
import io.tlem.impair.Units;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Scenario files of PhantomLink: times, routes, delays and rates under the names of their columns. */
public final class Phantomlink {
    private static final List<String> COLUMNS = List.of("Time[ms]", "RouteID", "Delay[ms]", "Btldr[Mbps]");
    private static final long MAX_MILLIS = 86_400_000_000L; // of a scenario's times
    private static final double MAX_DELAY_MILLIS = 3_600_000;
    private static final double MAX_MBPS = 10_000_000;
    private static final long MAX_QUEUE_BYTES = 1L << 30;
    private static final double MBPS = 1e6;

    /** As many routes as there are; packets of one so many changes ago have arrived. */
    private static final int ROUTES = 1024;

    private Phantomlink() {}

    /**
     * Reads a file.
     *
     * @param buffers how long the queue is, in rate times twice the delay
     * @throws SpecException naming file and line
     */
    public static TraceTable read(Path file, double buffers) {
        TraceTable table = new TraceTable(List.of("time[ms]", "route", "delay[ms]", "rate[Mbit/s]", "queue"));
        table.note("PhantomLink's scenario " + file.getFileName());
        table.note("Play it with: {start: first-packet, steps: [{table: FILE}]}");
        table.note(
                "PhantomLink makes its buffer anew where the route changes, and only there: here, too. It takes no time"
                        + " to change the route.");
        try (SpecLines lines = new SpecLines(file, FileLimits.LINES)) {
            String header = lines.next();
            List<String> names = header == null
                    ? List.of()
                    : List.of(header.replace(" ", "").replace("\uFEFF", "").split(",", -1));
            for (String column : COLUMNS) {
                if (!names.contains(column)) {
                    throw header == null
                            ? lines.fileError("it is empty")
                            : lines.error("the column " + column + " is missing");
                }
            }
            Map<Long, Integer> routes = new HashMap<>();
            long before = -1;
            long routeBefore = -1;
            for (String line = lines.next(); line != null; line = lines.next()) {
                if (line.isBlank()) {
                    continue;
                }
                String[] words = line.split(",", -1);
                if (words.length != names.size()) {
                    throw lines.error("expected " + names.size() + " values, found " + words.length);
                }
                List<String> values = new ArrayList<>(COLUMNS.stream()
                        .map(column -> words[names.indexOf(column)].strip())
                        .toList());
                long millis = lines.parsed(values.get(0), text -> Units.parseCount(text, 0, MAX_MILLIS));
                if (millis <= before) {
                    throw lines.error("the time is not after the one before it");
                }
                long route = route(lines, values.get(1));
                double delay = lines.parsed(values.get(2), text -> Units.parseNumber(text, 0, MAX_DELAY_MILLIS));
                double rate = lines.parsed(values.get(3), text -> Units.parseNumber(text, 0, MAX_MBPS));
                if (rate == 0) {
                    throw lines.error("a rate of 0 is not possible here");
                }
                values.set(1, Integer.toString(routes.computeIfAbsent(route, one -> routes.size() % ROUTES)));
                values.add(before < 0 || route != routeBefore ? queue(lines, rate, delay, buffers) : "");
                table.row(values);
                before = millis;
                routeBefore = route;
            }
            if (before < 0) {
                throw lines.fileError("there is no line below the names of the columns");
            }
        }
        return table;
    }

    private static long route(SpecLines lines, String text) {
        try {
            return Long.parseUnsignedLong(text);
        } catch (NumberFormatException e) {
            throw lines.error(SpecLines.quote(text) + " is no number of a route");
        }
    }

    private static String queue(SpecLines lines, double rate, double delayMillis, double buffers) {
        double bytes = Math.floor(rate * MBPS / 8 * 2 * delayMillis / 1000 * buffers);
        if (bytes > MAX_QUEUE_BYTES) {
            throw lines.error("PhantomLink's buffer of twice rate and delay is larger than the most here, 1 GiB");
        }
        return Long.toString((long) bytes);
    }
}
