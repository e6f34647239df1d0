package io.tlem.traffic;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/** A stream as it is being generated. Used by one thread; allocates nothing once it is made. */
final class ScheduledStream {
    private final FrameWriter frames;
    private final Pace pace;
    private final int[] sizes;
    private final long count;
    private int size;
    private long written;

    ScheduledStream(Arena arena, StreamSpec spec, int stream, int mark, int copiedBytes, long seed) {
        this.frames = new FrameWriter(arena, spec.headers(), stream, mark, copiedBytes);
        this.pace = spec.pace().pace(seed);
        this.sizes = spec.sizes().bytes();
        this.count = spec.count();
    }

    /** As {@link Pace#due}; {@link Pace#UNKNOWN} also when there is none any more. */
    long due(long limit) {
        return written < count ? pace.due(limit) : Pace.UNKNOWN;
    }

    boolean isDone() {
        return written >= count;
    }

    /** Writes the next packet, and returns its length. */
    int write(MemorySegment memory, long at) {
        int length = sizes[size];
        size = size + 1 == sizes.length ? 0 : size + 1;
        frames.write(memory, at, length, (int) written);
        written++;
        pace.advance(length);
        return length;
    }

    /** Packets that were written so far. */
    long written() {
        return written;
    }
}
