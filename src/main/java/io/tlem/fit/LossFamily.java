package io.tlem.fit;

import io.tlem.fit.LossSequence.Fate;
import java.util.ArrayList;
import java.util.List;

/** The loss models whose parameters can be found, the simplest first. */
public enum LossFamily {
    /** Each packet for itself. */
    INDEPENDENT("plr", List.of("p")),
    /** All packets of a bad state are lost. */
    GILBERT("gilbert", List.of("p", "r")),
    /** Some packets of a bad state are lost. */
    GILBERT_PARTLY("gemodel", List.of("p", "r", "bad-loss")),
    /** Some packets of a good state are lost, and more of a bad one. */
    GILBERT_ELLIOTT("gemodel", List.of("p", "r", "bad-loss", "good-loss")),
    /** Packets between losses of a burst may be good for a while. */
    STATES("state", List.of("p13", "p31", "p32", "p23")),
    /** The same with isolated losses. */
    STATES_ISOLATED("state", List.of("p13", "p31", "p32", "p23", "p14"));

    /** Differences of logits and of logarithms that matter no more. */
    private static final double STEP = 0.3;

    private static final double TOLERANCE = 1e-6;
    private static final double ROUGHLY = 1e-2;
    private static final double DIFFERENCE = 0.02;
    private static final int PREFIX = 100_000; // packets on which starts are compared

    private final String kind;
    private final String parameters; // between spaces

    LossFamily(String kind, List<String> parameters) {
        this.kind = kind;
        this.parameters = String.join(" ", parameters);
    }

    /** The kind of model. */
    public String kind() {
        return kind;
    }

    /** Names of its parameters, in the order in which the kind takes them. */
    public List<String> parameters() {
        return List.of(parameters.split(" ", -1));
    }

    /** The chain, given the parameters. */
    HiddenChain chain(double... values) {
        return switch (this) {
            case INDEPENDENT -> new HiddenChain(new double[] {1}, new double[][] {{1}}, values);
            case GILBERT -> twoStates(values[0], values[1], 1, 0);
            case GILBERT_PARTLY -> twoStates(values[0], values[1], values[2], 0);
            case GILBERT_ELLIOTT -> twoStates(values[0], values[1], values[2], values[3]);
            case STATES -> fourStates(values[0], values[1], values[2], values[3], 0);
            case STATES_ISOLATED -> fourStates(values[0], values[1], values[2], values[3], values[4]);
        };
    }

    private static HiddenChain twoStates(double p, double r, double badLoss, double goodLoss) {
        double bad = p / (p + r);
        return new HiddenChain(new double[] {1 - bad, bad}, new double[][] {{1 - p, p}, {r, 1 - r}}, new double[] {
            goodLoss, badLoss
        });
    }

    private static HiddenChain fourStates(double p13, double p31, double p32, double p23, double p14) {
        double third = p13 / p31; // as often as the first state
        double second = third * p32 / p23;
        double sum = 1 + second + third + p14;
        return new HiddenChain(
                new double[] {1 / sum, second / sum, third / sum, p14 / sum},
                new double[][] {
                    {1 - p13 - p14, 0, p13, p14}, {0, 1 - p23, p23, 0}, {p31, p32, 1 - p31 - p32, 0}, {1, 0, 0, 0}
                },
                new double[] {0, 0, 1, 1});
    }

    /** Packets that the model loses in the long run, of all. */
    double lossRate(double... values) {
        HiddenChain chain = chain(values);
        double rate = 0;
        for (int i = 0; i < chain.loss().length; i++) {
            rate += chain.start()[i] * chain.loss()[i];
        }
        return rate;
    }

    /**
     * The parameters of numbers without bounds: logits, and where two probabilities leave the same state, of both together and
     * of the second one's share.
     */
    private double[] values(double... free) {
        double[] values = new double[free.length];
        for (int i = 0; i < free.length; i++) {
            values[i] = Likelihood.probability(free[i]);
        }
        if (this == STATES || this == STATES_ISOLATED) {
            double leave = values[1];
            double share = values[2];
            values[1] = leave * (1 - share);
            values[2] = leave * share;
        }
        if (this == STATES_ISOLATED) {
            double leave = values[0];
            double share = values[4];
            values[0] = leave * (1 - share);
            values[4] = leave * share;
        }
        return values;
    }

    private double[] free(double... values) {
        double[] shares = values.clone();
        if (this == STATES || this == STATES_ISOLATED) {
            shares[1] = values[1] + values[2];
            shares[2] = values[2] / shares[1];
        }
        if (this == STATES_ISOLATED) {
            shares[0] = values[0] + values[4];
            shares[4] = values[4] / shares[0];
        }
        for (int i = 0; i < shares.length; i++) {
            shares[i] = Likelihood.logit(shares[i]);
        }
        return shares;
    }

