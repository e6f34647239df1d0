package io.tlem.screen;

import io.tlem.control.Message;
import io.tlem.control.ShownLink;
import io.tlem.stats.Format;
import io.tlem.text.Shown;
import java.nio.charset.Charset;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.LongFunction;
import java.util.function.ToDoubleFunction;
import java.util.stream.Collectors;
import org.jline.utils.AttributedString;
import org.jline.utils.AttributedStringBuilder;
import org.jline.utils.AttributedStyle;

/**
 * One picture of a link, as lines that fit into a terminal: the same for the same input.
 *
 * @param shown what the link has last answered when it was asked what it is
 * @param history what it did lately
 * @param together so many seconds are a point
 * @param paused whether the picture stands
 * @param help whether the keys are explained
 */
record Frame(ShownLink shown, History history, int together, boolean paused, boolean help) {
    private static final int LEAST_COLUMNS = 40;
    private static final int LEAST_ROWS = 8;
    private static final int SIDE_BY_SIDE = 156;
    private static final int GAP = 2;
    private static final int NAME_COLUMNS = 8;
    private static final int VALUE_COLUMNS = 26;
    private static final int PEAK_COLUMNS = 13;
    private static final int FEWEST_POINTS = 10;
    private static final int MOST_CHART_ROWS = 8;
    private static final int PLAIN_LINES = 6; // of a direction, beside its charts

    private static final int IN = AttributedStyle.CYAN;
    private static final int OUT = AttributedStyle.GREEN;
    private static final int QUEUE = AttributedStyle.YELLOW;
    private static final int DROPS = AttributedStyle.RED;
    private static final int LATE = AttributedStyle.MAGENTA;

    private static final List<String> HELP = List.of(
            "q  quit (so does Ctrl-C)",
            "p  pause: the picture stands, the link goes on",
            "r  seconds in a point: 1, 2, 5, 10",
            "?  this",
            "",
            "in      what came from the port",
            "out     what was sent to the other port",
            "queue   how long packets wait for the link, on average",
            "inside  how many packets are in the emulator",
            "dropped the share of packets that did not pass",
            "missed  by the port, before the emulator had them",
            "late    how much after its time a packet was sent",
            "",
            "A point of several seconds has their worst percentiles.");

    /** What the terminal can show. */
    record Looks(Charset charset, boolean blocks, boolean colours) {
        AttributedStyle of(int colour) {
            return colours ? AttributedStyle.DEFAULT.foreground(colour) : AttributedStyle.DEFAULT;
        }

        private String clean(String text) {
            return Shown.output(text, charset);
        }
    }

    /** The lines from the top, as many as there are rows, each of at most so many columns. */
    List<AttributedString> lines(int columns, int rows, Looks looks) {
        List<AttributedString> lines = new ArrayList<>();
        if (columns < LEAST_COLUMNS || rows < LEAST_ROWS) {
            lines.add(new AttributedString("the terminal is too small"));
            return fit(lines, columns, rows);
        }
        lines.add(title(columns, looks));
        int body = rows - 2;
        if (help) {
            HELP.forEach(line -> lines.add(new AttributedString("  " + line)));
        } else {
            lines.addAll(directions(columns, body, looks));
        }
        List<AttributedString> all = fit(lines, columns, rows - 1);
        all.add(bold("q")
                .append(" quit  ")
                .append(bold("p"))
                .append(paused ? " go on  " : " pause  ")
                .append(bold("r"))
                .append(" " + together + " s a point  ")
                .append(bold("?"))
                .append(" help")
                .toAttributedString()
                .columnSubSequence(0, columns));
        return all;
    }

    private static AttributedStringBuilder bold(String text) {
        return new AttributedStringBuilder().styled(AttributedStyle.BOLD, text);
    }

    private static List<AttributedString> fit(List<AttributedString> lines, int columns, int rows) {
        List<AttributedString> all = new ArrayList<>();
        for (int row = 0; row < rows; row++) {
            all.add(row < lines.size() ? lines.get(row).columnSubSequence(0, columns) : AttributedString.EMPTY);
        }
        return all;
    }

