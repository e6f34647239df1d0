package io.tlem.impair.bandwidth;

import io.tlem.impair.BandwidthModel;
import io.tlem.impair.PacketContext;
import io.tlem.impair.Units;

/**
 * A link of constant bandwidth, {@code t_L = max(t_L', t_A) + 8 (length + overhead) / bandwidth} (TLEM paper, IV-B).
 *
 * <p>The exit time is exact: the fraction of a nanosecond that a returned time leaves out is carried to the next
 * packet of the same busy period, so that a busy link runs at its bandwidth and not at the nearest one that whole
 * nanoseconds allow. Returned is the floor.
 */
final class ConstantBandwidth implements BandwidthModel {
    private static final long NANOS_PER_SECOND = 1_000_000_000L;

    private final long bitsPerSecond;
    private final int overheadBytes;
    private long exitNanos = Long.MIN_VALUE;
    private long remainder; // of the exit time, in units of 1/bitsPerSecond ns

    /**
     * @param bitsPerSecond 1 to {@link Units#MAX_BITS_PER_SECOND}
     * @param overheadBytes added to each packet's length
     */
    ConstantBandwidth(long bitsPerSecond, int overheadBytes) {
        this.bitsPerSecond = bitsPerSecond;
        this.overheadBytes = overheadBytes;
    }

    @Override
    public long exitNanos(PacketContext packet) {
        long start = exitNanos;
        long carried = remainder;
        if (packet.arrivalNanos() > start) {
            start = packet.arrivalNanos();
            carried = 0;
        }
        long bitNanos = 8L * (packet.lengthBytes() + overheadBytes) * NANOS_PER_SECOND + carried;
        long transmissionNanos = bitNanos / bitsPerSecond;
        remainder = bitNanos - transmissionNanos * bitsPerSecond;
        exitNanos = start + transmissionNanos;
        return exitNanos;
    }

    @Override
    public long maxBitsPerSecond() {
        return bitsPerSecond;
    }

    @Override
    public int overheadBytes() {
        return overheadBytes;
    }
}
