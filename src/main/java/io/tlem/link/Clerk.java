package io.tlem.link;

import io.tlem.impair.Annotator;
import io.tlem.impair.PacketContext;
import io.tlem.port.PacketBatch;
import io.tlem.stats.DropReason;
import java.lang.foreign.MemorySegment;

/**
 * Is told of single packets, to write down what becomes of them. One serves one stage of a pipeline and is called by its
 * thread, which it keeps from its work. This one writes nothing: while the virtual machine knows no other class it leaves the
 * calls out, so that a link of which nobody keeps account pays nothing.
 *
 * <p>Of a packet about which models decide: {@link #before}, {@link #meets}, then {@link #leaves} or {@link #dropped}.
 * What leaves is {@link #sent} or {@link #dropped} later on, by another stage.
 */
public class Clerk {
    /** Writes nothing. */
    static final Clerk NONE = new Clerk();

    /** Of subclasses, which write something. */
    protected Clerk() {}

    /**
     * Other models decide from now on; at first those that the pipeline starts with. Of the stage that decides.
     *
     * @param from the number of the next packet that comes to the stage, and the time
     */
    public void changed(Change from, DirectionModels models) {}

    /**
     * The first packet from that number on that this one wants to meet. Others it may meet or not; of each that is dropped it
     * is told.
     *
     * @return a number, {@link Long#MAX_VALUE} for none that can come
     */
    public long next(long number) {
        return Long.MAX_VALUE;
    }

    /**
     * Of packets that wait in a queue which decides about them there, about those and no others it was decided before
     * {@link #changed} that came to its head by then, or by the time of the last packet that came.
     *
     * @param nanos {@link Long#MIN_VALUE} where packets do not wait so
     */
    public void decidedUpTo(long nanos) {}

    /**
     * Packets have come, about which nothing is decided yet. Of the stage that receives.
     *
     * @param memory where they lie
     */
    public void arrived(MemorySegment memory, PacketBatch batch, int count, long firstNumber) {}

    /** What becomes of the packets that have come is known, or will be; others that stages hand packets to do not know yet. */
    public void taken() {}

    /** These models are about to decide about a packet, perhaps. */
    public void before(Annotator annotator) {}

    /** It is this packet, of that number. Its bytes are not kept. */
    public void meets(PacketContext packet, long number) {}

    /** As {@link #before} and {@link #meets}, of a packet in its record. */
    public void meets(MemorySegment buffer, long record, Annotator annotator) {}

    /**
     * The packet that was met leaves, as the models have decided.
     *
     * @param twice whether a copy of it does, too
     */
    public void leaves(PacketContext packet, boolean twice, Annotator annotator) {}

    /** No model decides about the packet in a record, which leaves at once. */
    public void exempted(MemorySegment buffer, long record) {}

    /**
     * As {@link #leaves}, of all packets of a batch, which the link only delays.
     *
     * @param memory where they lie
     * @param releases ns, of each
     */
    public void delayed(MemorySegment memory, PacketBatch batch, int count, long firstNumber, long[] releases) {}

    /** A packet does not leave: the one that was met, or another. */
    public void dropped(DropReason reason, long number, int length, long arrivalNanos) {}

    /** As the other, of a packet that was not met and lies there. */
    public void dropped(
            DropReason reason, long number, MemorySegment memory, long offset, int length, long arrivalNanos) {}

    /**
     * Packets were handed to the port.
     *
     * @param batch has their numbers, arrivals, release times and lengths
     * @param nanos when that was done
     * @param exact whether they count as sent when they were due
     */
    public void sent(PacketBatch batch, int count, long nanos, boolean exact) {}

    /** The stage has done its batch, which it is about to hand on. */
    public void publish() {}
}
