package io.tlem.report;

import io.tlem.report.Facts.DirectionFacts;
import io.tlem.report.Finding.Verdict;
import io.tlem.stats.DropReason;
import io.tlem.stats.Format;
import io.tlem.stats.RunDescription;
import io.tlem.stats.TimeDistribution;
import io.tlem.stats.TimeHistogram;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.function.ToDoubleFunction;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/** A report as one page that needs nothing else: no script, no file, no network. */
final class HtmlPage {
    /** Between the percentiles that are drawn, of what is beyond them, as powers of 10. */
    private static final double PERCENTILE_STEP = 0.1;

    private final Content content;
    private final Facts facts;
    private final StringBuilder html = new StringBuilder();

    private HtmlPage(Content content) {
        this.content = content;
        this.facts = content.facts();
    }

    /** The whole page. */
    static String of(Content content) {
        HtmlPage page = new HtmlPage(content);
        page.write();
        return page.html.toString();
    }

    private void write() {
        RunDescription run = content.end().run();
        String ports = run.ports().stream().map(RunDescription.Port::address).collect(Collectors.joining(" and "));
        html.append("<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n")
                .append("<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n")
                .append("<title>Link between ")
                .append(Markup.escaped(ports))
                .append("</title>\n<style>\n")
                .append(Markup.style())
                .append("</style>\n</head>\n<body>\n<main>\n<h1>Link between ")
                .append(Markup.escaped(ports))
                .append("</h1>\n<p class=\"sub\">Ended ")
                .append(Markup.escaped(content.end().time().toString().replaceFirst("\\.[0-9]*Z", "Z")))
                .append(" after ")
                .append(Markup.escaped(Format.nanos(content.end().last().elapsedNanos())))
                .append("; seed ")
                .append(run.seed())
                .append("; tlem ")
                .append(Markup.escaped(run.version()))
                .append("</p>\n");
        verdict();
        assertions();
        findings();
        facts.directions().forEach(this::direction);
        machine();
        configuration();
        html.append("</main>\n</body>\n</html>\n");
    }

    private void heading(String text) {
        html.append("<h2>").append(Markup.escaped(text)).append("</h2>\n");
    }

    private void verdict() {
        List<String> worthless = facts.worthless();
        List<Finding> unmet = facts.findings().stream()
                .filter(finding -> finding.verdict() == Verdict.NOT_HELD)
                .toList();
        long held = count(Verdict.HELD);
        long unjudged = count(Verdict.NOT_JUDGED);
        boolean bad = !worthless.isEmpty() || !unmet.isEmpty() || !content.passed();
        html.append("<section class=\"verdict ").append(bad ? "bad" : "good").append("\">\n<p><b>");
        if (!worthless.isEmpty()) {
            html.append("Lateness makes this run worthless.");
        } else if (!unmet.isEmpty()) {
            html.append(unmet.size() == 1 ? "One requested property" : unmet.size() + " requested properties")
                    .append(" did not hold.");
        } else if (!content.passed()) {
            html.append("What was to be true is not.");
        } else {
            html.append(held == 0 ? "Nothing was requested that can be judged." : "What was requested held.");
        }
        html.append("</b> ")
                .append(held)
                .append(held == 1 ? " requested property held, " : " requested properties held, ")
                .append(unmet.size())
                .append(" did not, ")
                .append(unjudged)
                .append(" cannot be judged.</p>\n");
        List<String> lines = new ArrayList<>(worthless);
        unmet.forEach(finding -> lines.add(finding.line()));
        content.outcomes().stream().filter(outcome -> !outcome.holds()).forEach(outcome -> lines.add(outcome.line()));
        content.end().expectations().forEach(one -> one.failure().ifPresent(lines::add));
        list(lines);
        List<String> disturbed = new ArrayList<>();
        for (DirectionFacts direction : facts.directions()) {
            direction.disturbances().forEach(one -> disturbed.add(direction.label() + ", " + one.line()));
        }
        if (disturbed.isEmpty()) {
            html.append("<p>No packet left so late that it matters here.</p>\n");
        } else {
            html.append("<p>Packets left late in these times, of which the worst are shown:</p>\n");
            list(disturbed);
        }
        html.append("</section>\n");
    }

    private long count(Verdict verdict) {
        return facts.findings().stream()
                .filter(finding -> finding.verdict() == verdict)
                .count();
    }

    private void list(List<String> lines) {
        if (!lines.isEmpty()) {
            html.append("<ul>\n");
            lines.forEach(
                    line -> html.append("<li>").append(Markup.escaped(line)).append("</li>\n"));
            html.append("</ul>\n");
        }
    }

