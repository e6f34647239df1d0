package io.tlem.port;

import io.tlem.layout.ThreadOwned;
import java.util.Objects;

/** What of a {@link PacketBatch} changes all the time. */
abstract class BatchState extends ThreadOwned {
    /** Number of valid entries. */
    public int count;

    /**
     * Received: no packet that is received later has arrived before this time of the monotonic clock. The time of the call,
     * if the source does not say otherwise: it has to where arrival times of packets still to come may be before that.
     */
    public long horizonNanos;

    /**
     * To be received: nobody looks at more than the packets' lengths before {@link ZeroCopy#keep} has them, or
     * {@link ZeroCopy#write} is asked to write them. So the source may leave at their offsets nothing but room, where it has said so
     * by a {@link PacketBatch#place} and keeps them in any case.
     */
    public boolean lengthsSuffice;

    int capacity;
}

/**
 * Up to {@link #capacity()} packets as (offset, length) pairs into the memory of one port.
 *
 * <p>A batch belongs to one stage, which hands it to a source to be filled with received packets, or to a sink to be
 * filled with free slots. The arrays are plain and public to the stages' copy loops on purpose: entry {@code i} is
 * valid for {@code 0 <= i < count}. Not safe for use by two threads.
 */
public final class PacketBatch extends BatchState {
    @SuppressWarnings("unused") // keeps the fields above apart from what lies behind this object
    private long q0, q1, q2, q3, q4, q5, q6, q7, q8, q9, qa, qb, qc, qd, qe, qf;

    /** Largest capacity a batch may have. */
    public static final int MAX_CAPACITY = 8192;

    /** Byte offset of each packet or slot in the port's {@code memory()}. */
    public final long[] offset;

    /** Received: the packet's length in bytes without FCS. Reserved: set by the stage to the length it wrote. */
    public final int[] length;

    /**
     * What a source says of each packet to the sink, 0 for nothing. Less than 0: it was cut from a super-packet, as the kernel
     * cuts one without a tunnel, and all its checksums are there; the packet cut before it, if there is one, has a tag one less.
     * More than 0: it is kept, not copied, see {@link ZeroCopy}. A sink finds 0 where models may have changed the packet, or where the
     * {@link PacketSource#tagsPackets source} or the {@link PacketSink#readsTags sink} knows nothing of tags.
     */
    public final int[] tag;

    /** The port's own mark of the place of each packet or slot, where it has {@link ZeroCopy}; 0 for a packet that cannot be kept. */
    public final long[] place;

    /** Received: arrival time on the monotonic clock in nanoseconds, never decreasing from one packet to the next. */
    public final long[] arrivalNanos;

    /** To be transmitted: when each packet was due, on the monotonic clock, in nanoseconds. */
    public final long[] releaseNanos;

    /** To be transmitted: number of each packet among those that the direction has received, from 0. */
    public final long[] number;

    /**
     * @param capacity most packets the batch holds, 1 to {@link #MAX_CAPACITY}
     */
    public PacketBatch(int capacity) {
        if (capacity < 1 || capacity > MAX_CAPACITY) {
            throw new IllegalArgumentException("batch capacity " + capacity + " is not in 1.." + MAX_CAPACITY);
        }
        offset = new long[capacity];
        length = new int[capacity];
        tag = new int[capacity];
        place = new long[capacity];
        arrivalNanos = new long[capacity];
        releaseNanos = new long[capacity];
        number = new long[capacity];
        this.capacity = capacity;
    }

    /** Most packets the batch holds now; its arrays may be longer. */
    public int capacity() {
        return capacity;
    }

    /**
     * From now on the batch holds as many.
     *
     * @param most 0 to what it was made for
     */
    public void setCapacity(int most) {
        capacity = Objects.checkIndex(most, offset.length + 1);
    }
}
