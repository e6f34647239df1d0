package io.tlem.buffer;

import io.tlem.layout.ThreadOwned;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.VarHandle;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;

/** What the writing thread of an {@link EntryRing} changes all the time. */
abstract class EntryRingProgress extends ThreadOwned {
    long tail; // bytes that were written
    public long publishedTail;
    long cachedHead;
    int claimed;
    public long written; // entries
}

/**
 * Entries on their way from the one thread that writes them to the one that reads them, in memory that is there beforehand.
 * The writer never waits, unless it was asked to: an entry for which there is no room is lost, and counted.
 *
 * <pre>
 *  0        128      256                                            end
 *  +--------+--------+-- - - --------+------ - - ------+-- - - -----+
 *  | tail   | head   | free          | entry, entry    | free       |
 *  +--------+--------+-- - - --------+------ - - ------+-- - - -----+
 *                                    ^head             ^tail
 *  entry: length in bytes, a multiple of 8, negative for one that only fills the end | kind | what it says
 * </pre>
 */
public final class EntryRing extends EntryRingProgress {
    @SuppressWarnings("unused") // keeps the fields above apart from what lies behind this object
    private long q0, q1, q2, q3, q4, q5, q6, q7, q8, q9, qa, qb, qc, qd, qe, qf;

    /** Returned by {@link #claim} when there is no room. */
    public static final long FULL = -1;

    /** Bytes ahead of what an entry says: its length and its kind. */
    public static final int HEADER_BYTES = 8;

    private static final VarHandle POSITION = ValueLayout.JAVA_LONG.varHandle().withInvokeExactBehavior();
    private static final long TAIL_AT = 0;
    private static final long HEAD_AT = 128;
    private static final long LOST_AT = 64;
    private static final long FIRST_AT = 256;
    private static final long LOOK_NANOS = 50_000;

    private final MemorySegment memory;
    private final long capacity; // a power of two
    private final BooleanSupplier waits; // whether the writer waits for room

    /**
     * @param capacity bytes, a power of two
     * @param waits asked when there is no room: whether the writer waits until there is
     */
    public EntryRing(Arena arena, long capacity, BooleanSupplier waits) {
        this.capacity = capacity;
        this.waits = waits;
        this.memory = arena.allocate(FIRST_AT + capacity, 64);
        memory.fill((byte) 0); // a page that is touched for the first time takes its time
    }

    /** Memory of the entries. */
    public MemorySegment memory() {
        return memory;
    }

    /**
     * Makes room for an entry; it is claimed again unless it is committed. Writing thread.
     *
     * @param bytes of it, header included, a multiple of 8
     * @return where it lies, or {@link #FULL}, which counts
     */
    public long claim(int bytes) {
        long at = tail & capacity - 1;
        long fill = at + bytes > capacity ? capacity - at : 0;
        if (tail + fill + bytes - cachedHead > capacity && !hasRoom(fill + bytes)) {
            POSITION.setRelease(memory, LOST_AT, lost() + 1);
            return FULL;
        }
        if (fill > 0) {
            memory.set(ValueLayout.JAVA_INT, FIRST_AT + at, (int) -fill);
            tail += fill;
            at = 0;
        }
        claimed = bytes;
        memory.set(ValueLayout.JAVA_INT, FIRST_AT + at, bytes);
        return FIRST_AT + at;
    }

    private boolean hasRoom(long bytes) {
        cachedHead = (long) POSITION.getAcquire(memory, HEAD_AT);
        while (tail + bytes - cachedHead > capacity) {
            if (!waits.getAsBoolean()) {
                return false;
            }
            publish();
            LockSupport.parkNanos(LOOK_NANOS);
            cachedHead = (long) POSITION.getAcquire(memory, HEAD_AT);
        }
        return true;
    }

    /** The claimed entry is one. Writing thread. */
    public void commit() {
        tail += claimed;
        written++;
    }

    /** What was committed may be read. Writing thread. */
    public void publish() {
        if (tail != publishedTail) {
            publishedTail = tail;
            POSITION.setRelease(memory, TAIL_AT, tail);
        }
    }

    /** Entries for which there was no room. Any thread. */
    public long lost() {
        return (long) POSITION.getAcquire(memory, LOST_AT);
    }

    /** Entries that were committed. Once the writing thread has ended. */
    public long written() {
        return written;
    }

    /** Up to where entries may be read now. Reading thread. */
    public long published() {
        return (long) POSITION.getAcquire(memory, TAIL_AT);
    }

    /** Up to where they have been read. */
    public long head() {
        return (long) POSITION.getAcquire(memory, HEAD_AT);
    }

    /** Where the entry at a position lies; negative when it only fills the end. Reading thread. */
    public long at(long position) {
        long at = FIRST_AT + (position & capacity - 1);
        return memory.get(ValueLayout.JAVA_INT, at) < 0 ? -at : at;
    }

    /** Bytes of the entry there. */
    public int bytesAt(long at) {
        return Math.abs(memory.get(ValueLayout.JAVA_INT, at));
    }

    /** What was read up to there may be written over. Reading thread. */
    public void release(long position) {
        POSITION.setRelease(memory, HEAD_AT, position);
    }
}
