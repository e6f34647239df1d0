package io.tlem.scenario;

import io.tlem.spec.Setting;
import io.tlem.stats.Format;
import java.util.List;
import java.util.Locale;

/**
 * A picture as SVG: a chart over time for each row. In a wide drawing names and ranges stand beside the charts, in a narrow one, as
 * for a phone, above them.
 */
public final class SvgDrawing {
    /** Of the usual picture, in its units. */
    public static final int WIDTH = 960;

    /** The least that a picture can have. */
    public static final int LEAST_WIDTH = 240;

    /** Up to which it is a narrow one. */
    public static final int NARROW = 640;

    private static final int TOP = 40;
    private static final int NAMES = 16; // a line of points' names
    private static final int CHART = 48;
    private static final int ABOVE = 18; // a chart of a narrow drawing
    private static final int BELOW = 28; // a chart
    private static final int BOTTOM = 30;
    private static final int LETTER = 7; // as wide as one is, about
    private static final String LINE = "#0072b2"; // of a palette that all eyes tell apart
    private static final String BAND = "#cfe5f3";
    private static final String POINT = "#d55e00"; // of the same
    private static final String FAINT = "#d0d0d0";

    /** Other colours where the viewer prefers dark ones; the rest is as readable there. Who knows no style sees the light ones. */
    private static final String DARK = "<style>@media (prefers-color-scheme: dark) {"
            + " rect[fill='#ffffff'] { fill: #1e2329; } text[fill='#000000'] { fill: #e6eaf0; }"
            + " rect[fill='" + BAND + "'] { fill: #1d3a4d; } [stroke='" + FAINT + "'] { stroke: #3d4653; }"
            + " polyline[stroke='" + LINE + "'] { stroke: #56b4e9; }"
            + " line[stroke='" + POINT + "'] { stroke: #f0a860; } text[fill='" + POINT
            + "'] { fill: #f0a860; } }</style>";

    private final Picture picture;
    private final int width;
    private final boolean narrow;
    private final int left;
    private final int right;
    private final int rowHeight;
    private final Marks marks;
    private final int top;
    private final StringBuilder svg = new StringBuilder();

    private SvgDrawing(Picture picture, int width) {
        this.picture = picture;
        this.width = width;
        this.narrow = width <= NARROW;
        this.left = left(narrow);
        this.right = right(narrow);
        this.rowHeight = CHART + BELOW + (narrow ? ABOVE : 0);
        this.marks = new Marks(picture.points(), point -> x(point.nanos()), LETTER, width);
        this.top = TOP + NAMES * marks.lines() + (narrow ? ABOVE : 0);
    }

    /** Where time begins, from the left, in the picture's units. */
    public static int left(boolean narrow) {
        return narrow ? 12 : 170;
    }

    /** Where what is shown of it ends, from the right, in the picture's units. */
    public static int right(boolean narrow) {
        return narrow ? 12 : 100;
    }

    /** Draws it as wide as usual. */
    public static String of(Picture picture, String title) {
        return of(picture, title, WIDTH);
    }

    /**
     * Draws it in another width.
     *
     * @param width in the picture's units, {@link #LEAST_WIDTH} or more; letters are 12 high
     */
    public static String of(Picture picture, String title, int width) {
        return new SvgDrawing(picture, width).draw(title);
    }

    private String draw(String title) {
        int height = top + rowHeight * Math.max(1, picture.rows().size()) + BOTTOM;
        add(String.format(
                Locale.ROOT,
                "<svg xmlns='http://www.w3.org/2000/svg' width='%d' height='%d' viewBox='0 0 %d %d'"
                        + " font-family='sans-serif' font-size='12'>",
                width,
                height,
                width,
                height));
        add(DARK);
        add(String.format(Locale.ROOT, "<rect width='%d' height='%d' fill='#ffffff'/>", width, height));
        text(left, 22, "start", "#000000", cut(title, width - left));
        int bottom = height - BOTTOM - rowHeight + CHART + 8;
        axis(bottom);
        int rowTop = top;
        for (Picture.Row row : picture.rows()) {
            if (narrow) {
                text(left, rowTop - 5, "start", "#000000", row.name());
            } else {
                text(left - 10, rowTop + CHART / 2 + 4, "end", "#000000", row.name());
            }
            if (row.numbers()) {
                numbers(row, rowTop);
            } else {
                words(row, rowTop);
            }
            rowTop += rowHeight;
        }
        marks.all().forEach(mark -> point(mark, bottom));
        return svg.append("</svg>\n").toString();
    }

    private void add(String line) {
        svg.append(line).append('\n');
    }

