package io.tlem.traffic;

import io.tlem.wire.Ethernet;
import java.util.SplittableRandom;
import java.util.function.DoubleUnaryOperator;

/**
 * When the packets of a stream are due.
 *
 * @param unit what the rate counts
 * @param rate units a second, as a function of the seconds since the start; not looked at without a unit
 * @param constant whether the rate is the same at any time
 * @param pattern how packets follow each other at that rate
 * @param text of rate and pattern for people
 */
public record PaceSpec(Unit unit, DoubleUnaryOperator rate, boolean constant, Pattern pattern, String text) {
    /** Preamble, gap and FCS of a frame, bytes. */
    private static final int FRAMING_BYTES = 24;

    /** Highest rate, units a second. */
    public static final double MOST = 1e12;

    private static final double LEAST_EXACT = 0.001;

    /** What a rate counts. */
    public enum Unit {
        PACKETS,
        /** Of frames without FCS. */
        BITS,
        /** With preamble, gap and FCS. */
        WIRE_BITS,
        /** Nothing: as many as are taken. */
        NONE;

        int of(int frameBytes) {
            return switch (this) {
                case PACKETS -> 1;
                case BITS -> 8 * frameBytes;
                case WIRE_BITS -> 8 * (Math.max(frameBytes, Ethernet.MIN_FRAME_BYTES) + FRAMING_BYTES);
                case NONE -> 0;
            };
        }
    }

    /** How packets follow each other. */
    public sealed interface Pattern {
        /** As evenly as possible. */
        record Even() implements Pattern {}

        /** Whenever: the times between them are exponentially distributed. */
        record Poisson() implements Pattern {}

        /**
         * So many at once, then none until that many are due again.
         *
         * @param packets of a burst, 1 or more
         */
        record Bursts(long packets) implements Pattern {}

        /**
         * Evenly while it is on, at a higher rate, and nothing while it is off; how long each lasts is random, Pareto distributed.
         *
         * @param onNanos for which it is on, on average
         * @param offNanos for which it is off, on average
         * @param shape of the distribution, above 1
         */
        record OnOff(double onNanos, double offNanos, double shape) implements Pattern {}
    }

    /** The pace itself, from 0. */
    Pace pace(long seed) {
        if (unit == Unit.NONE) {
            return new Pace.Unlimited();
        }
        double start = rate.applyAsDouble(0);
        if (constant && pattern instanceof Pattern.Even && start >= LEAST_EXACT) {
            return new Pace.Constant(Math.round(start * Pace.Constant.PARTS), unit);
        }
        SplittableRandom random = new SplittableRandom(seed);
        RateCurve curve = constant ? new RateCurve.Constant(start) : new RateCurve.Sampled(rate);
        return switch (pattern) {
            case Pattern.Poisson poisson -> new Pace.Poisson(curve, unit, random);
            case Pattern.Bursts bursts -> new Pace.Bursts(curve, unit, bursts.packets());
            case Pattern.Even even -> new Pace.Bursts(curve, unit, 1);
            case Pattern.OnOff onOff -> new Pace.Bursts(new RateCurve.OnOff(curve, onOff, random), unit, 1);
        };
    }
}
