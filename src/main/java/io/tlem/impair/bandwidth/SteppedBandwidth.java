package io.tlem.impair.bandwidth;

import io.tlem.impair.SpecException;
import io.tlem.impair.StepFile;
import io.tlem.impair.Units;
import java.math.BigInteger;
import java.nio.file.Path;
import java.util.Arrays;

/**
 * Rates of a file, each from its time on; time 0 is the first packet's arrival. A line is {@code TIME RATE}, with units as on
 * the command line; {@code #} starts a comment. Rate 0 is a link that stands still. Behind the last line its rate stays, or
 * the sequence starts again at that line's time, and its rate does not count. A packet may span steps, see
 * {@link VaryingBandwidth}; one that is still being sent when the link stops for good is refused, as are all behind it.
 */
final class SteppedBandwidth extends VaryingBandwidth {
    private static final long MAX_SKIPPED_NANOS = 1L << 61; // some 73 years

    private final long[] startNanos;
    private final long[] rates;
    private final boolean wraps;
    private final int steps;
    private final long periodBitNanos; // 10^-9 bit; only when it wraps
    private final long maxBitsPerSecond;
    private int step;
    private long baseNanos; // time 0 of the present round

    private SteppedBandwidth(long[] startNanos, long[] rates, boolean wraps, long periodBitNanos, long peak) {
        this.startNanos = startNanos;
        this.rates = rates;
        this.wraps = wraps;
        this.steps = rates.length - (wraps ? 1 : 0);
        this.periodBitNanos = periodBitNanos;
        this.maxBitsPerSecond = peak;
    }

    /** Reads the file. */
    static SteppedBandwidth read(Path file, boolean wraps) {
        StepFile content = StepFile.read(file, wraps, "rate", Units::parseBandwidth);
        long[] times = content.times();
        long[] rates = content.values();
        int steps = rates.length - (wraps ? 1 : 0);
        long peak = 0;
        BigInteger bitNanos = BigInteger.ZERO;
        for (int i = 0; i < steps; i++) {
            peak = Math.max(peak, rates[i]);
            if (wraps) {
                bitNanos = bitNanos.add(
                        BigInteger.valueOf(times[i + 1] - times[i]).multiply(BigInteger.valueOf(rates[i])));
            }
        }
        if (peak == 0) {
            throw new SpecException(file + ": the link stands still all the time");
        }
        long saturated = bitNanos.bitLength() < Long.SIZE ? bitNanos.longValue() : Long.MAX_VALUE;
        return new SteppedBandwidth(times, rates, wraps, saturated, peak);
    }

    @Override
    void start(long nanos) {
        baseNanos = nanos;
        begin(0);
    }

    @Override
    void nextStep() {
        if (step + 1 == steps) { // only when it wraps: the last step of the others has no end
            baseNanos = stepEndNanos;
            begin(0);
        } else {
            begin(step + 1);
        }
    }

    private void begin(int index) {
        step = index;
        bitsPerSecond = rates[index];
        stepEndNanos = index + 1 == startNanos.length ? FOREVER : baseNanos + startNanos[index + 1];
    }

    /** Not step by step: a link that was idle for long must not take long now. */
    @Override
    void seek(long nanos) {
        if (stepEndNanos <= nanos) {
            if (wraps) {
                long periodNanos = startNanos[steps];
                baseNanos += (nanos - baseNanos) / periodNanos * periodNanos;
            }
            int found = Arrays.binarySearch(startNanos, 0, steps, nanos - baseNanos);
            begin(found >= 0 ? found : -found - 2);
        }
    }

    @Override
    long skip(long bitNanos) {
        if (!wraps || bitNanos <= periodBitNanos) {
            return bitNanos;
        }
        long periods = (bitNanos - 1) / periodBitNanos;
        long periodNanos = startNanos[steps];
        if (periods > MAX_SKIPPED_NANOS / periodNanos) {
            return -1;
        }
        baseNanos += periods * periodNanos;
        stepEndNanos += periods * periodNanos;
        exitNanos += periods * periodNanos;
        return bitNanos - periods * periodBitNanos;
    }

    @Override
    public long maxBitsPerSecond() {
        return maxBitsPerSecond;
    }
}
