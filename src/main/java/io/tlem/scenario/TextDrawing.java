package io.tlem.scenario;

import io.tlem.stats.Format;
import java.nio.charset.Charset;
import java.util.ArrayList;
import java.util.List;

/** A picture as lines of text, a row each: numbers as bars, other values where they begin. */
public final class TextDrawing {
    private static final String BARS = "▁▂▃▄▅▆▇█";
    private static final String PLAIN_BARS = "_.-=+*%#";
    private static final int LEAST_COLUMNS = 20;
    private static final int TICK_COLUMNS = 12;

    private final Picture picture;
    private final String bars;
    private final char bound;
    private final int label;
    private final int columns;

    private TextDrawing(Picture picture, int width, Charset charset) {
        boolean blocks = charset.newEncoder().canEncode(BARS);
        this.picture = picture;
        this.bars = blocks ? BARS : PLAIN_BARS;
        this.bound = blocks ? '│' : '|';
        this.label = picture.rows().stream()
                        .mapToInt(row -> row.name().length())
                        .max()
                        .orElse(0)
                + 1;
        int legend = picture.rows().stream()
                .filter(Picture.Row::numbers)
                .mapToInt(row -> row.range().length() + 1)
                .max()
                .orElse(0);
        this.columns = Math.max(LEAST_COLUMNS, width - label - legend - 1);
    }

    /**
     * Draws.
     *
     * @param width of the lines
     * @param charset that they are to be written in
     */
    public static List<String> of(Picture picture, int width, Charset charset) {
        return new TextDrawing(picture, width, charset).lines();
    }

    private List<String> lines() {
        List<String> lines = new ArrayList<>();
        if (picture.rows().isEmpty()) {
            return List.of("nothing changes");
        }
        for (Picture.Row row : picture.rows()) {
            String name = row.name() + " ".repeat(label - row.name().length());
            lines.add((name + (row.numbers() ? numbers(row) + " " + row.range() : words(row))).stripTrailing());
        }
        lines.add(" ".repeat(label) + axis());
        return lines;
    }

    /** The time that a column begins with. */
    private long time(int column) {
        return (long) ((double) picture.nanos() * column / columns);
    }

    private int column(long nanos) {
        return (int) Math.min(columns - 1, (double) nanos * columns / picture.nanos());
    }

    private String numbers(Picture.Row row) {
        StringBuilder line = new StringBuilder();
        for (int column = 0; column < columns; column++) {
            double part = row.part(row.at(time(column + 1) - 1).number());
            line.append(bars.charAt((int) Math.round(part * (bars.length() - 1))));
        }
        return line.toString();
    }

    private String words(Picture.Row row) {
        StringBuilder line = new StringBuilder(" ".repeat(columns));
        List<Picture.Value> values = row.values();
        for (int i = 0; i < values.size(); i++) {
            int from = column(values.get(i).nanos());
            int to = i + 1 < values.size() ? column(values.get(i + 1).nanos()) : columns;
            String text = bound + values.get(i).text();
            String fitting = text.length() <= to - from ? text : text.substring(0, Math.max(to - from, 0));
            line.replace(from, from + fitting.length(), fitting);
        }
        return line.toString();
    }

    private String axis() {
        StringBuilder line = new StringBuilder();
        int ticks = Math.max(1, columns / TICK_COLUMNS);
        for (int tick = 0; tick < ticks; tick++) {
            int at = columns * tick / ticks;
            line.append(" ".repeat(Math.max(0, at - line.length())))
                    .append(bound)
                    .append(Format.nanos(time(at)));
        }
        String end = (picture.goesOn() ? "... " : "") + Format.nanos(picture.nanos());
        return line + " ".repeat(Math.max(1, columns - line.length())) + end;
    }
}
