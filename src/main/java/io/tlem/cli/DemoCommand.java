package io.tlem.cli;

import io.tlem.impair.Role;
import io.tlem.impair.Units;
import io.tlem.port.generator.Arrivals;
import io.tlem.port.generator.SinkPort;
import io.tlem.stats.Counter;
import io.tlem.stats.DirectionSnapshot;
import io.tlem.stats.Format;
import io.tlem.thread.ThreadSettings;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import org.HdrHistogram.Histogram;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

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
        description =
                "Sends built-in traffic through an emulated link, by default 1 Gbit/s, 20 ms, 1 %% loss and a"
                        + " queue of 1 MiB for ten seconds, and compares what was asked for with what a sink measures. Needs no privileges.",
        mixinStandardHelpOptions = true,
        sortOptions = false)
final class DemoCommand implements Callable<Integer> {
    private static final int FRAME_BYTES = 1514;

    @Mixin
    private LinkOptions options;

    @Override
    public Integer call() throws Exception {
        setDefault(options.bandwidth, "1G");
        setDefault(options.delay, "20ms");
        setDefault(options.loss, "0.01");
        // Long enough for what a machine with few CPUs hands over at once when it lets the threads run again.
        setDefault(options.queue, "1M");
        if (options.duration == null) {
            options.duration = "10s";
        }
        DirectionSpec spec = options.spec(0);
        long bandwidth = plainBandwidth(spec.of(Role.BANDWIDTH));
        // An eighth more than the link takes: the link is always busy, and the queue drops the rest.
        long offered = bandwidth == 0 ? 1_000_000_000L : Math.max(1000, bandwidth + bandwidth / 8);
        String generator = "generator:size=" + FRAME_BYTES + ",rate=" + offered;
        String before = "pipe:demo{in/T,private=on";
        String a = "pipe:demo}in/R,private=on";
        String b = "pipe:demo{out/T,private=on";
        String after = "pipe:demo}out/R,private=on";
        try (LinkRun run = new LinkRun(options, Ports.parse(a), Ports.parse(b), ports -> ports, 2)) {
            ThreadSettings unpinned = new ThreadSettings(ThreadSettings.ANY_CPU, 0, run.waiting());
            try (Feed in = new Feed("generator", generator, before, unpinned);
                    Feed out = new Feed("sink", after, "sink:check=on", unpinned)) {
                int status = run.run(0, () -> {
                    out.start();
                    in.start();
                });
                in.stop();
                out.stopWhenIdle();
                if (in.failed() || out.failed()) {
                    return 1;
                }
                if (status == 0 && !options.json && options.verbosity() >= 0) {
                    Arrivals arrivals = ((SinkPort) out.to()).arrivals().orElseThrow();
                    print(spec, offered, arrivals, run.totals().get(0).total());
                }
                return status;
            }
        }
    }

    private static void setDefault(List<String> values, String value) {
        if (values.isEmpty()) {
            values.add(value);
        }
    }

    /** The number in {@code BPS} or {@code kind,BPS}. Anything else is refused later, under its option's name. */
    private static long plainBandwidth(String spec) {
        try {
            return Units.parseBandwidth(spec.substring(spec.lastIndexOf(',') + 1));
        } catch (IllegalArgumentException e) {
            return 0;
        }
    }

    private static void print(DirectionSpec spec, long offered, Arrivals arrivals, DirectionSnapshot counted) {
        Histogram delay = arrivals.delay();
        long sent = counted.get(Counter.RECEIVED_PACKETS);
        long noRoom = counted.droppedPackets() - counted.get(Counter.LOST_PACKETS);
        long missing = sent - arrivals.packets();
        row("", "asked for", "measured");
        row(
                "rate",
                spec.of(Role.BANDWIDTH),
                Format.bitsPerSecond(arrivals.bitsPerSecond()) + ", offered " + Format.bitsPerSecond((double) offered));
        row(
                "delay",
                spec.of(Role.DELAY),
                "p50 " + at(delay, 50) + ", with the wait in a queue of " + spec.of(Role.QUEUE));
        row(
                "",
                "",
                "min " + at(delay, 0) + "  p90 " + at(delay, 90) + "  p99 " + at(delay, 99) + "  p99.9 "
                        + at(delay, 99.9) + "  max " + at(delay, 100));
        double lossRate = sent == 0 ? 0 : (double) (missing - noRoom) / sent;
        row(
                "loss",
                spec.of(Role.LOSS),
                String.format(Locale.ROOT, "%.5f", lossRate) + ": of " + Format.count(sent)
                        + " packets sent, " + Format.count(missing) + " are missing, " + Format.count(noRoom)
                        + " of them because the queue was full");
        row("out of order", "0", Format.count(arrivals.outOfOrder()));
    }

    private static String at(Histogram histogram, double percentile) {
        return histogram.getTotalCount() == 0 ? "-" : Format.nanos(histogram.getValueAtPercentile(percentile));
    }

    private static void row(String what, String asked, String measured) {
        System.out.println(String.format(Locale.ROOT, "%-13s %-10s %s", what, asked, measured)
                .stripTrailing());
    }
}
