package io.tlem.impair;

/** Which of the steps of a {@link StepFile} is the present one. The first begins with the first packet. Used by one thread. */
public final class Timeline {
    private final long[] times;
    private final boolean wraps;
    private int at;
    private boolean started;
    private long originNanos;

    /**
     * @param times ns, strictly increasing, the first 0; nobody writes to them any more
     * @param wraps whether the last time is that at which everything begins again, and not a step of its own
     */
    public Timeline(long[] times, boolean wraps) {
        this.times = times;
        this.wraps = wraps;
    }

    /**
     * The step at a time.
     *
     * @param nowNanos not before that of the last call
     */
    public int at(long nowNanos) {
        if (!started) {
            started = true;
            originNanos = nowNanos;
        }
        int last = times.length - 1;
        while (at < last && nowNanos - originNanos >= times[at + 1]) {
            at++;
            if (wraps && at == last) {
                at = 0;
                originNanos += (nowNanos - originNanos) / times[last] * times[last];
            }
        }
        return at;
    }
}
