package io.tlem.report;

import io.tlem.stats.TimeHistogram;
import java.util.Arrays;

/**
 * How packets leave: rates in windows, gaps, order, and a coarse record of the whole run. Used by the thread that sends, and
 * read when it has ended; it allocates nothing meanwhile.
 */
final class Departures {
    /** Of the coarse record. */
    static final int SLOTS = 4096;

    private static final long FIRST_SLOT_NANOS = 10_000_000;

    final WindowRates perMillisecond = new WindowRates(1_000_000);
    final WindowRates per10Milliseconds = new WindowRates(10_000_000);
    final WindowRates perSecond = new WindowRates(1_000_000_000);
    final TimeHistogram gaps = new TimeHistogram();
    long sent;
    long outOfOrder;
    long originNanos = Long.MIN_VALUE;
    long slotNanos = FIRST_SLOT_NANOS;
    final long[] dueBits = new long[SLOTS];
    final long[] sentBits = new long[SLOTS];
    final long[] lateNanos = new long[SLOTS]; // the most in the slot
    private int overheadBits;
    private long nextNumber;
    private long lastNanos = Long.MIN_VALUE;
    private int end; // slots in use

    /** Bits that the link counts besides those of a frame. */
    void setOverheadBytes(int bytes) {
        overheadBits = 8 * bytes;
    }

    /** A packet leaves. */
    void sent(long number, int length, long dueNanos, long nanos) {
        long bits = 8L * length + overheadBits;
        perMillisecond.add(nanos, bits);
        per10Milliseconds.add(nanos, bits);
        perSecond.add(nanos, bits);
        if (lastNanos != Long.MIN_VALUE) {
            gaps.recordValue(Math.clamp(nanos - lastNanos, 0, io.tlem.stats.LatencyRecorder.MAX_NANOS));
        }
        lastNanos = nanos;
        sent++;
        if (number >= nextNumber) {
            nextNumber = number + 1;
        } else if (number < nextNumber - 1) { // else it is a copy that follows at once
            outOfOrder++;
        }
        if (originNanos == Long.MIN_VALUE) {
            originNanos = dueNanos;
        }
        int at = slot(Math.max(nanos, originNanos));
        int due = slot(
                Math.clamp(dueNanos, originNanos, Math.max(nanos, originNanos))); // no later: slots are long enough
        dueBits[due] += bits;
        sentBits[at] += bits;
        lateNanos[due] = Math.max(lateNanos[due], nanos - dueNanos);
    }

    private int slot(long nanos) {
        while ((nanos - originNanos) / slotNanos >= SLOTS) {
            for (int i = 0; i < SLOTS / 2; i++) {
                dueBits[i] = dueBits[2 * i] + dueBits[2 * i + 1];
                sentBits[i] = sentBits[2 * i] + sentBits[2 * i + 1];
                lateNanos[i] = Math.max(lateNanos[2 * i], lateNanos[2 * i + 1]);
            }
            Arrays.fill(dueBits, SLOTS / 2, SLOTS, 0);
            Arrays.fill(sentBits, SLOTS / 2, SLOTS, 0);
            Arrays.fill(lateNanos, SLOTS / 2, SLOTS, 0);
            slotNanos *= 2;
            end = SLOTS / 2;
        }
        int slot = (int) ((nanos - originNanos) / slotNanos);
        end = Math.max(end, slot + 1);
        return slot;
    }

    /** Slots up to the last one in which something happened. */
    int slots() {
        return end;
    }
}
