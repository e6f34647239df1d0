package io.tlem.stats;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;

/**
 * Reports for people: a line each second for each direction, and at the end what was asked for beside what was measured.
 * They fit into 80 columns.
 */
public final class TextReport {
    /** No limit to the length of a line. */
    public static final int ANY_LENGTH = Integer.MAX_VALUE;

    /** Behind the columns, what the second line of a direction is. */
    public static final String STAGES_HEADER = "\n        longest work/longest stall of each stage";

    private static final double[] PERCENTILES = {50, 90, 99, 99.9, 100};
    private static final String LIVE = "%8s  %-5s%13s%11s%9s%10s%10s%10s";

    private TextReport() {}

    /** What the columns of the lines are. */
    public static String liveHeader() {
        return String.format(Locale.ROOT, LIVE, "time", "way", "rate", "packets", "lost", "queue", "delay", "late p99");
    }

    /**
     * One line for each direction on the last span.
     *
     * @param columns that a line may have; reasons why packets were lost are left out where they do not fit
     * @param verbose whether a second line says how the threads have spent the span
     */
    public static List<String> liveLines(Sample sample, int columns, boolean verbose) {
        List<String> lines = new ArrayList<>();
        for (DirectionSample direction : sample.span()) {
            lines.add(live(sample.elapsedSeconds(), direction, sample.spanNanos() / 1e9, columns));
            String stages = "        " + stages(direction);
            if (verbose && !stages.isBlank() && stages.length() <= columns) {
                lines.add(stages);
            }
        }
        return lines;
    }

    /** {@code input 120 µs/1.10 ms  output 80.0 µs/60.0 µs}: the longest work and the longest stall of each. */
    private static String stages(DirectionSample direction) {
        return direction.stages().stream()
                .map(stage -> stageName(direction, stage) + " " + Format.nanos(stage.longestWorkNanos()) + "/"
                        + Format.nanos(stage.longestStallNanos()))
                .collect(Collectors.joining("  "));
    }

    private static String stageName(DirectionSample direction, StageTimes stage) {
        return stage.name().replace(direction.total().name(), "").strip();
    }

    private static String live(double elapsedSeconds, DirectionSample sample, double seconds, int columns) {
        DirectionSnapshot delta = sample.delta();
        // Decided about when they arrive, late when they leave, which may be in another span.
        boolean decided = sample.linkTimes().packets() > 0;
        boolean left = sample.lateness().getTotalCount() > 0;
        String line = String.format(
                Locale.ROOT,
                LIVE,
                String.format(Locale.ROOT, "%.1f s", elapsedSeconds),
                delta.name(),
                Format.bitsPerSecond(delta.get(Counter.TRANSMITTED_BYTES) * 8 / seconds),
                Format.packetsPerSecond(delta.transmittedPackets() / seconds),
                share(delta.droppedPackets(), offered(delta)),
                decided ? nanos(sample.linkTimes().meanQueueNanos()) : "-",
                decided && left ? nanos(delayNanos(sample)) : "-",
                left ? Format.nanos(sample.lateness().getValueAtPercentile(99)) : "-");
        String reasons = delta.dropsByReason().entrySet().stream()
                .filter(drop -> drop.getValue() != 0)
                .map(drop -> drop.getKey() + " " + Format.count(drop.getValue()))
                .collect(Collectors.joining(", "));
        if (delta.missedPackets() > 0) {
            reasons += (reasons.isEmpty() ? "" : ", ") + "missed " + Format.count(delta.missedPackets());
        }
        String whole = reasons.isEmpty() ? line : line + "  " + reasons;
        return whole.length() <= columns ? whole : line;
    }

    /** Packets that the link had to do with: those received and the copies made of them. */
    private static long offered(DirectionSnapshot counted) {
        return counted.get(Counter.RECEIVED_PACKETS) + counted.get(Counter.DUPLICATED_PACKETS);
    }

    /** What the link has delayed a packet on average: as long as decided, and what it left late. */
    private static double delayNanos(DirectionSample sample) {
        return sample.linkTimes().meanDelayNanos() + sample.lateness().getMean();
    }

    private static String nanos(double nanos) {
        return Format.nanos(Math.round(nanos));
    }

