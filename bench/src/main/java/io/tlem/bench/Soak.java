package io.tlem.bench;

import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.stream.Stream;

/** A link at half load for minutes: whether anything drifts or grows, minute by minute. */
final class Soak {
    private static final String SECTION = "soak";
    private static final long MINUTE_NANOS = 60_000_000_000L;
    private static final long SETTLE_NANOS = 2_000_000_000L;

    private final Settings settings;
    private final Figures figures;
    private final Timing timing;

    Soak(Settings settings, Figures figures, Timing timing) {
        this.settings = settings;
        this.figures = figures;
        this.timing = timing;
    }

    /** @param fullRate packets a second that are 100 % load */
    void run(double fullRate, int minutes) throws IOException {
        Sample first = null;
        Sample last = null;
        try (LinkRig rig = timing.rig(fullRate / 2, settings.machine().waiting(2))) {
            rig.settle(SETTLE_NANOS);
            addLiveHeap("before");
            for (int minute = 1; minute <= minutes; minute++) {
                settings.progress("minute " + minute + " of " + minutes);
                last = rig.measure(MINUTE_NANOS);
                first = first == null ? last : first;
                add(Map.of("minute", Integer.toString(minute)), last);
            }
            addLiveHeap("after");
            rig.stop(); // refuses a run in which a packet was dropped or is not accounted for
        }
        for (double percentile : Timing.PERCENTILES) {
            double ratio = (double) last.lateness().getValueAtPercentile(percentile)
                    / Math.max(1, first.lateness().getValueAtPercentile(percentile));
            figures.add(SECTION, Map.of("minute", "last / first"), Timing.name(percentile), "", ratio);
        }
    }

    private void add(Map<String, String> of, Sample sample) throws IOException {
        Timing.addPercentiles(figures, SECTION, of, sample.lateness());
        figures.add(SECTION, of, "rate", "Mpps", sample.packetsPerSecond() / 1e6);
        figures.add(
                SECTION,
                of,
                "heap",
                "MiB",
                mib(ManagementFactory.getMemoryMXBean().getHeapMemoryUsage().getUsed()));
        figures.add(SECTION, of, "RSS", "MiB", ProcessStatus.ofSelf().residentBytes() / 1048576.0);
        figures.add(SECTION, of, "files", "", (double) openFiles());
        figures.add(SECTION, of, "collections", "", (double) ManagementFactory.getGarbageCollectorMXBeans().stream()
                .mapToLong(collector -> collector.getCollectionCount())
                .sum());
    }

    /** What is in use after a collection: garbage of the benchmark itself is not counted. */
    private void addLiveHeap(String when) {
        System.gc();
        long used = ManagementFactory.getMemoryMXBean().getHeapMemoryUsage().getUsed();
        figures.add(SECTION, Map.of("minute", when), "live heap", "MiB", mib(used));
    }

    private static double mib(long bytes) {
        return bytes / 1048576.0;
    }

    private static long openFiles() throws IOException {
        try (Stream<Path> files = Files.list(Path.of("/proc/self/fd"))) {
            return files.count();
        }
    }
}
