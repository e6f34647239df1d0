package io.tlem.impair.queue;

import io.tlem.impair.PacketContext;
import io.tlem.wire.IpPacket;

/**
 * Controlled delay (RFC 8289, section 5), decided when a packet comes to the head. Once packets have waited for at least
 * TARGET during a whole INTERVAL, and more than a packet's bytes still wait, one is dropped, and from then on the next
 * {@code INTERVAL / sqrt(n)} after the one before, n counting them, until one has waited for less. The names are the RFC's;
 * times between drops are computed in floating point and cut to whole nanoseconds.
 *
 * <p>With ECN a packet that can be marked is marked and passed instead of being dropped, as Linux does. A packet that finds
 * LIMIT packets waiting is dropped when it arrives.
 */
final class CodelQueue extends HeldQueue {
    private static final int MAX_PACKET_BYTES = 1514;
    private static final int FORGET_INTERVALS = 16;

    private final long targetNanos;
    private final long intervalNanos;
    private final IpPacket marked; // null without ECN
    private boolean above; // since then packets have waited for TARGET and more
    private long firstAboveNanos;
    private boolean dropping;
    private long dropNextNanos;
    private long count;
    private long lastCount;
    private boolean behindDrop; // the packet ahead, at the same time, was dropped, and was not the first one

    CodelQueue(long limitPackets, long targetNanos, long intervalNanos, boolean ecn) {
        super(Long.MAX_VALUE, limitPackets);
        this.targetNanos = targetNanos;
        this.intervalNanos = intervalNanos;
        this.marked = ecn ? new IpPacket() : null;
    }

    @Override
    public boolean admits(PacketContext packet) {
        if (packets() >= maxPackets()) {
            return false;
        }
        add(packet);
        return true;
    }

    @Override
    public boolean passes(PacketContext packet, long headNanos) {
        remove(packet);
        boolean late = isLate(packet, headNanos);
        if (behindDrop && late) {
            dropNextNanos = next(dropNextNanos);
        }
        behindDrop = false;
        boolean passes = dropping ? continues(packet, headNanos, late) : !late || begins(packet, headNanos);
        if (!passes && packets() == 0) { // none is behind it, which is as good as one that has not waited
            above = false;
            dropping = false;
            behindDrop = false;
        }
        return passes;
    }

    /** dodequeue's ok_to_drop. */
    private boolean isLate(PacketContext packet, long headNanos) {
        if (headNanos - packet.arrivalNanos() < targetNanos || bytes() <= MAX_PACKET_BYTES) {
            above = false;
            return false;
        }
        if (!above) {
            above = true;
            firstAboveNanos = headNanos + intervalNanos;
            return false;
        }
        return headNanos >= firstAboveNanos;
    }

    /** In the dropping state. */
    private boolean continues(PacketContext packet, long headNanos, boolean late) {
        if (!late) {
            dropping = false;
            return true;
        }
        if (headNanos < dropNextNanos) {
            return true;
        }
        count++;
        if (mark(packet)) {
            dropNextNanos = next(dropNextNanos);
            return true;
        }
        behindDrop = true;
        return false;
    }

    /** Goes into the dropping state; at the rate it had when it was there lately. */
    private boolean begins(PacketContext packet, long headNanos) {
        boolean passes = mark(packet);
        dropping = true;
        long delta = count - lastCount;
        boolean lately = delta > 1 && headNanos - dropNextNanos < FORGET_INTERVALS * intervalNanos;
        count = lately ? delta : 1;
        lastCount = count;
        dropNextNanos = next(headNanos);
        return passes;
    }

    private long next(long nanos) {
        return nanos + (long) (intervalNanos / Math.sqrt((double) count));
    }

    /** Whether the packet is marked now, or was before. */
    private boolean mark(PacketContext packet) {
        if (marked == null) {
            return false;
        }
        marked.parse(packet.memory(), packet.offset(), packet.lengthBytes());
        packet.setManaged(marked.markCongestion());
        return packet.isManaged();
    }

    @Override
    public boolean marks() {
        return marked != null;
    }
}
