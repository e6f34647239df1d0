package io.tlem.bench;

import java.util.ArrayList;
import java.util.DoubleSummaryStatistics;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * How fast packets pass the emulator, next to what moving their bytes costs on the same CPUs in the same second: each
 * round measures a link and the floors of its footprint in turn. Rounds in which the host has moved the CPUs meanwhile, as
 * the time of a hand-over between them shows, are repeated.
 */
final class Throughput {
    static final String SECTION = "throughput";

    private static final long SETTLE_NANOS = 50_000_000;
    private static final long WARM_UP_NANOS = 200_000_000;
    /** Hand-overs that differ by more are those of CPUs that the host has moved. */
    private static final double STEADY = 1.5;

    /** Of the buffer: then it may be what limits the rate. */
    private static final double FULL = 0.95;

    /** The emulator may be faster than the floor in Java was, which it is measured by. */
    private static final double BUFFER_FACTOR = 1.5;

    private static final long CALIBRATION_NANOS = 50_000_000;
    private static final long CALIBRATION_BUFFER_BYTES = 64L << 20;

    private final Settings settings;
    private final Figures figures;
    private final Optional<NativeFloor> nativeFloor;
    private final Map<PacketSizes, Double> fastestNanos = new LinkedHashMap<>();

    private record Measured(Sample sample, long capacityBytes) {
        /** Packets under way in a direction over those that the buffer holds. */
        double full(LinkCase link) {
            double underWay = sample.packetsPerSecond() / link.directions() * link.delayNanos() / 1e9;
            return underWay / link.packetsIn(capacityBytes);
        }
    }

    /**
     * What was measured behind each other.
     *
     * @param handOvers ns from one CPU to the other, before, between and after
     */
    private record Round(Measured link, Sample javaFloor, Optional<Sample> cFloor, DoubleSummaryStatistics handOvers) {
        /** Whether there is something to compare. */
        boolean complete() {
            return link.sample.packets() > 0
                    && javaFloor.packets() > 0
                    && cFloor.map(Sample::packets).orElse(1L) > 0;
        }

        /** Whether the CPUs were as far apart all the time: only then is the floor that of the link. */
        boolean steady() {
            return handOvers.getMax() <= STEADY * handOvers.getMin();
        }
    }

    Throughput(Settings settings, Figures figures, Optional<NativeFloor> nativeFloor) {
        this.settings = settings;
        this.figures = figures;
        this.nativeFloor = nativeFloor;
    }

    void run(List<LinkCase> cases) {
        HandOver.nanos(settings.machine()); // for the JIT compiler
        for (LinkCase link : cases) {
            settings.progress(link.describe().toString());
            measure(link);
        }
    }

    private void measure(LinkCase link) {
        long bufferBytes = bufferBytes(link);
        long warmUpNanos = Math.min(settings.nanos(), WARM_UP_NANOS);
        measure(link, bufferBytes, warmUpNanos, true);
        floor(link, bufferBytes, 0, warmUpNanos, true);
        List<Round> rounds = new ArrayList<>();
        int steady = 0;
        int attempts = 0; // that have measured nothing
        while (steady < settings.repeat() && rounds.size() + attempts < settings.attempts() * settings.repeat()) {
            Round round = round(link, bufferBytes);
            if (round.link.full(link) > FULL && link.mostBufferBytes() > bufferBytes) {
                bufferBytes = Math.min(2 * bufferBytes, link.mostBufferBytes());
                settings.progress("the buffer has limited the rate: once more with " + (bufferBytes >> 20) + " MiB");
                attempts++;
                continue;
            }
            if (!round.complete()) {
                settings.progress("the machine has let nothing pass in one of the intervals");
                attempts++;
                continue;
            }
            rounds.add(round);
            steady += round.steady() ? 1 : 0;
        }
        if (rounds.isEmpty()) {
            throw new IllegalStateException("nothing could be measured of " + link.describe());
        }
        boolean any = steady > 0;
        rounds.stream().filter(round -> round.steady() || !any).forEach(round -> add(link, round));
        figures.add(SECTION, link.describe(), "rounds", "", steady);
        figures.add(SECTION, link.describe(), "unsteady", "", rounds.size() - steady);
    }

