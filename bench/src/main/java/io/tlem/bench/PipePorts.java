package io.tlem.bench;

import io.tlem.port.PacketBatch;
import io.tlem.port.PacketPort;
import io.tlem.port.PacketSink;
import io.tlem.port.PacketSource;
import io.tlem.port.PortAddress;
import io.tlem.port.pipe.PipePortProvider;
import io.tlem.spec.Setting;
import java.lang.foreign.MemorySegment;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.LongSupplier;
import java.util.stream.IntStream;

/**
 * Pipes of the software netmap whose far ends are driven by the link's own threads, so that two threads suffice: before
 * the input stage receives, slots are sent from the far end, and after the output stage has transmitted, they are
 * received at the far end. Nobody touches the packets' bytes but the link.
 */
final class PipePorts {
    private static final AtomicInteger COUNT = new AtomicInteger();
    private static final int BATCH = Setting.BATCH.standard().orElseThrow();

    private PipePorts() {}

    private static PacketPort open(int number, char end) {
        String name = "bench" + ProcessHandle.current().pid() + "_" + number;
        return new PipePortProvider().open(PortAddress.parse("pipe:" + name + end + "1"));
    }

    /** A pipe that packets come from. */
    static final class Source implements PacketSource, AutoCloseable {
        private final int number = COUNT.incrementAndGet();
        private final PacketPort far = open(number, '{');
        private final PacketPort near = open(number, '}');
        private final PacketSink feed = far.sink().orElseThrow();
        private final PacketSource source = near.source().orElseThrow();
        private final PacketBatch slots = new PacketBatch(BATCH);
        private final int[] lengths; // of a batch, from any place in the pattern on
        private final int patternLength;
        private final Inside inside;
        private int next;

        Source(PacketSizes sizes, Inside inside) {
            this.patternLength = sizes.pattern().size();
            this.lengths =
                    IntStream.range(0, patternLength + BATCH).map(sizes::length).toArray();
            this.inside = inside;
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
        public int receive(PacketBatch batch, LongSupplier clock) {
            int room = inside.room(batch.capacity());
            int count = room > 0 ? feed.reserve(slots, Math.min(room, BATCH)) : 0;
            if (count > 0) {
                System.arraycopy(lengths, next, slots.length, 0, count);
                next = (next + count) % patternLength;
                feed.transmit(slots, count, clock.getAsLong());
                inside.enter(count);
            }
            return source.receive(batch, clock);
        }

        @Override
        public void release() {
            source.release();
        }

        @Override
        public void close() {
            near.close();
            far.close();
        }
    }

    /** A pipe that packets go into. */
    static final class Sink implements PacketSink, AutoCloseable {
        private final int number = COUNT.incrementAndGet();
        private final PacketPort near = open(number, '{');
        private final PacketPort far = open(number, '}');
        private final PacketSink sink = near.sink().orElseThrow();
        private final PacketSource drain = far.source().orElseThrow();
        private final PacketBatch drained = new PacketBatch(BATCH);
        private final Inside inside;

        Sink(Inside inside) {
            this.inside = inside;
        }

        @Override
        public MemorySegment memory() {
            return sink.memory();
        }

        @Override
        public boolean memoryStays() {
            return sink.memoryStays();
        }

        @Override
        public int maxPacketBytes() {
            return sink.maxPacketBytes();
        }

        @Override
        public int slotBytes() {
            return sink.slotBytes();
        }

        @Override
        public int reserve(PacketBatch batch, int limit) {
            return sink.reserve(batch, limit);
        }

        @Override
        public boolean enlarge(PacketBatch batch, int index, int length) {
            return sink.enlarge(batch, index, length);
        }

        @Override
        public void transmit(PacketBatch batch, int count, long nowNanos) {
            sink.transmit(batch, count, nowNanos);
            drain();
        }

        private void drain() {
            int count;
            do {
                count = drain.receive(drained, System::nanoTime);
                if (count > 0) {
                    drain.release();
                    inside.leave(count);
                }
            } while (count == BATCH);
        }

        @Override
        public void flush() {
            sink.flush();
            drain();
        }

        @Override
        public boolean hasPending() {
            return true;
        }

        @Override
        public void finish() {
            sink.finish();
        }

        @Override
        public long refusedPackets() {
            return sink.refusedPackets();
        }

        @Override
        public long refusedBytes() {
            return sink.refusedBytes();
        }

        @Override
        public void close() {
            near.close();
            far.close();
        }
    }
}
