package io.tlem.fit;

import io.tlem.impair.LinkModels;
import io.tlem.impair.RandomStreams;
import io.tlem.impair.Role;
import io.tlem.impair.SpecException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.commons.statistics.distribution.NormalDistribution;

/**
 * What the link adds to each packet behind its bottleneck, as a model.
 *
 * @param curve the distribution
 * @param family the model that fits; empty where it is constant, or none does and the table has to serve
 * @param constant the delay, where it is one
 * @param correlation from one packet to the next, of normal scores
 * @param correlated whether there is one
 * @param distance between the distribution and the model (KS)
 * @param largestDistance that chance explains
 * @param waited part of the packets that waited for the one ahead, of whose delays only the most is known
 */
record DelayFit(
        DelayCurve curve,
        Optional<DelayFamily.Fit> family,
        Optional<Estimate> constant,
        Estimate correlation,
        boolean correlated,
        double distance,
        double largestDistance,
        double waited) {
    private static final NormalDistribution NORMAL = NormalDistribution.of(0, 1);
    private static final double LEAST_CORRELATION = 0.01;
    private static final List<String> SCALES = List.of("deviation", "jitter");
    private static final int MOST_PAIRS = 200_000;
    private static final double STEP = 1e-3;
    private static final double OF_RANKS = 1.2;

    /**
     * Difference of two BICs that is very strong evidence (Kass and Raftery, Bayes Factors, 1995, section 3.2). Narrow lognormal
     * and gamma delays have the curve of normal ones: what is named then is the normal distribution, which testers think in.
     */
    private static final double VERY_STRONG = 10;

    /**
     * The model of these delays.
     *
     * @param delays ns, in the order of the packets
     * @param waited of each, whether it is only known that the delay was no longer
     * @param tick what times are multiples of, ns
     */
    static DelayFit of(double[] delays, boolean[] waited, long tick) {
        DelayCurve curve = DelayCurve.of(delays, waited);
        int waiting = 0;
        for (boolean one : waited) {
            waiting += one ? 1 : 0;
        }
        double share = (double) waiting / waited.length;
        if (curve.most() - curve.least() <= 2.0 * tick) {
            double value = curve.quantile(0.5);
            Estimate constant = new Estimate(
                    "delay", value, Math.max(0, curve.least() - tick), curve.most() + tick, Estimate.Unit.NANOS);
            Estimate none = new Estimate("correlation", 0, 0, 0, Estimate.Unit.NUMBER);
            return new DelayFit(curve, Optional.empty(), Optional.of(constant), none, false, 0, 0, share);
        }
        Estimate correlation = correlation(delays, waited, curve);
        boolean correlated = correlation.low() > LEAST_CORRELATION;
        double rho = correlated ? Math.min(0.9999, correlation.value()) : 0;
        // Those that waited for the one ahead are mostly the short ones: the low end is known from few of the others.
        double worth = Math.max(8, curve.known() * (1 - share) * (1 - rho) / (1 + rho));
        DelayFamily.Groups groups = DelayFamily.Groups.of(curve, worth);
        List<DelayFamily.Fit> fits = new ArrayList<>();
        for (DelayFamily family : DelayFamily.values()) {
            family.fit(curve, groups, worth).stream()
                    .filter(fit -> isPossible(family.specification(fit)))
                    .forEach(fits::add);
        }
        double largest = DelayFamily.largestDistance(worth);
        Optional<DelayFamily.Fit> best = fits.stream()
                .min(Comparator.comparingDouble(
                        fit -> fit.bic(worth) + (fit.family() == DelayFamily.NORMAL ? 0 : VERY_STRONG)))
                .filter(fit -> DelayFamily.distance(curve, fit.upTo()) <= largest);
        double distance =
                best.map(fit -> DelayFamily.distance(curve, fit.upTo())).orElse(0.0);
        return new DelayFit(curve, best, Optional.empty(), correlation, correlated, distance, largest, share);
    }

    /** Whether a link takes such a model: it has limits to what it can do. */
    private static boolean isPossible(String specification) {
        try {
            return LinkModels.of(Map.of(Role.DELAY, specification), new RandomStreams(0, 0)) != null;
        } catch (SpecException e) {
            return false;
        }
    }

    /**
     * By maximum likelihood, of normal scores of which each is rho times the one before and something new: of packets behind one
     * whose delay is known.
     */
    private static Estimate correlation(double[] delays, boolean[] waited, DelayCurve curve) {
        int count = Math.min(delays.length, MOST_PAIRS);
        double[] scores = new double[count];
        double edge = 0.5 / curve.known();
        for (int i = 0; i < count; i++) {
            double part = waited[i] ? curve.part(delays[i]) : curve.middle(delays[i]);
            scores[i] = NORMAL.inverseCumulativeProbability(Math.clamp(part, edge, 1 - edge));
        }
        Likelihood.Top top = Likelihood.maximise(
                free -> logLikelihood(Math.tanh(free[0]), scores, waited), new double[] {0.1}, 0.2, 1e-6);
        double at = top.point()[0];
        double second = (logLikelihood(Math.tanh(at + STEP), scores, waited)
                        - 2 * top.value()
                        + logLikelihood(Math.tanh(at - STEP), scores, waited))
                / (STEP * STEP);
        // The scores are of ranks, which makes the error larger than that of known scores.
        double rho = Math.tanh(at);
        double error = OF_RANKS
                * Math.max(
                        second < 0 ? Math.sqrt(-1 / second) : 1, 1 / Math.sqrt((1 - rho * rho) * Math.max(1, count)));
        double reach = Estimate.DEVIATIONS * error;
        return new Estimate(
                "correlation", Math.tanh(at), Math.tanh(at - reach), Math.tanh(at + reach), Estimate.Unit.NUMBER);
    }

    private static double logLikelihood(double rho, double[] scores, boolean[] waited) {
        double deviation = Math.sqrt(Math.max(1e-9, 1 - rho * rho));
        double sum = 0;
        for (int i = 1; i < scores.length; i++) {
            if (!waited[i - 1]) {
                double z = (scores[i] - rho * scores[i - 1]) / deviation;
                sum += waited[i]
                        ? Math.log(Math.max(1e-300, NORMAL.cumulativeProbability(z)))
                        : -z * z / 2 - Math.log(deviation);
            }
        }
        return sum;
    }

    /** The same, with longer intervals of where delays lie. */
    DelayFit blurred(double nanos) {
        return new DelayFit(
                curve,
                family.map(fit -> new DelayFamily.Fit(
                        fit.family(),
                        fit.estimates().stream().map(one -> wider(one, nanos)).toList(),
                        fit.logLikelihood(),
                        fit.upTo())),
                constant.map(one -> wider(one, nanos)),
                correlation,
                correlated,
                distance,
                largestDistance,
                waited);
    }

    private static Estimate wider(Estimate estimate, double nanos) {
        boolean place = estimate.unit() == Estimate.Unit.NANOS && !SCALES.contains(estimate.name());
        return place
                ? new Estimate(
                        estimate.name(),
                        estimate.value(),
                        Math.max(0, estimate.low() - nanos),
                        estimate.high() + nanos,
                        estimate.unit())
                : estimate;
    }

    /** What is estimated of it. */
    List<Estimate> estimates() {
        List<Estimate> estimates = new ArrayList<>();
        constant.ifPresent(estimates::add);
        family.ifPresent(fit -> estimates.addAll(fit.estimates()));
        if (constant.isEmpty()) {
            estimates.add(correlation);
        }
        return estimates;
    }
}
