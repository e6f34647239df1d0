package io.tlem.impair.queue;

import io.tlem.impair.PacketContext;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayDeque;
import java.util.Deque;

/**
 * The packets that have not left the link yet, the one being transmitted included, from their computed exit times: these and
 * the lengths are kept outside the heap, in pieces that are allocated as the backlog grows and then used again: most links
 * stay far below what their limits allow. Used by one thread.
 */
final class Backlog {
    private static final int ENTRY_BYTES = 16; // exit time, length
    private static final long MAX_PIECE_BYTES = 1 << 20;

    private final long pieceBytes;
    private final Deque<MemorySegment> between = new ArrayDeque<>(); // full pieces behind the first, and the last
    private final Deque<MemorySegment> spare = new ArrayDeque<>();
    private MemorySegment first;
    private MemorySegment last;
    private long head; // in the first piece
    private long tail; // in the last
    private long bytes;
    private long packets;
    private long highWaterBytes;
    private long highWaterPackets;

    /** @param most packets there may be at a time */
    Backlog(long most) {
        pieceBytes = Math.min((most + 1) * ENTRY_BYTES, MAX_PIECE_BYTES);
        first = allocate();
        last = first;
    }

    private MemorySegment allocate() {
        try {
            return Arena.ofAuto().allocate(pieceBytes, ENTRY_BYTES);
        } catch (OutOfMemoryError e) {
            throw new IllegalStateException("the queue has " + packets
                    + " packets, and Java has no memory for more; give it" + " some with -XX:MaxDirectMemorySize");
        }
    }

    /** Removes those that have left by then. */
    void removeDeparted(long nowNanos) {
        while (packets > 0 && first.get(ValueLayout.JAVA_LONG, head) <= nowNanos) {
            bytes -= first.get(ValueLayout.JAVA_LONG, head + 8);
            packets--;
            head += ENTRY_BYTES;
            if (head == pieceBytes) {
                leaveFirst();
            }
        }
        if (packets == 0 && first == last) { // from the start again, in the lines that are in the cache
            head = 0;
            tail = 0;
        }
    }

    private void leaveFirst() {
        head = 0;
        if (first == last) { // it was the last entry
            tail = 0;
        } else {
            spare.push(first);
            first = between.remove();
        }
    }

    /** Adds a packet whose exit time is known. */
    void add(PacketContext packet) {
        if (tail == pieceBytes) {
            last = spare.isEmpty() ? allocate() : spare.pop();
            between.add(last);
            tail = 0;
        }
        last.set(ValueLayout.JAVA_LONG, tail, packet.linkExitNanos());
        last.set(ValueLayout.JAVA_LONG, tail + 8, packet.lengthBytes());
        tail += ENTRY_BYTES;
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