    private Round round(LinkCase link, long bufferBytes) {
        DoubleSummaryStatistics handOvers = new DoubleSummaryStatistics();
        handOvers.accept(HandOver.nanos(settings.machine()));
        Measured sample = measure(link, bufferBytes, settings.nanos(), false);
        handOvers.accept(HandOver.nanos(settings.machine()));
        long lagBytes = lagBytes(link, sample);
        Sample javaFloor = floor(link, bufferBytes, lagBytes, settings.nanos(), false);
        handOvers.accept(HandOver.nanos(settings.machine()));
        Optional<Sample> cFloor = nativeFloor.map(floor -> floor.measure(
                link.sizes(),
                bufferBytes,
                lagBytes,
                link.directions(),
                settings.machine(),
                SETTLE_NANOS + link.delayNanos(),
                settings.nanos()));
        handOvers.accept(HandOver.nanos(settings.machine()));
        return new Round(sample, javaFloor, cFloor, handOvers);
    }

    /** How much of the buffer was under way in each direction of the link. */
    private static long lagBytes(LinkCase link, Measured measured) {
        double share = Math.min(measured.full(link), 1);
        return (long)
                (share * link.packetsIn(measured.capacityBytes) * link.sizes().meanStride());
    }

    private Measured measure(LinkCase link, long bufferBytes, long nanos, boolean warmUp) {
        try (LinkRig rig = new LinkRig(
                link, bufferBytes, 0, settings.machine(), settings.machine().waiting(link.threads()))) {
            figures.describe("buffer_pages", rig.memoryKind());
            rig.settle(SETTLE_NANOS);
            if (warmUp) {
                Compilation.awaitQuiet();
            }
            Sample sample = rig.measure(nanos);
            rig.stop();
            return new Measured(sample, rig.capacityBytes());
        }
    }

    private Sample floor(LinkCase link, long bufferBytes, long lagBytes, long nanos, boolean warmUp) {
        try (CopyFloor floor =
                new CopyFloor(link.sizes(), bufferBytes, lagBytes, link.directions(), settings.machine())) {
            if (warmUp) {
                Compilation.awaitQuiet();
            }
            Sample sample = floor.measure(SETTLE_NANOS + link.delayNanos(), nanos);
            floor.stop();
            return sample;
        }
    }

    /** The floor's speed says how much can come during the delay; the emulator is hardly faster. */
    long bufferBytes(LinkCase link) {
        double nanos = fastestNanos.computeIfAbsent(link.sizes(), sizes -> {
            try (CopyFloor floor = new CopyFloor(sizes, CALIBRATION_BUFFER_BYTES, 0, 1, settings.machine())) {
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
        return link.bufferBytes(BUFFER_FACTOR * 1e9 / nanos);
    }

    private void add(LinkCase link, Round round) {
        Map<String, String> of = link.describe();
        Sample sample = round.link.sample;
        Sample javaFloor = round.javaFloor;
        Optional<Sample> cFloor = round.cFloor;
        long capacityBytes = round.link.capacityBytes;
        double floor = Math.min(
                javaFloor.nanosPerPacket(), cFloor.map(Sample::nanosPerPacket).orElse(Double.MAX_VALUE));
        double cpuFloor = Math.min(
                javaFloor.cpuNanosPerPacket(),
                cFloor.map(Sample::cpuNanosPerPacket).orElse(Double.MAX_VALUE));
        figures.add(SECTION, of, "hand-over", "ns", round.handOvers.getAverage());
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
        figures.add(SECTION, of, "buffer full", "", round.link.full(link));
    }
}