    private List<double[]> starts(LossSequence sequence) {
        double keptThenLost = sequence.followed(Fate.KEPT, Fate.LOST);
        double kept = Math.max(1, keptThenLost + sequence.followed(Fate.KEPT, Fate.KEPT));
        double lostThenLost = sequence.followed(Fate.LOST, Fate.LOST);
        double lost = Math.max(1, lostThenLost + sequence.followed(Fate.LOST, Fate.KEPT));
        double rate = Math.clamp((double) sequence.count(Fate.LOST) / sequence.known(), 1e-6, 0.9);
        double again = Math.clamp(lostThenLost / lost, 0.01, 0.99);
        double first = Math.clamp(keptThenLost / kept, 1e-6, 0.9);
        List<double[]> starts = new ArrayList<>();
        switch (this) {
            case INDEPENDENT, GILBERT -> {} // known in closed form
            case GILBERT_PARTLY, GILBERT_ELLIOTT -> {
                for (double badLoss : new double[] {0.9, 0.6, 0.3}) {
                    double goodLoss = this == GILBERT_PARTLY ? 0 : rate / 5;
                    double r = Math.clamp(1 - again / badLoss, 0.03, 0.9);
                    double bad = Math.clamp((rate - goodLoss) / (badLoss - goodLoss), 1e-4, 0.9);
                    double p = Math.clamp(r * bad / (1 - bad), 1e-6, 0.9);
                    starts.add(
                            this == GILBERT_PARTLY
                                    ? new double[] {p, r, badLoss}
                                    : new double[] {p, r, badLoss, goodLoss});
                }
            }
            case STATES, STATES_ISOLATED -> {
                for (double p23 : new double[] {0.7, 0.3, 0.06}) {
                    double leave = Math.clamp(1 - again, 0.02, 0.98);
                    double p32 = leave * 0.4;
                    double p31 = leave * 0.6;
                    starts.add(
                            this == STATES
                                    ? new double[] {first * 0.7, p31, p32, p23}
                                    : new double[] {first * 0.5, p31, p32, p23, first * 0.3});
                }
            }
        }
        return starts;
    }

    /**
     * The parameters with which a sequence is most likely.
     *
     * @param sequence of which something was lost, and something not
     */
    LossFit fit(LossSequence sequence) {
        return switch (this) {
            case INDEPENDENT -> {
                double lost = sequence.count(Fate.LOST);
                Estimate p = Estimate.ofShare("p", lost, (double) sequence.known());
                yield new LossFit(this, List.of(p), chain(p.value()).logLikelihood(sequence), sequence.known());
            }
            case GILBERT -> {
                double good = sequence.followed(Fate.KEPT, Fate.LOST);
                double goodAll = good + sequence.followed(Fate.KEPT, Fate.KEPT);
                double bad = sequence.followed(Fate.LOST, Fate.KEPT);
                double badAll = bad + sequence.followed(Fate.LOST, Fate.LOST);
                Estimate p = Estimate.ofShare("p", good, goodAll);
                Estimate r = Estimate.ofShare("r", bad, badAll);
                double logarithm = chain(Math.clamp(p.value(), 1e-9, 1 - 1e-9), Math.clamp(r.value(), 1e-9, 1 - 1e-9))
                        .logLikelihood(sequence);
                yield new LossFit(this, List.of(p, r), logarithm, sequence.known());
            }
            default -> climb(sequence);
        };
    }

    private LossFit climb(LossSequence sequence) {
        LossSequence prefix = sequence.known() > PREFIX ? sequence.first(PREFIX) : sequence;
        LossSequence compared = prefix.count(Fate.LOST) == 0 || prefix.count(Fate.KEPT) == 0 ? sequence : prefix;
        Likelihood.Top best = null;
        for (double[] start : starts(sequence)) {
            Likelihood.Top top = Likelihood.maximise(
                    free -> chain(values(free)).logLikelihood(compared), free(start), STEP, ROUGHLY);
            best = best == null || top.value() > best.value() ? top : best;
        }
        if (best == null) {
            throw new IllegalStateException(this + " has no start");
        }
        Likelihood.Top top = Likelihood.maximise(
                free -> chain(values(free)).logLikelihood(sequence), best.point(), STEP / 3, TOLERANCE);
        double[] point = top.point();
        double[] values = values(point);
        if (this == GILBERT_ELLIOTT && values[3] > values[2]) { // good is what loses less
            point = new double[] {point[1], point[0], point[3], point[2]};
            values = values(point);
        }
        return new LossFit(
                this,
                estimates(sequence, new Likelihood.Top(point, top.value()), values),
                top.value(),
                sequence.known());
    }

    private List<Estimate> estimates(LossSequence sequence, Likelihood.Top top, double[] values) {
        double[][] covariance =
                Likelihood.covariance(free -> chain(values(free)).logLikelihood(sequence), top, DIFFERENCE);
        int n = values.length;
        double[][] slopes = new double[n][n]; // of the logit of each parameter, by each free number
        for (int j = 0; j < n; j++) {
            double[] up = top.point().clone();
            double[] down = top.point().clone();
            up[j] += DIFFERENCE;
            down[j] -= DIFFERENCE;
            double[] above = values(up);
            double[] below = values(down);
            for (int i = 0; i < n; i++) {
                slopes[i][j] = (Likelihood.logit(above[i]) - Likelihood.logit(below[i])) / (2 * DIFFERENCE);
            }
        }
        List<String> names = parameters();
        List<Estimate> estimates = new ArrayList<>();
        for (int i = 0; i < n; i++) {
            double variance = 0;
            for (int j = 0; j < n; j++) {
                for (int k = 0; k < n; k++) {
                    variance += slopes[i][j] * covariance[j][k] * slopes[i][k];
                }
            }
            estimates.add(Estimate.ofLogit(names.get(i), values[i], Math.sqrt(variance)));
        }
        return estimates;
    }
}
