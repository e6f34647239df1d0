package io.tlem.traffic;

import io.tlem.port.PacketBatch;
import io.tlem.port.PacketPort;
import io.tlem.port.PacketSink;
import io.tlem.port.PacketSource;
import io.tlem.port.PortAddress;
import io.tlem.stats.ReceivedTraffic;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Map;
import java.util.Optional;
import java.util.function.LongSupplier;

/** Takes every packet and measures those that were generated, by their arrival times. Only receives. */
public final class MeasuringPort implements PacketPort, PacketSink {
    private static final int SLOTS = 256;
    private static final int LINE_BYTES = 64;

    private final Arena arena = Arena.ofShared();
    private final MemorySegment memory;
    private final int slotBytes;
    private final TrafficMeter meter;
    private int slot;

    /**
     * Makes it.
     *
     * @param longestPacket that comes, bytes
     * @param realTime the real-time clock, ns since 1970
     */
    public MeasuringPort(int longestPacket, LongSupplier realTime) {
        slotBytes = (Math.max(longestPacket, LINE_BYTES) + LINE_BYTES - 1) & -LINE_BYTES;
        memory = arena.allocate((long) SLOTS * slotBytes, LINE_BYTES);
        meter = new TrafficMeter(memory, realTime);
    }

    /** What was received, after the link has ended. Once. */
    public ReceivedTraffic received() {
        return meter.received();
    }

    @Override
    public int reserve(PacketBatch batch, int limit) {
        int count = Math.min(limit, SLOTS);
        int next = slot;
        for (int i = 0; i < count; i++) {
            batch.offset[i] = (long) next * slotBytes;
            next = next + 1 == SLOTS ? 0 : next + 1;
        }
        batch.count = count;
        return count;
    }

    @Override
    public void transmit(PacketBatch batch, int count, long nowNanos) {
        slot = (slot + count) % SLOTS;
        for (int i = 0; i < count; i++) {
            meter.add(batch.offset[i], batch.length[i], batch.arrivalNanos[i]);
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
        return slotBytes;
    }

    @Override
    public PortAddress address() {
        return new PortAddress("measure", "", Map.of());
    }

    @Override
    public String description() {
        return "measures generated packets";
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
