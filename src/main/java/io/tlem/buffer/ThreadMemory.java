package io.tlem.buffer;

import io.tlem.os.SystemMemory;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/**
 * Memory of one thread that is mapped from the system: Java's limits do not hold for it, and what is not used of it is not
 * taken from anybody.
 */
public final class ThreadMemory {
    private ThreadMemory() {}

    /**
     * Maps memory, which goes when nobody refers to it any more.
     *
     * @throws io.tlem.os.SystemCallException when it cannot be had
     */
    public static MemorySegment allocate(long bytes) {
        return SystemMemory.allocate(Arena.ofAuto(), bytes, SystemMemory.HugePages.NEVER)
                .segment();
    }
}
