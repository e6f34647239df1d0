package io.tlem.buffer;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.VarHandle;

/**
 * A position in the shared buffer that one stage publishes and its neighbours read: a count of bytes since the start
 * that only grows. It lives on a 128-byte line of its own, two cache lines, because adjacent lines are fetched in
 * pairs.
 *
 * <p>Happens-before: everything the publishing thread wrote before {@link #publishRelease} is visible to a thread that
 * reads that position, or a later one, with {@link #readAcquire}.
 */
public final class Cursor {
    /** Bytes between two cursors. */
    public static final int LINE_BYTES = 128;

    private static final VarHandle POSITION = ValueLayout.JAVA_LONG.varHandle().withInvokeExactBehavior();

    private final MemorySegment segment;
    private final long offset;

    /**
     * @param segment memory that holds the cursor
     * @param offset where it is, a multiple of {@link #LINE_BYTES}
     */
    Cursor(MemorySegment segment, long offset) {
        this.segment = segment;
        this.offset = offset;
    }

    /** Publishes a position and all that was written before it. Owning stage only; never below an earlier position. */
    public void publishRelease(long position) {
        POSITION.setRelease(segment, offset, position);
    }

    /** The newest published position, with all that was written before it. Any thread. */
    public long readAcquire() {
        return (long) POSITION.getAcquire(segment, offset);
    }
}