    /** {@code 1.01 %}. */
    private static String share(long part, long whole) {
        if (whole <= 0 || part == 0) {
            return whole <= 0 ? "-" : "0 %";
        }
        double percent = part * 100.0 / whole;
        return String.format(
                Locale.ROOT, percent < 0.01 ? "%.1e %%" : percent < 9.995 ? "%.2f %%" : "%.1f %%", percent);
    }

    /**
     * What became of every packet of a direction, and how long it took, since the start.
     *
     * @param asked what the direction was to be
     * @param elapsedSeconds since the start
     * @param verbose whether it says how the threads have spent the time too
     */
    public static String summary(
            RunDescription.Direction asked, DirectionSample sample, double elapsedSeconds, boolean verbose) {
        DirectionSnapshot total = sample.total();
        StringBuilder text = new StringBuilder();
        row(text, total.name(), "asked for", "measured");
        row(
                text,
                "  rate",
                asked.asked("bandwidth").orElse("no limit"),
                Format.bitsPerSecond(total.get(Counter.TRANSMITTED_BYTES) * 8 / elapsedSeconds) + ", "
                        + Format.packetsPerSecond(total.transmittedPackets() / elapsedSeconds));
        losses(text, asked, sample);
        row(
                text,
                "  delay",
                asked.asked("delay").orElse("none"),
                sample.lateness().getTotalCount() == 0 ? "-" : nanos(delayNanos(sample)) + " on average");
        counters(text, sample);
        header(text, "  times");
        LinkTimes times = sample.linkTimes();
        percentiles(text, "  in the emulator", sample.timeInside());
        parts(text, "    queue", times.packets(), times.meanQueueNanos(), times.longestQueueNanos());
        parts(
                text,
                "    serialisation",
                times.packets(),
                times.meanSerialisationNanos(),
                times.longestSerialisationNanos());
        parts(text, "    delay", times.packets(), times.meanDelayNanos(), times.longestDelayNanos());
        percentiles(text, "    lateness", sample.lateness());
        if (verbose && !sample.stages().isEmpty()) {
            stages(text, sample);
        }
        return text.toString();
    }

    private static void stages(StringBuilder text, DirectionSample sample) {
        String columns = "%-18s%14s%16s%18s%n";
        text.append(String.format(Locale.ROOT, columns, "  stages", "longest work", "longest stall", "stalls of 1 ms"));
        for (StageTimes stage : sample.stages()) {
            text.append(String.format(
                    Locale.ROOT,
                    columns,
                    "    " + stageName(sample, stage),
                    Format.nanos(stage.longestWorkNanos()),
                    Format.nanos(stage.longestStallNanos()),
                    Format.count(stage.stalls())));
        }
    }

    private static void losses(StringBuilder text, RunDescription.Direction asked, DirectionSample sample) {
        DirectionSnapshot total = sample.total();
        long received = total.get(Counter.RECEIVED_PACKETS)
                - total.get(Counter.EXEMPT_PACKETS)
                - total.dropped(DropReason.FILTER).packets();
        row(
                text,
                "  loss model",
                asked.asked("loss").orElse("none"),
                of(total.dropped(DropReason.LOSS).packets(), received));
        if (total.droppedPackets() != total.dropped(DropReason.LOSS).packets()) {
            row(text, "  lost in all", "", share(total.droppedPackets(), total.get(Counter.RECEIVED_PACKETS)));
        }
        long behind = total.dropped(DropReason.LOSS_AFTER).packets();
        asked.asked("loss-after")
                .ifPresent(loss -> row(
                        text,
                        "  loss behind",
                        loss,
                        of(behind, behind + sample.linkTimes().packets())));
        asked.asked("duplicate")
                .ifPresent(duplicate -> row(
                        text,
                        "  duplicates",
                        duplicate,
                        of(
                                total.get(Counter.DUPLICATED_PACKETS),
                                sample.linkTimes().packets())));
    }

    private static String of(long part, long whole) {
        return whole == 0 ? "-" : share(part, whole) + ", " + Format.count(part) + " of " + Format.count(whole);
    }

