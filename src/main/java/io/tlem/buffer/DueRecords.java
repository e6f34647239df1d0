package io.tlem.buffer;

import java.lang.foreign.MemorySegment;

/**
 * The records of packets that are to be sent, as their release times come. Used by one thread: {@link #scan} for the packets
 * that are due, copy them out, {@link #consume} those that were sent, {@link #publish}.
 */
public interface DueRecords {
    /** {@link #nextReleaseNanos} where nothing is known of the next packet. */
    long UNKNOWN = Long.MAX_VALUE;

    /** Whether no packet is waiting and none has come. */
    boolean isEmpty();

    /**
     * Finds the packets that are due, in the order of their release times, without going past them.
     *
     * @param now packets with a release time after this are not due
     * @param limit most packets to be found, at most the length of each array
     * @param records offset of each packet's record; the array is to stay as it is until {@link #consume}
     * @param lengths of each packet
     * @param arrivals of each packet, ns
     * @param releases of each packet, ns; non-decreasing
     * @return how many were found
     */
    int scan(long now, int limit, long[] records, int[] lengths, long[] arrivals, long[] releases);

    /** Release time of the next packet behind those that the last {@link #scan} has found, or {@link #UNKNOWN}. */
    long nextReleaseNanos();

    /** Whether a packet that has not come yet may be due before {@link #nextReleaseNanos}. */
    boolean othersMayBeEarlier();

    /**
     * Copies a packet that {@link #scan} has found into a slot, up to 64 bytes as 64: faster, and both have the room.
     *
     * @param slot offset in {@code to}
     */
    void copyOut(long record, int length, MemorySegment to, long slot);

    /**
     * As {@link #copyOut} for packets in turn, in C, for memory that nobody can take away: C would not notice.
     *
     * @param longest packet that slots hold
     * @return how many were copied, 0 where C cannot do it: all but those from the first on that is longer, or whose slot does
     *     not lie in {@code to}
     */
    int copyOutInC(
            long[] records,
            int[] lengths,
            int first,
            int longest,
            MemorySegment to,
            long[] slots,
            int firstSlot,
            int count);

    /** Bytes of the packets that the last {@link #copyOutInC} has copied. */
    long copiedBytes();

    /**
     * Goes past the first packets that {@link #scan} has found.
     *
     * @param sent how many; all of them, or fewer
     * @return whether there is something to {@link #publish}
     */
    boolean consume(int sent);

    /** Tells the neighbours that the room of what was consumed may be used again. */
    void publish();

    /** Packets, and copies to be made, that are still to be sent. Goes past them: once, after the threads have ended. */
    long countRemaining();
}
