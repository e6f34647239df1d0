package io.tlem.fit;

import io.tlem.fit.Estimate.Unit;
import java.util.ArrayList;
import java.util.List;
import java.util.function.DoubleUnaryOperator;
import org.apache.commons.statistics.distribution.ContinuousDistribution;
import org.apache.commons.statistics.distribution.GammaDistribution;
import org.apache.commons.statistics.distribution.LogNormalDistribution;
import org.apache.commons.statistics.distribution.NormalDistribution;
import org.apache.commons.statistics.distribution.ParetoDistribution;
import org.apache.commons.statistics.distribution.WeibullDistribution;

/** The delay models whose parameters can be found. */
enum DelayFamily {
    UNIFORM("uniform"),
    EXPONENTIAL("exp"),
    NORMAL("normal"),
    PARETO("pareto"),
    PARETO_NORMAL("paretonormal"),
    LOGNORMAL("lognormal"),
    WEIBULL("weibull"),
    GAMMA("gamma");

    /** Of 1 % half is beyond each end of an interval. */
    private static final double TAIL = 0.005;

    private static final double TOLERANCE = 1e-6;
    private static final double DIFFERENCE = 0.01;
    private static final double LEAST_PROBABILITY = 1e-300;

    private final String kind;

    DelayFamily(String kind) {
        this.kind = kind;
    }

    /**
     * How well a model fits.
     *
     * @param logLikelihood of the groups
     * @param upTo the model's probability of a delay or a shorter one
     */
    record Fit(DelayFamily family, List<Estimate> estimates, double logLikelihood, DoubleUnaryOperator upTo) {
        double bic(double worth) {
            return estimates.size() * Math.log(Math.max(2, worth)) - 2 * logLikelihood;
        }
    }

    /** What paretonormal is with mean 0 and jitter 1, as a table: it knows its quantiles only. */
    private static final class Standard {
        static final int ENTRIES = 4096;
        static final double[] VALUES = new double[ENTRIES];

        static {
            ContinuousDistribution normal = NormalDistribution.of(0, 1);
            ContinuousDistribution pareto = ParetoDistribution.of(1, 3);
            for (int i = 0; i < ENTRIES; i++) {
                double p = part(i);
                VALUES[i] = normal.inverseCumulativeProbability(p) / 4
                        + (pareto.inverseCumulativeProbability(p) - pareto.getMean()) * 3 / 4;
            }
        }

        /** Finer towards both ends. */
        static double part(int entry) {
            return Likelihood.probability(-14 + 28.0 * entry / (ENTRIES - 1));
        }

        static double upTo(double value) {
            int above = DelayCurve.lower(VALUES, value);
            if (above == 0) {
                return 0;
            }
            if (above == ENTRIES) {
                return 1;
            }
            double share = (value - VALUES[above - 1]) / (VALUES[above] - VALUES[above - 1]);
            return part(above - 1) + share * (part(above) - part(above - 1));
        }
    }

    /**
     * Delays in groups, to be compared with models.
     *
     * @param bounds ns, of the groups from below and above
     * @param weights how many independent delays each group is worth
     * @param worth of all
     */
    @SuppressWarnings("ArrayRecordComponent") // which nobody compares
    record Groups(double[] bounds, double[] weights, double worth) {
        private static final int MOST = 400;
        private static final int LEAST_PER_GROUP = 8;

        static Groups of(DelayCurve curve, double worth) {
            int count = (int) Math.clamp(worth / LEAST_PER_GROUP, 4, MOST);
            double[] bounds = new double[count + 1];
            double[] weights = new double[count];
            bounds[0] = Double.NEGATIVE_INFINITY;
            bounds[count] = Double.POSITIVE_INFINITY;
            double below = 0;
            for (int i = 0; i < count; i++) {
                bounds[i + 1] = i == count - 1 ? Double.POSITIVE_INFINITY : curve.quantile((i + 1.0) / count);
                double upTo = i == count - 1 ? 1 : curve.part(bounds[i + 1]);
                weights[i] = (upTo - below) * worth;
                below = upTo;
            }
            return new Groups(bounds, weights, worth);
        }

