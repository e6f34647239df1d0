package io.tlem.link;

import io.tlem.impair.Annotator;
import io.tlem.impair.PacketContext;
import io.tlem.impair.Role;
import io.tlem.port.PacketBatch;
import io.tlem.stats.Counter;
import io.tlem.stats.Counters;
import io.tlem.stats.DropReason;
import java.lang.foreign.MemorySegment;
import java.util.Map;

/**
 * Is told of every packet what becomes of it, and counts it: here and nowhere else. Each stage has one of its own, for what
 * is settled there.
 */
final class Settlement {
    private final Counters counters;
    private FateLog log; // null where nobody wants to know of each packet
    private Clerk clerk = Clerk.NONE;
    private boolean kept; // by somebody
    private Refusals refusals = Refusals.NONE;
    private final ModelChanges changes;

    Settlement(Counters counters) {
        this(counters, Map.of());
    }

    /** @param models specifications of those that decide at first */
    Settlement(Counters counters, Map<Role, String> models) {
        this.counters = counters;
        this.changes = new ModelChanges(models);
    }

    /** How often other models have begun to decide. */
    ModelChanges changes() {
        return changes;
    }

    /** From now on that is told of each packet too. Before the stage works. */
    void tell(FateLog fates) {
        log = fates;
    }

    /** From now on that writes down what becomes of each packet, too. Before the stage works. */
    void keep(Clerk of) {
        clerk = kept ? new TwoClerks(clerk, of) : of;
        kept = true;
    }

    /** Whether somebody writes down what becomes of packets. */
    boolean isKept() {
        return kept;
    }

    /** From now on packets have no room of which that is said. Before the stage works. */
    void refuse(Refusals said) {
        refusals = said;
    }

    /** Whether a packet is to be treated as one for which the buffer has no room. */
    boolean refuses(long number) {
        return refusals.refuses(number);
    }

    /** Whether one of these is. */
    boolean refusesAny(long firstNumber, int count) {
        return refusals.refusesAny(firstNumber, count);
    }

    /** Other models decide from now on; see {@link Clerk#decidedUpTo}. */
    void changed(Change from, long decidedUpToNanos, DirectionModels models) {
        changes.changed(models.spec().models());
        clerk.decidedUpTo(decidedUpToNanos);
        clerk.changed(from, models);
    }

    /** The first packet from that number on that has to be met. */
    long next(long number) {
        return clerk.next(number);
    }

    /** Packets have come. */
    void arrived(MemorySegment memory, PacketBatch batch, int count, long firstNumber) {
        clerk.arrived(memory, batch, count, firstNumber);
    }

    /** They were taken. */
    void taken() {
        clerk.taken();
    }

    /** These models are about to decide about a packet, perhaps. */
    void before(Annotator annotator) {
        clerk.before(annotator);
    }

    /** It is this packet. */
    void meets(PacketContext packet, long number) {
        clerk.meets(packet, number);
    }

    /** As both, of a packet in its record. */
    void meets(MemorySegment buffer, long record, Annotator annotator) {
        clerk.meets(buffer, record, annotator);
    }

    /** The packet that was met leaves. */
    void leaves(PacketContext packet, boolean twice, Annotator annotator) {
        clerk.leaves(packet, twice, annotator);
    }

    /** All packets of a batch leave, which the link only delays. */
    void delayed(MemorySegment memory, PacketBatch batch, int count, long firstNumber, long[] releases) {
        clerk.delayed(memory, batch, count, firstNumber, releases);
    }

    /** Packets have come, and what becomes of them is known or will be. */
    void received(long packets, long bytes) {
        counters.add(Counter.RECEIVED_PACKETS, packets);
        counters.add(Counter.RECEIVED_BYTES, bytes);
    }

    /**
     * A packet does not leave.
     *
     * @param length bytes it had when it came
     */
    void dropped(DropReason reason, long number, int length, long arrivalNanos) {
        counters.drop(reason, 1, length);
        if (log != null) {
            log.dropped(reason, number, arrivalNanos);
        }
        clerk.dropped(reason, number, length, arrivalNanos);
    }

    /** As the other, of a packet that was not met and lies there. */
    void dropped(DropReason reason, long number, MemorySegment memory, long offset, int length, long arrivalNanos) {
        counters.drop(reason, 1, length);
        if (log != null) {
            log.dropped(reason, number, arrivalNanos);
        }
        clerk.dropped(reason, number, memory, offset, length, arrivalNanos);
    }

    /** A packet leaves at once; no model has decided about it. */
    void exempted(MemorySegment buffer, long record, int length) {
        clerk.exempted(buffer, record);
        counters.add(Counter.EXEMPT_PACKETS, 1);
        counters.add(Counter.EXEMPT_BYTES, length);
    }

    /** A packet leaves once more. */
    void duplicated(long number, int length) {
        counters.add(Counter.DUPLICATED_PACKETS, 1);
        counters.add(Counter.DUPLICATED_BYTES, length);
        if (log != null) {
            log.duplicated(number);
        }
    }

    /** The queue's management has marked a packet that leaves. */
    void marked() {
        counters.add(Counter.MARKED_PACKETS, 1);
    }

    /** Packets go to the port, which counts those that it then refuses. */
    void transmitted(PacketBatch batch, int count, long bytes) {
        counters.add(Counter.TRANSMITTED_PACKETS, count);
        counters.add(Counter.TRANSMITTED_BYTES, bytes);
        if (log != null) {
            log.transmitted(batch, count);
        }
    }

    /** Packets were handed to the port, when they were due or by then. */
    void sent(PacketBatch batch, int count, long nanos, boolean exact) {
        clerk.sent(batch, count, nanos, exact);
    }

    /** What was settled is about to be handed on. */
    void publish() {
        clerk.publish();
    }

    /** For so long there was no room for packets that wait in the port, perhaps. */
    void waited(long nanos) {
        counters.add(Counter.WAITED_NANOS, nanos);
    }

    /** So many packets wait now for their fate. */
    void held(long packets) {
        counters.set(Counter.HELD_PACKETS, packets);
    }

    /** Largest backlog of the link's queue so far. */
    void queueHighWater(long bytes, long packets) {
        counters.set(Counter.QUEUE_HIGH_WATER_BYTES, bytes);
        counters.set(Counter.QUEUE_HIGH_WATER_PACKETS, packets);
    }
}
