package io.tlem.bench;

import java.awt.BasicStroke;
import java.awt.Color;
import java.awt.Font;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.function.Predicate;
import org.knowm.xchart.BitmapEncoder;
import org.knowm.xchart.VectorGraphicsEncoder;
import org.knowm.xchart.XYChart;
import org.knowm.xchart.XYChartBuilder;
import org.knowm.xchart.XYSeries;
import org.knowm.xchart.style.Styler;
import org.knowm.xchart.style.markers.SeriesMarkers;

/** Plots of throughput and lateness, medians with the spread as error bars, each as SVG and PNG. */
final class Plots {
    private static final int WIDTH = 1000;
    private static final int HEIGHT = 640;
    private static final int DOTS_PER_INCH = 150;
    private static final Color[] COLOURS = {
        new Color(0x0072B2), new Color(0xD55E00), new Color(0x009E73), new Color(0xCC79A7), new Color(0x56B4E9)
    };
    private static final String MACHINE = "Machine alone";
    private static final String COPYING = "Copying, 50% load";
    private static final BasicStroke SOLID = new BasicStroke(2.2f);
    private static final BasicStroke DASHED =
            new BasicStroke(1.6f, BasicStroke.CAP_BUTT, BasicStroke.JOIN_ROUND, 1, new float[] {7, 5}, 0);

    private final Figures figures;
    private final Path folder;

    private Plots(Figures figures, Path folder) {
        this.figures = figures;
        this.folder = folder;
    }

    /** Draws what there are figures for. */
    static void draw(Figures figures, Path folder) throws IOException {
        Files.createDirectories(folder);
        Plots plots = new Plots(figures, folder);
        List<Figure> links = figures.of(Throughput.SECTION).stream()
                .filter(figure ->
                        is(figure, "endpoints", "memory") && is(figure, "directions", "1") && is(figure, "stages", "2"))
                .toList();
        plots.throughput(
                links.stream().filter(f -> !is(f, "size", "imix")).toList(),
                "size",
                "Frame length, bytes",
                delay -> delay + " ms",
                "delay_ms");
        plots.throughput(
                links, "delay_ms", "Delay, ms", size -> size.equals("imix") ? "IMIX" : size + " bytes", "size");
        plots.lateness("spin", "threads spin");
        plots.lateness("default", "default sleep thresholds");
    }

    private static boolean is(Figure figure, String name, String value) {
        return value.equals(figure.of().get(name));
    }

    /** Time a packet, and the floor's, against one property of the links; a line for each value of another. */
    private void throughput(List<Figure> links, String by, String label, Function<String, String> name, String each)
            throws IOException {
        Map<String, Integer> pointsOf = new LinkedHashMap<>();
        links.stream()
                .map(f -> f.of().get(each))
                .distinct()
                .forEach(value -> pointsOf.put(
                        value,
                        points(links, f -> is(f, each, value) && f.metric().equals("wall"), by)
                                .size()));
        // Where some lines have more points than others, the others would say little.
        int most = pointsOf.values().stream().mapToInt(Integer::intValue).max().orElse(0);
        if (most < 2) {
            return;
        }
        List<String> values = pointsOf.keySet().stream()
                .filter(value -> pointsOf.get(value) == most)
                .toList();
        XYChart chart = chart(
                "Time a packet, against the " + (by.equals("size") ? "frame length" : "delay"), label, "ns a packet");
        chart.getStyler().setYAxisLogarithmic(true);
        chart.getStyler().setXAxisLogarithmic(by.equals("size"));
        for (int i = 0; i < values.size() && i < COLOURS.length; i++) {
            String value = values.get(i);
            SortedMap<Double, Figure> wall =
                    points(links, f -> is(f, each, value) && f.metric().equals("wall"), by);
            SortedMap<Double, Double> floor =
                    floor(links.stream().filter(f -> is(f, each, value)).toList(), by);
            style(add(chart, "Emulator, " + name.apply(value), wall), COLOURS[i], SOLID);
            style(
                    chart.addSeries(
                            "Copy alone, " + name.apply(value),
                            List.copyOf(floor.keySet()),
                            List.copyOf(floor.values())),
                    COLOURS[i],
                    DASHED);
        }
        save(chart, "throughput-by-" + by.replace("_ms", ""));
    }

    /** The faster of the two floors. */
    private static SortedMap<Double, Double> floor(List<Figure> links, String by) {
        SortedMap<Double, Double> fastest = new TreeMap<>();
        for (Figure figure : links) {
            if (figure.metric().startsWith("floor")) {
                fastest.merge(Double.valueOf(figure.of().get(by)), figure.median(), Math::min);
            }
        }
        return fastest;
    }

    private static SortedMap<Double, Figure> points(List<Figure> figures, Predicate<Figure> wanted, String by) {
        SortedMap<Double, Figure> points = new TreeMap<>();
        figures.stream().filter(wanted).forEach(f -> points.put(Double.valueOf(f.of().get(by)), f));
        return points;
    }

