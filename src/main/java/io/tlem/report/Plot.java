package io.tlem.report;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.DoubleFunction;
import java.util.function.DoubleUnaryOperator;

/** A picture of lines over two axes, as SVG within a page whose style gives the colours. */
public final class Plot {
    private static final int WIDTH = 520;
    private static final int HEIGHT = 250;
    private static final int LEFT = 92;
    private static final int RIGHT = 12;
    private static final int TOP = 10;
    private static final int BOTTOM = 40;
    private static final int TICKS = 5;
    private static final int LETTER = 9; // as wide as one is on a phone, about

    /**
     * A line.
     *
     * @param name of it
     * @param style number of its colour, 0 to 7
     * @param xs from left to right
     * @param ys as many
     */
    @SuppressWarnings("ArrayRecordComponent") // which nobody compares
    public record Line(String name, int style, double[] xs, double[] ys) {}

    /**
     * An axis.
     *
     * @param label of it
     * @param shown makes a value one for people
     * @param ticks where values are shown; empty for round ones
     */
    public record Axis(String label, DoubleFunction<String> shown, List<Double> ticks) {
        /** An axis with round values. */
        public Axis(String label, DoubleFunction<String> shown) {
            this(label, shown, List.of());
        }
    }

    private Plot() {}

    /**
     * A figure with its caption and its legend.
     *
     * @param logarithmic whether equal factors are as high; values below the least above 0 are drawn there
     */
    public static String figure(String title, String note, Axis x, Axis y, boolean logarithmic, List<Line> lines) {
        List<Line> drawn = lines.stream().filter(line -> line.xs().length > 0).toList();
        StringBuilder html = new StringBuilder("<figure><figcaption><b>")
                .append(Markup.escaped(title))
                .append("</b>")
                .append(note.isEmpty() ? "" : " " + Markup.escaped(note))
                .append("</figcaption>\n");
        if (drawn.isEmpty()) {
            return html.append("<p class=\"none\">Nothing was measured.</p></figure>\n")
                    .toString();
        }
        html.append("<div class=\"legend\">");
        for (Line line : drawn) {
            html.append("<span><i class=\"k")
                    .append(line.style())
                    .append("\"></i>")
                    .append(Markup.escaped(line.name()))
                    .append("</span>");
        }
        html.append("</div>\n");
        svg(html, title, x, y, logarithmic, drawn);
        return html.append("</figure>\n").toString();
    }

