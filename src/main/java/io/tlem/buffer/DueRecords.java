package io.tlem.buffer;

import java.util.function.IntConsumer;

/**
 * The records of packets that are to be sent, as their release times come. Used by one thread: {@link #copyDue} copies those
 * that are due out; what it leaves there is {@link #copyNext copied} or {@link #skipNext skipped} by itself. What was copied
 * still counts as being there until {@link #settle}. {@link #publish} gives the room back.
 */
public interface DueRecords {
    /** {@link #nextReleaseNanos} where there is no packet. */
    long UNKNOWN = Long.MAX_VALUE;

    /** Release time of the next packet, or {@link #UNKNOWN}. */
    long nextReleaseNanos();

    /** Whether a packet that has not come yet may be due before {@link #nextReleaseNanos}. */
    boolean othersMayBeEarlier();

    /**
     * Copies packets out in the order of their release times and goes past them, until one is not due, was due too long ago, or
     * is too long. Of a packet that was kept in a buffer of its port, the tag is all there is to copy. Up to 64 bytes are copied as 64: faster, and both have the room.
     *
     * @param now packets with a release time after this are not due
     * @param oldest packets with a release time before this were due too long ago
     * @param longest packet that the slots hold
     * @param first slot to be filled
     * @param end behind the last slot that may be filled
     * @return how many were copied, to the slots from the first on
     */
    int copyDue(long now, long oldest, int longest, int first, int end);

    /** Bytes of the packets that the last {@link #copyDue} has copied. */
    long copiedBytes();

    /** Length of the next packet, of which {@link #nextReleaseNanos} has told. */
    int nextLength();

    /** Number of the next packet, of which {@link #nextReleaseNanos} has told. */
    long nextNumber();

    /** Arrival time of the next packet, of which {@link #nextReleaseNanos} has told. */
    long nextArrivalNanos();

    /**
     * Tag of the next packet, of which {@link #nextReleaseNanos} has told; more than 0 where it was kept in a buffer of its port,
     * whose number it is.
     */
    int nextTag();

    /** Copies the next packet, of which {@link #nextReleaseNanos} has told, into a slot that holds it, and goes past it. */
    void copyNext(int slot);

    /** Goes past the next packet, of which {@link #nextReleaseNanos} has told. */
    void skipNext();

    /** What was copied out is accounted for elsewhere. */
    void settle();

    /** Tells the neighbours, if there is news, that the room of what was gone past may be used again. */
    void publish();

    /** What reads on from here, and sends packets out of turn as well: {@link OrderedReader} waits at the first such one. */
    DueRecords reordering();

    /** What reads on from here as {@link OrderedReader}; this itself as long as packets are out of turn. */
    DueRecords ordered();

    /**
     * Packets, and copies to be made, that are still to be sent, those that were copied out and not settled among them. Goes
     * past them: once, after the threads have ended.
     *
     * @param kept is told the number of the buffer of each that was kept and not copied out
     */
    long countRemaining(IntConsumer kept);
}
