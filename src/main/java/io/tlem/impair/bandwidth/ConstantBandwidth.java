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
 *
 * <p>With cells, as netem's {@code rate} has them (tc-netem(8)), the bytes on the link are
 * {@code ceil((length + overhead) / cell) (cell + cell overhead)}. A packet takes one byte at least, however negative the
 * overhead is.
 */
final class ConstantBandwidth implements BandwidthModel {
    private static final long NANOS_PER_SECOND = 1_000_000_000L;
    private static final int SHORTEST_FRAME_BYTES = 60; // on Ethernet, without FCS

    private final long bitsPerSecond;
    private final int overheadBytes;
    private final int cellBytes;
    private final int cellOverheadBytes;
    private long exitNanos = Long.MIN_VALUE;
    private long remainder; // of the exit time, in units of 1/bitsPerSecond ns

    /**
     * @param bitsPerSecond 1 to {@link Units#MAX_BITS_PER_SECOND}
     * @param overheadBytes added to each packet's length
     */
    ConstantBandwidth(long bitsPerSecond, int overheadBytes) {
        this(bitsPerSecond, overheadBytes, 0, 0);
    }

    /**
     * @param bitsPerSecond 1 to {@link Units#MAX_BITS_PER_SECOND}
     * @param overheadBytes added to each packet's length; may be negative
     * @param cellBytes of a packet that a cell carries; 0 for a link without cells
     * @param cellOverheadBytes of a cell beyond those, not negative
     */
    ConstantBandwidth(long bitsPerSecond, int overheadBytes, int cellBytes, int cellOverheadBytes) {
        this.bitsPerSecond = bitsPerSecond;
        this.overheadBytes = overheadBytes;
        this.cellBytes = cellBytes;
        this.cellOverheadBytes = cellOverheadBytes;
    }

    @Override
    public long exitNanos(PacketContext packet) {
        long start = exitNanos;
        long carried = remainder;
        if (packet.arrivalNanos() > start) {
            start = packet.arrivalNanos();
            carried = 0;
        }
        long bitNanos = 8 * wireBytes(packet.lengthBytes()) * NANOS_PER_SECOND + carried;
        long transmissionNanos = bitNanos / bitsPerSecond;
        remainder = bitNanos - transmissionNanos * bitsPerSecond;
        exitNanos = start + transmissionNanos;
        return exitNanos;
    }

    /** The fraction at the packet's start is the only one for which its time is what it was. */
    @Override
    public void giveBack(PacketContext packet) {
        long bitNanos = 8 * wireBytes(packet.lengthBytes()) * NANOS_PER_SECOND;
        long transmissionNanos = Math.ceilDiv(bitNanos - remainder, bitsPerSecond);
        remainder += transmissionNanos * bitsPerSecond - bitNanos;
        exitNanos -= transmissionNanos;
    }

    private long wireBytes(int lengthBytes) {
        long bytes = Math.max(1, (long) lengthBytes + overheadBytes);
        if (cellBytes > 0) {
            bytes = (bytes + cellBytes - 1) / cellBytes * ((long) cellBytes + cellOverheadBytes);
        }
        return bytes;
    }

    /** A negative overhead lets more bytes through than the bandwidth says, most with the shortest frames. */
    @Override
    public long maxBitsPerSecond() {
        if (overheadBytes >= 0) {
            return bitsPerSecond;
        }
        int costliest = Math.max(SHORTEST_FRAME_BYTES, 1 - overheadBytes);
        return (bitsPerSecond * costliest + costliest + overheadBytes - 1) / (costliest + overheadBytes);
    }

    @Override
    public int overheadBytes() {
        return Math.max(0, overheadBytes);
    }
}
