package io.tlem.port.pcap;

import java.math.BigInteger;

/**
 * How an interface of a capture tells time: in parts of a second, from some second on.
 *
 * @param resolution as in pcapng's {@code if_tsresol}: a negative power of 10, or of 2 when the highest bit is set
 * @param offsetSeconds added to each time
 */
record Ticks(int resolution, long offsetSeconds) {
    /** What is not said otherwise. */
    static final Ticks MICROSECONDS = new Ticks(6, 0);

    /** Latest time that is read, far enough from what a long can hold: what is later has this one. */
    static final long LATEST_NANOS = 8_000_000_000_000_000_000L;

    private static final BigInteger SECOND = BigInteger.valueOf(1_000_000_000);
    private static final int POWER_OF_2 = 0x80;
    private static final int MICROS = 6;
    private static final int NANOS = 9;

    /**
     * A time in ns since 1970; finer ones are rounded down, those outside 0 to {@link #LATEST_NANOS} are the nearest inside.
     *
     * @param ticks without a sign
     */
    long nanos(long ticks) {
        boolean usual = offsetSeconds == 0 && ticks >= 0;
        if (usual && resolution == MICROS && ticks <= LATEST_NANOS / 1000) {
            return ticks * 1000;
        }
        if (usual && resolution == NANOS) {
            return Math.min(ticks, LATEST_NANOS);
        }
        int exponent = resolution & ~POWER_OF_2;
        BigInteger parts = (resolution & POWER_OF_2) != 0 ? BigInteger.TWO.pow(exponent) : BigInteger.TEN.pow(exponent);
        BigInteger nanos = new BigInteger(Long.toUnsignedString(ticks))
                .multiply(SECOND)
                .divide(parts)
                .add(BigInteger.valueOf(offsetSeconds).multiply(SECOND));
        return nanos.max(BigInteger.ZERO).min(BigInteger.valueOf(LATEST_NANOS)).longValueExact();
    }
}
