package io.tlem.bench;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * How fast packets pass the emulator, next to what moving their bytes costs on the same CPUs in the same minute: each
 * round measures the links of one group and the floors of their common footprint in turn.
 */
final class Throughput {
    static final String SECTION = "throughput";

    private static final long SETTLE_NANOS = 50_000_000;
    private static final long WARM_UP_NANOS = 200_000_000;
    private static final long CALIBRATION_NANOS = 50_000_000;
    private static final long CALIBRATION_BUFFER_BYTES = 64L << 20;

    private final Settings settings;
    private final Figures figures;
    private final Optional<NativeFloor> nativeFloor;
    private final Map<PacketSizes, Double> fastestNanos = new LinkedHashMap<>();

    /** What links must have in common to be measured against the same floor. */
    private record Group(PacketSizes sizes, long delayNanos, int directions) {}

    Throughput(Settings settings, Figures figures, Optional<NativeFloor> nativeFloor) {
        this.settings = settings;
        this.figures = figures;
        this.nativeFloor = nativeFloor;
    }

    void run(List<LinkCase> cases) {
        Map<Group, List<LinkCase>> groups = new LinkedHashMap<>();
        for (LinkCase link : cases) {
            groups.computeIfAbsent(
                            new Group(link.sizes(), link.delayNanos(), link.directions()), g -> new ArrayList<>())
                    .add(link);
        }
        groups.forEach((group, links) -> {
            settings.progress(links.size() + " of size " + group.sizes.name() + ", delay " + group.delayNanos / 1e6
                    + " ms, " + group.directions + (group.directions == 1 ? " direction" : " directions"));
            measure(group, links);
        });
    }

    private void measure(Group group, List<LinkCase> links) {
        long bufferBytes = bufferBytes(links.get(0));
        // The first round is for the JIT compiler and is not counted.
        for (int round = 0; round <= settings.repeat(); round++) {
            boolean warmUp = round == 0;
            long nanos = warmUp ? Math.min(settings.nanos(), WARM_UP_NANOS) : settings.nanos();
            List<Sample> samples = new ArrayList<>();
            List<Long> capacities = new ArrayList<>();
            for (LinkCase link : links) {
                samples.add(measure(link, bufferBytes, nanos, capacities, warmUp));
            }
            Sample javaFloor = floor(group, bufferBytes, nanos, warmUp);
            Optional<Sample> cFloor = nativeFloor.map(floor ->
                    floor.measure(group.sizes, bufferBytes, group.directions, settings.machine(), SETTLE_NANOS, nanos));
            for (int i = 0; i < links.size() && round > 0; i++) {
                add(links.get(i), samples.get(i), javaFloor, cFloor, capacities.get(i));
            }
        }
    }

    private Sample measure(LinkCase link, long bufferBytes, long nanos, List<Long> capacities, boolean warmUp) {
        try (LinkRig rig = new LinkRig(
                link, bufferBytes, 0, settings.machine(), settings.machine().waiting(link.threads()))) {
            figures.describe("buffer_pages", rig.memoryKind());
            capacities.add(rig.capacityBytes());
            rig.settle(SETTLE_NANOS);
            if (warmUp) {
                Compilation.awaitQuiet();
            }
            Sample sample = rig.measure(nanos);
            rig.stop();
            return sample;
        }
    }

    private Sample floor(Group group, long bufferBytes, long nanos, boolean warmUp) {
        try (CopyFloor floor = new CopyFloor(group.sizes, bufferBytes, group.directions, settings.machine())) {
            if (warmUp) {
                Compilation.awaitQuiet();
            }
            Sample sample = floor.measure(SETTLE_NANOS, nanos);
            floor.stop();
            return sample;
        }
    }

    /** The floor's speed says how much can come during the delay; the emulator is hardly faster. */
    long bufferBytes(LinkCase link) {
        double nanos = fastestNanos.computeIfAbsent(link.sizes(), sizes -> {
            try (CopyFloor floor = new CopyFloor(sizes, CALIBRATION_BUFFER_BYTES, 1, settings.machine())) {
                Compilation.awaitQuiet();
                double fastest = Double.MAX_VALUE;
                for (int i = 0; i < 3; i++) {
                    fastest = Math.min(
                            fastest,
                            floor.measure(CALIBRATION_NANOS, CALIBRATION_NANOS).nanosPerPacket());
                }
                floor.stop();
                return fastest;
            }
        });
        return link.bufferBytes(1.1e9 / nanos);
    }

    private void add(LinkCase link, Sample sample, Sample javaFloor, Optional<Sample> cFloor, long capacityBytes) {
        Map<String, String> of = link.describe();
        double floor = Math.min(
                javaFloor.nanosPerPacket(), cFloor.map(Sample::nanosPerPacket).orElse(Double.MAX_VALUE));
        double cpuFloor = Math.min(
                javaFloor.cpuNanosPerPacket(),
                cFloor.map(Sample::cpuNanosPerPacket).orElse(Double.MAX_VALUE));
        figures.add(SECTION, of, "wall", "ns/packet", sample.nanosPerPacket());
        figures.add(SECTION, of, "floor Java", "ns/packet", javaFloor.nanosPerPacket());
        cFloor.ifPresent(c -> figures.add(SECTION, of, "floor C", "ns/packet", c.nanosPerPacket()));
        figures.add(SECTION, of, "wall / floor", "", sample.nanosPerPacket() / floor);
        figures.add(SECTION, of, "CPU", "ns/packet", sample.cpuNanosPerPacket());
        figures.add(SECTION, of, "CPU / floor", "", sample.cpuNanosPerPacket() / cpuFloor);
        figures.add(SECTION, of, "rate", "Mpps", sample.packetsPerSecond() / 1e6);
        figures.add(SECTION, of, "rate", "Gbit/s", sample.bitsPerSecond() / 1e9);
        figures.add(SECTION, of, "packets", "", (double) sample.packets());
        figures.add(SECTION, of, "buffer", "MiB", capacityBytes / 1048576.0);
        double held = sample.packetsPerSecond() / link.directions() * link.delayNanos() / 1e9;
        figures.add(SECTION, of, "buffer full", "", held / link.packetsIn(capacityBytes));
    }
}
