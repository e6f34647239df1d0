package io.tlem.bench;

import io.tlem.layout.ThreadOwned;
import io.tlem.port.PacketBatch;
import io.tlem.port.PacketPort;
import io.tlem.port.PacketSink;
import io.tlem.port.PacketSource;
import io.tlem.port.PortAddress;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.Optional;
import java.util.function.LongSupplier;

/**
 * A port that is nothing but memory: the source hands out slots that hold packets already, the sink takes them in slots
 * that nobody empties. What is left is the emulator's own cost.
 */
final class MemoryPort implements PacketPort {
    private final PortAddress address;
    private final Optional<PacketSource> source;
    private final Optional<PacketSink> sink;

    /** A port with one half or both; null for the half that is not there. */
    MemoryPort(String name, PacketSource source, PacketSink sink) {
        this.address = new PortAddress("bench", name, java.util.Map.of());
        this.source = Optional.ofNullable(source);
        this.sink = Optional.ofNullable(sink);
    }

    @Override
    public PortAddress address() {
        return address;
    }

    @Override
    public String description() {
        return "benchmark";
    }

    @Override
    public Optional<PacketSource> source() {
        return source;
    }

    @Override
    public Optional<PacketSink> sink() {
        return sink;
    }

    @Override
    public void close() {}

    /** What a half changes all the time. */
    private abstract static class Progress extends ThreadOwned {
        long startNanos;
        long next;
    }

    /** Hands out the slots of a memory in turn: as fast as they are taken, or at a rate. */
    static final class Source extends Progress implements PacketSource {
        @SuppressWarnings("unused") // keeps the fields above apart from what lies behind this object
        private long q0, q1, q2, q3, q4, q5, q6, q7, q8, q9, qa, qb, qc, qd, qe, qf;

        private final PacketMemory packets;
        private final Inside inside;
        private final double gapNanos; // 0: no rate

        /** @param packetsPerSecond 0 for as fast as they are taken */
        Source(Arena arena, PacketSizes sizes, Inside inside, double packetsPerSecond) {
            this.packets = new PacketMemory(arena, sizes).filled();
            this.inside = inside;
            this.gapNanos = packetsPerSecond == 0 ? 0 : 1e9 / packetsPerSecond;
        }

        PacketMemory packets() {
            return packets;
        }

        @Override
        public MemorySegment memory() {
            return packets.segment();
        }

        @Override
        public boolean memoryStays() {
            return true;
        }

        @Override
        public int maxPacketBytes() {
            return packets.slotBytes();
        }

        @Override
        public int receive(PacketBatch batch, LongSupplier clock) {
            long nowNanos = clock.getAsLong();
            int count = inside.room(batch.capacity());
            if (gapNanos > 0) {
                count = (int) Math.min(count, due(nowNanos) - next);
            }
            count = Math.max(count, 0);
            int slot = (int) next & (PacketMemory.SLOTS - 1);
            packets.copyOffsets(slot, batch.offset, count);
            packets.copyLengths(slot, batch.length, count);
            long[] arrivals = batch.arrivalNanos;
            if (gapNanos > 0) {
                for (int i = 0; i < count; i++) {
                    arrivals[i] = startNanos + (long) ((next + i) * gapNanos);
                }
                batch.horizonNanos = startNanos + (long) ((next + count) * gapNanos);
            } else {
                Arrays.fill(arrivals, 0, count, nowNanos);
                batch.horizonNanos = nowNanos;
            }
            batch.count = count;
            if (count > 0) {
                next += count;
                inside.enter(count);
            }
            return count;
        }

        /** How many packets have arrived by now. */
        private long due(long now) {
            if (startNanos == 0) {
                startNanos = now;
            }
            return (long) ((now - startNanos) / gapNanos);
        }

        @Override
        public void release() {}

        /** At a rate, packets have arrived when they should have, however late the stage looks. */
        @Override
        public boolean keepsArrivalTimes() {
            return gapNanos > 0;
        }
    }

    /** Takes packets in the slots of a memory in turn. */
    static final class Sink extends Progress implements PacketSink {
        @SuppressWarnings("unused") // keeps the fields above apart from what lies behind this object
        private long q0, q1, q2, q3, q4, q5, q6, q7, q8, q9, qa, qb, qc, qd, qe, qf;

        private final PacketMemory packets;
        private final Inside inside;

        Sink(Arena arena, PacketSizes sizes, Inside inside) {
            this.packets = new PacketMemory(arena, sizes);
            this.inside = inside;
        }

        PacketMemory packets() {
            return packets;
        }

        @Override
        public MemorySegment memory() {
            return packets.segment();
        }

        @Override
        public boolean memoryStays() {
            return true;
        }

        @Override
        public int maxPacketBytes() {
            return packets.slotBytes();
        }

        @Override
        public int reserve(PacketBatch batch, int limit) {
            packets.copyOffsets((int) next & (PacketMemory.SLOTS - 1), batch.offset, limit);
            batch.count = limit;
            return limit;
        }

        @Override
        public void transmit(PacketBatch batch, int count, long nowNanos) {
            next += count;
            inside.leave(count);
        }
    }
}