    /** What is 0 is left out. */
    private static void counters(StringBuilder text, DirectionSample sample) {
        DirectionSnapshot total = sample.total();
        line(
                text,
                "  received",
                packetsAndBytes(total.get(Counter.RECEIVED_PACKETS), total.get(Counter.RECEIVED_BYTES)));
        line(text, "  transmitted", packetsAndBytes(total.transmittedPackets(), total.get(Counter.TRANSMITTED_BYTES)));
        if (total.get(Counter.DUPLICATED_PACKETS) > 0) {
            line(
                    text,
                    "  duplicated",
                    packetsAndBytes(total.get(Counter.DUPLICATED_PACKETS), total.get(Counter.DUPLICATED_BYTES)));
        }
        if (total.get(Counter.EXEMPT_PACKETS) > 0) {
            line(text, "  exempt", packetsAndBytes(total.get(Counter.EXEMPT_PACKETS), total.get(Counter.EXEMPT_BYTES)));
        }
        count(text, "  marked by the queue", total.get(Counter.MARKED_PACKETS));
        for (Map.Entry<String, Long> drop : total.dropsByReason().entrySet()) {
            count(text, "  dropped: " + drop.getKey(), drop.getValue());
        }
        if (sample.stillInside() >= 0) {
            count(text, "  still inside", sample.stillInside());
            count(text, "  unaccounted for", total.unaccounted(sample.stillInside()));
        }
        count(text, "  missed by the port", total.missedPackets());
        if (total.get(Counter.WAITED_NANOS) > 0) {
            line(text, "  waited in the port", Format.nanos(total.get(Counter.WAITED_NANOS)));
        }
        for (Map.Entry<String, Long> filtered : total.filteredPackets().entrySet()) {
            count(text, "  not for the link: " + filtered.getKey(), filtered.getValue());
        }
        if (total.get(Counter.QUEUE_HIGH_WATER_PACKETS) > 0) {
            line(
                    text,
                    "  longest queue",
                    packetsAndBytes(
                            total.get(Counter.QUEUE_HIGH_WATER_PACKETS), total.get(Counter.QUEUE_HIGH_WATER_BYTES)));
        }
    }

    /**
     * What a port has measured.
     *
     * @param port for people, such as {@code B}
     */
    public static String measured(String port, Measured measured) {
        StringBuilder text = new StringBuilder("measured by port " + port + ", of a generator's packets\n");
        line(text, "  arrived", packetsAndBytes(measured.packets() + measured.duplicates(), measured.bytes()));
        line(text, "  rate", Format.bitsPerSecond(measured.bitsPerSecond()));
        count(text, "  missing", measured.missing());
        count(text, "  out of order", measured.outOfOrder());
        count(text, "  duplicates", measured.duplicates());
        count(text, "  others' packets", measured.foreignPackets());
        header(text, "  times");
        percentiles(text, "  since generated", measured.delay());
        return text.toString();
    }

    /** What came of a ledger. */
    public static String ledger(LedgerCounts counts) {
        return written("ledger " + counts.file(), "  rows", counts.rows(), counts.lost());
    }

    /** What came of a recording. */
    public static String recording(RecordCounts counts) {
        return written("recording " + counts.file(), "  packets", counts.packets(), counts.lost());
    }

    private static String written(String header, String what, long entries, long lost) {
        return header + "\n"
                + String.format(Locale.ROOT, "%-20s %s\n", what, Format.count(entries))
                + (lost == 0
                        ? ""
                        : String.format(
                                Locale.ROOT,
                                "%-20s %s\n",
                                "  lost entries",
                                Format.count(lost) + ", which could not be written in time"));
    }

    /** In place of lines that nobody read in time. */
    public static String leftOut(long lines) {
        return "(" + Format.count(lines) + " lines are left out here: they were not read)";
    }

    private static String packetsAndBytes(long packets, long bytes) {
        return Format.count(packets) + (packets == 1 ? " packet, " : " packets, ") + Format.count(bytes) + " bytes";
    }

    private static void count(StringBuilder text, String label, long value) {
        if (value != 0) {
            line(text, label, Format.count(value));
        }
    }

    private static void line(StringBuilder text, String label, String value) {
        text.append(String.format(Locale.ROOT, "%-20s %s", label, value).stripTrailing())
                .append('\n');
    }

    /** Three columns; what was asked for at length has a line of its own. */
    public static void row(StringBuilder text, String what, String asked, String measured) {
        boolean fits = asked.length() <= 18;
        if (!fits) {
            text.append(String.format(Locale.ROOT, "%-16s %s%n", what, asked));
        }
        text.append(String.format(Locale.ROOT, "%-16s %-18s %s", fits ? what : "", fits ? asked : "", measured)
                        .stripTrailing())
                .append('\n');
    }

