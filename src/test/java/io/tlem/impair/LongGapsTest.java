package io.tlem.impair;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.tlem.simulate.Simulation;
import io.tlem.spec.LinkSpec;
import io.tlem.spec.Setting;
import io.tlem.stats.Counter;
import io.tlem.testing.Captures;
import io.tlem.testing.Captures.Packet;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Years may lie between two packets of a capture, as where a clock was set in between. */
class LongGapsTest {
    private static final Duration PATIENCE = Duration.ofSeconds(20);
    private static final long YEARS_NANOS = 1_700_000_000_000_000_000L;
    private static final int SEEDS = 2000;

    @TempDir
    Path folder;

    private final PacketContext packet = new PacketContext();
    private final MemorySegment memory = Arena.ofAuto().allocate(2048);

    private PacketContext at(long nanos) {
        packet.reset(memory, 0, 125, nanos);
        return packet;
    }

    /** Of binomial trials: within five deviations. */
    private static void assertShare(double expected, int found, int trials) {
        double deviation = Math.sqrt(trials * expected * (1 - expected));
        assertEquals(trials * expected, found, 5 * deviation);
    }

    @Test
    void outagesAreNotDrawnOneByOne() {
        assertTimeoutPreemptively(PATIENCE, () -> {
            int down = 0;
            int later = 0;
            int changes = 0;
            for (int seed = 0; seed < SEEDS; seed++) {
                LossModel model = (LossModel) Models.create(Role.OUTAGE, "random,3us,1us", new RandomStreams(seed, 0));
                boolean first = model.loses(at(0));
                assertTrue(!first);
                boolean now = model.loses(at(YEARS_NANOS));
                boolean then = model.loses(at(YEARS_NANOS + 100));
                down += now ? 1 : 0;
                changes += now == then ? 0 : 1;
                later += model.loses(at(YEARS_NANOS + 100_000)) ? 1 : 0;
            }
            assertShare(0.25, down, SEEDS);
            assertShare(0.25, later, SEEDS);
            double mixing = 1 - Math.exp(-100 * (1 / 3000.0 + 1 / 1000.0));
            assertShare(2 * 0.75 * 0.25 * mixing, changes, SEEDS);
        });
    }

    /** A time of years in ns has no room for a fraction in a double, nor for the nanoseconds. */
    @Test
    void outagesGoOnYearsAfterTheFirstPacket() {
        assertTimeoutPreemptively(PATIENCE, () -> {
            LossModel model = (LossModel) Models.create(Role.OUTAGE, "random,30ns,10ns", new RandomStreams(1, 0));
            boolean ignored = model.loses(at(0));
            int down = 0;
            for (int i = 0; i < 20_000; i++) {
                down += model.loses(at(YEARS_NANOS + i * 1000L)) ? 1 : 0;
            }
            assertShare(0.25, down, 20_000);
        });
    }

    @Test
    void ratesAreNotDrawnOneByOne() {
        assertTimeoutPreemptively(PATIENCE, () -> {
            int fast = 0;
            for (int seed = 0; seed < SEEDS; seed++) {
                BandwidthModel model = (BandwidthModel)
                        Models.create(Role.BANDWIDTH, "markov,1G,300us,1M,100us", new RandomStreams(seed, 0));
                long ignored = model.exitNanos(at(0));
                fast += model.exitNanos(at(YEARS_NANOS)) == YEARS_NANOS + 1000 ? 1 : 0;
            }
            assertShare(0.75 * Math.exp(-1 / 300.0), fast, SEEDS);
        });
    }

    private Simulation simulation(String scenario, long gapNanos) throws IOException {
        Path in = Captures.write(
                folder.resolve("gap.pcap"), List.of(new Packet(0, new byte[60]), new Packet(gapNanos, new byte[60])));
        Path steps = Files.writeString(folder.resolve("steps.yaml"), scenario);
        LinkSpec.Builder builder = new LinkSpec.Builder();
        builder.with(Setting.SCENARIO, steps.toString());
        return new Simulation(
                builder.conclude(),
                1,
                List.of(in.toString()),
                List.of(folder.resolve("out.pcap").toString()),
                Optional.empty());
    }

    @Test
    void aScenarioIsEndedWhileItGoesOnWithoutPackets() {
        String loop = "steps: [{repeat: forever, every: 1s, steps: [{set: {both: {delay: 1ms}}},"
                + " {after: 500ms, set: {both: {delay: 2ms}}}]}]";
        assertTimeoutPreemptively(PATIENCE, () -> {
            AtomicInteger asked = new AtomicInteger();
            try (Simulation simulation = simulation(loop, YEARS_NANOS)) {
                simulation.run(sample -> {}, share -> {}, () -> asked.incrementAndGet() > 1000);
                var total = simulation.collector().latest().total().getFirst().total();
                assertEquals(1, total.get(Counter.RECEIVED_PACKETS));
                assertEquals(1, total.get(Counter.TRANSMITTED_PACKETS));
            }
        });
    }

    @Test
    void aScenarioIsWhereItWouldBe() {
        String loop = "steps: [{repeat: forever, every: 1s, steps: [{set: {both: {delay: 1ms}}},"
                + " {after: 500ms, set: {both: {delay: 2ms}}}]}]";
        assertTimeoutPreemptively(PATIENCE, () -> {
            for (long half = 0; half < 2; half++) {
                long gap = 1000_000_000_000L + half * 600_000_000L;
                try (Simulation simulation = simulation(loop, gap)) {
                    simulation.run(sample -> {}, share -> {});
                }
                assertEquals(
                        List.of(1_000_000L, gap + (half + 1) * 1_000_000L),
                        Captures.read(folder.resolve("out.pcap")).stream()
                                .map(Packet::nanos)
                                .toList());
            }
        });
    }
}