    private void assertions() {
        if (content.outcomes().isEmpty() && content.end().expectations().isEmpty()) {
            return;
        }
        heading("What was to be true");
        table(List.of("assertion", "", "found"));
        for (Assertion.Outcome outcome : content.outcomes()) {
            row(List.of(outcome.assertion().text(), mark(outcome.holds()), outcome.shown()));
        }
        for (RunEnd.Expected expected : content.end().expectations()) {
            row(List.of(
                    expected.text(),
                    mark(expected.failure().isEmpty()),
                    expected.failure().orElse("")));
        }
        endTable();
    }

    private static String mark(boolean holds) {
        return holds ? "✓ holds" : "✗ does not hold";
    }

    private List<String> columns = List.of();

    private void table(List<String> names) {
        columns = names;
        html.append("<div class=\"scroll\"><table>\n<thead><tr>");
        names.forEach(name -> html.append("<th>").append(Markup.escaped(name)).append("</th>"));
        html.append("</tr></thead>\n<tbody>\n");
    }

    private void row(List<String> cells) {
        html.append("<tr>");
        for (int i = 0; i < cells.size(); i++) {
            String cell = cells.get(i);
            String sort = cell.startsWith("✓") ? " class=\"ok\"" : cell.startsWith("✗") ? " class=\"no\"" : "";
            html.append("<td data-label=\"")
                    .append(Markup.escaped(columns.get(i)))
                    .append("\"")
                    .append(sort)
                    .append(">")
                    .append(Markup.escaped(cell))
                    .append("</td>");
        }
        html.append("</tr>\n");
    }

    private void endTable() {
        html.append("</tbody></table></div>\n");
    }

    private void findings() {
        heading("Requested and realised");
        html.append("<p class=\"sub\">Intervals have a confidence of 99 %.</p>\n");
        table(List.of("direction", "property", "requested", "verdict", "realised", "of packets", "fit"));
        for (Finding finding : facts.findings()) {
            String expected = finding.requested().isPresent()
                    ? finding.quantity().show(finding.requested().getAsDouble())
                    : "";
            String verdict = switch (finding.verdict()) {
                        case HELD -> "✓ ";
                        case NOT_HELD -> "✗ ";
                        case NOT_JUDGED -> "– ";
                    }
                    + finding.verdict().label();
            row(List.of(
                    finding.direction(),
                    finding.property(),
                    finding.asked()
                            + (expected.isEmpty() || isSame(expected, finding.asked()) ? "" : " = " + expected)
                            + (finding.span().isEmpty() ? "" : ", " + finding.span()),
                    verdict,
                    finding.shown(),
                    finding.packets() == 0 ? "" : Format.count(finding.packets()),
                    joined(finding.reason(), finding.fit())));
        }
        endTable();
    }

    private static boolean isSame(String expected, String request) {
        return expected.replace(" ", "").equals(request.replace(" ", ""));
    }

    private void direction(DirectionFacts direction) {
        int way = facts.directions().indexOf(direction);
        heading("Direction " + direction.label());
        table(List.of("", "count", "min", "p1", "p50", "p90", "p99", "p99.9", "max"));
        Departures departures = direction.departures();
        times("lateness", direction.total().lateness(), Quantity.TIME);
        times("time in the emulator", direction.total().timeInside(), Quantity.TIME);
        times("gap between packets", TimeDistribution.of(departures.gaps), Quantity.TIME);
        times("rate in 1 ms", departures.perMillisecond.rates(), Quantity.RATE);
        times("rate in 10 ms", departures.per10Milliseconds.rates(), Quantity.RATE);
        times("rate in 1 s", departures.perSecond.rates(), Quantity.RATE);
        if (direction.hiccups().getTotalCount() > 0) {
            times("machine's hiccups", direction.hiccups(), Quantity.TIME);
        }
        endTable();
        html.append("<div class=\"plots\">\n");
        html.append(rates(direction, way));
        html.append(windows(direction));
        html.append(percentiles(direction));
        html.append(gaps(departures));
        html.append(drops(way));
        html.append(late(direction, way));
        html.append("</div>\n");
    }

    private void times(String name, TimeDistribution values, Quantity quantity) {
        List<String> cells = new ArrayList<>(List.of(name, Format.count(values.getTotalCount())));
        boolean any = values.getTotalCount() > 0;
        cells.add(any ? quantity.show((double) values.getMinValue()) : "-");
        for (double percentile : new double[] {1, 50, 90, 99, 99.9}) {
            cells.add(any ? quantity.show((double) values.getValueAtPercentile(percentile)) : "-");
        }
        cells.add(any ? quantity.show((double) values.getMaxValue()) : "-");
        row(cells);
    }

    private double[] over(ToDoubleFunction<Timeline.Point> value) {
        return facts.points().stream().mapToDouble(value).toArray();
    }

