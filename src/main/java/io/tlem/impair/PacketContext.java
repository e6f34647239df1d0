package io.tlem.impair;

import io.tlem.layout.ThreadOwned;
import java.lang.foreign.MemorySegment;
import java.util.Objects;

/** What changes with each packet. */
abstract class PacketFields extends ThreadOwned {
    MemorySegment memory = MemorySegment.NULL;
    long offset;
    int lengthBytes;
    long arrivalNanos;
    long linkExitNanos;
    long releaseNanos;
    long duplicateNanos;
    boolean managed;
}

/**
 * What a model sees of a packet. One object is reused for every packet of a direction, so a model keeps no reference
 * to it. Times are nanoseconds of the monotonic clock (or of virtual time offline).
 */
public final class PacketContext extends PacketFields {
    @SuppressWarnings("unused") // keeps the fields above apart from what lies behind this object
    private long q0, q1, q2, q3, q4, q5, q6, q7, q8, q9, qa, qb, qc, qd, qe, qf;

    /**
     * Makes this the context of another packet.
     *
     * @param memory segment that holds the packet
     * @param offset where its first byte is in the segment
     * @param lengthBytes Ethernet frame length without FCS
     * @param arrivalNanos when it arrived
     */
    public void reset(MemorySegment memory, long offset, int lengthBytes, long arrivalNanos) {
        this.memory = memory;
        this.offset = offset;
        this.lengthBytes = lengthBytes;
        this.arrivalNanos = arrivalNanos;
        this.managed = false;
    }

    /** Segment that holds the packet's bytes. */
    public MemorySegment memory() {
        return memory;
    }

    /** Offset of the packet's first byte in {@link #memory()}. */
    public long offset() {
        return offset;
    }

    /** Length of the Ethernet frame without FCS, in bytes. */
    public int lengthBytes() {
        return lengthBytes;
    }

    /** When the packet arrived (t_A); never before the packet ahead of it. */
    public long arrivalNanos() {
        return arrivalNanos;
    }

    /** When its last bit leaves the link (t_L). Valid from the bandwidth model on. */
    public long linkExitNanos() {
        return linkExitNanos;
    }

    /** When it is due on the other port. Valid after the annotator has returned {@link Fate#FORWARD}. */
    public long releaseNanos() {
        return releaseNanos;
    }

    /** When a copy of it is due; {@link DuplicateModel#NONE} when there is none. Valid after {@link Fate#OVERTAKE}. */
    public long duplicateNanos() {
        return duplicateNanos;
    }

    /**
     * Makes the packet shorter, from its end.
     *
     * @param newLengthBytes 0 to {@link #lengthBytes()}
     */
    public void truncate(int newLengthBytes) {
        lengthBytes = Objects.checkIndex(newLengthBytes, lengthBytes + 1);
    }

    /**
     * Whether a queue's management, not its limit, has decided about the packet: when the queue then refuses it, that counts
     * as the management's drop, and else as a packet that it has marked.
     */
    public boolean isManaged() {
        return managed;
    }

    /** For queue models, see {@link #isManaged()}. */
    public void setManaged(boolean managed) {
        this.managed = managed;
    }

    void setDuplicateNanos(long duplicateNanos) {
        this.duplicateNanos = duplicateNanos;
    }

    void setArrivalNanos(long arrivalNanos) {
        this.arrivalNanos = arrivalNanos;
    }

    /** What the bandwidth model has said; for whoever runs the models. */
    public void setLinkExitNanos(long linkExitNanos) {
        this.linkExitNanos = linkExitNanos;
    }

    /** When it is due; for whoever runs the models. */
    public void setReleaseNanos(long releaseNanos) {
        this.releaseNanos = releaseNanos;
    }
}