    private AttributedString title(int columns, Looks looks) {
        String left = " " + looks.clean(shown.answer().text("name") + ": " + shown.ports());
        String right =
                (paused ? "PAUSED  " : "") + "version " + shown.version() + "  runs for " + shown.runsFor() + " ";
        int room = columns - right.length();
        String text = room < 2 ? left : padded(left, room - 1) + " " + right;
        return new AttributedString(padded(text, columns), AttributedStyle.DEFAULT.inverse());
    }

    private static String padded(String text, int columns) {
        return text.length() >= columns ? text.substring(0, columns) : text + " ".repeat(columns - text.length());
    }

    private List<AttributedString> directions(int columns, int rows, Looks looks) {
        List<String> ways = List.copyOf(history.ways());
        if (ways.isEmpty()) {
            return List.of(new AttributedString(" waiting for the link's first second"));
        }
        if (ways.size() > 1 && columns >= SIDE_BY_SIDE) {
            int width = (columns - GAP * (ways.size() - 1)) / ways.size();
            List<List<AttributedString>> blocks =
                    ways.stream().map(way -> direction(way, width, rows, looks)).toList();
            return beside(blocks, width, rows);
        }
        List<AttributedString> lines = new ArrayList<>();
        for (String way : ways) {
            lines.addAll(direction(way, columns, rows / ways.size(), looks));
        }
        return lines;
    }

    private static List<AttributedString> beside(List<List<AttributedString>> blocks, int width, int rows) {
        List<AttributedString> lines = new ArrayList<>();
        for (int row = 0; row < rows; row++) {
            AttributedStringBuilder line = new AttributedStringBuilder();
            for (List<AttributedString> block : blocks) {
                line.append(" ".repeat(line.length() == 0 ? 0 : GAP));
                AttributedString part = row < block.size() ? block.get(row) : AttributedString.EMPTY;
                line.append(part).append(" ".repeat(Math.max(0, width - part.columnLength())));
            }
            lines.add(line.toAttributedString());
        }
        return lines;
    }

    /** A line of charts. */
    private record Chart(
            String name, int colour, String value, ToDoubleFunction<Point> of, LongFunction<String> peak) {}

    private List<AttributedString> direction(String way, int columns, int rows, Looks looks) {
        int pointColumns = columns - NAME_COLUMNS - VALUE_COLUMNS - PEAK_COLUMNS;
        int valueColumns = pointColumns < FEWEST_POINTS ? columns - NAME_COLUMNS : VALUE_COLUMNS;
        List<Point> points = history.points(way, together, Math.max(1, pointColumns));
        Point last = points.getLast();
        List<Chart> charts = charts(last);
        int chartRows = Math.clamp((rows - PLAIN_LINES) / charts.size(), 1, MOST_CHART_ROWS);
        List<AttributedString> lines = new ArrayList<>();
        String name = looks.clean(way) + " ";
        String rule = looks.blocks ? "━" : "-";
        lines.add(new AttributedString(name + rule.repeat(Math.max(0, columns - name.length())), AttributedStyle.BOLD));
        lines.add(new AttributedString(looks.clean(shown.inForce().getOrDefault(way, "")), AttributedStyle.DEFAULT));
        for (Chart chart : charts) {
            if (pointColumns < FEWEST_POINTS) {
                lines.add(label(chart, valueColumns, looks).toAttributedString());
            } else {
                lines.addAll(chart(chart, points, pointColumns, chartRows, looks));
            }
        }
        lines.add(drops(way, last, looks));
        lines.add(times("", List.of("mean", "p50", "p90", "p99", "p99.9", "max")));
        lines.add(times("inside", texts(last.inside())));
        lines.add(times("late", texts(last.late())));
        List<AttributedString> fitting = fit(lines, columns, Math.min(rows, lines.size()));
        while (fitting.size() < rows) {
            fitting.add(AttributedString.EMPTY);
        }
        return fitting;
    }

