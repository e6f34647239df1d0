package io.tlem.impair.bandwidth;

import io.tlem.impair.BandwidthModel;
import io.tlem.impair.PacketContext;

/**
 * Time-division multiplexing (TLEM paper, IV-B): the sender has the channel for SLOT at the start of each PERIOD. With
 * {@code s = max(t_L', t_A)} and {@code d = 8 length / bandwidth}, a packet that fits between s and the slot's end less GUARD
 * leaves at {@code s + d}; another one starts with the next slot. One longer than {@code SLOT - GUARD} never fits, and is
 * refused.
 *
 * <p>A slot starts at the arrival of the first packet. Exact; returned is the floor.
 */
final class TimeDivision implements BandwidthModel {
    private static final long NANOS_PER_SECOND = 1_000_000_000L;

    private final long bitsPerSecond;
    private final long periodNanos;
    private final long usableNanos;
    private boolean started;
    private long exitNanos;
    private long remainder; // of the exit time, in units of 1/bitsPerSecond ns
    private long slotNanos; // start of a slot that is not after the exit

    TimeDivision(long bitsPerSecond, long periodNanos, long slotNanos, long guardNanos) {
        this.bitsPerSecond = bitsPerSecond;
        this.periodNanos = periodNanos;
        this.usableNanos = slotNanos - guardNanos;
    }

    @Override
    public long exitNanos(PacketContext packet) {
        long arrivalNanos = packet.arrivalNanos();
        if (!started) {
            started = true;
            exitNanos = arrivalNanos;
            slotNanos = arrivalNanos;
        }
        long bitNanos = 8L * packet.lengthBytes() * NANOS_PER_SECOND;
        if (isBeyond(bitNanos / bitsPerSecond, bitNanos % bitsPerSecond)) {
            return REFUSED;
        }
        if (arrivalNanos > exitNanos) {
            exitNanos = arrivalNanos;
            remainder = 0;
        }
        slotNanos = exitNanos - (exitNanos - slotNanos) % periodNanos;
        long nanos = (bitNanos + remainder) / bitsPerSecond;
        long carried = (bitNanos + remainder) % bitsPerSecond;
        if (isBeyond(exitNanos - slotNanos + nanos, carried)) {
            slotNanos += periodNanos;
            exitNanos = slotNanos;
            nanos = bitNanos / bitsPerSecond;
            carried = bitNanos % bitsPerSecond;
        }
        exitNanos += nanos;
        remainder = carried;
        return exitNanos;
    }

    /** Whether a time since the slot's start is behind what the slot has. */
    private boolean isBeyond(long nanos, long carried) {
        return nanos > usableNanos || (nanos == usableNanos && carried > 0);
    }

    @Override
    public long maxBitsPerSecond() {
        return bitsPerSecond;
    }
}
