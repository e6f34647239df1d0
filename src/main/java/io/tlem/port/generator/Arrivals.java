package io.tlem.port.generator;

import io.tlem.stats.LatencyRecorder;
import io.tlem.stats.Measured;
import io.tlem.stats.TimeDistribution;
import io.tlem.stats.TimeHistogram;
import java.lang.foreign.MemorySegment;

/**
 * What a sink measures of the generator's packets, from their sequence numbers and time stamps alone. Written by the output
 * stage; to be read after it has ended.
 */
final class Arrivals {
    /** How far behind the highest number a packet is still known to have arrived before; a power of two. */
    private static final int WINDOW = 1 << 16;

    private final TimeHistogram delay = new TimeHistogram();
    private final long[] seen = new long[WINDOW / Long.SIZE]; // a bit for each of the last numbers
    private long packets;
    private long bytes;
    private long foreignPackets;
    private long duplicates;
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
        if (bytes == 0) {
            firstNanos = nowNanos;
            firstBytes = length;
        }
        bytes += length;
        lastNanos = nowNanos;
        // The 32 bits on the wire, extended by what has been seen.
        long sequence = highestSequence + (TestFrame.sequence(memory, at) - (int) highestSequence);
        if (sequence > highestSequence) {
            forget(highestSequence + 1, sequence);
            highestSequence = sequence;
        } else if (isKnown(sequence) && isSeen(sequence)) {
            duplicates++;
            return;
        } else {
            outOfOrder++;
        }
        if (isKnown(sequence)) {
            seen[word(sequence)] |= 1L << sequence; // of which the low bits count
        }
        packets++;
        delay.recordValue(Math.min(Math.max(nowNanos - TestFrame.sentNanos(memory, at), 0), LatencyRecorder.MAX_NANOS));
    }

    private boolean isKnown(long sequence) {
        return highestSequence - sequence < WINDOW;
    }

    private static int word(long sequence) {
        return (int) ((sequence & (WINDOW - 1)) / Long.SIZE);
    }

    private boolean isSeen(long sequence) {
        return (seen[word(sequence)] >>> sequence & 1) != 0;
    }

    private void forget(long from, long to) {
        for (long sequence = Math.max(from, to - WINDOW + 1); sequence <= to; sequence++) {
            seen[word(sequence)] &= ~(1L << sequence);
        }
    }

    Measured measured() {
        double bitsPerSecond = lastNanos == firstNanos ? 0 : (bytes - firstBytes) * 8e9 / (lastNanos - firstNanos);
        return new Measured(
                packets,
                bytes,
                foreignPackets,
                duplicates,
                outOfOrder,
                highestSequence + 1 - packets,
                bitsPerSecond,
                TimeDistribution.of(delay));
    }
}
