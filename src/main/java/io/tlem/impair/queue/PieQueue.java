package io.tlem.impair.queue;

import io.tlem.impair.PacketContext;
import io.tlem.wire.IpPacket;
import java.util.random.RandomGenerator;

/**
 * Proportional integral controller enhanced (RFC 8033, sections 4 and 5.4 with appendix A), decided at arrival. Every TUPDATE
 * since the first packet the drop probability follows the delay of the queue: that of the packet which has last begun to be
 * transmitted, from its arrival to then, or 0 when no packet waits. Both are exact from computed exit times; updates that fall
 * between arrivals are made up for at the next one. The names are the RFC's.
 *
 * <p>Drops are spread as in section 5.4. With ECN a packet that can be marked is marked instead, up to a probability of 10 %.
 * The mean packet size is 1500 bytes; the controller is always active (appendix A can switch it off while the queue is short).
 */
final class PieQueue extends ComputedQueue {
    private static final double MARK_LIMIT = 0.1;
    private static final int MEAN_PACKET_BYTES = 1500;
    private static final double DECAY = 0.98;

    /**
     * What a controller follows.
     *
     * @param targetNanos QDELAY_REF
     * @param updateNanos T_UPDATE, above 0
     * @param alpha weight of the distance from the target, 1/s
     * @param beta weight of the delay's change, 1/s
     * @param burstNanos MAX_BURST
     */
    record Control(long targetNanos, long updateNanos, double alpha, double beta, long burstNanos) {}

    private final Control control;
    private final IpPacket marked; // null without ECN
    private final RandomGenerator random;

    // Those that have not begun to be transmitted at the last update: when they do, and how long they have waited by
    // then.
    private final long[] starts;
    private final long[] sojourns;
    private int first;
    private int waiting;

    private boolean begun;
    private long updateNanos; // time of the next update
    private long lastExitNanos = Long.MIN_VALUE;
    private long lastSojournNanos;
    private long delayNanos; // at the last update
    private double probability;
    private double accumulated;
    private long burstNanos;

    PieQueue(long limitPackets, Control control, boolean ecn, RandomGenerator random) {
        super(Long.MAX_VALUE, limitPackets);
        this.control = control;
        this.marked = ecn ? new IpPacket() : null;
        this.random = random;
        this.starts = new long[(int) limitPackets + 2];
        this.sojourns = new long[starts.length];
        this.burstNanos = control.burstNanos();
    }

    @Override
    public boolean admits(PacketContext packet) {
        long now = packet.arrivalNanos();
        if (!begun) {
            begun = true;
            updateNanos = now + control.updateNanos();
        }
        while (updateNanos <= now) {
            update();
            if (isAtRest() && waiting == 0) {
                updateNanos += (now - updateNanos) / control.updateNanos() * control.updateNanos();
            }
            updateNanos += control.updateNanos();
        }
        backlog.removeDeparted(now);
        advance(now);
        if (!hasRoom() || burstNanos > 0 || !drops()) {
            return hasRoom();
        }
        packet.setManaged(true);
        return mark(packet);
    }

    /** Nothing changes any more as long as no packet comes. */
    private boolean isAtRest() {
        return probability == 0 && delayNanos == 0 && burstNanos == control.burstNanos();
    }

    private void advance(long now) {
        while (waiting > 0 && starts[first] <= now) {
            lastSojournNanos = sojourns[first];
            first = first + 1 == starts.length ? 0 : first + 1;
            waiting--;
        }
    }

    /** Section 4.2. */
    private void update() {
        advance(updateNanos);
        long delay = waiting == 0 ? 0 : lastSojournNanos;
        double change =
                control.alpha() * (delay - control.targetNanos()) / 1e9 + control.beta() * (delay - delayNanos) / 1e9;
        change /= scale();
        if (probability >= 0.1 && change > 0.02) {
            change = 0.02;
        }
        probability += change;
        if (delay == 0 && delayNanos == 0) {
            probability *= DECAY;
        }
        probability = Math.clamp(probability, 0.0, 1.0);
        long half = control.targetNanos() / 2;
        burstNanos = probability == 0 && delay < half && delayNanos < half
                ? control.burstNanos()
                : Math.max(0, burstNanos - control.updateNanos());
        delayNanos = delay;
    }

    /** The smaller the probability, the smaller are its steps. */
    private double scale() {
        if (probability < 0.000_001) {
            return 2048;
        }
        if (probability < 0.000_01) {
            return 512;
        }
        if (probability < 0.000_1) {
            return 128;
        }
        if (probability < 0.001) {
            return 32;
        }
        if (probability < 0.01) {
            return 8;
        }
        return probability < 0.1 ? 2 : 1;
    }

    private boolean drops() {
        if (probability == 0) {
            accumulated = 0;
        }
        if ((delayNanos < control.targetNanos() / 2 && probability < 0.2) || backlog.bytes() <= 2 * MEAN_PACKET_BYTES) {
            return false;
        }
        accumulated += probability;
        if (accumulated < 0.85) {
            return false;
        }
        if (accumulated >= 8.5 || random.nextDouble() < probability) {
            accumulated = 0;
            return true;
        }
        return false;
    }

    /** Whether the packet is marked now, or was before. */
    private boolean mark(PacketContext packet) {
        if (marked == null || probability >= MARK_LIMIT) {
            return false;
        }
        marked.parse(packet.memory(), packet.offset(), packet.lengthBytes());
        return marked.markCongestion();
    }

    @Override
    public void entered(PacketContext packet) {
        long start = Math.max(lastExitNanos, packet.arrivalNanos());
        int at = first + waiting;
        at -= at >= starts.length ? starts.length : 0;
        starts[at] = start;
        sojourns[at] = start - packet.arrivalNanos();
        waiting++;
        lastExitNanos = packet.linkExitNanos();
        super.entered(packet);
    }

    @Override
    public boolean marks() {
        return marked != null;
    }
}
