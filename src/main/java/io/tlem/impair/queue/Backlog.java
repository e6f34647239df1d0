package io.tlem.impair.queue;

import io.tlem.impair.PacketContext;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * The packets that have not left the link yet, the one being transmitted included, from their computed exit times: these and
 * the lengths are kept in a ring outside the heap. Used by one thread.
 */
final class Backlog {
    private static final int ENTRY_BYTES = 16; // exit time, length

    private final MemorySegment ring;
    private final long ringBytes;
    private long head;
    private long tail;
    private long bytes;
    private long packets;
    private long highWaterBytes;
    private long highWaterPackets;

    /** @param most packets there may be at a time */
    Backlog(long most) {
        ringBytes = (most + 1) * ENTRY_BYTES;
        ring = Arena.ofAuto().allocate(ringBytes, ENTRY_BYTES);
    }

    /** Removes those that have left by then. */
    void removeDeparted(long nowNanos) {
        if (packets == 0) {
            return;
        }
        long position = head;
        while (packets > 0 && ring.get(ValueLayout.JAVA_LONG, position) <= nowNanos) {
            bytes -= ring.get(ValueLayout.JAVA_LONG, position + 8);
            packets--;
            position += ENTRY_BYTES;
            if (position == ringBytes) {
                position = 0;
            }
        }
        head = position;
    }

    /** Adds a packet whose exit time is known. */
    void add(PacketContext packet) {
        ring.set(ValueLayout.JAVA_LONG, tail, packet.linkExitNanos());
        ring.set(ValueLayout.JAVA_LONG, tail + 8, packet.lengthBytes());
        tail += ENTRY_BYTES;
        if (tail == ringBytes) {
            tail = 0;
        }
        bytes += packet.lengthBytes();
        packets++;
        highWaterBytes = Math.max(highWaterBytes, bytes);
        highWaterPackets = Math.max(highWaterPackets, packets);
    }

    long bytes() {
        return bytes;
    }

    long packets() {
        return packets;
    }

    long highWaterBytes() {
        return highWaterBytes;
    }

    long highWaterPackets() {
        return highWaterPackets;
    }
}
