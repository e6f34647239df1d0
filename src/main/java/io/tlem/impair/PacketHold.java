package io.tlem.impair;

import io.tlem.layout.ThreadOwned;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/** What a {@link PacketHold} changes all the time. */
abstract class HoldState extends ThreadOwned {
    Annotator annotator;
    long head;
    long tail;
    long held;
    long number; // of the packet last taken out
    Fate fate = Fate.FORWARD;
    long decidedUpToNanos = Long.MIN_VALUE;
}

/**
 * Holds the packets that wait in a {@link HeldQueueModel}, in memory of its own, and decides about them in the order in which
 * a queue of packets would see its events. What is decided does not depend on when it is asked for: as long as no packet
 * arrives before the time of a call, that time may be late.
 *
 * <p>For each packet: {@link #next} up to its arrival until there is none, {@link #arrive}, {@link #evict} until there is
 * none. Used by the one thread that annotates.
 */
public final class PacketHold extends HoldState {
    @SuppressWarnings("unused") // keeps the fields above apart from what lies behind this object
    private long q0, q1, q2, q3, q4, q5, q6, q7, q8, q9, qa, qb, qc, qd, qe, qf;

    /** {@link #nextHeadNanos()} when no packet waits. */
    public static final long NONE = Long.MAX_VALUE;

    private static final int ALIGNMENT = 16;
    private static final int HEADER_BYTES = 32; // arrival, length, number
    private static final int LENGTH_AT = 8;
    private static final int NUMBER_AT = 16;
    private static final int READABLE_BYTES = 64; // of a shorter packet, as ports have them
    private static final int SKIP_TO_START = -1; // in place of a length
    private static final int SHORTEST_PACKET = 60;
    private static final int RECORD_BYTES = 64; // by which a record in the shared buffer may be longer

    private final HeldQueueModel queue;
    private final MemorySegment memory;
    private final long end;

    /**
     * Bytes of memory that always suffice.
     *
     * @param maxPacketBytes longest packet that comes
     */
    public static double bytesFor(QueueModel queue, int maxPacketBytes) {
        double longest = strideOf(maxPacketBytes);
        double byPackets = queue.maxPackets() * longest;
        double byBytes = queue.maxBytes() * ((double) strideOf(SHORTEST_PACKET) / SHORTEST_PACKET);
        return Math.min(byPackets, byBytes) + 3 * longest; // one that is evicted at once, and what is lost at the end
    }

    /**
     * @param annotator one whose queue is a {@link HeldQueueModel}
     * @param memory becomes the hold's own; packets that it has no room for are dropped as the queue's
     */
    public PacketHold(Annotator annotator, MemorySegment memory) {
        this.annotator = annotator;
        this.queue = annotator.heldQueue();
        this.memory = memory;
        this.end = memory.byteSize() & -ALIGNMENT;
    }

    /** From now on another annotator decides, with the same queue. */
    public void continueWith(Annotator next) {
        annotator = next;
        decidedUpToNanos = Long.MIN_VALUE;
    }

    private static long strideOf(int length) {
        return (HEADER_BYTES + (long) Math.max(length, READABLE_BYTES) + ALIGNMENT - 1) & -ALIGNMENT;
    }

    /**
     * A packet arrives.
     *
     * @param packetNumber of the packet
     * @return {@link Fate#FORWARD} when it waits now, in a copy; otherwise why it does not
     */
    public Fate arrive(PacketContext packet, long packetNumber) {
        int length = packet.lengthBytes();
        long at = room(strideOf(length));
        if (at < 0) {
            return Fate.QUEUE_OVERFLOW;
        }
        Fate admitted = annotator.admit(packet);
        if (admitted == Fate.FORWARD) {
            if (at < tail) {
                skipToStart();
            }
            memory.set(ValueLayout.JAVA_LONG, at, packet.arrivalNanos());
            memory.set(ValueLayout.JAVA_LONG, at + LENGTH_AT, length);
            memory.set(ValueLayout.JAVA_LONG, at + NUMBER_AT, packetNumber);
            MemorySegment.copy(packet.memory(), packet.offset(), memory, at + HEADER_BYTES, length);
            tail = at + strideOf(length);
            held++;
        }
        return admitted;
    }

