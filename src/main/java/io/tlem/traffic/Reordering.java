package io.tlem.traffic;

import io.tlem.stats.LatencyRecorder;
import io.tlem.stats.TimeHistogram;
import java.util.Map;
import java.util.TreeMap;

/**
 * How packets come out of order: the extent of reordering of RFC 4737, and of RFC 5236 the density of reordering and the
 * occupancy of a buffer that restores the order. Duplicates are not shown to it. Used by one thread.
 *
 * <p>For RFC 5236 it has to be known which numbers never come: packets wait in a window until {@link #THRESHOLD} have come behind
 * them. A packet that comes later than that after its turn counts as lost there.
 */
final class Reordering {
    /** Displacement from which on a packet is lost; RFC 5236's DT. A power of two. */
    static final int THRESHOLD = 256;

    private static final int MASK = THRESHOLD - 1;
    private static final int RECORDS = 4096; // a power of two
    private static final int RECORD_MASK = RECORDS - 1;

    private final TimeHistogram extents = new TimeHistogram();
    private final long[] early = new long[THRESHOLD + 1]; // by places
    private final long[] late = new long[THRESHOLD + 1]; // by places; 0 is in order
    private final long[] occupancies = new long[2 * THRESHOLD + 2];

    // Each packet with a higher number than all before it.
    private final long[] recordNumbers = new long[RECORDS];
    private final long[] recordPlaces = new long[RECORDS];
    private long records;
    private long place; // of the next packet among those that came

    // Packets that wait: as they came, and by their numbers. Rings.
    private final long[] window = new long[THRESHOLD];
    private final long[] sorted = new long[THRESHOLD];
    private long entered;
    private long left;

    // Of those that wait, each that is lower than all behind it. A ring.
    private final long[] lows = new long[THRESHOLD];
    private long firstLow;
    private long endLow;

    private long lastIndex = Long.MIN_VALUE; // receive index
    private final long[] held = new long[2 * THRESHOLD + 2]; // by the buffer, which cannot hold more
    private int heldCount;

    void add(long number) {
        extent(number);
        if (number < lastIndex) {
            return; // its turn is over
        }
        if (entered - left == THRESHOLD) {
            leave();
            if (number < lastIndex) {
                return;
            }
        }
        window[(int) entered & MASK] = number;
        long at = entered;
        while (at > left && sorted[(int) (at - 1) & MASK] > number) {
            sorted[(int) at & MASK] = sorted[(int) (at - 1) & MASK];
            at--;
        }
        sorted[(int) at & MASK] = number;
        while (endLow > firstLow && lows[(int) (endLow - 1) & MASK] > number) {
            endLow--;
        }
        lows[(int) endLow & MASK] = number;
        endLow++;
        entered++;
    }

    private void extent(long number) {
        long here = place++;
        int last = (int) (records - 1) & RECORD_MASK;
        if (records == 0 || number > recordNumbers[last]) {
            int next = (int) records & RECORD_MASK;
            recordNumbers[next] = number;
            recordPlaces[next] = here;
            records++;
            return;
        }
        long low = Math.max(0, records - RECORDS); // the first record that may be above it
        long high = records - 1;
        while (low < high) {
            long middle = (low + high) >>> 1;
            if (recordNumbers[(int) middle & RECORD_MASK] > number) {
                high = middle;
            } else {
                low = middle + 1;
            }
        }
        extents.recordValue(Math.clamp(here - recordPlaces[(int) low & RECORD_MASK], 1, LatencyRecorder.MAX_NANOS));
    }

    /** It is known of the packet that came first which place should have been its. */
    private void leave() {
        int first = (int) left & MASK;
        long number = window[first];
        lastIndex = sorted[first];
        left++;
        long displacement = lastIndex - number;
        if (displacement >= 0 && displacement <= THRESHOLD) {
            late[(int) displacement]++;
        } else if (displacement < 0 && displacement >= -THRESHOLD) {
            early[(int) -displacement]++;
        }
        if (lows[(int) firstLow & MASK] == number) {
            firstLow++;
        }
        long lowest = firstLow < endLow ? lows[(int) firstLow & MASK] : Long.MAX_VALUE; // of those still to come
        if (number > lowest || heldCount > 0) {
            hold(number, lowest);
        }
        occupancies[heldCount]++;
    }

    private void hold(long number, long lowest) {
        held[heldCount] = number;
        int kept = 0;
        for (int i = 0; i <= heldCount; i++) {
            if (held[i] > lowest) {
                held[kept++] = held[i];
            }
        }
        heldCount = kept;
    }

    /** Nobody comes any more, of these numbers. */
    void finish() {
        while (left < entered) {
            leave();
        }
    }

    /** Numbers begin anew. */
    void restart() {
        finish();
        records = 0;
        lastIndex = Long.MIN_VALUE;
    }

    TimeHistogram extents() {
        return extents;
    }

    /** Packets by how many places they came late, or early (below 0). */
    Map<Integer, Long> density() {
        Map<Integer, Long> all = new TreeMap<>();
        for (int i = 0; i <= THRESHOLD; i++) {
            put(all, i, late[i]);
            put(all, -i, early[i]);
        }
        return all;
    }

    /** How often the buffer held so many packets. */
    Map<Integer, Long> occupancy() {
        Map<Integer, Long> all = new TreeMap<>();
        for (int i = 0; i < occupancies.length; i++) {
            put(all, i, occupancies[i]);
        }
        return all;
    }

    private static void put(Map<Integer, Long> all, int key, long count) {
        if (count > 0) {
            all.put(key, count);
        }
    }
}
