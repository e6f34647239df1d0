package io.tlem.fit;

import java.util.Arrays;

/**
 * A Markov chain of states, in each of which a packet is lost with a probability: what all loss models with a memory are. The
 * likelihood of a sequence is that of the forward algorithm (Baum et al. 1970), a run of packets of the same fate at a time.
 *
 * @param start probability of each state at the first packet
 * @param next of a state (row), the probability of each state (column) at the next packet
 * @param loss in each state
 */
@SuppressWarnings("ArrayRecordComponent") // which nobody compares
record HiddenChain(double[] start, double[][] next, double[] loss) {
    private static final int POWERS = 31;

    /** A power of the matrix of a step that sees a fate: scaled, so that its largest entry is 1. */
    private record Power(double[][] matrix, double logarithm) {
        Power squared() {
            int n = matrix.length;
            double[][] square = new double[n][n];
            double most = 0;
            for (int i = 0; i < n; i++) {
                for (int j = 0; j < n; j++) {
                    double sum = 0;
                    for (int k = 0; k < n; k++) {
                        sum += matrix[i][k] * matrix[k][j];
                    }
                    square[i][j] = sum;
                    most = Math.max(most, sum);
                }
            }
            for (double[] row : square) {
                for (int j = 0; j < n; j++) {
                    row[j] /= most;
                }
            }
            return new Power(square, 2 * logarithm + Math.log(most));
        }
    }

    private double seen(LossSequence.Fate fate, int state) {
        return switch (fate) {
            case LOST -> loss[state];
            case KEPT -> 1 - loss[state];
            case UNKNOWN -> 1;
        };
    }

    private Power step(LossSequence.Fate fate) {
        int n = loss.length;
        double[][] step = new double[n][n];
        for (int i = 0; i < n; i++) {
            for (int j = 0; j < n; j++) {
                step[i][j] = next[i][j] * seen(fate, j);
            }
        }
        return new Power(step, 0);
    }

    /** Logarithm of the probability of a sequence. */
    double logLikelihood(LossSequence sequence) {
        int n = loss.length;
        Power[][] powers = new Power[LossSequence.Fate.values().length][POWERS];
        for (LossSequence.Fate fate : LossSequence.Fate.values()) {
            powers[fate.ordinal()][0] = step(fate);
        }
        double[] now = new double[n];
        double[] after = new double[n];
        double logarithm = 0;
        for (int run = 0; run < sequence.runs(); run++) {
            LossSequence.Fate fate = sequence.fate(run);
            int left = sequence.length(run);
            if (run == 0) {
                for (int i = 0; i < n; i++) {
                    now[i] = start[i] * seen(fate, i);
                }
                left--;
                logarithm += rescale(now);
            }
            Power[] its = powers[fate.ordinal()];
            for (int bit = 0; left != 0; bit++, left >>>= 1) {
                if (its[bit] == null) {
                    its[bit] = its[bit - 1].squared();
                }
                if ((left & 1) != 0) {
                    multiply(now, its[bit].matrix(), after);
                    System.arraycopy(after, 0, now, 0, n);
                    logarithm += its[bit].logarithm() + rescale(now);
                }
            }
        }
        return logarithm;
    }

    private static void multiply(double[] row, double[][] matrix, double[] product) {
        Arrays.fill(product, 0);
        for (int i = 0; i < row.length; i++) {
            for (int j = 0; j < row.length; j++) {
                product[j] += row[i] * matrix[i][j];
            }
        }
    }

    /** Makes the sum 1; returns the logarithm of what it was. */
    private static double rescale(double[] values) {
        double sum = 0;
        for (double value : values) {
            sum += value;
        }
        for (int i = 0; i < values.length; i++) {
            values[i] /= sum;
        }
        return Math.log(sum);
    }
}
