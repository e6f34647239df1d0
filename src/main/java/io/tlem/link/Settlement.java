package io.tlem.link;

import io.tlem.port.PacketBatch;
import io.tlem.stats.Counter;
import io.tlem.stats.Counters;
import io.tlem.stats.DropReason;

/**
 * Is told of every packet what becomes of it, and counts it: here and nowhere else. Each stage has one of its own, for what
 * is settled there.
 */
final class Settlement {
    private final Counters counters;
    private FateLog log; // null where nobody wants to know of each packet

    Settlement(Counters counters) {
        this.counters = counters;
    }

    /** From now on that is told of each packet too. Before the stage works. */
    void tell(FateLog fates) {
        log = fates;
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
    }

    /** A packet leaves at once; no model has decided about it. */
    void exempted(int length) {
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
