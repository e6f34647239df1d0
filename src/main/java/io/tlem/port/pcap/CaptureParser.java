package io.tlem.port.pcap;

import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;

/** Takes a capture apart, piece by piece. Its fields tell what the last piece was. Used by one thread. */
abstract class CaptureParser {
    /** {@link #next} when the piece is not there as a whole. */
    static final int MORE = 0;

    /** Interfaces so far. */
    final List<CaptureInterface> interfaces = new ArrayList<>();

    /** Whether it was a packet, to which what follows belongs. */
    boolean isPacket;

    /** Whether it was a note; {@link #data} and {@link #captured} say where it lies. */
    boolean isNote;

    /** Of the packet, where it has one and somebody looks at it; else -1. */
    long number = -1;

    /** Whether {@link #nanos} is known. */
    boolean hasTime;

    long nanos;
    int interfaceNumber;
    long data; // where it lies in the memory
    int captured;
    long original;

    /** What the output has of the options of the packet, or null; see {@link PacketOptions}. */
    byte[] options;

    /** Bytes of a piece that nobody needs, behind those that are there. */
    long skipped;

    /**
     * Looks at the next piece.
     *
     * @param at where it begins
     * @param end of what is there
     * @return how many bytes it has, at most as many as are there; {@link #MORE} when that cannot be said yet
     * @throws CaptureDamage when nothing is there that could be one
     */
    abstract int next(MemorySegment memory, long at, long end) throws CaptureDamage;

    static int lengthWithin(long bytes) throws CaptureDamage {
        if (bytes > LinkType.MAX_PACKET_BYTES) {
            throw new CaptureDamage("says that a packet has " + bytes + " bytes, more than " + LinkType.MAX_PACKET_BYTES
                    + " are possible");
        }
        return (int) bytes;
    }
}
