package io.tlem.impair.queue;

import io.tlem.impair.PacketContext;
import io.tlem.impair.edit.IpPacket;
import java.util.random.RandomGenerator;

/**
 * Random early detection (Floyd and Jacobson 1993), decided at arrival. With q the backlog that a packet finds, in bytes or
 * packets, the one on the link included:
 *
 * <ul>
 *   <li>{@code avg <- avg + w (q - avg)}; when nothing is there, {@code avg <- avg (1 - w)^m} with m the idle time in units of
 *       the time that the last packet was on the link.
 *   <li>avg below MIN lets the packet in. From MIN to MAX it is dropped with {@code p_a = p_b / (1 - n p_b)}, {@code p_b = P
 *       (avg - MIN) / (MAX - MIN)}, n the packets since the last drop; from MAX on always. Gentle RED drops with
 *       {@code p_b = P + (1 - P) (avg - MAX) / MAX} from MAX to twice that, and always from there on.
 * </ul>
 *
 * <p>With ECN a packet that can be marked is marked instead, as tc-red(8) does; only the limit drops all. p_b does not depend
 * on the packet's length.
 */
final class RedQueue extends ComputedQueue {
    /** How a queue drops; sizes in the unit of the backlog. */
    record Curve(double min, double max, double probability, double weight, boolean gentle) {
        /** p_b at an average of at least MIN. */
        double probabilityAt(double average) {
            if (average < max) {
                return probability * (average - min) / (max - min);
            }
            return gentle && average < 2 * max ? probability + (1 - probability) * (average - max) / max : 1;
        }
    }

    private final Curve curve;
    private final boolean inPackets;
    private final IpPacket marked; // null without ECN
    private final RandomGenerator random;
    private double average;
    private long sinceDrop = -1;
    private long lastExitNanos = Long.MIN_VALUE;
    private long lastOnLinkNanos;

    /**
     * @param limit in packets or bytes, as the curve
     * @param ecn whether to mark
     */
    RedQueue(long limit, Curve curve, boolean inPackets, boolean ecn, RandomGenerator random) {
        super(inPackets ? Long.MAX_VALUE : limit, inPackets ? limit : MAX_PACKETS);
        this.curve = curve;
        this.inPackets = inPackets;
        this.marked = ecn ? new IpPacket() : null;
        this.random = random;
    }

    @Override
    public boolean admits(PacketContext packet) {
        backlog.removeDeparted(packet.arrivalNanos());
        measure(packet.arrivalNanos());
        return (!detects() || mark(packet)) && hasRoom();
    }

    private void measure(long nowNanos) {
        long size = inPackets ? backlog.packets() : backlog.bytes();
        if (size > 0) {
            average += curve.weight() * (size - average);
        } else if (average > 0) {
            average = lastOnLinkNanos == 0
                    ? 0
                    : average * Math.pow(1 - curve.weight(), (double) (nowNanos - lastExitNanos) / lastOnLinkNanos);
        }
    }

    private boolean detects() {
        if (average < curve.min()) {
            sinceDrop = -1;
            return false;
        }
        sinceDrop++;
        double base = curve.probabilityAt(average);
        double spread = 1 - sinceDrop * base;
        boolean drops = base >= 1 || spread <= base || random.nextDouble() < base / spread;
        if (drops) {
            sinceDrop = 0;
        }
        return drops;
    }

    /** Whether the packet is marked now, or was before. */
    private boolean mark(PacketContext packet) {
        if (marked == null) {
            return false;
        }
        marked.parse(packet.memory(), packet.offset(), packet.lengthBytes());
        return marked.markCongestion();
    }

    @Override
    public void entered(PacketContext packet) {
        lastOnLinkNanos = packet.linkExitNanos() - Math.max(lastExitNanos, packet.arrivalNanos());
        lastExitNanos = packet.linkExitNanos();
        super.entered(packet);
    }

    @Override
    public boolean marks() {
        return marked != null;
    }
}
