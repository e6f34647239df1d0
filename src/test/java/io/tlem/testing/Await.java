package io.tlem.testing;

import java.time.Duration;
import java.util.function.BooleanSupplier;
import org.opentest4j.AssertionFailedError;

/** Waits for conditions rather than for times. */
public final class Await {
    private static final long POLL_MILLIS = 10;

    private Await() {}

    /** Returns as soon as the condition holds; fails when it does not within the limit. */
    public static void until(String what, Duration limit, BooleanSupplier condition) {
        if (!holds(limit, condition)) {
            throw new AssertionFailedError("not within " + limit.toMillis() / 1000.0 + " s: " + what);
        }
    }

    /** Whether the condition comes to hold within the limit. */
    public static boolean holds(Duration limit, BooleanSupplier condition) {
        long deadline = System.nanoTime() + limit.toNanos();
        while (!condition.getAsBoolean()) {
            if (System.nanoTime() - deadline > 0) {
                return false;
            }
            try {
                Thread.sleep(POLL_MILLIS);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new AssertionFailedError("interrupted", e);
            }
        }
        return true;
    }
}
