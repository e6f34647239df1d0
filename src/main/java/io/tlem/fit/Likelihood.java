package io.tlem.fit;

import java.util.Arrays;
import java.util.function.ToDoubleFunction;

/**
 * Maximum likelihood without derivatives: the simplex search of Nelder and Mead (1965), and standard errors by the observed
 * information, which is the second derivative of the likelihood at its top.
 */
final class Likelihood {
    private static final int MOST_STEPS = 2_000;
    private static final double LARGEST_LOGIT = 16;

    /**
     * Where a likelihood is largest.
     *
     * @param point the parameters
     * @param value logarithm of the likelihood there
     */
    @SuppressWarnings("ArrayRecordComponent") // which nobody compares
    record Top(double[] point, double value) {}

    private Likelihood() {}

    static double logit(double probability) {
        double bounded = Math.clamp(probability, 1e-7, 1 - 1e-7);
        return Math.log(bounded / (1 - bounded));
    }

    static double probability(double logit) {
        return 1 / (1 + Math.exp(-Math.clamp(logit, -LARGEST_LOGIT, LARGEST_LOGIT)));
    }

    /**
     * Climbs from a point.
     *
     * @param step of the first simplex, in each parameter
     * @param tolerance difference of the logarithms at which it is done
     */
    static Top maximise(ToDoubleFunction<double[]> logarithm, double[] start, double step, double tolerance) {
        int n = start.length;
        double[][] points = new double[n + 1][];
        double[] values = new double[n + 1];
        for (int i = 0; i <= n; i++) {
            points[i] = start.clone();
            if (i > 0) {
                points[i][i - 1] += step;
            }
            values[i] = value(logarithm, points[i]);
        }
        for (int steps = 0; steps < MOST_STEPS; steps++) {
            sort(points, values);
            if (values[0] - values[n] <= tolerance) {
                break;
            }
            double[] centre = new double[n];
            for (int i = 0; i < n; i++) {
                for (int j = 0; j < n; j++) {
                    centre[j] += points[i][j] / n;
                }
            }
            double[] reflected = along(centre, points[n], -1);
            double valueThere = value(logarithm, reflected);
            if (valueThere > values[0]) {
                double[] expanded = along(centre, points[n], -2);
                double farther = value(logarithm, expanded);
                replace(points, values, farther > valueThere ? expanded : reflected, Math.max(farther, valueThere));
            } else if (valueThere > values[n - 1]) {
                replace(points, values, reflected, valueThere);
            } else {
                double[] contracted = along(centre, valueThere > values[n] ? reflected : points[n], 0.5);
                double inside = value(logarithm, contracted);
                if (inside > Math.max(valueThere, values[n])) {
                    replace(points, values, contracted, inside);
                } else {
                    for (int i = 1; i <= n; i++) {
                        points[i] = along(points[0], points[i], 0.5);
                        values[i] = value(logarithm, points[i]);
                    }
                }
            }
        }
        sort(points, values);
        return new Top(points[0], values[0]);
    }

    private static double value(ToDoubleFunction<double[]> logarithm, double[] point) {
        double value = logarithm.applyAsDouble(point);
        return Double.isNaN(value) ? Double.NEGATIVE_INFINITY : value;
    }

    private static void replace(double[][] points, double[] values, double[] point, double value) {
        points[points.length - 1] = point;
        values[values.length - 1] = value;
    }

    private static double[] along(double[] from, double[] to, double part) {
        double[] point = new double[from.length];
        for (int i = 0; i < point.length; i++) {
            point[i] = from[i] + part * (to[i] - from[i]);
        }
        return point;
    }

    private static void sort(double[][] points, double[] values) {
        for (int i = 1; i < values.length; i++) {
            double value = values[i];
            double[] point = points[i];
            int at = i;
            while (at > 0 && values[at - 1] < value) {
                values[at] = values[at - 1];
                points[at] = points[at - 1];
                at--;
            }
            values[at] = value;
            points[at] = point;
        }
    }

    /** Covariance of the parameters; entries that are not numbers where the likelihood has no top. */
    static double[][] covariance(ToDoubleFunction<double[]> logarithm, Top top, double step) {
        int n = top.point().length;
        double[][] information = new double[n][n];
        for (int i = 0; i < n; i++) {
            for (int j = 0; j <= i; j++) {
                double second = (shifted(logarithm, top, i, step, j, step)
                                - shifted(logarithm, top, i, step, j, -step)
                                - shifted(logarithm, top, i, -step, j, step)
                                + shifted(logarithm, top, i, -step, j, -step))
                        / (4 * step * step);
                information[i][j] = -second;
                information[j][i] = -second;
            }
        }
        return inverse(information);
    }

    private static double shifted(ToDoubleFunction<double[]> logarithm, Top top, int i, double byI, int j, double byJ) {
        double[] point = top.point().clone();
        point[i] += byI;
        point[j] += byJ;
        return logarithm.applyAsDouble(point);
    }

    /** By Gauss and Jordan. */
    private static double[][] inverse(double[][] matrix) {
        int n = matrix.length;
        double[][] left = new double[n][];
        double[][] right = new double[n][n];
        for (int i = 0; i < n; i++) {
            left[i] = matrix[i].clone();
            right[i][i] = 1;
        }
        for (int column = 0; column < n; column++) {
            int pivot = column;
            for (int row = column; row < n; row++) {
                pivot = Math.abs(left[row][column]) > Math.abs(left[pivot][column]) ? row : pivot;
            }
            double[] swap = left[column];
            left[column] = left[pivot];
            left[pivot] = swap;
            swap = right[column];
            right[column] = right[pivot];
            right[pivot] = swap;
            double divisor = left[column][column];
            for (int j = 0; j < n; j++) {
                left[column][j] /= divisor;
                right[column][j] /= divisor;
            }
            for (int row = 0; row < n; row++) {
                double factor = left[row][column];
                for (int j = 0; row != column && j < n; j++) {
                    left[row][j] -= factor * left[column][j];
                    right[row][j] -= factor * right[column][j];
                }
            }
        }
        boolean sound = Arrays.stream(right).flatMapToDouble(Arrays::stream).allMatch(Double::isFinite);
        for (int i = 0; i < n; i++) {
            if (!sound || right[i][i] <= 0) {
                Arrays.fill(right[i], Double.NaN);
            }
        }
        return right;
    }
}
