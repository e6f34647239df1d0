package io.tlem.traffic;

import java.util.SplittableRandom;
import java.util.function.DoubleUnaryOperator;

/** A rate in time, as pieces in which it is the same, one after the other from 0 on. Used by one thread. */
abstract class RateCurve {
    private static final double SECOND = 1e9;

    /** Goes on to the next piece. */
    abstract void next();

    /** Where the piece ends, ns. */
    abstract long endNanos();

    /** Units a nanosecond in it, 0 or more. */
    abstract double rate();

    private static double perNanosecond(double perSecond) {
        return perSecond > 0 ? Math.min(perSecond, PaceSpec.MOST) / SECOND : 0; // NaN is nothing
    }

    /** One piece. */
    static final class Constant extends RateCurve {
        private final double rate;

        Constant(double perSecond) {
            this.rate = perNanosecond(perSecond);
        }

        @Override
        void next() {}

        @Override
        long endNanos() {
            return Long.MAX_VALUE;
        }

        @Override
        double rate() {
            return rate;
        }
    }

    /** A function, looked at in the middle of each piece. */
    static final class Sampled extends RateCurve {
        static final long PIECE_NANOS = 100_000;

        private final DoubleUnaryOperator perSecond;
        private long endNanos = PIECE_NANOS;
        private double rate;

        Sampled(DoubleUnaryOperator perSecond) {
            this.perSecond = perSecond;
            look();
        }

        private void look() {
            rate = perNanosecond(perSecond.applyAsDouble((endNanos - PIECE_NANOS / 2) / SECOND));
        }

        @Override
        void next() {
            endNanos += PIECE_NANOS;
            look();
        }

        @Override
        long endNanos() {
            return endNanos;
        }

        @Override
        double rate() {
            return rate;
        }
    }

    /** Another one in turns: it is on, at a rate that makes up for it, and off. Both last for random times. */
    static final class OnOff extends RateCurve {
        private static final double LONGEST_NANOS = 3600e9;

        private final RateCurve curve;
        private final PaceSpec.Pattern.OnOff times;
        private final SplittableRandom random;
        private final double factor;
        private boolean on = true;
        private long turnNanos;

        OnOff(RateCurve curve, PaceSpec.Pattern.OnOff times, SplittableRandom random) {
            this.curve = curve;
            this.times = times;
            this.random = random;
            this.factor = (times.onNanos() + times.offNanos()) / times.onNanos();
            turn(times.onNanos());
        }

        private void turn(double mean) {
            double shape = times.shape();
            double length = mean * (shape - 1) / shape / Math.pow(1 - random.nextDouble(), 1 / shape);
            turnNanos += Math.max(1, (long) Math.min(length, LONGEST_NANOS));
        }

        @Override
        void next() {
            long end = endNanos();
            if (curve.endNanos() == end) {
                curve.next();
            }
            if (turnNanos == end) {
                on = !on;
                turn(on ? times.onNanos() : times.offNanos());
            }
        }

        @Override
        long endNanos() {
            return Math.min(curve.endNanos(), turnNanos);
        }

        @Override
        double rate() {
            return on ? curve.rate() * factor : 0;
        }
    }
}
