package io.tlem.impair.delay;

import io.tlem.impair.DelayModel;
import io.tlem.impair.PacketContext;
import java.util.Arrays;

/** A delay that changes over time: each entry counts from its time on, which begins with the first packet's arrival. */
final class TraceDelay implements DelayModel {
    private final long[] times;
    private final long[] delays;
    private final boolean wrap;
    private int at;
    private boolean started;
    private long originNanos;

    /**
     * @param times ns, strictly increasing, the first 0
     * @param wrap whether the last time is that at which everything begins again; its delay never counts then
     */
    TraceDelay(long[] times, long[] delays, boolean wrap) {
        this.times = times;
        this.delays = delays;
        this.wrap = wrap;
    }

    @Override
    public long delayNanos(PacketContext packet) {
        long now = packet.arrivalNanos();
        if (!started) {
            started = true;
            originNanos = now;
        }
        int last = times.length - 1;
        while (at < last && now - originNanos >= times[at + 1]) {
            at++;
            if (wrap && at == last) {
                at = 0;
                originNanos += (now - originNanos) / times[last] * times[last];
            }
        }
        return delays[at];
    }

    @Override
    public long minNanos() {
        return Arrays.stream(delays).min().orElseThrow();
    }

    @Override
    public long maxNanos() {
        return Arrays.stream(delays).max().orElseThrow();
    }
}
