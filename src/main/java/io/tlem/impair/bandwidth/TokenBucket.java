package io.tlem.impair.bandwidth;

import io.tlem.impair.BandwidthModel;
import io.tlem.impair.PacketContext;

/**
 * A token bucket that shapes, as tc-tbf(8) does: tokens come at the bandwidth, up to BURST bytes; a packet leaves as soon as
 * there are tokens for it, and takes them. The bucket is full at the start.
 *
 * <p>Computed is when the bucket will be full again, the theoretical arrival time of the GCRA (ITU-T I.371, annex A, in its
 * virtual scheduling form), with {@code cost = 8 length / bandwidth} and {@code tau = 8 BURST / bandwidth}:
 * {@code TAT = max(t_A, TAT') + cost}, {@code t_L = max(t_A, TAT - tau)}. That never goes back, as neither term does. A packet
 * longer than BURST leaves when the bucket would hold it if it did not stop at BURST. Exact; returned is the floor.
 */
final class TokenBucket implements BandwidthModel {
    /** Largest burst, for which tau fits a long at the lowest bandwidth. */
    static final long MAX_BURST_BYTES = 1L << 30;

    private static final long NANOS_PER_SECOND = 1_000_000_000L;

    private final long bitsPerSecond;
    private final long tauNanos;
    private final long tauRemainder; // in units of 1/bitsPerSecond ns, as all remainders here
    private long fullNanos = Long.MIN_VALUE;
    private long fullRemainder;

    TokenBucket(long bitsPerSecond, long burstBytes) {
        this.bitsPerSecond = bitsPerSecond;
        long bitNanos = 8 * burstBytes * NANOS_PER_SECOND;
        this.tauNanos = bitNanos / bitsPerSecond;
        this.tauRemainder = bitNanos % bitsPerSecond;
    }

    @Override
    public long exitNanos(PacketContext packet) {
        long arrivalNanos = packet.arrivalNanos();
        if (arrivalNanos > fullNanos) {
            fullNanos = arrivalNanos;
            fullRemainder = 0;
        }
        long bitNanos = 8L * packet.lengthBytes() * NANOS_PER_SECOND + fullRemainder;
        long costNanos = bitNanos / bitsPerSecond;
        fullRemainder = bitNanos - costNanos * bitsPerSecond;
        fullNanos += costNanos;
        long conformsNanos = fullNanos - tauNanos - (fullRemainder < tauRemainder ? 1 : 0);
        return Math.max(arrivalNanos, conformsNanos);
    }
}
