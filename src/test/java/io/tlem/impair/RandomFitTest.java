package io.tlem.impair;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.function.DoubleUnaryOperator;
import org.apache.commons.statistics.distribution.ChiSquaredDistribution;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * Whether the random models that are neither losses nor delays draw as they say: a million draws at a fixed seed, refused at
 * the 0.1 % level.
 */
class RandomFitTest {
    private static final int DRAWS = 1_000_000;
    private static final double LEVEL = 0.001;
    private static final int LENGTH = 64;

    private final RandomStreams streams = new RandomStreams(17, 0);
    private final MemorySegment memory = Arena.ofAuto().allocate(LENGTH, 64);
    private final PacketContext packet = new PacketContext();

    private static void assertBinomial(double probability, long found, long tries) {
        assertEquals(
                tries * probability,
                (double) found,
                3.29 * Math.sqrt(tries * probability * (1 - probability)),
                "found");
    }

    private static void assertChiSquare(double[] expected, long[] found) {
        double sum = 0;
        for (int i = 0; i < expected.length; i++) {
            sum += (found[i] - expected[i]) * (found[i] - expected[i]) / expected[i];
        }
        double p = ChiSquaredDistribution.of(expected.length - 1.0).survivalProbability(sum);
        assertTrue(p > LEVEL, "chi-square " + sum + " of " + expected.length + " bins, p " + p);
    }

    private static void assertKolmogorovSmirnov(DoubleUnaryOperator cumulative, double[] draws) {
        double[] sorted = draws.clone();
        Arrays.sort(sorted);
        double distance = 0;
        for (int i = 0; i < sorted.length; i++) {
            double expected = cumulative.applyAsDouble(sorted[i]);
            distance = Math.max(
                    distance, Math.max((i + 1.0) / sorted.length - expected, expected - (double) i / sorted.length));
        }
        assertTrue(distance < 1.95 / Math.sqrt(sorted.length), "distance " + distance + " of " + sorted.length);
    }

    private PacketContext packet(int length, long arrivalNanos) {
        packet.reset(memory, 0, length, arrivalNanos);
        return packet;
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {"CORRUPT | 0.05", "CORRUPT | pattern,5%,3,ff", "MARK | 5%", "TRUNCATE | 0.05,60"})
    void packetsAreChangedWithTheProbability(Role role, String spec) {
        EditModel model = (EditModel) Models.create(role, spec, streams);
        long changed = 0;
        for (int i = 0; i < DRAWS; i++) {
            memory.fill((byte) 0);
            memory.set(ValueLayout.JAVA_SHORT, 12, (short) 0x0008); // IPv4 in network order
            memory.set(ValueLayout.JAVA_BYTE, 14, (byte) 0x45);
            memory.set(ValueLayout.JAVA_BYTE, 15, (byte) 1); // ECT(1)
            MemorySegment before = MemorySegment.ofArray(memory.toArray(ValueLayout.JAVA_BYTE));
            packet(LENGTH, i);
            model.edit(packet);
            changed += packet.lengthBytes() != LENGTH || memory.mismatch(before) >= 0 ? 1 : 0;
        }
        assertBinomial(0.05, changed, DRAWS);
    }

    @Test
    void eachBitIsAsLikelyToBeInverted() {
        EditModel model = (EditModel) Models.create(Role.CORRUPT, "1", streams);
        long[] found = new long[8 * LENGTH];
        for (int i = 0; i < DRAWS; i++) {
            memory.fill((byte) 0);
            model.edit(packet(LENGTH, i));
            for (int word = 0; word < LENGTH / 8; word++) {
                long bits = memory.get(ValueLayout.JAVA_LONG, 8L * word);
                if (bits != 0) {
                    found[64 * word + Long.numberOfTrailingZeros(bits)]++;
                }
            }
        }
        double[] expected = new double[found.length];
        Arrays.fill(expected, (double) DRAWS / found.length);
        assertChiSquare(expected, found);
    }

    @ParameterizedTest
    @CsvSource({"'constant,0.05,1ms',0.05", "'gap,1,5%',0.05", "'gap,4,20%',0.125"})
    void packetsAreReorderedWithTheProbability(String spec, double probability) {
        ReorderModel model = (ReorderModel) Models.create(Role.REORDER, spec, streams);
        long moved = 0;
        for (int i = 0; i < DRAWS; i++) {
            moved += model.releaseNanos(packet(LENGTH, i), i + 1_000_000_000L) == i + 1_000_000_000L ? 0 : 1;
        }
        // netem: behind 3 others each is drawn for until one is moved, every 3 + 1 / 20 % packets; that varies less.
        assertBinomial(probability, moved, DRAWS);
    }

    @Test
    void packetsAreDuplicatedWithTheProbability() {
        DuplicateModel model = (DuplicateModel) Models.create(Role.DUPLICATE, "0.05", streams);
        long twice = 0;
        for (int i = 0; i < DRAWS; i++) {
            twice += model.duplicateNanos(packet(LENGTH, i), i) == DuplicateModel.NONE ? 0 : 1;
        }
        assertBinomial(0.05, twice, DRAWS);
    }

