package io.tlem.fit;

import java.util.Arrays;

/**
 * The distribution of delays of which some are known only not to be longer than a time: a packet that had to wait for the one
 * ahead. It is the product-limit estimate (Kaplan and Meier 1958), from the longest delay down.
 *
 * @param values that occur, ns, increasing
 * @param upTo probability of each value or a lower one
 * @param known how many delays are known exactly
 */
@SuppressWarnings("ArrayRecordComponent") // which nobody compares
record DelayCurve(double[] values, double[] upTo, int known) {
    /**
     * The distribution.
     *
     * @param delays ns, at least one
     * @param waited of each, whether it is only known that the delay was no longer
     */
    static DelayCurve of(double[] delays, boolean[] waited) {
        int count = delays.length;
        int known = 0;
        double[] sorted = delays.clone();
        Arrays.sort(sorted);
        int[] exact = new int[count]; // delays that are known, of those that begin here
        for (int i = 0; i < count; i++) {
            if (!waited[i]) {
                known++;
                exact[lower(sorted, delays[i])]++;
            }
        }
        double[] values = new double[Math.max(1, known)];
        double[] upTo = new double[Math.max(1, known)];
        int at = values.length;
        double below = 1; // probability of this value or a lower one
        for (int end = count; end > 0; ) {
            int start = lower(sorted, sorted[end - 1]);
            if (exact[start] > 0) {
                values[--at] = sorted[start];
                upTo[at] = below;
                below *= 1 - (double) exact[start] / end;
            }
            end = start;
        }
        if (known == 0) {
            values[0] = sorted[count - 1];
            upTo[0] = 1;
            at = 0;
        }
        return new DelayCurve(
                Arrays.copyOfRange(values, at, values.length), Arrays.copyOfRange(upTo, at, upTo.length), known);
    }

    /** How many of the sorted values are below one. */
    static int lower(double[] sorted, double value) {
        int low = 0;
        int high = sorted.length;
        while (low < high) {
            int middle = (low + high) >>> 1;
            if (sorted[middle] < value) {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        return low;
    }

    double least() {
        return values[0];
    }

    double most() {
        return values[values.length - 1];
    }

    /** The value that so large a part does not exceed. */
    double quantile(double part) {
        int low = 0;
        int high = upTo.length - 1;
        while (low < high) {
            int middle = (low + high) >>> 1;
            if (upTo[middle] < part) {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        return values[low];
    }

    /** The part that is not above a value. */
    double part(double value) {
        int above = lower(values, Math.nextUp(value));
        return above == 0 ? 0 : upTo[above - 1];
    }

    /** Of a value: between the part below it and the one not above. */
    double middle(double value) {
        int at = lower(values, value);
        double below = at == 0 ? 0 : upTo[at - 1];
        return (below + part(value)) / 2;
    }

    double mean() {
        double sum = 0;
        for (int i = 0; i < values.length; i++) {
            sum += values[i] * (upTo[i] - (i == 0 ? 0 : upTo[i - 1]));
        }
        return sum;
    }

    /** As sorted delays, so many of equal parts. */
    long[] sample(int count) {
        long[] sample = new long[count];
        for (int i = 0; i < count; i++) {
            sample[i] = Math.max(0, Math.round(quantile((i + 0.5) / count)));
        }
        sample[0] = Math.max(0, Math.round(least()));
        sample[count - 1] = Math.max(0, Math.round(most()));
        return sample;
    }
}
