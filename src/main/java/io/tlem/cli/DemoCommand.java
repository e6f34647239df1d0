package io.tlem.cli;

import io.tlem.impair.BandwidthModel;
import io.tlem.impair.Models;
import io.tlem.impair.PacketContext;
import io.tlem.impair.RandomStreams;
import io.tlem.impair.Role;
import io.tlem.impair.SpecException;
import io.tlem.link.LinkSetup;
import io.tlem.spec.DirectionSpec;
import io.tlem.spec.LinkSpec;
import io.tlem.spec.Setting;
import io.tlem.stats.Counter;
import io.tlem.stats.DirectionSample;
import io.tlem.stats.DirectionSnapshot;
import io.tlem.stats.DropReason;
import io.tlem.stats.Format;
import io.tlem.stats.LinkTimes;
import io.tlem.stats.Measured;
import io.tlem.stats.TextReport;
import io.tlem.stats.TimeDistribution;
import io.tlem.thread.ThreadSettings;
import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/**
 * {@code tlem demo}: generator, emulated link and measuring sink in one process, joined by pipes as by cables:
 *
 * <pre>
 *  generator ──relay──► pipe ──► link ──► pipe ──relay──► sink
 * </pre>
 *
 * What is measured comes from the sequence numbers and time stamps in the packets that reach the sink, not from the
 * emulator's counters.
 */
@Command(
        name = "demo",
        description = "Sends built-in traffic through an emulated link, by default 1 Gbit/s, 20 ms, 1 %% loss and a"
                + " queue of 1 MiB for ten seconds, and compares what was asked for with what a sink measures. It offers"
                + " nine tenths of what the link carries, at most 1 Gbit/s (10 with four CPUs or more), so that no"
                + " queue builds up. Needs no privileges.",
        mixinStandardHelpOptions = true,
        sortOptions = false)
final class DemoCommand implements Callable<Integer> {
    private static final int FRAME_BYTES = 1514;

    /** Of what the link carries; less than all of it, or what a busy machine holds up stays in the queue. */
    private static final double OFFERED_SHARE = 0.9;

    private static final int THREADS = 4;
    private static final long SECOND = 1_000_000_000L;

    /** What other commands do not have as defaults. The queue takes what a machine with few CPUs hands over at once. */
    private static final Map<Setting<?>, String> DEFAULTS = Map.of(
            Setting.of(Role.BANDWIDTH),
            "1G",
            Setting.of(Role.DELAY),
            "20ms",
            Setting.of(Role.LOSS),
            "0.01",
            Setting.of(Role.QUEUE),
            "1M",
            Setting.DURATION,
            "10s");

    @Spec
    private CommandSpec command;

    /** Adds the options, whose help names the demo's own defaults. */
    static void addOptions(CommandSpec demo) {
        SpecOptions.withoutPorts()
                .forEach(setting -> SpecOptions.add(
                        demo,
                        setting,
                        DEFAULTS.containsKey(setting)
                                ? setting.description()
                                        .replaceFirst(
                                                Setting.DEFAULT + ".*?\\.( |$)",
                                                Setting.DEFAULT + DEFAULTS.get(setting) + ".$1")
                                : setting.description()));
    }

    @Override
    public Integer call() throws Exception {
        LinkSpec.Builder builder = SpecOptions.read(command);
        DEFAULTS.forEach((setting, text) -> {
            boolean given = command.commandLine().getParseResult().hasMatchedOption(setting.option());
            if (!given && (builder.preset().isEmpty() || setting.role().isEmpty())) {
                builder.option(setting, List.of(text));
            }
        });
        String before = "pipe:demo{in/T,private=on";
        String after = "pipe:demo}out/R,private=on";
        LinkSpec link = builder.with(Setting.PORTS, "pipe:demo}in/R,private=on", "pipe:demo{out/T,private=on")
                .conclude();
        SpecFiles.check(command, link);
        DirectionSpec spec = link.direction(0);
        long most = Runtime.getRuntime().availableProcessors() < THREADS ? 1_000_000_000L : 10_000_000_000L;
        double carried = carried(spec.of(Role.BANDWIDTH));
        long offered = (long) Math.max(1000, Math.min((double) most, carried * OFFERED_SHARE));
        String generator = "generator:size=" + FRAME_BYTES + ",rate=" + offered;
        try (LinkRun run = new LinkRun(link, LinkSetup.of(link, 2), ports -> ports)) {
            ThreadSettings unpinned = new ThreadSettings(ThreadSettings.ANY_CPU, 0, run.waiting());
            try (Feed in = new Feed("generator", generator, before, unpinned);
                    Feed out = new Feed("sink", after, "sink:check=on", unpinned)) {
                int status = run.run(() -> {
                    out.start();
                    in.start();
                });
                in.stop();
                out.stopWhenIdle();
                if (in.failed() || out.failed()) {
                    return 1;
                }
                if (status == 0 && !link.get(Setting.JSON) && link.verbosity() >= 0) {
                    Measured measured = out.to().measured().orElseThrow();
                    Output.text(comparison(
                                    spec,
                                    offered,
                                    carried,
                                    measured,
                                    run.sample().total().get(0))
                            .stripTrailing());
                }
                return status;
            }
        }
    }

