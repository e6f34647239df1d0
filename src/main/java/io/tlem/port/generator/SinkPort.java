package io.tlem.port.generator;

import io.tlem.port.PacketBatch;
import io.tlem.port.PacketPort;
import io.tlem.port.PacketSink;
import io.tlem.port.PacketSource;
import io.tlem.port.PortAddress;
import io.tlem.stats.Measured;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Optional;

/**
 * Takes every packet and forgets it; with {@code check=on} it first measures the generator's packets, see
 * {@link Arrivals}. Only receives.
 */
public final class SinkPort implements PacketPort, PacketSink {
    private static final int SLOTS = 256;
    private static final int SLOT_BYTES = TestFrame.MAX_BYTES;

    private final PortAddress address;
    private final Arena arena = Arena.ofShared();
    private final MemorySegment memory;
    private final Optional<Arrivals> arrivals;
    private int slot;

    SinkPort(PortAddress address, boolean check) {
        this.address = address;
        this.memory = arena.allocate((long) SLOTS * SLOT_BYTES, 64);
        this.arrivals = check ? Optional.of(new Arrivals()) : Optional.empty();
    }

    @Override
    public Optional<Measured> measured() {
        return arrivals.map(Arrivals::measured);
    }

    @Override
    public int reserve(PacketBatch batch, int limit) {
        int count = Math.min(limit, SLOTS);
        int next = slot;
        for (int i = 0; i < count; i++) {
            batch.offset[i] = (long) next * SLOT_BYTES;
            next = next + 1 == SLOTS ? 0 : next + 1;
        }
        batch.count = count;
        return count;
    }

    @Override
    public void transmit(PacketBatch batch, int count, long nowNanos) {
        slot = (slot + count) % SLOTS;
        if (arrivals.isPresent()) {
            Arrivals measured = arrivals.get();
            for (int i = 0; i < count; i++) {
                measured.add(memory, batch.offset[i], batch.length[i], nowNanos);
            }
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
        return SLOT_BYTES;
    }

    @Override
    public PortAddress address() {
        return address;
    }

    @Override
    public String description() {
        return arrivals.isPresent() ? "sink that measures the generator's packets" : "sink";
    }

    @Override
    public Optional<PacketSource> source() {
        return Optional.empty();
    }

    @Override
    public Optional<PacketSink> sink() {
        return Optional.of(this);
    }

    @Override
    public void close() {
        arena.close();
    }
}
