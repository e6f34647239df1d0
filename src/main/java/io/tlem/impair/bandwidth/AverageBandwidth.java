package io.tlem.impair.bandwidth;

import io.tlem.impair.BandwidthModel;
import io.tlem.impair.PacketContext;

/**
 * TLEM's token bucket, which polices and does not pace: a packet for which there are tokens leaves when it arrives, another
 * one is refused. Once a tick of 2^20 ns the bucket gets {@code token = floor(bandwidth / 8 * 2^20 / 10^9)} bytes, up to
 * {@code max(4 token, 2 * 65536)}; a packet takes its length and 24 bytes.
 *
 * <p>The bucket is full at the first packet. TLEM starts with an empty one at time 0, which is full by then as well; here the
 * clock may start anywhere, also below 0.
 */
final class AverageBandwidth implements BandwidthModel {
    /** Slowest rate that has a token of a byte. */
    static final long MIN_BITS_PER_SECOND = 7630;

    private static final int TICK_SHIFT = 20;
    private static final int MAX_PACKET_BYTES = 65536;
    private static final int FRAMING_BYTES = 24; // preamble 8, gap 12, FCS 4

    private final long tokenBytes;
    private final long depthBytes;
    private final long ticksToFill;
    private long bucketBytes;
    private long lastTick = Long.MIN_VALUE;

    AverageBandwidth(long bitsPerSecond) {
        tokenBytes = bitsPerSecond * 256 / 1_953_125; // 2^20 / (8 * 10^9) = 2^8 / 5^9
        depthBytes = Math.max(4 * tokenBytes, 2 * MAX_PACKET_BYTES);
        ticksToFill = depthBytes / tokenBytes + 1;
        bucketBytes = depthBytes;
    }

    @Override
    public long exitNanos(PacketContext packet) {
        long tick = packet.arrivalNanos() >> TICK_SHIFT;
        if (tick != lastTick) {
            long ticks = lastTick == Long.MIN_VALUE ? 0 : Math.min(tick - lastTick, ticksToFill);
            bucketBytes = Math.min(bucketBytes + ticks * tokenBytes, depthBytes);
            lastTick = tick;
        }
        long bytes = (long) packet.lengthBytes() + FRAMING_BYTES;
        if (bytes > bucketBytes) {
            return REFUSED;
        }
        bucketBytes -= bytes;
        return packet.arrivalNanos();
    }

    @Override
    public void giveBack(PacketContext packet) {
        bucketBytes += (long) packet.lengthBytes() + FRAMING_BYTES;
    }
}