    private double[] seconds() {
        return over(point -> (point.endNanos() - point.spanNanos() / 2.0) / 1e9);
    }

    private static Plot.Axis time() {
        return new Plot.Axis("seconds since the start", HtmlPage::number);
    }

    private static String number(double value) {
        return value == Math.rint(value) ? Format.count((long) value) : String.format(Locale.ROOT, "%.3g", value);
    }

    private static double rate(Timeline.Point point, long bytes) {
        return bytes * 8e9 / point.spanNanos();
    }

    private static String asked(DirectionFacts direction) {
        return direction.findings().stream()
                .filter(finding -> finding.property().equals("bandwidth"))
                .map(Finding::asked)
                .distinct()
                .collect(Collectors.joining(", then "));
    }

    private static double[] repeated(double value, int count) {
        return IntStream.range(0, count).mapToDouble(i -> value).toArray();
    }

    private String rates(DirectionFacts direction, int way) {
        double[] seconds = seconds();
        List<Plot.Line> lines = new ArrayList<>();
        lines.add(new Plot.Line(
                "came",
                0,
                seconds,
                over(point -> rate(point, point.ways().get(way).receivedBytes()))));
        lines.add(new Plot.Line(
                "left",
                1,
                seconds,
                over(point -> rate(point, point.ways().get(way).sentBytes()))));
        requestedRate(direction)
                .ifPresent(rate -> lines.add(new Plot.Line("requested", 2, seconds, repeated(rate, seconds.length))));
        return Plot.figure(
                "Rate over time",
                asked(direction).isEmpty() ? "without a limit" : "requested: " + asked(direction),
                time(),
                new Plot.Axis("", Format::bitsPerSecond),
                false,
                lines);
    }

    /** Where it is one for the whole run. */
    private static Optional<Double> requestedRate(DirectionFacts direction) {
        List<Double> rates = direction.findings().stream()
                .filter(finding -> finding.property().equals("bandwidth"))
                .map(finding -> finding.requested().orElse(-1))
                .toList();
        return rates.size() == 1 && rates.getFirst() > 0 ? Optional.of(rates.getFirst()) : Optional.empty();
    }

    private String windows(DirectionFacts direction) {
        Departures departures = direction.departures();
        List<Plot.Line> lines = new ArrayList<>();
        quantiles(lines, "1 ms", 0, departures.perMillisecond.rates());
        quantiles(lines, "10 ms", 1, departures.per10Milliseconds.rates());
        quantiles(lines, "1 s", 3, departures.perSecond.rates());
        requestedRate(direction)
                .ifPresent(rate ->
                        lines.add(new Plot.Line("requested", 2, new double[] {0, 99}, new double[] {rate, rate})));
        return Plot.figure(
                "Rate in windows",
                "of 1 ms, 10 ms and 1 s",
                new Plot.Axis("% of the windows have at most", value -> String.format(Locale.ROOT, "%.0f", value)),
                new Plot.Axis("", Format::bitsPerSecond),
                false,
                lines);
    }

    private static void quantiles(List<Plot.Line> lines, String name, int style, TimeDistribution values) {
        if (values.getTotalCount() > 0) {
            double[] parts = IntStream.rangeClosed(0, 99).mapToDouble(i -> i).toArray();
            double[] ys = IntStream.rangeClosed(0, 99)
                    .mapToDouble(i -> values.getValueAtPercentile(i))
                    .toArray();
            lines.add(new Plot.Line(name, style, parts, ys));
        }
    }

    private static final List<Double> NINES = List.of(0.0, 1.0, 2.0, 3.0, 4.0, 5.0);

    private static Plot.Axis nines() {
        return new Plot.Axis(
                "percentile",
                value -> value == 0 ? "0" : value == 1 ? "90" : value == 2 ? "99" : "99." + "9".repeat((int) value - 2),
                NINES);
    }

    private static void beyond(List<Plot.Line> lines, String name, int style, TimeDistribution times) {
        long count = times.getTotalCount();
        if (count == 0) {
            return;
        }
        int steps = (int) Math.min(5 / PERCENTILE_STEP, Math.max(1, Math.log10((double) count) / PERCENTILE_STEP));
        double[] xs = IntStream.rangeClosed(0, steps)
                .mapToDouble(i -> i * PERCENTILE_STEP)
                .toArray();
        double[] ys = Arrays.stream(xs)
                .map(x -> times.getValueAtPercentile(100 - 100 * Math.pow(10, -x)))
                .toArray();
        lines.add(new Plot.Line(name, style, xs, ys));
    }

    private static String nanos(double nanos) {
        return Format.nanos(Math.round(nanos)).replaceAll("\\.0+(?= )", "");
    }

