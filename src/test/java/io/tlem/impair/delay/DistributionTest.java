package io.tlem.impair.delay;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.tlem.impair.DelayModel;
import io.tlem.impair.Models;
import io.tlem.impair.PacketContext;
import io.tlem.impair.RandomStreams;
import io.tlem.impair.random.CorrelatedRandom;
import io.tlem.impair.random.QuantileTable;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.function.DoubleUnaryOperator;
import java.util.random.RandomGenerator;
import java.util.stream.Stream;
import org.apache.commons.statistics.distribution.ExponentialDistribution;
import org.apache.commons.statistics.distribution.GammaDistribution;
import org.apache.commons.statistics.distribution.LogNormalDistribution;
import org.apache.commons.statistics.distribution.NormalDistribution;
import org.apache.commons.statistics.distribution.ParetoDistribution;
import org.apache.commons.statistics.distribution.WeibullDistribution;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Whether delays are distributed as they should be: a million draws each against the closed form. */
class DistributionTest {
    private static final int DRAWS = 1_000_000;

    static Stream<Arguments> distributions() {
        return Stream.of(
                Arguments.of("exp,5ms,15ms,max=1s", (DoubleUnaryOperator)
                        t -> ExponentialDistribution.of(10e6).cumulativeProbability(t - 5e6)),
                Arguments.of("normal,20ms,3ms,max=1s", (DoubleUnaryOperator)
                        NormalDistribution.of(20e6, 3e6)::cumulativeProbability),
                Arguments.of("pareto,5ms,3,max=10s", (DoubleUnaryOperator)
                        ParetoDistribution.of(5e6, 3)::cumulativeProbability),
                Arguments.of("pareto,5ms,1.1,max=3600", (DoubleUnaryOperator)
                        ParetoDistribution.of(5e6, 1.1)::cumulativeProbability),
                Arguments.of("lognormal,20ms,0.3,max=1s", (DoubleUnaryOperator)
                        LogNormalDistribution.of(Math.log(20e6), 0.3)::cumulativeProbability),
                Arguments.of("weibull,20ms,2,max=1s", (DoubleUnaryOperator)
                        WeibullDistribution.of(2, 20e6)::cumulativeProbability),
                Arguments.of("weibull,20ms,0.5,max=10s", (DoubleUnaryOperator)
                        WeibullDistribution.of(0.5, 20e6)::cumulativeProbability),
                Arguments.of("gamma,20ms,4,max=1s", (DoubleUnaryOperator)
                        GammaDistribution.of(4, 5e6)::cumulativeProbability),
                Arguments.of("paretonormal,20ms,1ms,max=1s", (DoubleUnaryOperator) t -> paretoNormal((t - 20e6) / 1e6)),
                Arguments.of("uniform,5ms,15ms", (DoubleUnaryOperator) t -> (t - 5e6 + 1) / (10e6 + 1)),
                Arguments.of("netem,20ms,5ms", (DoubleUnaryOperator) t -> (t - 15e6 + 1) / 10e6));
    }

    /** Without netem's, whose correlation changes the distribution. */
    static Stream<Arguments> independentOrNot() {
        return distributions()
                .filter(arguments -> !arguments.get()[0].toString().startsWith("netem"));
    }

    /** Inverts the sum of the two quantiles by bisection: there is no closed form. */
    private static double paretoNormal(double value) {
        double low = 0;
        double high = 1;
        for (int i = 0; i < 60; i++) {
            double middle = (low + high) / 2;
            double quantile = NormalDistribution.of(0, 1).inverseCumulativeProbability(middle) / 4
                    + (Math.pow(1 - middle, -1 / 3.0) - 1.5) * 3 / 4;
            if (quantile < value) {
                low = middle;
            } else {
                high = middle;
            }
        }
        return low;
    }

    private static double[] draws(DelayModel model, int count) {
        PacketContext packet = new PacketContext();
        double[] draws = new double[count];
        for (int i = 0; i < count; i++) {
            packet.reset(MemorySegment.NULL, 0, 1514, i);
            long delay = model.delayNanos(packet);
            assertTrue(delay >= model.minNanos() && delay <= model.maxNanos(), "out of bounds: " + delay);
            draws[i] = delay;
        }
        Arrays.sort(draws);
        return draws;
    }

    /** Kolmogorov-Smirnov at a fixed seed: below the critical value at the 0.1 % level, an effect below 0.002. */
    @ParameterizedTest
    @MethodSource("distributions")
    void drawsAreDistributedAsTheClosedFormSays(String spec, DoubleUnaryOperator cumulative) {
        double[] draws = draws(Models.delay(spec, new RandomStreams(7, 0)), DRAWS);
        double distance = 0;
        for (int i = 0; i < DRAWS; i += 10) {
            double expected = cumulative.applyAsDouble(draws[i]);
            distance = Math.max(distance, Math.max((i + 1.0) / DRAWS - expected, expected - (double) i / DRAWS));
        }
        assertTrue(distance < 1.95 / Math.sqrt(DRAWS) + 10.0 / DRAWS, spec + ": distance " + distance);
    }