    private void skipToStart() {
        if (tail < end) {
            memory.set(ValueLayout.JAVA_LONG, tail + LENGTH_AT, SKIP_TO_START);
        }
    }

    /** Where that many bytes are free behind the last packet, or -1. */
    private long room(long stride) {
        if (held == 0) {
            head = 0;
            tail = 0;
        }
        if (tail < head || (tail == head && held > 0)) {
            return stride <= head - tail ? tail : -1;
        }
        if (stride <= end - tail) {
            return tail;
        }
        return stride <= head ? 0 : -1;
    }

    /**
     * Decides about the packet that is the next one at the head, if it comes there by then.
     *
     * @param horizonNanos no packet arrives before that
     * @param packet becomes the one decided, up to the next call of a method; {@link #fate()} is its fate
     * @return false when none comes to the head by then
     */
    public boolean next(long horizonNanos, PacketContext packet) {
        if (held == 0) {
            return false;
        }
        head(packet);
        long headNanos = Math.max(annotator.linkFreeNanos(), packet.arrivalNanos());
        if (headNanos > horizonNanos) {
            return false;
        }
        remove(packet.lengthBytes());
        if (queue.passes(packet, headNanos)) {
            fate = annotator.serve(packet);
        } else {
            fate = Fate.QUEUE_MANAGEMENT;
        }
        return true;
    }

    /**
     * Drops the packet at the head, if the queue says so.
     *
     * @param packet becomes the one dropped, up to the next call of a method
     */
    public boolean evict(PacketContext packet) {
        if (held == 0) {
            return false;
        }
        head(packet);
        if (!queue.evicts(packet)) {
            return false;
        }
        remove(packet.lengthBytes());
        return true;
    }

    /**
     * Takes the packet at the head out, about which nothing is decided here any more.
     *
     * @param packet becomes the one at the head, up to the next call of a method
     */
    public boolean take(PacketContext packet) {
        if (held == 0) {
            return false;
        }
        head(packet);
        remove(packet.lengthBytes());
        return true;
    }

    private void head(PacketContext packet) {
        if (head == end || memory.get(ValueLayout.JAVA_LONG, head + LENGTH_AT) == SKIP_TO_START) {
            head = 0;
        }
        int length = (int) memory.get(ValueLayout.JAVA_LONG, head + LENGTH_AT);
        number = memory.get(ValueLayout.JAVA_LONG, head + NUMBER_AT);
        packet.reset(memory, head + HEADER_BYTES, length, memory.get(ValueLayout.JAVA_LONG, head));
    }

    private void remove(int length) {
        head += strideOf(length);
        held--;
    }

    /** Number of the packet that was decided, evicted or taken last. */
    public long number() {
        return number;
    }

    /** Fate of the packet that {@link #next} has decided. */
    public Fate fate() {
        return fate;
    }

    /** It was decided about all packets that come to the head by then. */
    public void decidedUpTo(long nanos) {
        decidedUpToNanos = Math.max(decidedUpToNanos, nanos);
    }

    /** The latest such time since another annotator decided; {@link Long#MIN_VALUE} when there is none. */
    public long decidedUpToNanos() {
        return decidedUpToNanos;
    }

    /** When the next packet comes to the head, ns, or {@link #NONE}. */
    public long nextHeadNanos() {
        if (held == 0) {
            return NONE;
        }
        if (head == end || memory.get(ValueLayout.JAVA_LONG, head + LENGTH_AT) == SKIP_TO_START) {
            head = 0;
        }
        return Math.max(annotator.linkFreeNanos(), memory.get(ValueLayout.JAVA_LONG, head));
    }

    /** Bytes of the packets that wait, with what their records have to have at most. */
    public long heldBytes() {
        long bytes = tail >= head ? tail - head : tail - head + end;
        return (held > 0 && bytes == 0 ? end : bytes) + held * RECORD_BYTES;
    }

    /** Packets that wait. */
    public long held() {
        return held;
    }
}
