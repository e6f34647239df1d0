package io.tlem.link;

import io.tlem.port.PacketBatch;
import io.tlem.stats.DropReason;

/** Is told what becomes of each packet, by the thread of the stage that knows it. It keeps that thread from its work. */
public interface FateLog {
    /**
     * A packet does not leave.
     *
     * @param number of the packet among those received, from 0
     */
    void dropped(DropReason reason, long number, long arrivalNanos);

    /** A packet leaves once more than others do: is transmitted twice, or dropped as often as it is not. */
    default void duplicated(long number) {}

    /** The first packets of a batch leave: it has their numbers, arrivals and release times. */
    void transmitted(PacketBatch batch, int count);
}
