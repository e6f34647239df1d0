package io.tlem.impair.outage;

import io.tlem.impair.LossModel;
import io.tlem.impair.PacketContext;

/** Up, down, up, down, from the first packet on. */
final class PeriodicOutage implements LossModel {
    private final long upNanos;
    private final long periodNanos;
    private final long firstNanos;
    private boolean started;
    private long originNanos;

    PeriodicOutage(long upNanos, long downNanos, long firstNanos) {
        this.upNanos = upNanos;
        this.periodNanos = upNanos + downNanos;
        this.firstNanos = firstNanos;
    }

    @Override
    public boolean loses(PacketContext packet) {
        if (!started) {
            started = true;
            originNanos = packet.arrivalNanos() + firstNanos;
        }
        long since = packet.arrivalNanos() - originNanos;
        return since >= 0 && since % periodNanos >= upNanos;
    }
}
