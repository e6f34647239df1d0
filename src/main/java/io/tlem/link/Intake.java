package io.tlem.link;

import io.tlem.impair.PacketContext;
import io.tlem.port.PacketBatch;

/**
 * What becomes of packets that the input stage has received: where and when their fate is decided. One for each epoch, which
 * {@link Epoch} chooses. Used by the stage's thread.
 */
interface Intake {
    /**
     * Takes received packets, all of them.
     *
     * @param count of packets in the batch, perhaps 0
     * @param firstNumber of the first of them
     * @return packets that were taken or decided
     */
    int take(PacketBatch batch, int count, long firstNumber);

    /** Takes a packet that has waited in another intake, and copies it. */
    void takeOver(PacketContext packet, long number);

    /** Whether only the lengths of packets are looked at, as long as these models are in force. */
    default boolean lengthsSuffice() {
        return false;
    }

    /** Whether packets wait here, so that {@link PacketBatch#horizonNanos} matters. */
    default boolean holds() {
        return false;
    }

    /** Room in the buffer that the packets which wait here are going to need, at most. */
    default long heldBytes() {
        return 0;
    }

    /** When there is something to decide, if no packet comes; {@link io.tlem.thread.Stage#UNKNOWN} for never. */
    default long nextDueNanos() {
        return io.tlem.thread.Stage.UNKNOWN;
    }

    /** See {@link Clerk#decidedUpTo}. */
    default long decidedUpToNanos() {
        return Long.MIN_VALUE;
    }

    /** Hands the packets that wait here to another. */
    default void handOver(Intake next) {}

    /** No packet comes any more: decides about all that wait. */
    default void finish() {}

    /** Packets that wait here. After the threads have ended. */
    default long held() {
        return 0;
    }
}
