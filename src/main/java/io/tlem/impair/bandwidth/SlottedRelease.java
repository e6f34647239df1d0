package io.tlem.impair.bandwidth;

import io.tlem.impair.BandwidthModel;
import io.tlem.impair.PacketContext;
import java.util.function.LongSupplier;

/**
 * Packets leave in bursts, as with netem's {@code slot} (tc-netem(8)), which imitates media with request and grant: what has
 * arrived by the time S of a slot leaves at S. The slot is over when PACKETS have left, or BYTES have: the one that makes the
 * limit full still leaves. The next slot is then at {@code S + x}; when a packet arrives after the slot, the next one is at
 * {@code t_A + x}; x is a draw of its distribution. There is no limit to the rate besides.
 */
final class SlottedRelease implements BandwidthModel {
    private final LongSupplier gapNanos;
    private final long maxPackets;
    private final long maxBytes;
    private long slotNanos = Long.MIN_VALUE;
    private long packetsLeft;
    private long bytesLeft;

    /**
     * Limits of {@link Long#MAX_VALUE} are none.
     *
     * @param gapNanos draws the time from one slot to the next, 0 or more
     */
    SlottedRelease(LongSupplier gapNanos, long maxPackets, long maxBytes) {
        this.gapNanos = gapNanos;
        this.maxPackets = maxPackets;
        this.maxBytes = maxBytes;
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
        slotNanos = sinceNanos + gapNanos.getAsLong();
        packetsLeft = maxPackets;
        bytesLeft = maxBytes;
    }
}
