package io.tlem.bench;

import io.tlem.thread.WaitThresholds;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.HdrHistogram.Histogram;

/**
 * How late packets leave, at several loads, with threads that spin and with the emulator's default thresholds; and the
 * machine's own hiccups, with as many threads on the same CPUs, measured in turn with them.
 */
final class Timing {
    static final String SECTION = "timing";
    static final String HICCUPS = "hiccups";

    /** The same of threads that copy bytes for as much of the time as the load is. */
    static final String COPYING = "copying";

    /** What is reported of a histogram. */
    static final List<Double> PERCENTILES = List.of(50.0, 90.0, 99.0, 99.9, 99.99, 100.0);

    private static final long SETTLE_NANOS = 100_000_000;
    private static final double IDLE_PACKETS_PER_SECOND = 1000;
    private static final List<Integer> LOADS = List.of(0, 10, 50, 90);
    private static final List<Integer> QUICK_LOADS = List.of(0, 50);
    private static final WaitThresholds SPIN = new WaitThresholds(3_600_000_000_000L, 0, 0);

    private static final LinkCase LINK = new LinkCase("memory", PacketSizes.parse("imix"), 20_000_000, 2, 1);

    private final Settings settings;
    private final Figures figures;
    private final long bufferBytes;

    /** @param throughput knows how large the buffer should be */
    Timing(Settings settings, Figures figures, Throughput throughput) {
        this.settings = settings;
        this.figures = figures;
        this.bufferBytes = throughput.bufferBytes(LINK);
    }

    /**
     * Measures at each load.
     *
     * @param fullRate packets a second that are 100 % load
     * @param quick at fewer loads
     */
    void run(double fullRate, boolean quick) {
        int cpus = settings.machine().cpus().size();
        WaitThresholds usual = settings.machine().waiting(LINK.threads());
        try (LinkRig rig = rig(fullRate / 2, usual)) { // not counted: for the JIT compiler
            rig.settle(SETTLE_NANOS);
            Compilation.awaitQuiet();
        }
        for (int load : quick ? QUICK_LOADS : LOADS) {
            settings.progress("lateness at " + (load == 0 ? "idle" : load + " % load"));
            double rate = load == 0 ? IDLE_PACKETS_PER_SECOND : fullRate * load / 100;
            for (int round = 0; round < settings.repeat(); round++) {
                List<Integer> pinned = settings.machine().forThreads(LINK.threads());
                add(
                        load,
                        HICCUPS,
                        Hiccups.measure(pinned, 0, bufferBytes, settings.nanos())
                                .late());
                if (load > 0) {
                    add(
                            load,
                            COPYING,
                            Hiccups.measure(pinned, load / 100.0, bufferBytes, settings.nanos())
                                    .late());
                }
                if (cpus >= LINK.threads()) {
                    addLink(load, "spin", rate, SPIN);
                }
                addLink(load, "default", rate, usual);
            }
        }
    }

    /** Packets a second that pass when as many are offered as are taken. */
    double fullRate() {
        settings.progress("rate of full load");
        Sample sample = null;
        for (int i = 0; i < 2; i++) { // the first is for the JIT compiler
            try (LinkRig rig = rig(0, settings.machine().waiting(LINK.threads()))) {
                rig.settle(SETTLE_NANOS);
                Compilation.awaitQuiet();
                sample = rig.measure(settings.nanos());
                rig.stop();
            }
        }
        return sample.packetsPerSecond();
    }

    /** A link like the one measured. */
    LinkRig rig(double packetsPerSecond, WaitThresholds waiting) {
        return new LinkRig(LINK, bufferBytes, packetsPerSecond, settings.machine(), waiting);
    }

    private void addLink(int load, String waiting, double rate, WaitThresholds thresholds) {
        try (LinkRig rig = rig(rate, thresholds)) {
            rig.settle(SETTLE_NANOS);
            Sample sample = rig.measure(settings.nanos());
            rig.stop();
            add(load, waiting, sample.lateness());
            Map<String, String> of = of(load, waiting);
            figures.add(SECTION, of, "CPU a thread", "%", 100.0 * sample.cpuNanos() / sample.nanos() / LINK.threads());
            figures.add(SECTION, of, "rate", "Mpps", sample.packetsPerSecond() / 1e6);
        }
    }

    private void add(int load, String waiting, Histogram histogram) {
        addPercentiles(figures, SECTION, of(load, waiting), histogram);
    }

    private static Map<String, String> of(int load, String waiting) {
        Map<String, String> of = new LinkedHashMap<>();
        of.put("load", load == 0 ? "idle" : load + "%");
        of.put("threads", waiting);
        return of;
    }

    /** Adds the percentiles of a histogram of ns as figures. */
    static void addPercentiles(Figures figures, String section, Map<String, String> of, Histogram histogram) {
        for (double percentile : PERCENTILES) {
            figures.add(section, of, name(percentile), "us", histogram.getValueAtPercentile(percentile) / 1e3);
        }
    }

    static String name(double percentile) {
        return percentile == 100 ? "max" : "p" + Double.toString(percentile).replaceAll("\\.0$", "");
    }
}
