package io.tlem.fit;

/**
 * What was found of a quantity, and where it lies with a confidence of 99 %.
 *
 * @param name of it
 * @param value most likely one
 * @param low end of the interval; {@link Double#NEGATIVE_INFINITY} where there is none
 * @param high end of the interval, not below; {@link Double#POSITIVE_INFINITY} where there is none
 * @param unit in which these are
 */
public record Estimate(String name, double value, double low, double high, Unit unit) {
    /** Standard deviations from the mean within which 99 % of a normal distribution lie. */
    static final double DEVIATIONS = 2.5758;

    /** What a value is. */
    public enum Unit {
        PROBABILITY,
        NANOS,
        BITS_PER_SECOND,
        BYTES,
        PACKETS,
        NUMBER
    }

    /** Of a value with a standard error. */
    static Estimate around(String name, double value, double error, Unit unit) {
        return new Estimate(name, value, value - DEVIATIONS * error, value + DEVIATIONS * error, unit);
    }

    /** Of a value above 0 whose logarithm has a standard error. */
    static Estimate aroundLogarithm(String name, double value, double error, Unit unit) {
        double factor = Math.exp(DEVIATIONS * error);
        return new Estimate(name, value, value / factor, value * factor, unit);
    }

    /** Of a probability by what happened (Wilson 1927). */
    static Estimate ofShare(String name, double happened, double trials) {
        if (trials <= 0) {
            return new Estimate(name, 0, 0, 1, Unit.PROBABILITY);
        }
        double share = happened / trials;
        double z2 = DEVIATIONS * DEVIATIONS;
        double centre = (share + z2 / (2 * trials)) / (1 + z2 / trials);
        double half =
                DEVIATIONS / (1 + z2 / trials) * Math.sqrt(share * (1 - share) / trials + z2 / (4 * trials * trials));
        double low = happened == 0 ? 0 : Math.max(0, centre - half);
        double high = happened >= trials ? 1 : Math.min(1, centre + half);
        return new Estimate(name, share, low, high, Unit.PROBABILITY);
    }

    /** Of a probability whose logit has a standard error; one that is not a number says nothing. */
    static Estimate ofLogit(String name, double probability, double error) {
        if (!(error < 50)) {
            return new Estimate(name, probability, 0, 1, Unit.PROBABILITY);
        }
        double logit = Likelihood.logit(probability);
        return new Estimate(
                name,
                probability,
                Likelihood.probability(logit - DEVIATIONS * error),
                Likelihood.probability(logit + DEVIATIONS * error),
                Unit.PROBABILITY);
    }

    /** Whether a value is within the interval. */
    public boolean contains(double other) {
        return low <= other && other <= high;
    }

    /** As a parameter of a model: no more digits than the interval gives a meaning. */
    String parameter() {
        return Digits.parameter(this);
    }

    /** For people: {@code 2.1 % (1.8 % to 2.4 %)}. */
    public String shown() {
        String value = Digits.shown(unit, this.value);
        boolean bounded = Double.isFinite(low) && Double.isFinite(high);
        return bounded ? value + " (" + Digits.shown(unit, low) + " to " + Digits.shown(unit, high) + ")" : value;
    }
}
