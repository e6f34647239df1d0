package io.tlem.fit;

import static org.junit.jupiter.api.Assertions.assertDoesNotThrow;
import static org.junit.jupiter.api.Assertions.assertEquals;

import io.tlem.impair.LinkModels;
import io.tlem.impair.RandomStreams;
import io.tlem.impair.Role;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.function.DoubleUnaryOperator;
import org.junit.jupiter.api.Test;

class DelayFitTest {
    private static final int COUNT = 20_000;

    private static DelayFit fit(long seed, DoubleUnaryOperator quantile) {
        double[] delays = new SplittableRandom(seed)
                .doubles(COUNT, Double.MIN_NORMAL, 1)
                .map(quantile)
                .toArray();
        return DelayFit.of(delays, new boolean[COUNT], 1);
    }

    /** Exponential delays of 2 us behind 10 ms are Pareto ones with a shape of 5000 as well, which no link takes. */
    @Test
    void modelsThatALinkRefusesAreNotFound() {
        for (long seed = 0; seed < 10; seed++) {
            DelayFit fit = fit(seed, u -> 10e6 - 2e3 * Math.log(1 - u));
            DelayFamily.Fit best = fit.family().orElseThrow();
            assertDoesNotThrow(() ->
                    LinkModels.of(Map.of(Role.DELAY, best.family().specification(best)), new RandomStreams(0, 0)));
        }
    }

    /** Of curves that are the same the best known is named: a lognormal one of sigma 0.01 is a normal one. */
    @Test
    void narrowDelaysAreNormal() {
        for (long seed = 0; seed < 20; seed++) {
            SplittableRandom random = new SplittableRandom(seed);
            DelayFit fit = fit(seed, u -> 10e6 + 1e5 * random.nextGaussian());
            assertEquals(DelayFamily.NORMAL, fit.family().orElseThrow().family(), "seed " + seed);
        }
    }

    /** It is not named where there is evidence against it. */
    @Test
    void skewedDelaysAreNot() {
        for (long seed = 0; seed < 5; seed++) {
            SplittableRandom random = new SplittableRandom(seed);
            DelayFit fit = fit(seed, u -> 10e6 * Math.exp(0.15 * random.nextGaussian()));
            assertEquals(DelayFamily.LOGNORMAL, fit.family().orElseThrow().family(), "seed " + seed);
        }
    }
}
