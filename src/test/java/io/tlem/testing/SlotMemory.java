package io.tlem.testing;

import io.tlem.port.PacketBatch;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/** What sources and sinks in memory have in common: slots of one size, which nobody takes away. */
public abstract class SlotMemory {
    private final MemorySegment memory;
    private final int slots;
    private final int slotBytes;
    private final int maxPacketBytes;

    protected SlotMemory(int slots, int slotBytes, int maxPacketBytes) {
        this.memory = Arena.ofAuto().allocate((long) slots * slotBytes, 64);
        this.slots = slots;
        this.slotBytes = slotBytes;
        this.maxPacketBytes = maxPacketBytes;
    }

    /** Where packet or slot number {@code index} lies, round and round. */
    protected long slot(long index) {
        return index % slots * slotBytes;
    }

    /** Hands out the first slots, as those of a sink that keeps nothing; for {@code PacketSink.reserve}. */
    public int reserve(PacketBatch batch, int limit) {
        batch.count = Math.min(limit, slots);
        for (int i = 0; i < batch.count; i++) {
            batch.offset[i] = slot(i);
        }
        return batch.count;
    }

    /** For {@code PacketSource.release}: nobody waits for slots. */
    public void release() {}

    public MemorySegment memory() {
        return memory;
    }

    public boolean memoryStays() {
        return true;
    }

    public int maxPacketBytes() {
        return maxPacketBytes;
    }
}
