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
    private static final String POINTS = "points";

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
        int names = picture.rows().stream()
                        .mapToInt(row -> row.name().length())
                        .max()
                        .orElse(0)
                + 1;
        this.label = picture.points().isEmpty() ? names : Math.max(names, POINTS.length() + 1);
        int legend = picture.rows().stream()
                .filter(Picture.Row::numbers)
                .mapToInt(row -> row.range().length() + 1)
                .max()
                .orElse(0);
        this.columns = Math.max(LEAST_COLUMNS, width - label - Math.max(legend, end().length()) - 1);
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
        if (picture.rows().isEmpty() && picture.points().isEmpty()) {
            return List.of("nothing changes");
        }
        for (Picture.Row row : picture.rows()) {
            String name = row.name() + " ".repeat(label - row.name().length());
            lines.add((name + (row.numbers() ? numbers(row) + " " + row.range() : words(row))).stripTrailing());
        }
        for (String points : points()) {
            lines.add((lines.size() == picture.rows().size() ? POINTS : "") + points);
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

    /** The points, in lines with the first of which the word is to stand. */
    private List<String> points() {
        Marks marks = new Marks(picture.points(), point -> column(point.nanos()), 1, columns);
        List<StringBuilder> lines = new ArrayList<>();
        for (int line = 0; line < marks.lines(); line++) {
            lines.add(new StringBuilder(" ".repeat(label + columns)));
        }
        for (Marks.Mark mark : marks.all()) {
            int at = label + (int) mark.at();
            String name = mark.point().name();
            StringBuilder line = lines.get(Math.max(mark.line(), 0));
            if (!mark.isNamed()) {
                line.setCharAt(at, line.charAt(at) == ' ' ? bound : line.charAt(at));
            } else if (mark.isLeft()) {
                line.replace(at - name.length(), at + 1, name + bound);
            } else {
                String text = bound + name;
                line.replace(at, at + text.length(), text);
            }
        }
        List<String> texts = new ArrayList<>();
        for (StringBuilder line : lines) {
            String text = line.toString().stripTrailing();
            texts.add(texts.isEmpty() ? text.substring(POINTS.length()) : text);
        }
        return texts;
    }

    private String axis() {
        StringBuilder line = new StringBuilder();
        for (long nanos : picture.ticks(Math.max(1, columns / TICK_COLUMNS))) {
            String time = bound + Picture.time(nanos);
            int at = column(nanos);
            if (at + time.length() < columns && at >= line.length()) {
                line.append(" ".repeat(at - line.length())).append(time);
            }
        }
        return line + " ".repeat(Math.max(1, columns - line.length())) + end();
    }

    private String end() {
        return (picture.goesOn() ? "... " : "") + Format.nanos(picture.nanos());
    }
}
