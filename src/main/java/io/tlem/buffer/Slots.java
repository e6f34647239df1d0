package io.tlem.buffer;

import java.lang.foreign.MemorySegment;

/**
 * Where packets are copied to, and what is told of those that were. The arrays are of one length, and of the thread that copies.
 *
 * @param memory that holds the slots
 * @param stays whether nobody can take the memory away: C would not notice
 * @param offset of each slot in the memory
 * @param length becomes the length of the packet in each slot, bytes
 * @param arrivalNanos becomes the arrival time of each packet
 * @param releaseNanos becomes the release time of each packet
 * @param number becomes the number of each packet
 * @param tag becomes the tag of each packet; more than 0 of one that was kept in a buffer of its port, and is not copied
 */
@SuppressWarnings("ArrayRecordComponent") // shared on purpose
public record Slots(
        MemorySegment memory,
        boolean stays,
        long[] offset,
        int[] length,
        long[] arrivalNanos,
        long[] releaseNanos,
        long[] number,
        int[] tag) {
    /** Copies the packet of a record of a shared buffer, unless it was kept, into a slot that holds it, up to 64 bytes as 64. */
    void fill(int slot, MemorySegment buffer, long record, long release) {
        int packetBytes = PacketRecord.length(buffer, record);
        tag[slot] = PacketRecord.tag(buffer, record);
        if (tag[slot] <= 0) {
            MemorySegment.copy(
                    buffer,
                    PacketRecord.packetOffset(record),
                    memory,
                    offset[slot],
                    Math.max(packetBytes, PacketRecord.LEAST_COPIED));
        }
        length[slot] = packetBytes;
        arrivalNanos[slot] = PacketRecord.arrivalNanos(buffer, record);
        releaseNanos[slot] = release;
        number[slot] = PacketRecord.number(buffer, record);
    }
}