    /**
     * Bits a second of frames that the link carries when it is always busy, found by having it carry some; infinite without
     * a limit. What is not acceptable is refused later, under its option's name.
     */
    static double carried(String bandwidth) {
        BandwidthModel link;
        try {
            link = Models.bandwidth(bandwidth, new RandomStreams(0, 0));
        } catch (SpecException e) {
            return Double.POSITIVE_INFINITY;
        }
        PacketContext packet = new PacketContext();
        MemorySegment frame = MemorySegment.ofArray(new byte[FRAME_BYTES]);
        long last = 0;
        int frames = 0;
        for (int i = 0; i < 100_000 && last < 10 * SECOND; i++) {
            packet.reset(frame, 0, FRAME_BYTES, last);
            long exit = link.exitNanos(packet);
            if (exit != BandwidthModel.REFUSED) {
                last = exit;
                frames++;
            }
        }
        return last == 0 ? Double.POSITIVE_INFINITY : frames * 8.0 * FRAME_BYTES * SECOND / last;
    }

    private static String comparison(
            DirectionSpec spec, long offered, double carried, Measured measured, DirectionSample sample) {
        DirectionSnapshot counted = sample.total();
        TimeDistribution delay = measured.delay();
        long sent = counted.get(Counter.RECEIVED_PACKETS);
        long copies = counted.get(Counter.DUPLICATED_PACKETS);
        long lost = counted.dropped(DropReason.LOSS).packets()
                + counted.dropped(DropReason.LOSS_AFTER).packets();
        long otherwise = counted.droppedPackets() - lost;
        long inside = Math.max(0, sample.stillInside()); // neither lost nor seen: the run ended before they were due
        long missing = sent + copies - measured.packets() - measured.duplicates() - inside;
        StringBuilder text = new StringBuilder();
        TextReport.row(text, "seen by the sink", "asked for", "measured");
        TextReport.row(
                text,
                "  rate",
                asked(spec, "no limit", Role.BANDWIDTH),
                Format.bitsPerSecond(measured.bitsPerSecond()));
        TextReport.row(
                text, "", "", "of " + Format.bitsPerSecond((double) offered) + " offered" + share(offered, carried));
        TextReport.row(
                text, "  delay", asked(spec, "none", Role.DELAY), "p50 " + at(delay, 50) + ", p99 " + at(delay, 99));
        TextReport.row(
                text,
                "  loss",
                asked(spec, "none", Role.LOSS, Role.LOSS_AFTER, Role.OUTAGE),
                String.format(Locale.ROOT, "%.5f", sent == 0 ? 0 : (double) (missing - otherwise) / sent) + ", "
                        + Format.count(missing - otherwise) + " of " + Format.count(sent));
        if (otherwise > 0) {
            TextReport.row(text, "", "", Format.count(otherwise) + " more found no room or no rate");
        }
        if (inside > 0) {
            TextReport.row(text, "", "", Format.count(inside) + " more were still inside");
        }
        TextReport.row(
                text,
                "  out of order",
                asked(spec, "none", Role.REORDER),
                measured.outOfOrder() == 0
                        ? "none"
                        : Format.count(measured.outOfOrder()) + " of " + Format.count(measured.packets()));
        if (measured.duplicates() > 0 || !spec.of(Role.DUPLICATE).isEmpty()) {
            TextReport.row(
                    text,
                    "  duplicates",
                    asked(spec, "none", Role.DUPLICATE),
                    Format.count(measured.duplicates()) + " of " + Format.count(measured.packets()));
        }
        times(text, delay, sample);
        return text.toString();
    }

    private static void times(StringBuilder text, TimeDistribution delay, DirectionSample sample) {
        LinkTimes times = sample.linkTimes();
        TextReport.header(text, "  times");
        TextReport.percentiles(text, "  until the sink", delay);
        TextReport.parts(text, "    queue", times.packets(), times.meanQueueNanos(), times.longestQueueNanos());
        TextReport.parts(
                text,
                "    serialisation",
                times.packets(),
                times.meanSerialisationNanos(),
                times.longestSerialisationNanos());
        TextReport.parts(text, "    delay", times.packets(), times.meanDelayNanos(), times.longestDelayNanos());
        TextReport.percentiles(text, "    lateness", sample.lateness());
        double outside = delay.getMean() - sample.timeInside().getMean();
        if (delay.getTotalCount() > 0 && outside >= 0) {
            TextReport.mean(text, "    pipes", outside);
        }
    }

    private static String share(long offered, double carried) {
        return Double.isInfinite(carried)
                ? ""
                : String.format(Locale.ROOT, ", %.0f %% of the link", offered * 100.0 / carried);
    }

    private static String asked(DirectionSpec spec, String nothing, Role... roles) {
        String asked =
                Stream.of(roles).map(spec::of).filter(text -> !text.isEmpty()).collect(Collectors.joining(" and "));
        return asked.isEmpty() ? nothing : asked;
    }

    private static String at(TimeDistribution histogram, double percentile) {
        return histogram.getTotalCount() == 0 ? "-" : Format.nanos(histogram.getValueAtPercentile(percentile));
    }
}
