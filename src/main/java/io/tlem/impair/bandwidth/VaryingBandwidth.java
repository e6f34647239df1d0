package io.tlem.impair.bandwidth;

import io.tlem.impair.BandwidthModel;
import io.tlem.impair.PacketContext;

/**
 * A link whose rate is constant in each of a sequence of steps: a packet starts at {@code max(t_L', t_A)} and leaves as soon
 * as the integral of the rate from there on is its length. Steps begin and end at whole nanoseconds, so the bits that a step
 * leaves to the next one are an integer in units of 10^-9 bit, and exit times are exact; returned is the floor.
 */
abstract class VaryingBandwidth implements BandwidthModel {
    /** End of a step that lasts for ever. */
    static final long FOREVER = Long.MAX_VALUE;

    private static final long NANOS_PER_SECOND = 1_000_000_000L;

    /** Of the step; 0 when the link stands still in it. */
    long bitsPerSecond;
    /** Where the step ends, on the packets' clock. */
    long stepEndNanos;
    /** When the last packet has left. */
    long exitNanos;

    private long remainder; // of the exit time, in units of 1/bitsPerSecond ns
    private boolean started;

    /** Begins the first step. */
    abstract void start(long nanos);

    /** Begins the next step, at this one's end. */
    abstract void nextStep();

    /** Makes the step that time belongs to the present one; it is not before the present one. */
    void seek(long nanos) {
        while (stepEndNanos <= nanos) {
            nextStep();
        }
    }

    /**
     * Passes over what repeats itself: moves the exit and the step by the time that many bits take.
     *
     * @param bitNanos that the packet has to send, 10^-9 bit, above 0
     * @return those that are left, above 0; or -1 when the packet would take for ever
     */
    long skip(long bitNanos) {
        return bitNanos;
    }

    @Override
    public final long exitNanos(PacketContext packet) {
        long arrivalNanos = packet.arrivalNanos();
        if (!started) {
            started = true;
            exitNanos = arrivalNanos;
            start(arrivalNanos);
        }
        if (arrivalNanos > exitNanos) {
            exitNanos = arrivalNanos;
            remainder = 0;
            seek(arrivalNanos);
        }
        long left = skip(8L * Math.max(1, packet.lengthBytes()) * NANOS_PER_SECOND);
        if (left < 0) {
            return REFUSED;
        }
        while (true) {
            if (bitsPerSecond > 0) {
                long total = left + remainder;
                long nanos = total / bitsPerSecond;
                long carried = total - nanos * bitsPerSecond;
                long stepNanos = stepEndNanos - exitNanos;
                if (stepEndNanos == FOREVER || nanos < stepNanos || (nanos == stepNanos && carried == 0)) {
                    exitNanos += nanos;
                    remainder = carried;
                    return exitNanos;
                }
                left = total - stepNanos * bitsPerSecond;
            } else if (stepEndNanos == FOREVER) {
                return REFUSED;
            }
            exitNanos = stepEndNanos;
            remainder = 0;
            nextStep();
        }
    }
}
