package io.tlem.impair;

/** When packets are due under {@link Order#SPACED} and {@link Order#DROP}. Used by one thread. */
final class Spacing {
    private final DelayModel delay;
    private final boolean drops;
    private long lastExitNanos = Long.MIN_VALUE;
    private long lastDueNanos = Long.MIN_VALUE;
    private long delayNanos;
    private boolean reuse;

    Spacing(DelayModel delay, boolean drops) {
        this.delay = delay;
        this.drops = drops;
    }

    /** Goes on behind packets that were placed, or have left, under other rules. */
    void continueBehind(long exitNanos, long dueNanos) {
        lastExitNanos = exitNanos;
        lastDueNanos = dueNanos;
    }

    /** Whether the packet, whose exit time is known, has a place: false to drop it. Sets its release time. */
    boolean place(PacketContext packet) {
        long exitNanos = packet.linkExitNanos();
        long onLinkNanos = exitNanos - Math.max(lastExitNanos, packet.arrivalNanos());
        if (!reuse) {
            delayNanos = delay.delayNanos(packet);
        }
        long dueNanos = exitNanos + delayNanos;
        reuse = dueNanos < lastDueNanos + onLinkNanos;
        if (reuse) {
            if (drops) {
                return false;
            }
            dueNanos = lastDueNanos + onLinkNanos;
        }
        lastExitNanos = exitNanos;
        lastDueNanos = dueNanos;
        packet.setReleaseNanos(dueNanos);
        return true;
    }
}
