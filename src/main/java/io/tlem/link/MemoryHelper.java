package io.tlem.link;

import io.tlem.buffer.SharedBuffer;
import io.tlem.thread.StageThread;
import java.util.List;
import java.util.concurrent.locks.LockSupport;

/**
 * Makes the memory of buffers present while the link runs already, ahead of the stages where it can. Takes half of a CPU
 * at most. Started and ended by one owner.
 */
final class MemoryHelper {
    private static final long PART_BYTES = 2 << 20;

    private final List<SharedBuffer> buffers;
    private final Thread thread;
    private volatile boolean endRequested;

    MemoryHelper(List<SharedBuffer> buffers) {
        this.buffers = List.copyOf(buffers);
        this.thread = Thread.ofPlatform().name("tlem memory").daemon().unstarted(this::run);
    }

    /** Without a thread for it the stages do it themselves, and wait. */
    void start() {
        try {
            thread.start();
        } catch (OutOfMemoryError e) {
            endRequested = true;
        }
    }

    private void run() {
        boolean more = true;
        while (more && !endRequested) {
            long start = System.nanoTime();
            more = false;
            for (SharedBuffer buffer : buffers) {
                more |= buffer.makePresent(PART_BYTES);
            }
            LockSupport.parkNanos(System.nanoTime() - start);
        }
    }

    /** Returns when it does not touch the buffers any more. */
    void end() {
        endRequested = true;
        StageThread.join(thread);
    }
}
