package io.tlem.impair.bandwidth;

import io.tlem.impair.BandwidthModel;
import io.tlem.impair.PacketContext;
import java.util.random.RandomGenerator;

/**
 * Packets leave in bursts, as with netem's {@code slot} (tc-netem(8)), which imitates media with request and grant: what has
 * arrived by the time S of a slot leaves at S. The slot is over when PACKETS have left, or BYTES have: the one that makes the
 * limit full still leaves. The next slot is then at {@code S + x}; when a packet arrives after the slot, the next one is at
 * {@code t_A + x}; x is drawn from the whole nanoseconds of [MIN, MAX]. There is no limit to the rate besides.
 */
final class SlottedRelease implements BandwidthModel {
    private final long minNanos;
    private final long width;
    private final long maxPackets;
    private final long maxBytes;
    private final RandomGenerator random;
    private long slotNanos = Long.MIN_VALUE;
    private long packetsLeft;
    private long bytesLeft;

    /** Limits of {@link Long#MAX_VALUE} are none. */
    SlottedRelease(long minNanos, long maxNanos, long maxPackets, long maxBytes, RandomGenerator random) {
        this.minNanos = minNanos;
        this.width = maxNanos - minNanos + 1;
        this.maxPackets = maxPackets;
        this.maxBytes = maxBytes;
        this.random = random;
    }

    @Override
    public long exitNanos(PacketContext packet) {
        if (packet.arrivalNanos() > slotNanos) {
            next(packet.arrivalNanos());
        }
        long exitNanos = slotNanos;
        packetsLeft--;
        bytesLeft -= packet.lengthBytes();
        if (packetsLeft <= 0 || bytesLeft <= 0) {
            next(exitNanos);
        }
        return exitNanos;
    }

    private void next(long sinceNanos) {
        // The high word of a 64-bit draw times the width; the bias is below width / 2^64.
        slotNanos = sinceNanos + minNanos + Math.unsignedMultiplyHigh(random.nextLong(), width);
        packetsLeft = maxPackets;
        bytesLeft = maxBytes;
    }
}
