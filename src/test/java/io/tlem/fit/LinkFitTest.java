package io.tlem.fit;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.tlem.impair.Role;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Known links are found again: each parameter lies within its interval in at least 90 % of seeded runs, and what the found link
 * does to the same packets is distributed as what the known one did. {@code -Dtlem.fit.runs=100} is the count that says
 * something; without it there are few runs of each.
 */
class LinkFitTest {
    private static final int RUNS = Integer.getInteger("tlem.fit.runs", 1);
    private static final int PACKETS = RUNS > 1 ? 20_000 : 8_000;
    private static final int FIRST_SEED = RUNS > 1 ? 1 : 101;
    private static final double LEAST_SHARE = 0.9;

    /** Links and their parameters, in the names of estimates. */
    @SuppressWarnings("ImmutableEnumChecker") // whose maps nobody changes
    private enum Known {
        INDEPENDENT("loss=0.02;delay=20ms", "p=0.02;delay=20e6"),
        GILBERT(
                "loss=gilbert,0.01,0.3;delay=uniform,5ms,15ms;reorder=jitter",
                "p=0.01;r=0.3;min=5e6;max=15e6;correlation=0"),
        GILBERT_PARTLY(
                "loss=gemodel,0.01,0.1,0.5;delay=exp,5ms,5.5ms",
                "p=0.01;r=0.1;bad-loss=0.5;min=5e6;mean=5.5e6;correlation=0"),
        GILBERT_ELLIOTT(
                "loss=gemodel,0.02,0.1,0.7,0.01;delay=normal,20ms,2ms,correlation=0.5;reorder=jitter",
                "p=0.02;r=0.1;bad-loss=0.7;good-loss=0.01;mean=20e6;deviation=2e6;correlation=0.5"),
        STATES(
                "loss=state,0.02,0.2,0.2,0.1;delay=pareto,5ms,8",
                "p13=0.02;p31=0.2;p32=0.2;p23=0.1;min=5e6;shape=8;correlation=0"),
        STATES_ISOLATED(
                "loss=state,0.01,0.2,0.2,0.1,0.02;delay=paretonormal,20ms,1ms",
                "p13=0.01;p31=0.2;p32=0.2;p23=0.1;p14=0.02;mean=20e6;jitter=1e6;correlation=0"),
        LOGNORMAL(
                "delay=lognormal,20ms,0.2;reorder=jitter;duplicate=1%",
                "median=20e6;sigma=0.2;correlation=0;duplicate p=0.01"),
        WEIBULL("delay=weibull,10ms,3;reorder=jitter", "scale=10e6;shape=3;correlation=0"),
        GAMMA("loss=0.01;delay=gamma,10ms,50", "p=0.01;mean=10e6;shape=50;correlation=0"),
        RATE_IN_BYTES("bandwidth=8M;queue=30000;delay=10ms;loss=0.01", "rate=8e6;queue=30000;delay=10e6;p=0.01"),
        RATE_IN_PACKETS(
                "bandwidth=ether,9M;queue=packets,20;delay=5ms;loss=gilbert,0.005,0.4",
                "rate=9e6;queue=20;delay=5e6;p=0.005;r=0.4"),
        RATE_ALONE("bandwidth=16M;delay=normal,10ms,100us", "rate=16e6;mean=10e6;deviation=100e3;correlation=0"),
        HELD("delay=10ms;reorder=constant,2%,3ms", "delay=10e6;reorder p=0.02;reorder t=3e6"),
        EARLY("delay=10ms;reorder=gap,5,25%", "delay=10e6;reorder n=5;reorder p=0.25");

        final Map<Role, String> models = new TreeMap<>();
        final Map<String, Double> parameters = new LinkedHashMap<>();

        Known(String models, String parameters) {
            for (String one : models.split(";", -1)) {
                String[] parts = one.split("=", 2);
                Role role = Arrays.stream(Role.values())
                        .filter(its -> its.label().equals(parts[0]))
                        .findFirst()
                        .orElseThrow();
                this.models.put(role, parts[1]);
            }
            if (this.models.containsKey(Role.BANDWIDTH)) {
                this.models.putIfAbsent(Role.QUEUE, "1M");
            }
            for (String one : parameters.split(";", -1)) {
                String[] parts = one.split("=", 2);
                this.parameters.put(parts[0], Double.valueOf(parts[1]));
            }
        }