    /** The columns of {@link #percentiles}. */
    public static void header(StringBuilder text, String label) {
        List<String> columns = new ArrayList<>(List.of("mean"));
        for (double percentile : PERCENTILES) {
            columns.add(percentile == 100 ? "max" : "p" + trimmed(percentile));
        }
        columns(text, label, columns);
    }

    /** Mean and percentiles of some times. */
    public static void percentiles(StringBuilder text, String label, TimeDistribution times) {
        boolean any = times.getTotalCount() > 0;
        List<String> columns = new ArrayList<>(List.of(any ? nanos(times.getMean()) : "-"));
        for (double percentile : PERCENTILES) {
            columns.add(
                    !any
                            ? "-"
                            : Format.nanos(
                                    percentile == 100 ? times.getMaxValue() : times.getValueAtPercentile(percentile)));
        }
        columns(text, label, columns);
    }

    /** Mean and maximum of a part of some times, where it is not always 0. */
    public static void parts(StringBuilder text, String label, long packets, double mean, long longest) {
        if (packets > 0 && longest > 0) {
            List<String> columns = new ArrayList<>(List.of(nanos(mean)));
            while (columns.size() < PERCENTILES.length) {
                columns.add("");
            }
            columns.add(Format.nanos(longest));
            columns(text, label, columns);
        }
    }

    /** The mean of a part of some times. */
    public static void mean(StringBuilder text, String label, double mean) {
        columns(text, label, List.of(nanos(mean)));
    }

    private static void columns(StringBuilder text, String label, List<String> columns) {
        text.append(String.format(Locale.ROOT, "%-18s", label));
        columns.forEach(column -> text.append(String.format(Locale.ROOT, "%10s", column)));
        text.append('\n');
    }

    private static String trimmed(double percentile) {
        return percentile == Math.rint(percentile) ? Long.toString((long) percentile) : Double.toString(percentile);
    }

    /** One line on what the link is. */
    public static String start(RunDescription run) {
        String a = run.ports().get(0).address();
        String b = run.ports().get(1).address();
        List<RunDescription.Direction> ways = run.directions();
        boolean same =
                ways.size() == 2 && ways.get(0).models().equals(ways.get(1).models());
        String models = same
                ? models(ways.get(0))
                : ways.stream().map(way -> way.name() + ": " + models(way)).collect(Collectors.joining("; "));
        String arrow = ways.size() == 2 ? " <-> " : ways.get(0).name().startsWith("a") ? " -> " : " <- ";
        return a + arrow + b + ", " + models + "; seed " + run.seed();
    }

    private static String models(RunDescription.Direction way) {
        return way.models().isEmpty()
                ? "no impairment"
                : way.models().entrySet().stream()
                        .map(model -> model.getKey() + " " + model.getValue())
                        .collect(Collectors.joining(", "));
    }

    /** How it runs, for those who want to know. */
    public static List<String> internals(RunDescription run) {
        List<String> lines = new ArrayList<>();
        lines.add("A: " + run.ports().get(0).description());
        lines.add("B: " + run.ports().get(1).description());
        for (RunDescription.Direction way : run.directions()) {
            lines.add(way.name() + ": buffer " + Format.bytes(way.bufferBytes()) + " of " + way.bufferMemory()
                    + way.bufferServes() + "; while it is full, packets "
                    + (way.overflow().equals("wait") ? "wait in the port" : "are dropped"));
        }
        RunDescription.Threads threads = run.threads();
        lines.add(threads.count() + " threads"
                + (threads.cpus().isEmpty() ? ", not pinned" : ", pinned to CPUs " + threads.cpus())
                + ", spin " + Format.nanos(threads.spinNanos())
                + ", yield " + Format.nanos(threads.yieldNanos())
                + ", sleep " + Format.nanos(threads.sleepNanos())
                + ", batch " + threads.batch() + ", copying in " + threads.copyingIn());
        Optional.of(threads.sleepStates())
                .filter(reason -> !reason.isEmpty())
                .ifPresent(reason -> lines.add("CPU sleep states are not held off: " + reason));
        return lines;
    }
}