    private String percentiles(DirectionFacts direction) {
        List<Plot.Line> lines = new ArrayList<>();
        beyond(lines, "time in the emulator", 0, direction.total().timeInside());
        beyond(lines, "lateness", 1, direction.total().lateness());
        beyond(lines, "machine's hiccups", 3, direction.hiccups());
        return Plot.figure("Times", "by percentile", nines(), new Plot.Axis("", HtmlPage::nanos), true, lines);
    }

    private static String gaps(Departures departures) {
        List<Plot.Line> lines = new ArrayList<>();
        TimeHistogram gaps = departures.gaps;
        beyond(lines, "from one packet to the next", 0, TimeDistribution.of(gaps));
        return Plot.figure(
                "Gaps",
                "between packets that leave, by percentile",
                nines(),
                new Plot.Axis("", HtmlPage::nanos),
                true,
                lines);
    }

    private String drops(int way) {
        double[] seconds = seconds();
        List<Plot.Line> lines = new ArrayList<>();
        for (DropReason reason : DropReason.values()) {
            double[] rates = over(point -> point.ways().get(way).drops().get(reason) * 1e9 / point.spanNanos());
            if (Arrays.stream(rates).anyMatch(rate -> rate > 0)) {
                lines.add(new Plot.Line(reason.label(), lines.size() % 8, seconds, rates));
            }
        }
        return lines.isEmpty()
                ? "<figure><figcaption><b>Drops</b></figcaption><p class=\"none\">No packet was dropped.</p></figure>\n"
                : Plot.figure(
                        "Drops over time",
                        "packets a second, by reason",
                        time(),
                        new Plot.Axis("", HtmlPage::number),
                        false,
                        lines);
    }

    private String late(DirectionFacts direction, int way) {
        Departures departures = direction.departures();
        int slots = departures.slots();
        int together = Math.max(1, slots / 400);
        int count = Math.ceilDiv(slots, together);
        double[] xs = new double[count];
        double[] ys = new double[count];
        for (int i = 0; i < slots; i++) {
            xs[i / together] =
                    (departures.originNanos - content.end().startNanos() + (i + 0.5) * departures.slotNanos) / 1e9;
            ys[i / together] = Math.max(ys[i / together], (double) departures.lateNanos[i]);
        }
        List<Plot.Line> lines = new ArrayList<>();
        if (Arrays.stream(ys).anyMatch(y -> y > 0)) {
            lines.add(new Plot.Line("latest packet", 1, xs, ys));
        }
        double[] stalls = over(point -> point.ways().get(way).stallNanos());
        if (Arrays.stream(stalls).anyMatch(stall -> stall > 0)) {
            lines.add(new Plot.Line("longest stall of a thread", 3, seconds(), stalls));
        }
        return lines.isEmpty()
                ? "<figure><figcaption><b>Lateness</b></figcaption><p class=\"none\">No packet was late: the clock was a"
                        + " virtual one.</p></figure>\n"
                : Plot.figure(
                        "Lateness and the machine",
                        "over time",
                        time(),
                        new Plot.Axis("", HtmlPage::nanos),
                        true,
                        lines);
    }

    private void machine() {
        heading("Machine");
        table(List.of("", ""));
        RunDescription.Threads threads = content.end().run().threads();
        for (Map.Entry<String, String> fact : content.machine().entrySet()) {
            row(List.of(fact.getKey(), fact.getValue()));
        }
        row(List.of("sleep states held off", threads.sleepStates().isEmpty() ? "yes" : "no: " + threads.sleepStates()));
        row(List.of(
                "threads",
                threads.count()
                        + (threads.cpus().isEmpty() ? ", not pinned" : ", pinned to CPUs " + threads.cpus())
                        + (threads.realTimePriority() > 0 ? ", SCHED_FIFO " + threads.realTimePriority() : "")
                        + ", copying in " + threads.copyingIn()));
        content.end().run().ports().forEach(port -> row(List.of("port " + port.address(), port.description())));
        content.end()
                .run()
                .directions()
                .forEach(direction -> row(List.of(
                        "buffer " + direction.name().replace("->", "-"),
                        Format.bytes(direction.bufferBytes()) + " of " + direction.bufferMemory())));
        endTable();
    }

    private void configuration() {
        heading("Configuration");
        html.append("<pre>")
                .append(content.end()
                        .configuration()
                        .lines()
                        .map(Markup::escaped)
                        .collect(Collectors.joining("\n")))
                .append("</pre>\n");
        if (!facts.changes().isEmpty()) {
            heading("Changes while it ran");
            list(facts.changes());
        }
    }

    private static String joined(String... texts) {
        return Arrays.stream(texts).filter(text -> !text.isEmpty()).collect(Collectors.joining("; "));
    }
}
