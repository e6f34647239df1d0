package io.tlem.traffic;

import io.tlem.traffic.PaceSpec.Unit;
import java.util.SplittableRandom;

/** When the packets of a stream are due, one after the other, ns since the start. Used by one thread; allocates nothing. */
abstract class Pace {
    /** {@link #due} where it is not known. */
    static final long UNKNOWN = Long.MAX_VALUE;

    /**
     * When the next packet is due.
     *
     * @param limit up to which that has to be found out; never less than before
     * @return {@link #UNKNOWN} when it is not known, but later than that
     */
    abstract long due(long limit);

    /** That packet has this length; another one is next. */
    abstract void advance(int frameBytes);

    /** As many as are taken: each is due at the limit. */
    static final class Unlimited extends Pace {
        @Override
        long due(long limit) {
            return limit;
        }

        @Override
        void advance(int frameBytes) {}
    }

    /** A constant rate, exact to the nanosecond however long it lasts. */
    static final class Constant extends Pace {
        /** Of a unit: the rate is a whole number of them a second. */
        static final long PARTS = 1000;

        private static final long SECOND_PARTS = 1_000_000_000L * PARTS;

        private final long rateParts;
        private final Unit unit;
        private long due;
        private long remainder; // of the due time, in units of 1/rate ns

        Constant(long rateParts, Unit unit) {
            this.rateParts = rateParts;
            this.unit = unit;
        }

        @Override
        long due(long limit) {
            return due;
        }

        @Override
        void advance(int frameBytes) {
            long gap = unit.of(frameBytes) * SECOND_PARTS + remainder;
            due += gap / rateParts;
            remainder = gap % rateParts;
        }
    }

    /** A packet is due when so many units would have passed, at a rate that may change. */
    private abstract static class Along extends Pace {
        private final RateCurve curve;
        final Unit unit;
        private long startNanos; // of the curve's piece
        private double at; // ns in it that have passed
        private double work; // units that are to pass from there on
        private long due = UNKNOWN;

        Along(RateCurve curve, Unit unit) {
            this.curve = curve;
            this.unit = unit;
        }

        /** The next packet is due when so many units have passed since the one before. */
        final void after(double units) {
            work = units;
            due = UNKNOWN;
        }

        @Override
        final long due(long limit) {
            while (due == UNKNOWN) {
                double rate = curve.rate();
                long end = curve.endNanos();
                double length = (double) (end - startNanos);
                double needed = rate > 0 ? work / rate : Double.POSITIVE_INFINITY;
                if (at + needed < length) {
                    at += needed;
                    due = startNanos + (long) at;
                    break;
                }
                if (end > limit) {
                    break;
                }
                work = Math.max(0, work - rate * (length - at));
                at = 0;
                startNanos = end;
                curve.next();
            }
            return due;
        }
    }

    /** The times between packets are exponentially distributed. */
    static final class Poisson extends Along {
        private final SplittableRandom random;

        Poisson(RateCurve curve, Unit unit, SplittableRandom random) {
            super(curve, unit);
            this.random = random;
        }

        @Override
        void advance(int frameBytes) {
            after(-Math.log(1 - random.nextDouble()) * unit.of(frameBytes));
        }
    }

    /** So many packets at once, evenly; 1 is as evenly as possible. */
    static final class Bursts extends Along {
        private final long packets;
        private long sent; // of the burst
        private double units; // of those

        Bursts(RateCurve curve, Unit unit, long packets) {
            super(curve, unit);
            this.packets = packets;
        }

        @Override
        void advance(int frameBytes) {
            units += unit.of(frameBytes);
            if (++sent < packets) {
                after(0);
            } else {
                after(units);
                sent = 0;
                units = 0;
            }
        }
    }
}
