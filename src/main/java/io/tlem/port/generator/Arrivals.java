package io.tlem.port.generator;

import java.lang.foreign.MemorySegment;
import org.HdrHistogram.Histogram;

/**
 * What a sink has measured of the generator's packets, from their sequence numbers and time stamps alone: nothing here
 * comes from the emulator's own counters. Written by the output stage; to be read after it has ended.
 */
public final class Arrivals {
    private static final long MAX_NANOS = 3_600_000_000_000L;

    private final Histogram delay = new Histogram(1, MAX_NANOS, 3);
    private long packets;
    private long bytes;
    private long foreignPackets;
    private long outOfOrder;
    private long firstNanos;
    private long lastNanos;
    private long firstBytes;
    private long highestSequence = -1;

    void add(MemorySegment memory, long at, int length, long nowNanos) {
        if (!TestFrame.isTestFrame(memory, at, length)) {
            foreignPackets++;
            return;
        }
        if (packets == 0) {
            firstNanos = nowNanos;
            firstBytes = length;
        }
        packets++;
        bytes += length;
        lastNanos = nowNanos;
        // The 32 bits on the wire, extended by what has been seen.
        long sequence = highestSequence + (TestFrame.sequence(memory, at) - (int) highestSequence);
        if (sequence > highestSequence) {
            highestSequence = sequence;
        } else {
            outOfOrder++;
        }
        delay.recordValue(Math.min(Math.max(nowNanos - TestFrame.sentNanos(memory, at), 0), MAX_NANOS));
    }

    /** Packets of the generator that arrived. */
    public long packets() {
        return packets;
    }

    /** Their bytes, frames without FCS. */
    public long bytes() {
        return bytes;
    }

    /** Packets that arrived and were not the generator's. */
    public long foreignPackets() {
        return foreignPackets;
    }

    /** Packets that arrived behind one with a higher number. */
    public long outOfOrder() {
        return outOfOrder;
    }

    /** Numbers up to the highest seen that never arrived. */
    public long missing() {
        return highestSequence + 1 - packets;
    }

    /** Bits a second between the first and the last arrival; 0 when fewer than two packets arrived. */
    public double bitsPerSecond() {
        return lastNanos == firstNanos ? 0 : (bytes - firstBytes) * 8e9 / (lastNanos - firstNanos);
    }

    /** From the generator's time stamp to arrival, ns. */
    public Histogram delay() {
        return delay;
    }
}
