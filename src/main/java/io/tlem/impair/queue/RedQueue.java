package io.tlem.impair.queue;

import io.tlem.impair.PacketContext;
import io.tlem.wire.IpPacket;
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
 * <p>Below the average at which all are dropped, p_b may be multiplied by the packet's length over that of the longest, as in
 * section 9 of the paper and in dummynet's queues in bytes. With ECN a packet that can be marked is marked instead, as
 * tc-red(8) does; only the limit drops all. dummynet marks, or drops, every packet from MIN on.
 */
final class RedQueue extends ComputedQueue {
    /**
     * How a queue drops; sizes in the unit of the backlog.
     *
     * @param longestBytes of a packet, to whose length drops are in proportion; 0 where they do not depend on it
     */
    record Curve(double min, double max, double probability, double weight, boolean gentle, long longestBytes) {
        /** p_b of a packet of this length at an average of at least MIN. */
        double probabilityAt(double average, int lengthBytes) {
            if (average >= (gentle ? 2 * max : max)) {
                return 1;
            }
            double base = average < max
                    ? probability * (average - min) / (max - min)
                    : probability + (1 - probability) * (average - max) / max;
            return longestBytes == 0 ? base : base * lengthBytes / longestBytes;
        }
    }

    /** What becomes of the packets of senders that take part in ECN. */
    enum Ecn {
        /** The same as of others. */
        OFF,
        /** They are marked instead of dropped. */
        ON,
        /** From MIN on all packets are marked or dropped. */
        ALL
    }

    private final Curve curve;
    private final boolean inPackets;
    private final IpPacket marked; // null without ECN
    private final boolean all; // packets from MIN on
    private final RandomGenerator random;
    private double average;
    private long sinceDrop = -1;
    private long lastExitNanos = Long.MIN_VALUE;
    private long lastOnLinkNanos;

    /**
     * @param limit in packets or bytes, as the curve
     * @param ecn whether and when to mark
     */
    RedQueue(long limit, Curve curve, boolean inPackets, Ecn ecn, RandomGenerator random) {
        super(inPackets ? Long.MAX_VALUE : limit, inPackets ? limit : MAX_PACKETS);
        this.curve = curve;
        this.inPackets = inPackets;
        this.marked = ecn == Ecn.OFF ? null : new IpPacket();
        this.all = ecn == Ecn.ALL;
        this.random = random;
    }

    @Override
    public boolean admits(PacketContext packet) {
        backlog.removeDeparted(packet.arrivalNanos());
        measure(packet.arrivalNanos());
        if (detects(packet.lengthBytes())) {
            packet.setManaged(true);
            if (!mark(packet)) {
                return false;
            }
        }
        boolean room = hasRoom();
        packet.setManaged(room && packet.isManaged());
        return room;
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

    private boolean detects(int lengthBytes) {
        if (average < curve.min()) {
            sinceDrop = -1;
            return false;
        }
        if (all) {
            return true;
        }
        sinceDrop++;
        double base = curve.probabilityAt(average, lengthBytes);
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
