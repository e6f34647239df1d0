package io.tlem.report;

import io.tlem.report.Plot.Axis;
import io.tlem.report.Plot.Line;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.stream.IntStream;

/** A picture of what became of many runs: panels over the same values, one below the other, as an SVG file of its own. */
public final class SummaryPlot {
    /** Lines that can be told apart. */
    public static final int MOST_SERIES = 8;

    private static final int WIDTH = 560;
    private static final int PANEL_HEIGHT = 270;
    private static final int LINE_HEIGHT = 16;
    private static final int MOST_TICKS = 10;

    private static final String STYLE = """
            <style>
            svg { background: #fff; font: 12px sans-serif; }
            text { fill: #333; } text.y { text-anchor: end; } text.x { text-anchor: middle; }
            text.title { font-weight: bold; font-size: 14px; }
            .grid { stroke: #ddd; } polyline { fill: none; stroke-width: 2; }
            .l0 { stroke: #0072b2; } .l1 { stroke: #d55e00; } .l2 { stroke: #6b7280; stroke-dasharray: 6 4; } .l3 { stroke: #007f5f; }
            .l4 { stroke: #b0468c; } .l5 { stroke: #8a6d00; } .l6 { stroke: #3f8fc4; } .l7 { stroke: #000; }
            </style>
            """;

    /** What values are. */
    public enum Unit {
        /** ns. */
        TIME(Quantity.TIME),
        /** 0 to 1. */
        SHARE(Quantity.SHARE),
        /** Bit/s. */
        RATE(Quantity.RATE);

        private final Quantity quantity;

        Unit(Quantity quantity) {
            this.quantity = quantity;
        }
    }

    /**
     * A line.
     *
     * @param name of it
     * @param values one for each place of the axis; NaN where there is none
     */
    public record Series(String name, List<Double> values) {
        /** Copies the values. */
        public Series {
            values = List.copyOf(values);
        }
    }

    /**
     * A panel.
     *
     * @param title of it
     * @param unit of the values
     * @param series up to {@link #MOST_SERIES}, the same ones in each panel
     */
    public record Panel(String title, Unit unit, List<Series> series) {
        /** Copies the list. */
        public Panel {
            series = List.copyOf(series);
        }
    }

    private SummaryPlot() {}

    /**
     * The file's text.
     *
     * @param title of all
     * @param axis what the places are values of
     * @param places from left to right, at least one
     * @param panels at least one
     */
    public static String svg(String title, String axis, List<String> places, List<Panel> panels) {
        List<Series> named = panels.getFirst().series();
        int top = 3 * LINE_HEIGHT + named.size() * LINE_HEIGHT;
        int height = top + panels.size() * (PANEL_HEIGHT + 2 * LINE_HEIGHT);
        StringBuilder svg = new StringBuilder(String.format(
                Locale.ROOT,
                "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 %d %d\" width=\"%d\" height=\"%d\">%n%s",
                WIDTH,
                height,
                WIDTH,
                height,
                STYLE));
        text(svg, "title", 12, LINE_HEIGHT + 4, title);
        for (int i = 0; i < named.size(); i++) {
            int at = 2 * LINE_HEIGHT + i * LINE_HEIGHT;
            svg.append(String.format(
                    Locale.ROOT, "<polyline class=\"l%d\" points=\"12,%d 36,%d\"/>%n", i, at + 4, at + 4));
            text(svg, "name", 44, at + 8, named.get(i).name());
        }
        for (int i = 0; i < panels.size(); i++) {
            int at = top + i * (PANEL_HEIGHT + 2 * LINE_HEIGHT);
            text(svg, "title", 12, at + LINE_HEIGHT, panels.get(i).title());
            svg.append(String.format(
                    Locale.ROOT,
                    "<svg x=\"0\" y=\"%d\" width=\"%d\" height=\"%d\">%n",
                    at + LINE_HEIGHT + 6,
                    WIDTH,
                    PANEL_HEIGHT));
            panel(svg, axis, places, panels.get(i));
            svg.append("</svg>\n");
        }
        return svg.append("</svg>\n").toString();
    }

    private static void text(StringBuilder svg, String style, int x, int y, String text) {
        svg.append(String.format(
                Locale.ROOT, "<text class=\"%s\" x=\"%d\" y=\"%d\">%s</text>%n", style, x, y, Markup.escaped(text)));
    }

    private static void panel(StringBuilder svg, String axis, List<String> places, Panel panel) {
        List<Line> lines = new ArrayList<>();
        for (int i = 0; i < panel.series().size(); i++) {
            List<Double> values = panel.series().get(i).values();
            int[] known = IntStream.range(0, values.size())
                    .filter(place -> !values.get(place).isNaN())
                    .toArray();
            lines.add(new Line(
                    panel.series().get(i).name(),
                    i,
                    IntStream.of(known).asDoubleStream().toArray(),
                    IntStream.of(known).mapToDouble(values::get).toArray()));
        }
        List<Line> drawn = lines.stream().filter(line -> line.xs().length > 0).toList();
        if (drawn.isEmpty()) {
            text(svg, "none", 44, 2 * LINE_HEIGHT, "Nothing was measured.");
            return;
        }
        int step = Math.ceilDiv(places.size(), MOST_TICKS);
        List<Double> ticks = IntStream.range(0, places.size())
                .filter(place -> place % step == 0)
                .mapToObj(place -> (double) place)
                .toList();
        Plot.svg(
                svg,
                panel.title(),
                new Axis(axis, place -> places.get((int) Math.round(place)), ticks),
                new Axis("", panel.unit().quantity::show),
                false,
                drawn);
    }
}
