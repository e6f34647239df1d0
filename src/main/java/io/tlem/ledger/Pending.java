package io.tlem.ledger;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/**
 * What was decided about packets of a direction that are still to be sent, by their numbers: a table with open addressing, in
 * memory outside Java's heap. Used by one thread.
 */
final class Pending implements AutoCloseable {
    private static final long FREE = -1;
    private static final long PRIME = 0x9E3779B97F4A7C15L;
    private static final int LEAST = 1 << 10;
    private static final long MOST_BYTES = 256L << 20;

    private final int strideBytes;
    private Arena arena = Arena.ofShared();
    private MemorySegment memory;
    private int mask = LEAST - 1;
    private int count;

    /** @param mostEntryBytes of an entry */
    Pending(int mostEntryBytes) {
        this.strideBytes = mostEntryBytes + Long.BYTES & -Long.BYTES;
        this.memory = free(arena, LEAST);
    }

    private MemorySegment free(Arena of, int entries) {
        MemorySegment made = of.allocate((long) entries * strideBytes, 64);
        for (int i = 0; i < entries; i++) {
            Entry.set(made, (long) i * strideBytes, Entry.NUMBER, FREE);
        }
        return made;
    }

    /** Memory of the entries. */
    MemorySegment memory() {
        return memory;
    }

    int count() {
        return count;
    }

    /** Where the entry of a number lies, negative for nowhere. */
    long find(long number) {
        for (int i = place(number); ; i = i + 1 & mask) {
            long at = (long) i * strideBytes;
            long found = Entry.get(memory, at, Entry.NUMBER);
            if (found == number) {
                return at;
            }
            if (found == FREE) {
                return -1;
            }
        }
    }

    /** Spread: in a row, the numbers that are under way would be one long run, along which {@link #remove} would look. */
    private int place(long number) {
        return (int) ((number * PRIME) >>> Integer.SIZE) & mask;
    }

    /**
     * Keeps a copy of an entry; false when there are too many.
     *
     * @param ends of the packet that are still to come
     */
    boolean put(MemorySegment from, long entry, int bytes, int ends) {
        if (2L * count > mask && !grow()) {
            return false;
        }
        int i = place(Entry.get(from, entry, Entry.NUMBER));
        while (Entry.get(memory, (long) i * strideBytes, Entry.NUMBER) != FREE) {
            i = i + 1 & mask;
        }
        long at = (long) i * strideBytes;
        MemorySegment.copy(from, entry, memory, at, bytes);
        setEnds(at, ends);
        count++;
        return true;
    }

    int ends(long at) {
        return Entry.getInt(memory, at, 0);
    }

    void setEnds(long at, int ends) {
        Entry.setInt(memory, at, 0, ends);
    }

    private boolean grow() {
        int entries = 2 * (mask + 1);
        if ((long) entries * strideBytes > MOST_BYTES) {
            return 4L * count < 3L * mask;
        }
        Arena larger = Arena.ofShared();
        MemorySegment before = memory;
        Arena smaller = arena;
        int old = mask + 1;
        arena = larger;
        memory = free(larger, entries);
        mask = entries - 1;
        for (int i = 0; i < old; i++) {
            long from = (long) i * strideBytes;
            long number = Entry.get(before, from, Entry.NUMBER);
            if (number != FREE) {
                int to = place(number);
                while (Entry.get(memory, (long) to * strideBytes, Entry.NUMBER) != FREE) {
                    to = to + 1 & mask;
                }
                MemorySegment.copy(before, from, memory, (long) to * strideBytes, strideBytes);
            }
        }
        smaller.close();
        return true;
    }

    /** Forgets an entry; those behind it move up, as they are looked for from their places on. */
    void remove(long at) {
        int hole = (int) (at / strideBytes);
        count--;
        for (int i = hole + 1 & mask; ; i = i + 1 & mask) {
            long from = (long) i * strideBytes;
            long number = Entry.get(memory, from, Entry.NUMBER);
            if (number == FREE) {
                break;
            }
            int wanted = place(number);
            if ((i - wanted & mask) >= (i - hole & mask)) {
                MemorySegment.copy(memory, from, memory, (long) hole * strideBytes, strideBytes);
                hole = i;
            }
        }
        Entry.set(memory, (long) hole * strideBytes, Entry.NUMBER, FREE);
    }

    /** Where the first entry lies at that place or behind it, negative for none. */
    long next(long at) {
        for (long next = Math.ceilDiv(at, strideBytes) * strideBytes;
                next < (long) (mask + 1) * strideBytes;
                next += strideBytes) {
            if (Entry.get(memory, next, Entry.NUMBER) != FREE) {
                return next;
            }
        }
        return -1;
    }

    @Override
    public void close() {
        arena.close();
    }
}
