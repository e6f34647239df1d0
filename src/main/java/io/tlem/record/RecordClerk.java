package io.tlem.record;

import io.tlem.buffer.EntryRing;
import io.tlem.port.PacketBatch;
import io.tlem.stats.DropReason;
import java.lang.foreign.MemorySegment;

/**
 * Of a stage that receives: leaves each packet in the ring as the block that the file has of it, and the numbers of those for
 * which there is no room.
 */
final class RecordClerk extends ChangeClerk {
    private final EntryRing ring;
    private final MemorySegment memory;
    private final int snapBytes;
    private final long clockNanos;
    private final boolean decides;
    private long number; // of the next packet

    /**
     * @param snapBytes that are kept of a packet
     * @param clockNanos what the clock of arrival times shows, when the time of day is 1970
     * @param decides whether the same stage decides
     */
    RecordClerk(Way way, int snapBytes, long clockNanos, boolean decides) {
        super(way);
        this.ring = way.ring();
        this.memory = ring.memory();
        this.snapBytes = snapBytes;
        this.clockNanos = clockNanos;
        this.decides = decides;
    }

    @Override
    public void arrived(MemorySegment from, PacketBatch batch, int count, long firstNumber) {
        long[] offsets = batch.offset;
        int[] lengths = batch.length;
        long[] arrivals = batch.arrivalNanos;
        for (int i = 0; i < count; i++) {
            int captured = Math.min(lengths[i], snapBytes);
            long entry = ring.claim(Blocks.entryBytes(captured));
            if (entry == EntryRing.FULL) {
                way.misses(firstNumber + i);
            } else {
                Blocks.packet(
                        memory,
                        entry,
                        from,
                        offsets[i],
                        captured,
                        lengths[i],
                        way.direction(),
                        firstNumber + i,
                        arrivals[i] - clockNanos);
                ring.commit();
            }
        }
        number = firstNumber + count;
    }

    @Override
    public void dropped(DropReason reason, long its, int length, long arrivalNanos) {
        if (reason == DropReason.BUFFER) {
            hasNoRoom(its);
        }
    }

    @Override
    public void dropped(DropReason reason, long its, MemorySegment from, long offset, int length, long arrivalNanos) {
        dropped(reason, its, length, arrivalNanos);
    }

    private void hasNoRoom(long its) {
        long entry = ring.claim(Blocks.NO_ROOM_BYTES);
        if (entry == EntryRing.FULL) {
            way.misses(its);
        } else {
            Blocks.noRoom(memory, entry, its);
            ring.commit();
        }
    }

    @Override
    public void taken() {
        ring.publish();
        if (decides) {
            way.setDecided(number);
        }
    }
}