    private void text(double x, double y, String anchor, String colour, String text) {
        add(String.format(
                Locale.ROOT,
                "<text x='%.1f' y='%.1f' text-anchor='%s' fill='%s'>%s</text>",
                x,
                y,
                anchor,
                colour,
                escaped(text)));
    }

    private static String escaped(String text) {
        return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;");
    }

    private double x(long nanos) {
        return left + (double) (width - left - right) * nanos / picture.nanos();
    }

    /** The start of a text where there is no room for all of it. */
    private static String cut(String text, double room) {
        int letters = Math.max(1, (int) (room / LETTER));
        return text.length() <= letters ? text : text.substring(0, letters - 1) + "…";
    }

    private void numbers(Picture.Row row, int top) {
        add(String.format(
                Locale.ROOT,
                "<rect x='%d' y='%d' width='%d' height='%d' fill='none' stroke='%s'/>",
                left,
                top,
                width - left - right,
                CHART,
                FAINT));
        StringBuilder points = new StringBuilder();
        double y = 0;
        for (Picture.Value value : row.values()) {
            double x = x(value.nanos());
            if (!points.isEmpty()) {
                points.append(String.format(Locale.ROOT, " %.1f,%.1f", x, y));
            }
            y = top + CHART - row.part(value.number()) * CHART;
            points.append(String.format(Locale.ROOT, " %.1f,%.1f", x, y));
        }
        points.append(String.format(Locale.ROOT, " %.1f,%.1f", x(picture.nanos()), y));
        add(String.format(
                Locale.ROOT,
                "<polyline fill='none' stroke='%s' stroke-width='2' points='%s'/>",
                LINE,
                points.toString().strip()));
        if (narrow) {
            text(width - right, top - 5, "end", "#000000", row.range());
            return;
        }
        text(width - right + 8, top + 10, "start", "#000000", row.extreme(true));
        text(
                width - right + 8,
                top + CHART,
                "start",
                "#000000",
                row.extreme(false) + (row.isLogarithmic() ? " (log)" : ""));
    }

    private void words(Picture.Row row, int top) {
        List<Picture.Value> values = row.values();
        for (int i = 0; i < values.size(); i++) {
            double from = x(values.get(i).nanos());
            double to = x(i + 1 < values.size() ? values.get(i + 1).nanos() : picture.nanos());
            add(String.format(
                    Locale.ROOT,
                    "<rect x='%.1f' y='%d' width='%.1f' height='%d' fill='%s' stroke='%s'><title>%s</title></rect>",
                    from,
                    top,
                    to - from,
                    CHART,
                    fill(values.get(i).text()),
                    FAINT,
                    escaped(values.get(i).text())));
            int letters = (int) ((to - from - 8) / LETTER);
            String text = values.get(i).text();
            String colour = fill(text).equals(LINE) ? "#ffffff" : "#000000";
            if (text.length() <= letters || letters > 3) {
                text(from + 4, top + CHART / 2 + 4, "start", colour, cut(text, to - from - 8));
            }
        }
    }

    private void point(Marks.Mark mark, int bottom) {
        String name = mark.point().name();
        int line = mark.isNamed() ? TOP + NAMES * mark.line() : top;
        add(String.format(
                Locale.ROOT,
                "<line x1='%.1f' x2='%.1f' y1='%d' y2='%d' stroke='%s' stroke-dasharray='4 3'><title>%s, %s</title></line>",
                mark.at(),
                mark.at(),
                line,
                bottom,
                POINT,
                escaped(name),
                Format.nanos(mark.point().nanos())));
        if (mark.isNamed()) {
            text(mark.at() + (mark.isLeft() ? -4 : 4), line + 10, mark.isLeft() ? "end" : "start", POINT, name);
        }
    }

    private static String fill(String text) {
        return switch (text) {
            case Setting.NONE -> "#ffffff";
            case "down" -> LINE;
            default -> BAND;
        };
    }

    private void axis(int bottom) {
        List<Long> ticks = picture.ticks(narrow ? 3 : 7);
        for (long nanos : ticks) {
            String time = Picture.time(nanos) + (nanos == ticks.getLast() && picture.goesOn() ? " ..." : "");
            double half = time.length() * LETTER / 2.0;
            double at = x(nanos);
            add(String.format(
                    Locale.ROOT,
                    "<line x1='%.1f' x2='%.1f' y1='%d' y2='%d' stroke='%s'/>",
                    at,
                    at,
                    top,
                    bottom,
                    FAINT));
            text(at, bottom + 16, at < half ? "start" : at + half > width ? "end" : "middle", "#000000", time);
        }
    }
}
