package io.tlem.os;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/**
 * One file that a netmap port is, or will be, bound to: what {@code /dev/netmap} offers, whoever provides it. Calls
 * return 0 or more, or a negated error number, and do not throw, but for {@link #map}.
 *
 * <p>{@link #transmitSync} and {@link #receiveSync} may be called by two threads at the same time, each always by the
 * same one. The rest is for the opener, before these threads start and after they have ended; {@link #poll} is for
 * any of the three.
 */
public interface NetmapDevice extends AutoCloseable {
    /** Data to be received. */
    short POLLIN = 1;
    /** Room to transmit. */
    short POLLOUT = 4;
    /** The port has failed or is gone: POLLERR, POLLHUP or POLLNVAL. */
    short POLL_FAILURE = 8 | 16 | 32;

    /** What the device is, for messages: {@code /dev/netmap}. */
    String name();

    /**
     * NIOCCTRL.
     *
     * @param header an {@code nmreq_header} whose body and options are in place
     */
    int control(MemorySegment header);

    /**
     * NIOCREGIF, the way to register before API version 14.
     *
     * @param request a {@code nmreq}
     */
    int legacyRegister(MemorySegment request);

    /**
     * Maps the memory of the port, followed without a gap by memory of this process only, so that both are one segment.
     *
     * @param arena owns both
     * @param bytes of the port, as the registration said; rounded up to pages
     * @param extraBytes of ordinary memory, rounded up to pages; it begins at {@code bytes} rounded up
     * @throws SystemCallException when either cannot be had
     */
    MemorySegment map(Arena arena, long bytes, long extraBytes);

    /** Whether the mapped memory stays as long as the device is open, whatever other processes do. */
    boolean memoryStays();

    /** NIOCTXSYNC: takes what lies before head in the transmit rings, and moves tail over what is free again. */
    int transmitSync();

    /**
     * Whether a transmit sync passes everything to the other end of a pipe, whose slots then come back when that end has
     * given them back. Else slots come back at once, and those that do not have not been passed.
     */
    boolean passesAllToPipes();

    /** NIOCRXSYNC: takes back what lies before head in the receive rings, and moves tail over what has arrived. */
    int receiveSync();

    /**
     * Looks what is there.
     *
     * @param events any of {@link #POLLIN} and {@link #POLLOUT}
     * @param timeoutMillis longest wait, 0 for none
     * @return what is there of these and {@link #POLL_FAILURE}, or a negated error number
     */
    int poll(int events, int timeoutMillis);

    /** Unbinds the port. Its memory stays mapped until its arena is closed, which is to be done first. */
    @Override
    void close();
}
