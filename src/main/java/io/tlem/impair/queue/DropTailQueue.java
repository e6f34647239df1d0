package io.tlem.impair.queue;

import io.tlem.impair.PacketContext;
import io.tlem.impair.QueueModel;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * A drop-tail queue limited in bytes, in packets, or both. The backlog that an arriving packet finds is the packets
 * that have not left the link by then, the one being transmitted included.
 *
 * <p>Limits are those of TLEM and dummynet: a byte limit admits a packet while the backlog is at most the limit, so it
 * may be exceeded by that one packet; a packet limit admits while fewer packets than the limit are there.
 *
 * <p>Exit times and lengths of the packets in the backlog are kept in a ring outside the heap.
 */
final class DropTailQueue implements QueueModel {
    static final long MAX_BYTES = 1L << 30;
    static final long MAX_PACKETS = MAX_BYTES / 64;

    private static final int ENTRY_BYTES = 16; // exit time, length
    private static final int SMALLEST_FRAME = 60;

    private final long limitBytes;
    private final long limitPackets;
    private final MemorySegment ring;
    private final long ringBytes;
    private long head;
    private long tail;
    private long backlogBytes;
    private long backlogPackets;
    private long highWaterBytes;
    private long highWaterPackets;

    /**
     * @param limitBytes 0 to {@link #MAX_BYTES}
     * @param limitPackets 0 to {@link #MAX_PACKETS}
     */
    DropTailQueue(long limitBytes, long limitPackets) {
        // Frames shorter than Ethernet's minimum could be more than this; the ring then refuses them as an overflow.
        long most = Math.min(limitPackets, limitBytes / SMALLEST_FRAME + 1) + 1;
        this.limitPackets = Math.min(limitPackets, most);
        this.limitBytes = limitBytes;
        this.ringBytes = (most + 1) * ENTRY_BYTES;
        this.ring = Arena.ofAuto().allocate(ringBytes, ENTRY_BYTES);
    }

    @Override
    public boolean admits(PacketContext packet) {
        if (backlogPackets > 0) {
            removeDeparted(packet.arrivalNanos());
        }
        return backlogBytes <= limitBytes && backlogPackets < limitPackets;
    }

    private void removeDeparted(long nowNanos) {
        long position = head;
        while (backlogPackets > 0 && ring.get(ValueLayout.JAVA_LONG, position) <= nowNanos) {
            backlogBytes -= ring.get(ValueLayout.JAVA_LONG, position + 8);
            backlogPackets--;
            position += ENTRY_BYTES;
            if (position == ringBytes) {
                position = 0;
            }
        }
        head = position;
    }

    @Override
    public void entered(PacketContext packet) {
        ring.set(ValueLayout.JAVA_LONG, tail, packet.linkExitNanos());
        ring.set(ValueLayout.JAVA_LONG, tail + 8, packet.lengthBytes());
        tail += ENTRY_BYTES;
        if (tail == ringBytes) {
            tail = 0;
        }
        backlogBytes += packet.lengthBytes();
        backlogPackets++;
        if (backlogBytes > highWaterBytes) {
            highWaterBytes = backlogBytes;
        }
        if (backlogPackets > highWaterPackets) {
            highWaterPackets = backlogPackets;
        }
    }

    @Override
    public long maxBytes() {
        return limitBytes;
    }

    @Override
    public long maxPackets() {
        return limitPackets;
    }

    @Override
    public long highWaterBytes() {
        return highWaterBytes;
    }

    @Override
    public long highWaterPackets() {
        return highWaterPackets;
    }
}