    private static XYSeries add(XYChart chart, String name, SortedMap<Double, Figure> points) {
        return chart.addSeries(
                name,
                List.copyOf(points.keySet()),
                points.values().stream().map(Figure::median).toList(),
                points.values().stream().map(Plots::halfSpread).toList());
    }

    /** Less than the median: a logarithmic axis has no 0. */
    private static double halfSpread(Figure figure) {
        return Math.min((figure.max() - figure.min()) / 2, 0.9 * figure.median());
    }

    /** Percentiles of lateness for each load, and of the machine alone, looking and copying. */
    private void lateness(String threads, String title) throws IOException {
        Map<String, SortedMap<Double, Double>> lines = new LinkedHashMap<>();
        lines.put(MACHINE, new TreeMap<>());
        lines.put(COPYING, new TreeMap<>());
        for (Figure figure : figures.of(Timing.SECTION)) {
            int place = Timing.PERCENTILES.stream().map(Timing::name).toList().indexOf(figure.metric());
            String load = figure.of().get("load");
            boolean half = load.equals("50%");
            boolean hiccups = half && is(figure, "threads", Timing.HICCUPS);
            boolean copying = half && is(figure, "threads", Timing.COPYING);
            if (place >= 0 && (hiccups || copying || is(figure, "threads", threads))) {
                String name = hiccups ? MACHINE : copying ? COPYING : load.equals("idle") ? "Idle" : load + " load";
                // A logarithmic axis has no 0.
                lines.computeIfAbsent(name, key -> new TreeMap<>())
                        .put((double) place, Math.max(figure.median(), 0.01));
            }
        }
        lines.values().removeIf(Map::isEmpty);
        if (lines.keySet().equals(Set.of(MACHINE, COPYING)) || lines.isEmpty()) {
            return;
        }
        XYChart chart = chart("Lateness of packets, " + title, "Percentile", "Lateness, µs");
        chart.getStyler().setYAxisLogarithmic(true);
        chart.getStyler().setXAxisMin(0.0).setXAxisMax((double) Timing.PERCENTILES.size() - 1);
        chart.getStyler().setXAxisMaxLabelCount(Timing.PERCENTILES.size());
        chart.getStyler().setxAxisTickLabelsFormattingFunction(Plots::percentile);
        int colour = 0;
        for (Map.Entry<String, SortedMap<Double, Double>> line : lines.entrySet()) {
            XYSeries series = chart.addSeries(
                    line.getKey(),
                    List.copyOf(line.getValue().keySet()),
                    List.copyOf(line.getValue().values()));
            if (line.getKey().equals(MACHINE) || line.getKey().equals(COPYING)) {
                style(series, line.getKey().equals(MACHINE) ? Color.DARK_GRAY : Color.BLACK, DASHED);
            } else {
                style(series, COLOURS[colour++ % COLOURS.length], SOLID);
            }
        }
        save(chart, "lateness-" + threads);
    }

    private static String percentile(double place) {
        return place == Math.rint(place) && place >= 0 && place < Timing.PERCENTILES.size()
                ? Timing.name(Timing.PERCENTILES.get((int) place))
                : "";
    }

    private static void style(XYSeries series, Color colour, BasicStroke stroke) {
        series.setLineColor(colour).setLineStyle(stroke);
        series.setMarkerColor(colour).setMarker(SeriesMarkers.CIRCLE);
    }

    private static XYChart chart(String title, String x, String y) {
        XYChart chart = new XYChartBuilder()
                .width(WIDTH)
                .height(HEIGHT)
                .title(title)
                .xAxisTitle(x)
                .yAxisTitle(y)
                .build();
        chart.getStyler().setLegendPosition(Styler.LegendPosition.OutsideE);
        chart.getStyler()
                .setLegendFont(new Font(Font.SANS_SERIF, Font.PLAIN, 13))
                .setLegendBorderColor(Color.LIGHT_GRAY);
        chart.getStyler().setChartBackgroundColor(Color.WHITE).setPlotBorderVisible(false);
        chart.getStyler().setAxisTitleFont(new Font(Font.SANS_SERIF, Font.PLAIN, 15));
        chart.getStyler().setAxisTickLabelsFont(new Font(Font.SANS_SERIF, Font.PLAIN, 13));
        chart.getStyler().setPlotGridLinesColor(new Color(0xDDDDDD)).setMarkerSize(7);
        chart.getStyler().setYAxisDecimalPattern("#,##0.##");
        chart.getStyler().setXAxisDecimalPattern("#,##0.##");
        return chart;
    }

    private void save(XYChart chart, String name) throws IOException {
        String file = folder.resolve(name).toString();
        BitmapEncoder.saveBitmapWithDPI(chart, file, BitmapEncoder.BitmapFormat.PNG, DOTS_PER_INCH);
        VectorGraphicsEncoder.saveVectorGraphic(chart, file, VectorGraphicsEncoder.VectorGraphicsFormat.SVG);
    }
}
