package io.tlem.traffic;

import io.tlem.port.PacketBatch;
import io.tlem.port.PacketPort;
import io.tlem.port.PacketSink;
import io.tlem.port.PacketSource;
import java.lang.foreign.MemorySegment;
import java.util.Map;
import java.util.Optional;
import java.util.function.LongSupplier;

/**
 * A port from which no more packets are received once so many have come, or none has for a while. Nothing is sent through
 * it.
 */
public final class LimitedPort extends BorrowedPort implements PacketSource {
    private final PacketSource source;
    private final long idleNanos;
    private long left;
    private long lastNanos;
    private boolean begun;
    private volatile boolean exhausted;

    /**
     * Makes it of a port that stays its owner's.
     *
     * @param count of packets to be received, {@link Long#MAX_VALUE} for no limit
     * @param idleNanos for which none comes, after one has; {@link Long#MAX_VALUE} for no limit
     * @throws IllegalArgumentException when nothing can be received from the port
     */
    public LimitedPort(PacketPort port, long count, long idleNanos) {
        super(port);
        this.source = port.source()
                .orElseThrow(() -> new IllegalArgumentException(
                        "port " + port.address() + ": only transmits; nothing can be received from it"));
        this.left = count;
        this.idleNanos = idleNanos;
    }

    @Override
    public int receive(PacketBatch batch, LongSupplier clock) {
        if (exhausted) {
            batch.count = 0;
            batch.horizonNanos = clock.getAsLong();
            return 0;
        }
        int capacity = batch.capacity();
        batch.setCapacity((int) Math.min(capacity, left));
        int count;
        try {
            count = source.receive(batch, clock);
        } finally {
            batch.setCapacity(capacity);
        }
        if (count > 0) {
            begun = true;
            lastNanos = batch.arrivalNanos[count - 1];
            left -= count;
            exhausted = left == 0 || source.exhausted();
        } else {
            exhausted = source.exhausted() || (begun && clock.getAsLong() - lastNanos > idleNanos);
        }
        return count;
    }

    @Override
    public boolean exhausted() {
        return exhausted;
    }

    @Override
    public void begin(LongSupplier clock) {
        source.begin(clock);
    }

    @Override
    public long nextArrivalNanos() {
        return source.nextArrivalNanos();
    }

    @Override
    public void release() {
        source.release();
    }

    @Override
    public boolean keepsArrivalTimes() {
        return source.keepsArrivalTimes();
    }

    @Override
    public boolean senderWaits() {
        return source.senderWaits();
    }

    @Override
    public boolean await(long nanos) {
        return source.await(nanos);
    }

    @Override
    public long missedPackets() {
        return source.missedPackets();
    }

    @Override
    public Map<String, Long> filteredPackets() {
        return source.filteredPackets();
    }

    @Override
    public MemorySegment memory() {
        return source.memory();
    }

    @Override
    public boolean memoryStays() {
        return source.memoryStays();
    }

    @Override
    public int maxPacketBytes() {
        return source.maxPacketBytes();
    }

    @Override
    public int usualPacketBytes() {
        return source.usualPacketBytes();
    }

    @Override
    public Optional<PacketSource> source() {
        return Optional.of(this);
    }

    @Override
    public Optional<PacketSink> sink() {
        return Optional.empty();
    }
}
