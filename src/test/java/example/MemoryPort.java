package example;

import io.tlem.port.PacketBatch;
import io.tlem.port.PacketPort;
import io.tlem.port.PacketSink;
import io.tlem.port.PacketSource;
import io.tlem.port.PortAddress;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Optional;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.function.LongSupplier;

/** Hands the link the frames that are put into it, and keeps what comes out of the link. */
public final class MemoryPort implements PacketPort, PacketSource, PacketSink {
    private static final int SLOTS = 64;
    private static final int SLOT_BYTES = 2048;

    /** Frames that are to pass the link, and frames that have. */
    public final Queue<byte[]> in = new ConcurrentLinkedQueue<>();

    public final Queue<byte[]> out = new ConcurrentLinkedQueue<>();

    private final PortAddress address;

    /** Slots for what is received, then slots for what is transmitted: a thread each uses one half. */
    private final MemorySegment memory = Arena.ofAuto().allocate(2L * SLOTS * SLOT_BYTES, 64);

    public MemoryPort(String name) {
        address = PortAddress.of("memory", name);
    }

    @Override
    public int receive(PacketBatch batch, LongSupplier clock) {
        int count = 0;
        for (int most = Math.min(SLOTS, batch.capacity()); count < most && !in.isEmpty(); count++) {
            byte[] frame = in.remove();
            batch.offset[count] = (long) count * SLOT_BYTES;
            batch.length[count] = frame.length;
            MemorySegment.copy(frame, 0, memory, ValueLayout.JAVA_BYTE, batch.offset[count], frame.length);
        }
        long now = clock.getAsLong(); // afterwards: no arrival time is before the arrival
        for (int i = 0; i < count; i++) {
            batch.arrivalNanos[i] = now;
        }
        batch.count = count;
        return count;
    }

    @Override
    public void release() {} // the slots are used again by the next receive

    @Override
    public int reserve(PacketBatch batch, int limit) {
        batch.count = Math.min(SLOTS, limit);
        for (int i = 0; i < batch.count; i++) {
            batch.offset[i] = (long) (SLOTS + i) * SLOT_BYTES;
        }
        return batch.count;
    }

    @Override
    public void transmit(PacketBatch batch, int count, long nowNanos) {
        for (int i = 0; i < count; i++) {
            out.add(memory.asSlice(batch.offset[i], batch.length[i]).toArray(ValueLayout.JAVA_BYTE));
        }
    }

    @Override
    public MemorySegment memory() {
        return memory;
    }

    @Override
    public boolean memoryStays() {
        return true;
    }

    @Override
    public int maxPacketBytes() {
        return 1518;
    }

    @Override
    public PortAddress address() {
        return address;
    }

    @Override
    public String description() {
        return "frames in memory";
    }

    @Override
    public Optional<PacketSource> source() {
        return Optional.of(this);
    }

    @Override
    public Optional<PacketSink> sink() {
        return Optional.of(this);
    }

    @Override
    public void close() {}
}
