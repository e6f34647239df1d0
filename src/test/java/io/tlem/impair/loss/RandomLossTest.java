package io.tlem.impair.loss;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.tlem.impair.LossModel;
import io.tlem.impair.Models;
import io.tlem.impair.PacketContext;
import io.tlem.impair.RandomStreams;
import java.lang.foreign.MemorySegment;
import java.math.BigDecimal;
import java.math.MathContext;
import java.util.random.RandomGenerator;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

/** What is lost at random is lost as often, and in bursts as long, as the formulas say. */
class RandomLossTest {
    private static final int PACKETS = 5_000_000;
    private static final double SIGMAS = 3.5;
    private static final int LONGEST = 200;

    private static PacketContext packet(int bytes) {
        PacketContext packet = new PacketContext();
        packet.reset(MemorySegment.NULL, 0, bytes, 0);
        return packet;
    }

    private static Stream<Arguments> chains() {
        return Stream.of(
                Arguments.of("plr,0.05", LossChain.independent(0.05)),
                Arguments.of("random,0.05", LossChain.independent(0.05)),
                Arguments.of("random,0.5", LossChain.independent(0.5)),
                Arguments.of("ber,1e-5", LossChain.independent(1 - Math.pow(1 - 1e-5, 8 * 1000))),
                Arguments.of("burst,0.01,1,1", LossChain.burst(0.01, 1, 1)),
                Arguments.of("burst,0.01,3,7", LossChain.burst(0.01, 3, 7)),
                Arguments.of("burst,0.3,2,10", LossChain.burst(0.3, 2, 10)),
                Arguments.of("gilbert,0.01,0.25", LossChain.twoStates(0.01, 0.25, 1, 0)),
                Arguments.of("gilbert,0.3,0.1", LossChain.twoStates(0.3, 0.1, 1, 0)),
                Arguments.of("gemodel,0.05", LossChain.twoStates(0.05, 0.95, 1, 0)),
                Arguments.of("gemodel,0.01,0.1", LossChain.twoStates(0.01, 0.1, 1, 0)),
                Arguments.of("gemodel,0.01,0.1,0.7", LossChain.twoStates(0.01, 0.1, 0.7, 0)),
                Arguments.of("gemodel,0.02,0.2,0.8,0.05", LossChain.twoStates(0.02, 0.2, 0.8, 0.05)),
                Arguments.of("dummynet,0.05,0.02,0.8,0.2", LossChain.twoStates(0.02, 0.2, 0.8, 0.05)),
                Arguments.of("state,0.05", LossChain.fourStates(0.05, 0.95, 0, 1, 0)),
                Arguments.of("state,0.02,0.3", LossChain.fourStates(0.02, 0.3, 0, 1, 0)),
                Arguments.of("state,0.02,0.3,0.2", LossChain.fourStates(0.02, 0.3, 0.2, 1, 0)),
                Arguments.of("state,0.02,0.3,0.2,0.6,0.01", LossChain.fourStates(0.02, 0.3, 0.2, 0.6, 0.01)));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("chains")
    void lossesAreAsManyAndBurstsAsLongAsCalculated(String spec, LossChain chain) {
        LossModel model = Models.loss(spec, new RandomStreams(11, 0));
        PacketContext packet = packet(1000);
        long[] runs = new long[LONGEST + 1];
        int lost = 0;
        int run = 0;
        for (int i = 0; i < PACKETS; i++) {
            if (model.loses(packet)) {
                lost++;
                run++;
            } else if (run > 0) {
                runs[Math.min(run, LONGEST)]++;
                run = 0;
            }
        }
        // The chain begins in its good state and not anywhere: at most about one burst less.
        assertEquals(PACKETS * chain.lossRate(), lost, SIGMAS * chain.sigma(PACKETS) + 10, spec);
        double[] expected = chain.runLengths(LONGEST);
        if (expected[1] > 1 - 1e-9) {
            assertEquals(runs[1], LongStream.of(runs).sum(), spec);
        } else {
            ChiSquare.of(runs, expected).assertFits(spec);
        }
    }

    /** The published formulas agree with the chains that the other test compares with. */
    @Test
    void theChainsHaveTheKnownClosedForms() {
        assertEquals(0.01 / 0.26, LossChain.twoStates(0.01, 0.25, 1, 0).lossRate(), 1e-12);
        assertEquals(
                (0.02 * 0.8 + 0.2 * 0.05) / 0.22,
                LossChain.twoStates(0.02, 0.2, 0.8, 0.05).lossRate(),
                1e-12);
        double mean = 5 * 0.01;
        assertEquals(mean / (mean + 0.99), LossChain.burst(0.01, 3, 7).lossRate(), 1e-12);
        double[] geometric = LossChain.twoStates(0.01, 0.25, 1, 0).runLengths(10);
        assertArrayEquals(
                IntStream.range(1, 10)
                        .mapToDouble(length -> 0.25 * Math.pow(0.75, length - 1.0))
                        .toArray(),
                IntStream.range(1, 10).mapToDouble(length -> geometric[length]).toArray(),
                1e-12);
        // Without states 2 and 4 the chain of four is the one of two.
        assertEquals(0.02 / 0.32, LossChain.fourStates(0.02, 0.3, 0, 1, 0).lossRate(), 1e-12);
        double sigma = LossChain.independent(0.05).sigma(PACKETS);
        assertEquals(Math.sqrt(PACKETS * 0.05 * 0.95), sigma, 1e-6);
    }

    @ParameterizedTest
    @CsvSource({"0.1, 0.25", "0.3, 0.25", "0.2, 0.5", "0.7, 0.5", "0.4, 0.9"})
    void correlatedLossIsAsRareAsAveragingMakesIt(double p, double correlation) {
        LossModel model = Models.loss("random," + p + "," + correlation, new RandomStreams(11, 0));
        PacketContext packet = packet(1000);
        int lost = 0;
        for (int i = 0; i < PACKETS; i++) {
            lost += model.loses(packet) ? 1 : 0;
        }
        double rate = distributionOfAverages(p, correlation);
        double sigma = Math.sqrt(PACKETS * rate * (1 - rate) * (1 + correlation) / (1 - correlation));
        assertEquals(PACKETS * rate, lost, SIGMAS * sigma);
    }

    /**
     * P(X ≤ x) for X = (1 - rho) V + rho X' with V uniform in 0..1 and X' of the same distribution as X: the fixed point of
     * F(x) = integral over v of F((x - (1 - rho) v) / rho).
     */
    private static double distributionOfAverages(double x, double rho) {
        int cells = 20_000;
        double[] f = IntStream.rangeClosed(0, cells)
                .mapToDouble(i -> (double) i / cells)
                .toArray();
        double[] integral = new double[cells + 1];
        for (int round = 0; round < 300; round++) {
            for (int i = 1; i <= cells; i++) {
                integral[i] = integral[i - 1] + (f[i - 1] + f[i]) / (2 * cells);
            }
            for (int i = 0; i <= cells; i++) {
                double at = (double) i / cells;
                f[i] = (integral(integral, at / rho) - integral(integral, (at - (1 - rho)) / rho)) * rho / (1 - rho);
            }
        }
        return f[(int) Math.round(x * cells)];
    }

    private static double integral(double[] integral, double to) {
        int cells = integral.length - 1;
        if (to <= 0) {
            return 0;
        }
        if (to >= 1) {
            return integral[cells] + to - 1;
        }
        int cell = (int) (to * cells);
        return integral[cell] + (integral[cell + 1] - integral[cell]) * (to * cells - cell);
    }

    @ParameterizedTest
    @CsvSource({"60, 1e-4", "1514, 1e-5", "9216, 1e-6", "9217, 1e-6", "65535, 1e-6", "65535, 1e-4"})
    void bitErrorsLosePacketsByLength(int bytes, double p) {
        LossModel model = Models.loss("ber," + p, new RandomStreams(11, 0));
        PacketContext packet = packet(bytes);
        int lost = 0;
        for (int i = 0; i < PACKETS; i++) {
            lost += model.loses(packet) ? 1 : 0;
        }
        LossChain chain = LossChain.independent(1 - Math.pow(1 - p, 8.0 * bytes));
        assertEquals(PACKETS * chain.lossRate(), lost, SIGMAS * chain.sigma(PACKETS));
    }

    /** Against decimal numbers of 60 digits, far below what 1 - (1 - P)^(8 n) gives in doubles. */
    @ParameterizedTest
    @CsvSource({"1, 1e-18", "60, 1e-15", "1514, 1e-12", "1514, 1e-9", "9216, 1e-6", "65535, 1e-17", "65535, 0.001"})
    void bitErrorProbabilitiesArePrecise(int bytes, String p) {
        BigDecimal right = BigDecimal.ONE.subtract(new BigDecimal(p)).pow(8 * bytes, new MathContext(60));
        double exact = BigDecimal.ONE.subtract(right).doubleValue();
        BitErrorRate model = new BitErrorRate(Double.parseDouble(p), () -> 0);
        assertEquals(exact, model.lossProbability(bytes), exact * 1e-14);
    }

    @ParameterizedTest
    @CsvSource({"plr,0,1", "ber,0,1", "random,0,1", "gilbert,0,1", "burst,0,1", "gemodel,0,1", "state,0,1"})
    void certaintiesAreCertain(String kind, String never, String always) {
        String rest = kind.equals("gilbert") ? ",0" : kind.equals("burst") ? ",2,3" : "";
        LossModel none = Models.loss(kind + "," + never + rest, new RandomStreams(1, 0));
        LossModel all = Models.loss(kind + "," + always + rest, new RandomStreams(1, 0));
        PacketContext packet = packet(64);
        all.loses(packet); // gemodel judges by the state before: the first packet finds the link good
        for (int i = 0; i < 100_000; i++) {
            assertEquals(false, none.loses(packet));
            assertEquals(true, all.loses(packet));
        }
        assertEquals(false, Models.loss("ber,1", new RandomStreams(1, 0)).loses(packet(0)));
    }

    /** A generator whose nextDouble gives these numbers. */
    private static RandomGenerator script(double... draws) {
        int[] next = {0};
        return () -> (long) (draws[next[0]++] * 0x1p53) << 11;
    }

    private static String decisions(LossModel model, int packets) {
        PacketContext packet = packet(64);
        StringBuilder decisions = new StringBuilder();
        for (int i = 0; i < packets; i++) {
            decisions.append(model.loses(packet) ? '1' : '0');
        }
        return decisions.toString();
    }

    /** Each transition of loss_4state, and both sides of each threshold. */
    @Test
    void fourStatesAreSteppedAsNetemStepsThem() {
        RandomGenerator draws = script(
                0.04, 0.01, // 1 to 4, 4 to 1 whatever is drawn
                0.06, 0.05, 0.6, 0.4, // 1 to 3, 3 to 2, 2 stays, 2 to 3
                0.3, 0.9, // 3 to 1, 1 stays
                0.24, 0.41, 0.5, 0.39, // 1 to 3, 3 stays twice, 3 to 1
                0.26); // 1 stays
        FourStateLoss model = new FourStateLoss(0.2, 0.3, 0.1, 0.5, 0.05, draws);
        assertEquals("1010010011100", decisions(model, 13));
    }

    @Test
    void gilbertElliottJudgesByTheStateBeforeTheTransition() {
        RandomGenerator draws = script(
                0.05, 0.3, // good to bad; not lost, as 0.3 is not below 1-k = 0.2
                0.6, 0.69, // stays bad; lost
                0.4, 0.69, // bad to good; lost, as 0.69 is below 1-h = 0.7
                0.5, 0.19, // stays good; lost
                0.5, 0.21);
        assertEquals("01110", decisions(new GilbertElliottLoss(0.1, 0.5, 0.7, 0.2, draws), 5));
    }

    @Test
    void gilbertJudgesByTheStateBehindTheTransition() {
        RandomGenerator draws = script(0.2, 0.05, 0.6, 0.4, 0.2);
        assertEquals("01100", decisions(new GilbertLoss(0.1, 0.5, draws), 5));
    }

    @Test
    void aBurstReachesBothItsLengthsAndNoOthers() {
        LossModel model = Models.loss("burst,1e-3,5,6", new RandomStreams(2, 0));
        String decisions = decisions(model, 1_000_000);
        long five = Stream.of(decisions.split("0+"))
                .filter(run -> run.length() == 5)
                .count();
        long six = Stream.of(decisions.split("0+"))
                .filter(run -> run.length() == 6)
                .count();
        assertTrue(five > 400 && six > 400, five + " " + six);
        assertTrue(Stream.of(decisions.split("0+")).noneMatch(run -> !run.isEmpty() && run.length() < 5));
    }
}