        /** About 8 Mbit/s in bursts, of packets of all lengths. */
        Passage run(long seed) {
            SplittableRandom random = new SplittableRandom(seed);
            long[] in = new long[PACKETS];
            int[] bytes = new int[PACKETS];
            long now = 1_700_000_000_000_000_000L;
            for (int i = 0; i < PACKETS; i++) {
                now += Math.round(-Math.log(1 - random.nextDouble()) * 800_000);
                in[i] = now;
                bytes[i] = random.nextInt(3) == 0 ? 60 + random.nextInt(1000) : 1514;
            }
            long[] none = new long[PACKETS];
            Arrays.fill(none, Passage.LOST);
            return trimmed(FitCheck.through(models, new Passage(in, none, bytes, none, 1), seed));
        }
    }

    private static Passage trimmed(Passage all) {
        int[] survivors = all.survivors();
        int from = survivors[0];
        int to = survivors[survivors.length - 1] + 1;
        return Passage.of(
                Arrays.copyOfRange(all.in(), from, to),
                Arrays.copyOfRange(all.out(), from, to),
                Arrays.copyOfRange(all.bytes(), from, to),
                Arrays.copyOfRange(all.again(), from, to));
    }

    private static Map<Role, String> found(LinkFit fit) {
        Map<Role, String> models = new TreeMap<>();
        fit.models("samples,none").forEach((role, model) -> models.put(role, model.specification()));
        return models;
    }

    private static String kind(String specification) {
        return specification.replaceFirst(",.*", "");
    }

    /** All of them, or those that have all that others have, too. */
    static List<Known> links() {
        return RUNS > 1
                ? List.of(Known.values())
                : List.of(
                        Known.GILBERT,
                        Known.STATES_ISOLATED,
                        Known.RATE_IN_BYTES,
                        Known.RATE_IN_PACKETS,
                        Known.HELD,
                        Known.EARLY,
                        Known.WEIBULL);
    }

    @ParameterizedTest
    @MethodSource("links")
    void parametersLieWithinTheirIntervals(Known known) {
        Map<String, Integer> within = new LinkedHashMap<>();
        List<String> missed = new ArrayList<>();
        int sameModels = 0;
        int holds = 0;
        double farthest = 0;
        long begin = System.nanoTime();
        for (int run = 0; run < RUNS; run++) {
            Passage passage = known.run(FIRST_SEED + run);
            LinkFit fit = new LinkFit(passage, Optional.empty());
            Map<Role, String> models = found(fit);
            boolean same = models.keySet().equals(known.models.keySet());
            for (Role role : known.models.keySet()) {
                boolean plain = !known.models.get(role).matches("[a-z].*");
                same &= models.containsKey(role)
                        && (plain
                                ? !models.get(role).matches("[a-z].*")
                                : kind(models.get(role)).equals(kind(known.models.get(role))));
            }
            sameModels += same ? 1 : 0;
            Map<String, Estimate> estimates = new TreeMap<>();
            fit.estimates().forEach(estimate -> estimates.put(estimate.name(), estimate));
            for (Map.Entry<String, Double> parameter : known.parameters.entrySet()) {
                Estimate estimate = estimates.get(parameter.getKey());
                boolean hit = estimate != null && estimate.contains(parameter.getValue());
                within.merge(parameter.getKey(), hit ? 1 : 0, Integer::sum);
                if (!hit) {
                    missed.add("run " + (run + 1) + ": " + parameter + " of "
                            + (estimate == null ? "nothing, " + models : estimate.shown()));
                }
            }
            if (models.values().stream().noneMatch(model -> model.startsWith("samples"))) {
                FitCheck check = FitCheck.of(passage, models);
                holds += check.holds() ? 1 : 0;
                farthest = Math.max(farthest, check.distance());
                assertEquals(
                        1 - (double) passage.received() / passage.count(),
                        1 - (double) check.simulated().received() / passage.count(),
                        0.02);
            }
        }
        if (RUNS > 1 || !missed.isEmpty()) {
            System.out.println(known + ": of " + RUNS + " runs within the interval " + within + ", same models "
                    + sameModels + ", simulation within its KS bound " + holds + " (largest distance " + farthest + "; "
                    + (System.nanoTime() - begin) / 1_000_000 / RUNS + " ms a run"
                    + ")\n  " + String.join("\n  ", missed.subList(0, Math.min(missed.size(), 8))));
        }
        for (int hits : within.values()) {
            assertTrue(hits >= LEAST_SHARE * RUNS, known + " " + within + " " + missed);
        }
        assertTrue(sameModels >= LEAST_SHARE * RUNS, known + ": same models in " + sameModels + " of " + RUNS);
        assertTrue(
                holds >= LEAST_SHARE * RUNS,
                known + ": simulation holds in " + holds + " of " + RUNS + ", farthest " + farthest);
    }