        double logLikelihood(DoubleUnaryOperator upTo) {
            double sum = 0;
            double below = 0;
            for (int i = 0; i < weights.length; i++) {
                double above = i == weights.length - 1 ? 1 : upTo.applyAsDouble(bounds[i + 1]);
                sum += weights[i] == 0 ? 0 : weights[i] * Math.log(Math.max(LEAST_PROBABILITY, above - below));
                below = above;
            }
            return sum;
        }
    }

    /** The specification of the model. */
    String specification(Fit fit) {
        StringBuilder text = new StringBuilder(kind);
        fit.estimates().forEach(estimate -> text.append(',').append(estimate.parameter()));
        return text.toString();
    }

    /** The model of these free numbers: logarithms, and of places the place itself, all in units of the scale. */
    private DoubleUnaryOperator upTo(double[] free, double least, double scale) {
        return switch (this) {
            case NORMAL -> of(NormalDistribution.of(free[0] * scale, Math.exp(free[1]) * scale));
            case PARETO_NORMAL -> {
                double jitter = Math.exp(free[1]) * scale;
                yield delay -> Standard.upTo((delay - free[0] * scale) / jitter);
            }
            case PARETO -> of(ParetoDistribution.of(least, Math.exp(free[0])));
            case LOGNORMAL -> of(LogNormalDistribution.of(free[0] + Math.log(scale), Math.exp(free[1])));
            case WEIBULL -> of(WeibullDistribution.of(Math.exp(free[1]), Math.exp(free[0]) * scale));
            case GAMMA -> {
                double shape = Math.exp(free[1]);
                yield of(GammaDistribution.of(shape, Math.exp(free[0]) * scale / shape));
            }
            case UNIFORM, EXPONENTIAL -> throw new IllegalStateException(name());
        };
    }

    private static DoubleUnaryOperator of(ContinuousDistribution distribution) {
        return distribution::cumulativeProbability;
    }

    /** Whether there can be such delays. */
    private boolean isPossible(double least) {
        return least > 0 || this == UNIFORM || this == EXPONENTIAL || this == NORMAL || this == PARETO_NORMAL;
    }

    /**
     * The parameters with which delays are most likely.
     *
     * @param worth how many independent delays these are worth
     * @return nothing where there is no such model
     */
    List<Fit> fit(DelayCurve curve, Groups groups, double worth) {
        double least = curve.least();
        if (!isPossible(least) || curve.most() <= least) {
            return List.of();
        }
        double mean = curve.mean();
        double scale = Math.max(1, (curve.quantile(0.84) - curve.quantile(0.16)) / 2);
        double middle = curve.quantile(0.5);
        switch (this) {
            case UNIFORM -> {
                double most = curve.most();
                double range = most - least;
                double beyond = range * (Math.pow(TAIL, -1 / (worth - 1)) - 1);
                DoubleUnaryOperator upTo = delay -> Math.clamp((delay - least) / range, 0, 1);
                return List.of(new Fit(
                        this,
                        List.of(
                                new Estimate("min", least, Math.max(0, least - beyond), least + 1, Unit.NANOS),
                                new Estimate("max", most, most - 1, most + beyond, Unit.NANOS)),
                        groups.logLikelihood(upTo),
                        upTo));
            }
            case EXPONENTIAL -> {
                double rest = mean - least;
                double below = -rest * Math.log(TAIL) / worth;
                DoubleUnaryOperator upTo = delay -> delay <= least ? 0 : -Math.expm1(-(delay - least) / rest);
                return List.of(new Fit(
                        this,
                        List.of(
                                new Estimate("min", least, Math.max(0, least - below), least + 1, Unit.NANOS),
                                Estimate.around("mean", mean, rest / Math.sqrt(worth), Unit.NANOS)),
                        groups.logLikelihood(upTo),
                        upTo));
            }
            case PARETO -> {
                return climb(curve, groups, worth, least, scale, new double[] {Math.log(Math.max(0.2, least / scale))});
            }
            case NORMAL, PARETO_NORMAL -> {
                return climb(curve, groups, worth, least, scale, new double[] {middle / scale, 0});
            }
            case LOGNORMAL -> {
                return climb(curve, groups, worth, least, scale, new double[] {
                    Math.log(middle / scale), Math.log(Math.max(0.01, scale / middle))
                });
            }
            case WEIBULL -> {
                return climb(curve, groups, worth, least, scale, new double[] {
                    Math.log(middle / scale), Math.log(Math.max(0.3, middle / scale))
                });
            }
            case GAMMA -> {
                return climb(curve, groups, worth, least, scale, new double[] {
                    Math.log(middle / scale), 2 * Math.log(Math.max(0.5, middle / scale))
                });
            }
        }
        throw new IllegalStateException(name());
    }

