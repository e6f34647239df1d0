package io.tlem.bench;

import java.lang.management.ManagementFactory;
import java.util.concurrent.locks.LockSupport;

/** The JIT compiler, which needs CPU time of its own while busy threads are on every CPU. */
final class Compilation {
    private static final long QUIET_NANOS = 150_000_000;
    private static final long LIMIT_NANOS = 5_000_000_000L;

    private Compilation() {}

    /** Waits, while what is to be measured runs, until nothing has been compiled for a while. */
    static void awaitQuiet() {
        long start = System.nanoTime();
        long before = -1;
        long now = millis();
        while (now != before && System.nanoTime() - start < LIMIT_NANOS) {
            LockSupport.parkNanos(QUIET_NANOS);
            before = now;
            now = millis();
        }
    }

    private static long millis() {
        return ManagementFactory.getCompilationMXBean().getTotalCompilationTime();
    }
}