    /**
     * Looked at once a tick, a link that is up and down for exponentially distributed times is a Markov chain with
     * {@code P(up to down) = U / (U + D) ... (1 - exp(-tick (1/U + 1/D)))}: the numbers of ticks up and down are geometric.
     */
    @Test
    void timesUpAndDownAreExponential() {
        double up = 40;
        double down = 10;
        LossModel model = (LossModel) Models.create(Role.OUTAGE, "random,40us,10us", streams);
        double mixing = 1 - Math.exp(-(1 / up + 1 / down));
        long[][] found = new long[2][200];
        long[] runs = new long[2];
        int state = -1;
        int length = 0;
        for (long tick = 0; runs[0] + runs[1] < 2L * DRAWS; tick++) {
            int now = model.loses(packet(LENGTH, tick * 1000)) ? 1 : 0;
            if (now == state) {
                length++;
                continue;
            }
            if (state >= 0) {
                found[state][Math.min(length, found[state].length) - 1]++;
                runs[state]++;
            }
            state = now;
            length = 1;
        }
        assertGeometric(mixing * down / (up + down), found[0], runs[0]);
        assertGeometric(mixing * up / (up + down), found[1], runs[1]);
    }

    /** Lengths from 1 on; those from the last one on, or rarer than 20, are one bin. */
    private static void assertGeometric(double end, long[] found, long runs) {
        int bins = 1;
        while (bins < found.length && runs * Math.pow(1 - end, bins) * end > 20) {
            bins++;
        }
        double[] expected = new double[bins];
        long[] binned = new long[bins];
        for (int i = 0; i < bins - 1; i++) {
            expected[i] = runs * Math.pow(1 - end, i) * end;
            binned[i] = found[i];
        }
        expected[bins - 1] = runs * Math.pow(1 - end, bins - 1);
        binned[bins - 1] = Arrays.stream(found, bins - 1, found.length).sum();
        assertChiSquare(expected, binned);
    }

    /** A packet that comes while the link stands still waits for what is left of an exponential time: just such a time. */
    @ParameterizedTest
    @CsvSource({"'markov,1T,3ms,0,1ms',0.25", "'markov,0,1ms,1T,3ms',0.25"})
    void timesAtARateAreExponential(String spec, double share) {
        BandwidthModel model = Models.bandwidth(spec, streams);
        double[] waits = new double[DRAWS];
        int count = 0;
        long packets = 0;
        long now = 0;
        for (; count < DRAWS; packets++) {
            now += 40_000_000;
            long wait = model.exitNanos(packet(LENGTH, now)) - now;
            if (wait > 1) { // a packet takes half a ns at 1 Tbit/s
                waits[count++] = wait;
            }
        }
        assertBinomial(share, count, packets);
        assertKolmogorovSmirnov(wait -> 1 - Math.exp(-wait / 1e6), waits);
    }

    @Test
    void slotsAreUniformlyApart() {
        BandwidthModel model = Models.bandwidth("slots,1ms,3ms", streams);
        double[] waits = new double[DRAWS];
        for (int i = 0; i < DRAWS; i++) {
            long now = i * 10_000_000L;
            waits[i] = model.exitNanos(packet(LENGTH, now)) - now;
        }
        assertKolmogorovSmirnov(wait -> (wait - 1e6) / 2e6, waits);
    }

    /** The table's values, scaled and rounded, and those below 0 as 0. */
    @Test
    void eachEntryOfASlotTableIsAsLikely(@TempDir Path folder) throws IOException {
        Path file = Files.writeString(folder.resolve("slots.dist"), "-8192 -4096 0 4096 8191 0x2000 16384 -32768");
        BandwidthModel model = Models.bandwidth("slot-table,1ms,300us," + file, streams);
        List<Long> waits = List.of(0L, 700_000L, 850_000L, 1_000_000L, 1_150_000L, 1_299_963L, 1_300_000L, 1_600_000L);
        long[] found = new long[waits.size()];
        for (int i = 0; i < DRAWS; i++) {
            long now = i * 10_000_000L;
            found[waits.indexOf(model.exitNanos(packet(LENGTH, now)) - now)]++;
        }
        double[] expected = new double[waits.size()];
        Arrays.fill(expected, (double) DRAWS / waits.size());
        assertChiSquare(expected, found);
    }

    @Test
    void eachSampleOfAProfileIsAsLikely(@TempDir Path folder) throws IOException {
        Path file = Files.writeString(folder.resolve("profile"), """
                samples 100
                loss-level 0.9
                bw 1T
                prob delay
                0 1
                1 101
                """);
        BandwidthModel model = Models.bandwidth("profile,0," + file, streams);
        long[] found = new long[91];
        long now = 0;
        for (int i = 0; i < DRAWS; i++) {
            now += 200_000_000;
            long exit = model.exitNanos(packet(LENGTH, now));
            found[exit == BandwidthModel.REFUSED ? 90 : (int) ((exit - now) / 1_000_000) - 1]++;
        }
        double[] expected = new double[91];
        Arrays.fill(expected, DRAWS / 100.0);
        expected[90] = DRAWS / 10.0;
        assertChiSquare(expected, found);
    }
}
