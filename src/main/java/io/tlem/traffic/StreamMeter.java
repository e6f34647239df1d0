package io.tlem.traffic;

import io.tlem.stats.LatencyRecorder;
import io.tlem.stats.StreamTraffic;
import io.tlem.stats.TimeDistribution;
import io.tlem.stats.TimeHistogram;

/** Measures the packets of a stream as they come. Used by one thread, and read after it has ended. */
final class StreamMeter {
    /** How far behind the highest number a packet is still known to have come before; a power of two. */
    private static final int WINDOW = 1 << 16;

    private static final double JITTER_SHARE = 16; // of a new difference, RFC 3550

    private final long[] seen = new long[WINDOW / Long.SIZE]; // a bit for each of the last numbers
    private final TimeHistogram delay = new TimeHistogram();
    private final TimeHistogram variation = new TimeHistogram();
    private final Reordering reordering = new Reordering();
    private double jitterNanos;
    private long packets;
    private long bytes;
    private long duplicates;
    private long outOfOrder;
    private long restarts;
    private long beforeSent;
    private long firstNanos;
    private long firstBytes;
    private long lastNanos;
    private long lastDelay;

    private long expectedBefore; // numbers until they began anew
    private boolean begun; // since then
    private long lowest;
    private long highest;
    private long highestTime; // of sending, of the highest number

    /**
     * A packet has come.
     *
     * @param length of the frame, bytes
     * @param number as it is in the packet
     * @param sentNanos time of sending
     * @param arrivalNanos by the same clock
     * @param nowNanos the same by the monotonic clock
     */
    void add(int length, int number, long sentNanos, long arrivalNanos, long nowNanos) {
        if (bytes == 0) {
            firstNanos = nowNanos;
            firstBytes = length;
        }
        bytes += length;
        lastNanos = nowNanos;
        long sequence = highest + (number - (int) highest); // the 32 bits, extended by what has come
        if (begun && sequence <= highest && sentNanos > highestTime) {
            restart(); // who sent later has the higher number, unless they begin anew
        }
        if (!begun) {
            sequence = Integer.toUnsignedLong(number);
            begin(sequence);
        }
        if (sequence > highest) {
            forget(highest + 1, sequence);
            highest = sequence;
            highestTime = sentNanos;
        } else if (sequence < highest) {
            if (isKnown(sequence) && isSeen(sequence)) {
                duplicates++;
                return;
            }
            outOfOrder++;
        } else if (isSeen(sequence)) {
            duplicates++;
            return;
        } else {
            highestTime = sentNanos;
        }
        if (isKnown(sequence)) {
            seen[word(sequence)] |= 1L << sequence; // of which the low bits count
        }
        lowest = Math.min(lowest, sequence);
        reordering.add(sequence);
        time(arrivalNanos - sentNanos);
        packets++;
    }

    private void begin(long sequence) {
        begun = true;
        lowest = sequence;
        highest = sequence;
        forget(sequence - WINDOW + 1, sequence);
    }

    private void restart() {
        restarts++;
        expectedBefore += highest - lowest + 1;
        begun = false;
        reordering.restart();
    }

    private void time(long nanos) {
        if (nanos < 0) {
            beforeSent++;
        }
        delay.recordValue(Math.clamp(nanos, 0, LatencyRecorder.MAX_NANOS));
        if (packets > 0) {
            long difference = Math.clamp(Math.abs(nanos - lastDelay), 0, LatencyRecorder.MAX_NANOS);
            variation.recordValue(difference);
            jitterNanos += (difference - jitterNanos) / JITTER_SHARE;
        }
        lastDelay = nanos;
    }

    private boolean isKnown(long sequence) {
        return highest - sequence < WINDOW;
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

    /** After the thread has ended, once. */
    StreamTraffic measured() {
        reordering.finish();
        long expected = expectedBefore + (begun ? highest - lowest + 1 : 0);
        return new StreamTraffic(
                packets,
                bytes,
                Math.max(0, expected - packets),
                duplicates,
                outOfOrder,
                (lastNanos - firstNanos) / 1e9,
                firstBytes,
                TimeDistribution.of(delay),
                TimeDistribution.of(variation),
                jitterNanos,
                TimeDistribution.of(reordering.extents()),
                reordering.density(),
                reordering.occupancy(),
                restarts,
                beforeSent);
    }

    TimeHistogram delay() {
        return delay;
    }

    TimeHistogram variation() {
        return variation;
    }

    TimeHistogram extents() {
        return reordering.extents();
    }

    long firstNanos() {
        return firstNanos;
    }

    long lastNanos() {
        return lastNanos;
    }
}