    private List<Fit> climb(DelayCurve curve, Groups groups, double worth, double least, double scale, double[] start) {
        Likelihood.Top top = Likelihood.maximise(
                free -> isFar(free) ? Double.NEGATIVE_INFINITY : groups.logLikelihood(upTo(free, least, scale)),
                start,
                0.2,
                TOLERANCE);
        if (!Double.isFinite(top.value())) {
            return List.of();
        }
        // So small that a standard error has many of these differences, and so large that rounding is none.
        double difference = DIFFERENCE / Math.sqrt(Math.max(1, worth / 1000));
        double[][] covariance =
                Likelihood.covariance(free -> groups.logLikelihood(upTo(free, least, scale)), top, difference);
        double[] point = top.point();
        double[] errors = new double[point.length];
        for (int i = 0; i < errors.length; i++) {
            errors[i] = Math.sqrt(covariance[i][i]);
            if (Double.isNaN(errors[i])) {
                return List.of();
            }
        }
        return List.of(
                new Fit(this, estimates(curve, worth, scale, point, errors), top.value(), upTo(point, least, scale)));
    }

    private static boolean isFar(double[] free) {
        return Math.abs(free[free.length - 1]) > 20;
    }

    private List<Estimate> estimates(DelayCurve curve, double worth, double scale, double[] point, double[] errors) {
        List<Estimate> estimates = new ArrayList<>();
        switch (this) {
            case PARETO -> {
                double shape = Math.exp(point[0]);
                double least = curve.least();
                estimates.add(
                        new Estimate("min", least, least * Math.pow(TAIL, 1 / (worth * shape)), least + 1, Unit.NANOS));
                estimates.add(Estimate.aroundLogarithm("shape", shape, errors[0], Unit.NUMBER));
            }
            case NORMAL, PARETO_NORMAL -> {
                estimates.add(Estimate.around("mean", point[0] * scale, errors[0] * scale, Unit.NANOS));
                estimates.add(Estimate.aroundLogarithm(
                        this == NORMAL ? "deviation" : "jitter", Math.exp(point[1]) * scale, errors[1], Unit.NANOS));
            }
            case LOGNORMAL, WEIBULL, GAMMA -> {
                estimates.add(Estimate.aroundLogarithm(
                        this == LOGNORMAL ? "median" : this == WEIBULL ? "scale" : "mean",
                        Math.exp(point[0]) * scale,
                        errors[0],
                        Unit.NANOS));
                estimates.add(Estimate.aroundLogarithm(
                        this == LOGNORMAL ? "sigma" : "shape", Math.exp(point[1]), errors[1], Unit.NUMBER));
            }
            case UNIFORM, EXPONENTIAL -> throw new IllegalStateException(name());
        }
        return estimates;
    }

    /** The largest distance between a model and what was measured (Kolmogorov and Smirnov). */
    static double distance(DelayCurve curve, DoubleUnaryOperator upTo) {
        double distance = 0;
        double below = 0;
        for (int i = 0; i < curve.values().length; i++) {
            double model = upTo.applyAsDouble(curve.values()[i]);
            distance = Math.max(distance, Math.max(Math.abs(curve.upTo()[i] - model), Math.abs(model - below)));
            below = curve.upTo()[i];
        }
        return distance;
    }

    /** What 1 % of samples of a distribution, worth so many independent values, have more distance than. */
    static double largestDistance(double worth) {
        double root = Math.sqrt(worth);
        return 1.6276 / (root + 0.12 + 0.11 / root); // Stephens
    }
}
