package io.tlem.impair.loss;

import java.util.Arrays;

/** A Markov chain whose states lose packets with fixed probabilities: what can be calculated about its losses. */
final class LossChain {
    private static final double NEGLIGIBLE = 1e-15;

    private final double[][] transitions;
    private final double[] loss;
    private final double[] stationary;

    /**
     * @param transitions row by row, from each state
     * @param loss of a packet, in each state
     */
    LossChain(double[][] transitions, double[] loss) {
        this.transitions = transitions;
        this.loss = loss;
        this.stationary = stationary();
    }

    static LossChain independent(double p) {
        return new LossChain(new double[][] {{1}}, new double[] {p});
    }

    /** The two states good and bad. */
    static LossChain twoStates(double p, double r, double badLoss, double goodLoss) {
        return new LossChain(new double[][] {{1 - p, p}, {r, 1 - r}}, new double[] {goodLoss, badLoss});
    }

    static LossChain fourStates(double p13, double p31, double p32, double p23, double p14) {
        return new LossChain(
                new double[][] {
                    {1 - p13 - p14, 0, p13, p14}, {0, 1 - p23, p23, 0}, {p31, p32, 1 - p31 - p32, 0}, {1, 0, 0, 0}
                },
                new double[] {0, 0, 1, 1});
    }

    /** State 0 is outside bursts, state i has i more packets to lose, the present one included. */
    static LossChain burst(double p, int min, int max) {
        double[][] transitions = new double[max + 1][max + 1];
        double[] loss = new double[max + 1];
        Arrays.fill(loss, 1, max + 1, 1);
        for (int state = 0; state <= 1; state++) {
            transitions[state][0] = 1 - p;
            for (int length = min; length <= max; length++) {
                transitions[state][length] = p / (max - min + 1);
            }
        }
        for (int state = 2; state <= max; state++) {
            transitions[state][state - 1] = 1;
        }
        return new LossChain(transitions, loss);
    }

    private double[] stationary() {
        double[] now = new double[loss.length];
        now[0] = 1;
        double change = 1;
        while (change > NEGLIGIBLE) {
            double[] next = step(now);
            change = 0;
            for (int i = 0; i < now.length; i++) {
                next[i] = (now[i] + next[i]) / 2; // so that a chain with a period converges as well
                change = Math.max(change, Math.abs(next[i] - now[i]));
            }
            now = next;
        }
        return now;
    }

    private double[] step(double[] weights) {
        double[] next = new double[weights.length];
        for (int from = 0; from < weights.length; from++) {
            for (int to = 0; to < weights.length; to++) {
                next[to] += weights[from] * transitions[from][to];
            }
        }
        return next;
    }

    private double[] lost(double[] weights) {
        double[] lost = new double[weights.length];
        for (int i = 0; i < lost.length; i++) {
            lost[i] = weights[i] * loss[i];
        }
        return lost;
    }

    private static double sum(double[] weights) {
        return Arrays.stream(weights).sum();
    }

    double lossRate() {
        return sum(lost(stationary));
    }

    /** Standard deviation of the number of losses among many packets, with all correlations between packets. */
    double sigma(long packets) {
        double rate = lossRate();
        double variance = rate * (1 - rate);
        double[] weights = lost(stationary);
        double covariance = 1;
        for (int lag = 1; lag < 10_000 && Math.abs(covariance) > NEGLIGIBLE; lag++) {
            weights = step(weights);
            covariance = sum(lost(weights)) - rate * rate;
            variance += 2 * covariance;
        }
        return Math.sqrt(packets * variance);
    }

    /** Probability of each length of a run of losses, by length; what is longer counts for the last one. */
    double[] runLengths(int longest) {
        double[] begin = new double[loss.length];
        for (int i = 0; i < begin.length; i++) {
            begin[i] = stationary[i] * (1 - loss[i]);
        }
        double[] still = lost(step(begin));
        double all = sum(still);
        double[] probabilities = new double[longest + 1];
        for (int length = 1; length <= longest; length++) {
            double reaches = sum(still);
            still = lost(step(still));
            probabilities[length] = (length == longest ? reaches : reaches - sum(still)) / all;
        }
        return probabilities;
    }
}