    @Test
    void driftAndOffsetOfClocksAreRemoved() {
        Passage passage = Known.WEIBULL.run(3);
        long start = passage.in()[0];
        double drift = 300e-6;
        long offset = -123_456_789_012L;
        long[] out = passage.out().clone();
        for (int i = 0; i < out.length; i++) {
            if (out[i] != Passage.LOST) {
                out[i] += offset + Math.round((out[i] - start) * drift);
            }
        }
        Passage drifting = passage.withOut(out, passage.again());
        long least = Arrays.stream(FitCheck.delays(passage)).min().orElseThrow();
        LinkFit fit = new LinkFit(drifting, Optional.of(least));
        assertTrue(fit.clock().removed());
        assertEquals(
                drift, fit.clock().drift(), Estimate.DEVIATIONS * fit.clock().error());
        assertEquals(Role.DELAY, fit.models("samples,none").get(Role.DELAY).role());
        assertTrue(
                fit.models("samples,none").get(Role.DELAY).specification().startsWith("weibull,"),
                fit.summary().toString());
        String message = assertThrows(IllegalArgumentException.class, () -> new LinkFit(drifting, Optional.empty()))
                .getMessage();
        assertTrue(message.contains("swapped"), message);
        assertEquals(1, message.lines().count());
    }

    /** Delays that waited for others hide shorter ones; the product-limit estimate finds their distribution again. */
    @Test
    void delaysThatWaitedAreFoundAgain() {
        SplittableRandom random = new SplittableRandom(5);
        int count = 20_000;
        double[] delays = new double[count];
        boolean[] waited = new boolean[count];
        for (int i = 0; i < count; i++) {
            double its = random.nextDouble(10, 20);
            double ahead = random.nextDouble(5, 25);
            delays[i] = Math.max(its, ahead);
            waited[i] = ahead > its;
        }
        DelayCurve curve = DelayCurve.of(delays, waited);
        for (double value : new double[] {11, 13, 15, 17, 19}) {
            assertEquals((value - 10) / 10, curve.part(value), 0.02, "up to " + value);
        }
        assertEquals(15, curve.mean(), 0.1);
    }

    /** Packets that a simulation lets go at the same time leave a real machine in a row, some microseconds apart. */
    @Test
    void packetsThatLeaveInARowHaveWaited() {
        Map<Role, String> link = new TreeMap<>(Map.of(Role.DELAY, "normal,20ms,2ms"));
        SplittableRandom random = new SplittableRandom(5);
        Passage raw = Known.GAMMA.run(7);
        Passage exact = trimmed(FitCheck.through(link, raw, 9));
        long[] out = exact.out().clone();
        long[] in = Arrays.stream(exact.in()).map(nanos -> nanos / 1000 * 1000).toArray();
        long last = Long.MIN_VALUE;
        for (int i = 0; i < out.length; i++) {
            if (out[i] != Passage.LOST) {
                out[i] = Math.max(out[i], last + 1000L * (1 + random.nextInt(30))) / 1000 * 1000;
                last = out[i];
            }
        }
        long[] none = new long[out.length];
        Arrays.fill(none, Passage.LOST);
        Passage spaced = Passage.of(in, out, exact.bytes(), none);
        assertEquals(0, exact.togetherNanos(), "at the same time");
        long together = spaced.togetherNanos();
        assertTrue(together >= 16_000 && together <= 256_000, Long.toString(together));
        for (Known known : Known.values()) {
            assertEquals(0, known.run(3).togetherNanos(), known.toString());
        }
        LinkFit simulated = new LinkFit(exact, Optional.empty());
        LinkFit live = new LinkFit(spaced, Optional.empty());
        assertTrue(
                simulated.delay().waited() > 0.3,
                Double.toString(simulated.delay().waited()));
        assertEquals(simulated.delay().waited(), live.delay().waited(), 0.05);
        assertTrue(!live.delay().correlated(), live.summary().toString());
        assertEquals(
                simulated.delay().curve().quantile(0.5), live.delay().curve().quantile(0.5), 200_000);
    }
}