    private static List<Chart> charts(Point last) {
        return List.of(
                new Chart(
                        "in",
                        IN,
                        rate(last.receivedBitsPerSecond(), last.receivedPackets() / last.seconds()),
                        Point::receivedBitsPerSecond,
                        Format::bitsPerSecond),
                new Chart(
                        "out",
                        OUT,
                        rate(last.transmittedBitsPerSecond(), last.transmittedPackets() / last.seconds()),
                        Point::transmittedBitsPerSecond,
                        Format::bitsPerSecond),
                new Chart(
                        "queue",
                        QUEUE,
                        padded(Format.nanos(Math.round(last.queueMeanNanos())), 12) + "inside "
                                + Format.count(last.insidePackets()),
                        Point::queueMeanNanos,
                        Format::nanos),
                new Chart(
                        "dropped",
                        DROPS,
                        padded(percent(last.droppedShare()), 12)
                                + Format.packetsPerSecond(last.droppedPackets() / last.seconds()),
                        point -> point.droppedShare() * SHARE,
                        share -> percent(share / SHARE)),
                new Chart(
                        "late",
                        LATE,
                        last.late().count() == 0
                                ? "-"
                                : padded("p90 " + Format.nanos(last.late().p90()), 12) + " p99 "
                                        + Format.nanos(last.late().p99()),
                        point -> point.late().p99(),
                        Format::nanos));
    }

    private static final double SHARE = 1e9; // shares as whole numbers

    private static String rate(double bits, double packets) {
        return padded(Format.bitsPerSecond(bits), 13) + Format.packetsPerSecond(packets);
    }

    private static String percent(double share) {
        return share == 0 ? "0 %" : String.format(Locale.ROOT, share < 0.0001 ? "%.1e %%" : "%.2f %%", share * 100);
    }

    private static AttributedStringBuilder label(Chart chart, int valueColumns, Looks looks) {
        return new AttributedStringBuilder()
                .append(padded(chart.name, NAME_COLUMNS))
                .styled(looks.of(chart.colour), padded(chart.value, valueColumns));
    }

    private static List<AttributedString> chart(Chart chart, List<Point> points, int columns, int rows, Looks looks) {
        double[] values = points.stream().mapToDouble(chart.of).toArray();
        double most = points.stream().mapToDouble(chart.of).max().orElse(0);
        List<String> drawn = Sparkline.rows(values, most, columns, rows, looks.blocks);
        List<AttributedString> lines = new ArrayList<>();
        for (int row = 0; row < rows; row++) {
            AttributedStringBuilder line = row == 0
                    ? label(chart, VALUE_COLUMNS, looks)
                    : new AttributedStringBuilder().append(" ".repeat(NAME_COLUMNS + VALUE_COLUMNS));
            line.styled(looks.of(chart.colour), drawn.get(row));
            if (row == 0 && most > 0) {
                line.styled(AttributedStyle.DEFAULT.faint(), " " + chart.peak.apply(Math.round(most)));
            }
            lines.add(line.toAttributedString());
        }
        return lines;
    }

    private AttributedString drops(String way, Point last, Looks looks) {
        Map<String, Long> total = Map.of();
        for (Message direction : shown.answer().inner("status").list("directions")) {
            if (direction.text("name").equals(way)) {
                total = Point.drops(direction);
            }
        }
        String now = reasons(last.drops());
        String all = reasons(total);
        String text = padded("drops", NAME_COLUMNS)
                + (now.isEmpty() ? "none" : now)
                + (all.isEmpty() ? "" : "; since the start " + all);
        return new AttributedString(looks.clean(text));
    }

    private static String reasons(Map<String, Long> drops) {
        return drops.entrySet().stream()
                .map(drop -> drop.getKey() + " " + Format.count(drop.getValue()))
                .collect(Collectors.joining(", "));
    }

    private static List<String> texts(Times times) {
        return times.count() == 0
                ? List.of("-", "-", "-", "-", "-", "-")
                : List.of(
                        Format.nanos(Math.round(times.mean())),
                        Format.nanos(times.p50()),
                        Format.nanos(times.p90()),
                        Format.nanos(times.p99()),
                        Format.nanos(times.p999()),
                        Format.nanos(times.max()));
    }

    private static AttributedString times(String name, List<String> texts) {
        StringBuilder line = new StringBuilder(padded(name, NAME_COLUMNS));
        texts.forEach(text -> line.append(String.format(Locale.ROOT, "%10s", text)));
        return new AttributedString(line, name.isEmpty() ? AttributedStyle.DEFAULT.faint() : AttributedStyle.DEFAULT);
    }
}