    /** The picture alone. */
    static void svg(StringBuilder html, String title, Axis x, Axis y, boolean logarithmic, List<Line> lines) {
        double left = extreme(lines, true, false);
        double right = Math.max(left + Math.max(1e-9, 1e-6 * Math.abs(left)), extreme(lines, true, true));
        double most = extreme(lines, false, true);
        double least = logarithmic ? leastAbove0(lines) : Math.min(0, extreme(lines, false, false));
        double top = logarithmic ? Math.max(least * 10, most) : most <= 0 ? 1 : most;
        List<Double> yTicks = logarithmic ? decades(least, top) : round(least, top);
        double low = logarithmic ? Math.log10(yTicks.getFirst()) : least;
        double high = logarithmic ? Math.log10(yTicks.getLast()) : yTicks.getLast();
        DoubleUnaryOperator across = value -> LEFT + (value - left) / (right - left) * (WIDTH - LEFT - RIGHT);
        DoubleUnaryOperator up = value -> {
            double scaled = logarithmic ? Math.log10(Math.max(value, Math.pow(10, low))) : value;
            return HEIGHT - BOTTOM - (scaled - low) / (high - low) * (HEIGHT - TOP - BOTTOM);
        };
        html.append(String.format(
                Locale.ROOT,
                "<svg viewBox=\"0 0 %d %d\" role=\"img\" aria-label=\"%s\">%n",
                WIDTH,
                HEIGHT,
                Markup.escaped(title)));
        for (double tick : yTicks) {
            double at = up.applyAsDouble(tick);
            html.append(String.format(
                    Locale.ROOT,
                    "<line class=\"grid\" x1=\"%d\" x2=\"%d\" y1=\"%.1f\" y2=\"%.1f\"/><text class=\"y\" x=\"%d\" y=\"%.1f\">%s</text>%n",
                    LEFT,
                    WIDTH - RIGHT,
                    at,
                    at,
                    LEFT - 6,
                    at + 4,
                    Markup.escaped(y.shown().apply(tick))));
        }
        for (double tick : x.ticks().isEmpty() ? round(left, right) : x.ticks()) {
            double at = across.applyAsDouble(tick);
            if (at < LEFT - 1 || at > WIDTH - RIGHT + 1) {
                continue;
            }
            String shown = x.shown().apply(tick);
            boolean atEnd = at + shown.length() * LETTER / 2.0 > WIDTH; // its text would be cut
            html.append(String.format(
                    Locale.ROOT,
                    "<line class=\"grid\" x1=\"%.1f\" x2=\"%.1f\" y1=\"%d\" y2=\"%d\"/><text class=\"%s\" x=\"%.1f\" y=\"%d\">%s</text>%n",
                    at,
                    at,
                    TOP,
                    HEIGHT - BOTTOM,
                    atEnd ? "y" : "x",
                    atEnd ? WIDTH : at,
                    HEIGHT - BOTTOM + 16,
                    Markup.escaped(shown)));
        }
        html.append(String.format(
                Locale.ROOT,
                "<text class=\"x\" x=\"%d\" y=\"%d\">%s</text>%n",
                (LEFT + WIDTH - RIGHT) / 2,
                HEIGHT - 5,
                Markup.escaped(x.label() + (y.label().isEmpty() ? "" : " / " + y.label()))));
        for (Line line : lines) {
            html.append("<polyline class=\"l").append(line.style()).append("\" points=\"");
            for (int i = 0; i < line.xs().length; i++) {
                html.append(String.format(
                        Locale.ROOT, "%.1f,%.1f ", across.applyAsDouble(line.xs()[i]), up.applyAsDouble(line.ys()[i])));
            }
            html.append("\"/>\n");
            if (line.xs().length == 1) {
                html.append(String.format(
                        Locale.ROOT,
                        "<circle class=\"l%d\" r=\"2\" cx=\"%.1f\" cy=\"%.1f\"/>%n",
                        line.style(),
                        across.applyAsDouble(line.xs()[0]),
                        up.applyAsDouble(line.ys()[0])));
            }
        }
        html.append("</svg>");
    }

    private static double extreme(List<Line> lines, boolean ofX, boolean largest) {
        double found = largest ? Double.NEGATIVE_INFINITY : Double.POSITIVE_INFINITY;
        for (Line line : lines) {
            for (double value : ofX ? line.xs() : line.ys()) {
                found = largest ? Math.max(found, value) : Math.min(found, value);
            }
        }
        return found;
    }

    private static double leastAbove0(List<Line> lines) {
        double least = Double.POSITIVE_INFINITY;
        for (Line line : lines) {
            for (double value : line.ys()) {
                least = value > 0 ? Math.min(least, value) : least;
            }
        }
        return least == Double.POSITIVE_INFINITY ? 1 : least;
    }

    private static List<Double> decades(double least, double most) {
        List<Double> ticks = new ArrayList<>();
        int last = (int) Math.ceil(Math.log10(most));
        for (int exponent = (int) Math.floor(Math.log10(least)); exponent <= last; exponent++) {
            ticks.add(Math.pow(10, exponent));
        }
        if (ticks.size() == 1) {
            ticks.add(ticks.getFirst() * 10);
        }
        return ticks;
    }

    /** Round values from one to the other; the last one is not below the second. */
    private static List<Double> round(double from, double to) {
        double raw = (to - from) / TICKS;
        double power = Math.pow(10, Math.floor(Math.log10(raw)));
        double step = power * (raw / power <= 1 ? 1 : raw / power <= 2 ? 2 : raw / power <= 5 ? 5 : 10);
        List<Double> ticks = new ArrayList<>();
        for (double tick = Math.ceil(from / step - 1e-9) * step; ; tick += step) {
            ticks.add(Math.abs(tick) < step * 1e-9 ? 0 : tick);
            if (tick >= to - step * 1e-9) {
                return ticks;
            }
        }
    }
}
