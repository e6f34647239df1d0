package io.tlem.port.generator;

import io.tlem.port.PacketBatch;
import io.tlem.port.PacketPort;
import io.tlem.port.PacketSink;
import io.tlem.port.PacketSource;
import io.tlem.port.PortAddress;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Optional;
import java.util.function.LongSupplier;

/**
 * Makes numbered UDP packets at a packet rate, at a bit rate, or as fast as they are taken. A paced packet's arrival
 * time is the instant it was due, exactly, however late the emulator picks it up. Only sends.
 */
final class GeneratorPort implements PacketPort, PacketSource {
    private static final long NANOS_PER_SECOND = 1_000_000_000L;

    private final PortAddress address;
    private final GeneratorOptions options;
    private final Arena arena = Arena.ofShared();
    private final MemorySegment memory;
    private final int slotBytes;
    private final int[] sizes;
    private int slot;
    private long sent;
    private volatile boolean exhausted;
    private boolean started;
    private long dueNanos;
    private long dueRemainder; // of the due time, in units of 1/rate ns

    GeneratorPort(PortAddress address, GeneratorOptions options) {
        this.address = address;
        this.options = options;
        this.sizes = options.sizes();
        this.slotBytes = (options.maxBytes() + 127) & -64; // 64 bytes can be read at every packet
        this.memory = arena.allocate((long) slotBytes * sizes.length, 64);
        for (int i = 0; i < sizes.length; i++) {
            TestFrame.writeTemplate(memory, (long) i * slotBytes, sizes[i]);
        }
    }

    @Override
    public int receive(PacketBatch batch, LongSupplier clock) {
        long nowNanos = clock.getAsLong(); // the packets arrive because it is asked
        if (!started) {
            started = true;
            dueNanos = nowNanos;
        }
        long left = options.count() - sent;
        int limit = (int) Math.min(Math.min(batch.capacity(), sizes.length), left);
        int count = 0;
        while (count < limit && dueNanos <= nowNanos) {
            long at = (long) slot * slotBytes;
            int length = sizes[slot];
            long arrival = options.isPaced() ? dueNanos : nowNanos;
            TestFrame.stamp(memory, at, (int) sent, arrival);
            batch.offset[count] = at;
            batch.length[count] = length;
            batch.arrivalNanos[count] = arrival;
            count++;
            sent++;
            slot = slot + 1 == sizes.length ? 0 : slot + 1;
            if (options.isPaced()) {
                advanceDue(length);
            }
        }
        if (limit == left && count == left) {
            exhausted = true;
        }
        batch.count = count;
        batch.horizonNanos = options.isPaced() ? Math.min(dueNanos, nowNanos) : nowNanos;
        return count;
    }

    private void advanceDue(int length) {
        long gap = options.unitsOf(length) * NANOS_PER_SECOND + dueRemainder;
        dueNanos += gap / options.unitsPerSecond();
        dueRemainder = gap % options.unitsPerSecond();
    }

    @Override
    public void release() {}

    @Override
    public boolean keepsArrivalTimes() {
        return options.isPaced();
    }

    @Override
    public boolean senderWaits() {
        return true;
    }

    @Override
    public boolean exhausted() {
        return exhausted;
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
        return options.maxBytes();
    }

    @Override
    public PortAddress address() {
        return address;
    }

    @Override
    public String description() {
        return "generator, " + options.description();
    }

    @Override
    public Optional<PacketSource> source() {
        return Optional.of(this);
    }

    @Override
    public Optional<PacketSink> sink() {
        return Optional.empty();
    }

    @Override
    public void close() {
        arena.close();
    }
}
