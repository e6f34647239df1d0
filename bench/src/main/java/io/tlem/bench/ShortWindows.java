package io.tlem.bench;

/**
 * Windows of 10 ms of which a thread that only looks at the clock had less than 95 %: a link of whatever kind on this CPU would
 * have sent as much too little in one of them. Used by one thread.
 */
final class ShortWindows {
    static final long WINDOW_NANOS = 10_000_000;
    static final long TOLERATED_NANOS = WINDOW_NANOS / 20;

    /** Two looks that are further apart: the thread was away. */
    static final long GAP_NANOS = 1_000;

    private long lookedNanos;
    private long endNanos;
    private long awayNanos; // in the window that ends then
    private int windows;
    private int shortWindows;

    ShortWindows(long startNanos) {
        lookedNanos = startNanos;
        endNanos = startNanos + WINDOW_NANOS;
    }

    /** The thread has looked at the clock. */
    void look(long now) {
        boolean away = now - lookedNanos > GAP_NANOS;
        while (now >= endNanos) {
            awayNanos += away ? endNanos - lookedNanos : 0;
            lookedNanos = endNanos;
            windows++;
            shortWindows += awayNanos > TOLERATED_NANOS ? 1 : 0;
            awayNanos = 0;
            endNanos += WINDOW_NANOS;
        }
        awayNanos += away ? now - lookedNanos : 0;
        lookedNanos = now;
    }

    /** Which part of all that have ended they are; 0 before one has. */
    double part() {
        return windows == 0 ? 0 : (double) shortWindows / windows;
    }
}
