package io.tlem.fit;

import io.tlem.report.Markup;
import io.tlem.report.Plot;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.IntStream;

/** What was found of a link, and how well it fits, as one page that needs nothing else. */
final class FitPage {
    private static final int POINTS = 200;

    private final StringBuilder html = new StringBuilder();

    FitPage(List<String> captures, List<String> assumptions) {
        String title = "Link between " + captures.get(0) + " and " + captures.get(1);
        html.append("<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n")
                .append("<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n<title>")
                .append(Markup.escaped(title))
                .append("</title>\n<style>\n")
                .append(Markup.style())
                .append("</style>\n</head>\n<body>\n<main>\n<h1>")
                .append(Markup.escaped(title))
                .append("</h1>\n<p class=\"sub\">Found by tlem fit. Intervals have a confidence of 99 %.</p>\n");
        list(assumptions);
    }

    private void list(List<String> lines) {
        if (!lines.isEmpty()) {
            html.append("<ul>\n");
            lines.forEach(
                    line -> html.append("<li>").append(Markup.escaped(line)).append("</li>\n"));
            html.append("</ul>\n");
        }
    }

    private void heading(String text) {
        html.append("<h2>").append(Markup.escaped(text)).append("</h2>\n");
    }

    private void pre(List<String> lines) {
        html.append("<pre>")
                .append(String.join("\n", lines.stream().map(Markup::escaped).toList()))
                .append("</pre>\n");
    }

    private void row(String cell, List<String> cells) {
        html.append("<tr>");
        cells.forEach(text -> html.append('<')
                .append(cell)
                .append('>')
                .append(Markup.escaped(text))
                .append("</")
                .append(cell)
                .append('>'));
        html.append("</tr>\n");
    }

    private void table(List<String> names, List<List<String>> rows) {
        html.append("<div class=\"scroll\"><table>\n<thead>");
        row("th", names);
        html.append("</thead>\n<tbody>\n");
        rows.forEach(cells -> row("td", cells));
        html.append("</tbody></table></div>\n");
    }

    /** Adds a direction. */
    void direction(String name, LinkFit fit, FitCheck check, List<String> remarks) {
        heading("Direction " + name);
        html.append("<section class=\"verdict ")
                .append(check.holds() ? "good" : "bad")
                .append("\">\n<p><b>")
                .append(
                        check.holds()
                                ? "The link that was found does to these packets what was measured."
                                : "The link that was found does not do to these packets what was measured.")
                .append("</b> The distributions of the times through it differ by at most ")
                .append(number(check.distance()))
                .append(" (KS); chance explains up to ")
                .append(number(check.largestDistance()))
                .append(".</p>\n");
        list(remarks);
        html.append("</section>\n");
        List<List<String>> estimates = new ArrayList<>();
        for (Estimate estimate : fit.estimates()) {
            estimates.add(List.of(
                    estimate.name(),
                    Digits.shown(estimate.unit(), estimate.value()),
                    Digits.shown(estimate.unit(), estimate.low()),
                    Digits.shown(estimate.unit(), estimate.high())));
        }
        table(List.of("parameter", "estimate", "from", "to"), estimates);
        pre(fit.summary());
        if (!fit.losses().isEmpty()) {
            heading("Loss models, " + name);
            List<List<String>> models = new ArrayList<>();
            for (LossFit loss : fit.losses()) {
                models.add(List.of(
                        loss.specification(),
                        Integer.toString(loss.estimates().size()),
                        String.format(Locale.ROOT, "%.2f", loss.logLikelihood()),
                        String.format(Locale.ROOT, "%.2f", loss.bic())));
            }
            table(List.of("model", "parameters", "log likelihood", "BIC"), models);
        }
        html.append("<div class=\"plots\">\n");
        html.append(times(check));
        if (fit.delay().constant().isEmpty()) {
            html.append(delays(fit.delay()));
        }
        html.append(bursts(check));
        html.append(autocorrelation(check));
        html.append("</div>\n");
    }

    private static String number(double value) {
        return String.format(Locale.ROOT, "%.4g", value);
    }

    private static Plot.Axis millis(String label) {
        return new Plot.Axis(label, nanos -> number(nanos / 1e6) + " ms");
    }

    private static Plot.Axis percent() {
        return new Plot.Axis("", value -> number(value) + " %");
    }

    private static Plot.Line quantiles(String name, int style, long[] sorted) {
        if (sorted.length == 0) {
            return new Plot.Line(name, style, new double[0], new double[0]);
        }
        double[] xs = IntStream.rangeClosed(0, POINTS)
                .mapToDouble(i -> sorted[(int) ((sorted.length - 1L) * i / POINTS)])
                .toArray();
        double[] ys = IntStream.rangeClosed(0, POINTS)
                .mapToDouble(i -> 100.0 * i / POINTS)
                .toArray();
        return new Plot.Line(name, style, xs, ys);
    }

    private static String times(FitCheck check) {
        long[] measured = FitCheck.delays(check.measured());
        long[] simulated = FitCheck.delays(check.simulated());
        Arrays.sort(measured);
        Arrays.sort(simulated);
        return Plot.figure(
                "Times through the link",
                "measured, and of the same packets through the link that was found",
                millis("at most"),
                percent(),
                false,
                List.of(quantiles("measured", 0, measured), quantiles("simulated", 1, simulated)));
    }

    private static String delays(DelayFit delay) {
        long[] values = delay.curve().sample(POINTS + 1);
        List<Plot.Line> lines = new ArrayList<>(List.of(quantiles("measured", 0, values)));
        Optional<DelayFamily.Fit> family = delay.family();
        family.ifPresent(fit -> lines.add(new Plot.Line(
                "model",
                1,
                FitCheck.doubles(values),
                Arrays.stream(values)
                        .mapToDouble(value -> 100 * fit.upTo().applyAsDouble((double) value))
                        .toArray())));
        return Plot.figure(
                "Delay behind the bottleneck",
                family.isPresent() ? "and the model that fits" : "of which the table is made",
                millis("at most"),
                percent(),
                false,
                lines);
    }

    private static String bursts(FitCheck check) {
        List<long[]> bursts = check.bursts();
        double[] lengths =
                IntStream.rangeClosed(1, FitCheck.BURSTS).mapToDouble(i -> i).toArray();
        return Plot.figure(
                "Bursts of losses",
                "of so many packets; the last point has longer ones, too",
                new Plot.Axis("packets", FitPage::number),
                new Plot.Axis("", FitPage::number),
                false,
                List.of(
                        new Plot.Line("measured", 0, lengths, FitCheck.doubles(bursts.get(0))),
                        new Plot.Line("simulated", 1, lengths, FitCheck.doubles(bursts.get(1)))));
    }

    private static String autocorrelation(FitCheck check) {
        List<double[]> both = check.autocorrelation();
        double[] lags =
                IntStream.rangeClosed(1, FitCheck.LAGS).mapToDouble(i -> i).toArray();
        return Plot.figure(
                "Autocorrelation of the times",
                "",
                new Plot.Axis("packets apart", FitPage::number),
                new Plot.Axis("", FitPage::number),
                false,
                List.of(
                        new Plot.Line("measured", 0, lags, both.get(0)),
                        new Plot.Line("simulated", 1, lags, both.get(1))));
    }

    /** The whole page, with the configuration at its end. */
    String text(String configuration) {
        heading("Configuration");
        pre(configuration.lines().toList());
        return html.append("</main>\n</body>\n</html>\n").toString();
    }
}
