package io.tlem.web;

/** Lets so many requests a second pass, and a second's worth at once. Any thread. */
final class RequestRate {
    private static final double SECOND = 1e9;

    private final int perSecond;
    private double left;
    private long lastNanos;

    RequestRate(int perSecond, long nowNanos) {
        this.perSecond = perSecond;
        this.left = perSecond;
        this.lastNanos = nowNanos;
    }

    /** Whether one more may pass. */
    synchronized boolean passes(long nowNanos) {
        left = Math.min(perSecond, left + (nowNanos - lastNanos) * perSecond / SECOND);
        lastNanos = nowNanos;
        if (left < 1) {
            return false;
        }
        left--;
        return true;
    }
}