    /**
     * As above with correlated delays: as many independent ones would be fewer by (1 - rho) / (1 + rho), of 10^6 a third. And
     * the normal scores have the correlation, at a lag of two its square.
     */
    @ParameterizedTest
    @MethodSource("independentOrNot")
    void correlatedDrawsAreDistributedAsTheClosedFormSays(String spec, DoubleUnaryOperator cumulative) {
        DelayModel model = Models.delay(spec + ",correlation=0.5", new RandomStreams(7, 0));
        NormalDistribution normal = NormalDistribution.of(0, 1);
        PacketContext packet = new PacketContext();
        double[] draws = new double[DRAWS];
        double[] scores = new double[DRAWS];
        for (int i = 0; i < DRAWS; i++) {
            packet.reset(MemorySegment.NULL, 0, 1514, i);
            draws[i] = model.delayNanos(packet);
            scores[i] = normal.inverseCumulativeProbability(
                    Math.clamp(cumulative.applyAsDouble(draws[i]), 1e-12, 1 - 1e-12));
        }
        assertEquals(0.5, correlation(scores, 1), 0.005);
        assertEquals(0.25, correlation(scores, 2), 0.005);
        Arrays.sort(draws);
        double distance = 0;
        for (int i = 0; i < DRAWS; i += 10) {
            double expected = cumulative.applyAsDouble(draws[i]);
            distance = Math.max(distance, Math.max((i + 1.0) / DRAWS - expected, expected - (double) i / DRAWS));
        }
        assertTrue(distance < 1.95 / Math.sqrt(DRAWS / 3.0) + 10.0 / DRAWS, spec + ": distance " + distance);
    }

    private static double correlation(double[] scores, int lag) {
        double products = 0;
        double squares = 0;
        for (int i = lag; i < scores.length; i++) {
            products += scores[i] * scores[i - lag];
            squares += scores[i] * scores[i];
        }
        return products / squares;
    }

    @Test
    void tailsAreThereDownToOneInBillions() {
        QuantileTable table = new QuantileTable(
                p -> ExponentialDistribution.of(1e9).inverseCumulativeProbability(p),
                p -> ExponentialDistribution.of(1e9).inverseSurvivalProbability(p),
                0,
                1L << 42);
        assertEquals(33 * Math.log(2) * 1e9, (double) table.max(), 1e3);
        // Every octave of both tails is reached, and what is drawn there is what the formula says, within 3e-6 of the
        // mean.
        for (int zeros = 0; zeros < 32; zeros++) {
            for (long cell : List.of(0L, 1L, 77L, 255L)) {
                long inOctave = (1L << (62 - zeros)) + (cell << (54 - zeros)) + (1L << (53 - zeros));
                double probability = inOctave * 0x1p-64;
                double upper = table.next(fixed(inOctave | 1L << 63));
                assertEquals(-Math.log(probability) * 1e9, upper, 3e3, zeros + " zeros, cell " + cell);
                double lower = table.next(fixed(inOctave));
                assertEquals(-Math.log1p(-probability) * 1e9, lower, 3e3, zeros + " zeros, cell " + cell);
            }
        }
    }

    private static RandomGenerator fixed(long bits) {
        return () -> bits;
    }

    @Test
    void samplesFromAFileAreDrawnByTheirInverse(@TempDir Path folder) throws IOException {
        Path file = folder.resolve("delays");
        Files.writeString(file, "# measured\n30ms\n10ms\n\n20ms\n20ms\n");
        double[] draws = draws(Models.delay("samples," + file, new RandomStreams(1, 0)), DRAWS);
        assertEquals(10e6, draws[0], 100);
        assertEquals(30e6, draws[DRAWS - 1], 100);
        // 10 to 20 ms for a third, 20 ms for a third, 20 to 30 ms for a third.
        assertEquals(15e6, draws[DRAWS / 6], 2e4);
        assertEquals(20e6, draws[DRAWS / 2], 2e4);
        assertEquals(25e6, draws[DRAWS * 5 / 6], 2e4);
    }

    /** netem's formula on its own terms: integers, rounding, a table, a correlation. */
    @Test
    void netemTablesAreScaledAsTheKernelDoes(@TempDir Path folder) throws IOException {
        Path file = folder.resolve("test.dist");
        Files.writeString(file, "# a table\n 8192 -8192\n0x1000 010\n-32768 32767 0\n");
        double[] draws = draws(Models.delay("netem,20ms,5ms,0," + file, new RandomStreams(1, 0)), DRAWS);
        double[] values = Arrays.stream(draws).distinct().toArray();
        // 5 ms times -4, -1, 0, 8 / 8192, 1/2, 1 and 32767 / 8192; rounded half away from zero.
        assertEquals(
                List.of(0.0, 15e6, 20e6, 20e6 + 4883, 22.5e6, 25e6, 20e6 + 19_999_390),
                Arrays.stream(values).boxed().toList());
    }

    @Test
    void correlationIsNetems() {
        CorrelatedRandom random = new CorrelatedRandom(0.5, new RandomStreams(3, 0).stream("test"));
        double sum = 0;
        double squares = 0;
        double products = 0;
        double last = 0;
        for (int i = 0; i < DRAWS; i++) {
            double value = random.next() * 0x1p-31 - 1;
            sum += value;
            squares += value * value;
            products += value * last;
            last = value;
        }
        // x' = (v + x) / 2: a mean of 0, a variance of 1/3 * (1/4) / (1 - 1/4) = 1/9, neighbours correlated by 1/2.
        assertEquals(0, sum / DRAWS, 0.002);
        assertEquals(1 / 9.0, squares / DRAWS, 0.001);
        assertEquals(0.5, products / squares, 0.005);
    }
}
