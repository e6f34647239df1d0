package io.tlem.endtoend;

/** How often an event of a known probability happens by chance. */
final class Binomial {
    private final long trials;
    private final double probability;

    Binomial(long trials, double probability) {
        this.trials = trials;
        this.probability = probability;
    }

    /** Whether a count lies in the central interval that holds 99.9 % of all outcomes. */
    boolean plausible(long count) {
        return count >= quantile(0.0005) && count <= quantile(0.9995);
    }

    String interval() {
        return "[" + quantile(0.0005) + ", " + quantile(0.9995) + "]";
    }

    /** Smallest count whose cumulative probability reaches the level; summed, not approximated. */
    private long quantile(double level) {
        double logMass = trials * Math.log1p(-probability);
        double logOdds = Math.log(probability) - Math.log1p(-probability);
        double cumulative = Math.exp(logMass);
        long count = 0;
        while (cumulative < level && count < trials) {
            logMass += Math.log((double) (trials - count) / (count + 1)) + logOdds;
            cumulative += Math.exp(logMass);
            count++;
        }
        return count;
    }
}
