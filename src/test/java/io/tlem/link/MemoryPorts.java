package io.tlem.link;

import io.tlem.port.PacketBatch;
import io.tlem.port.PacketSink;
import io.tlem.port.PacketSource;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.IntUnaryOperator;
import java.util.function.LongSupplier;

/** A source and a sink in memory whose packets can be checked byte by byte. */
final class MemoryPorts {
    private static final int SLOT_BYTES = 16_384;
    private static final int SLOTS = 64;

    private MemoryPorts() {}

    /** Content of packet {@code number}: its number, then bytes that follow from the number and the place. */
    static void fill(MemorySegment memory, long at, int length, int number) {
        memory.set(ValueLayout.JAVA_INT_UNALIGNED, at, number);
        for (int i = 4; i < length; i++) {
            memory.set(ValueLayout.JAVA_BYTE, at + i, (byte) (number * 31 + i));
        }
    }

    /** Whether the content is that of packet {@code number}. */
    static boolean isIntact(MemorySegment memory, long at, int length, int number) {
        if (memory.get(ValueLayout.JAVA_INT_UNALIGNED, at) != number) {
            return false;
        }
        for (int i = 4; i < length; i++) {
            if (memory.get(ValueLayout.JAVA_BYTE, at + i) != (byte) (number * 31 + i)) {
                return false;
            }
        }
        return true;
    }

    /** Hands out packets 0, 1, 2... whose lengths a function gives, as many as were offered. */
    static final class Source implements PacketSource {
        private final MemorySegment memory = Arena.ofAuto().allocate((long) SLOTS * SLOT_BYTES, 64);
        private final IntUnaryOperator lengthOf;
        private final AtomicLong offered = new AtomicLong();
        private long handedOut;
        private long outstanding;
        boolean tags; // says so; what is handed out has tags anyway

        Source(IntUnaryOperator lengthOf) {
            this.lengthOf = lengthOf;
        }

        /** Lets the source hand out that many packets more. */
        void offer(long packets) {
            offered.addAndGet(packets);
        }

        @Override
        public int receive(PacketBatch batch, LongSupplier clock) {
            if (outstanding != 0) {
                throw new IllegalStateException("receive before release");
            }
            int count = (int) Math.min(Math.min(batch.capacity(), SLOTS), offered.get() - handedOut);
            long now = clock.getAsLong();
            for (int i = 0; i < count; i++) {
                int number = (int) (handedOut + i);
                int length = lengthOf.applyAsInt(number);
                long at = (long) (number % SLOTS) * SLOT_BYTES;
                fill(memory, at, length, number);
                batch.offset[i] = at;
                batch.length[i] = length;
                batch.arrivalNanos[i] = now;
                batch.tag[i] = (number % 2 == 0 ? 1 : -1) * (1 + number);
            }
            outstanding = count;
            batch.count = count;
            batch.horizonNanos = now;
            return count;
        }

        @Override
        public boolean tagsPackets() {
            return tags;
        }

        @Override
        public void release() {
            if (outstanding == 0) {
                throw new IllegalStateException("release of nothing");
            }
            handedOut += outstanding;
            outstanding = 0;
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
            return 9216;
        }
    }

    /** What a sink was given. */
    record Sent(int number, int length, boolean intact, long nanos) {}

    /** Keeps, or checks, what it is given. */
    static final class Sink implements PacketSink {
        private final MemorySegment memory = Arena.ofAuto().allocate((long) SLOTS * SLOT_BYTES, 64);
        private final boolean keep;
        private final int maxPacketBytes;
        private int next;
        private int room = Integer.MAX_VALUE;
        final List<Sent> sent = new ArrayList<>();
        private final AtomicLong count = new AtomicLong();
        private volatile String fault = "";
        private int lastNumber = -1;
        boolean readsTags;
        final List<Integer> tags = new ArrayList<>();

        Sink(boolean keep, int maxPacketBytes) {
            this.keep = keep;
            this.maxPacketBytes = maxPacketBytes;
        }

        /** Limits how many slots it offers from now on. */
        void limitRoom(int slots) {
            room = slots;
        }

        long count() {
            return count.get();
        }

        String fault() {
            return fault;
        }

        @Override
        public boolean readsTags() {
            return readsTags;
        }

        @Override
        public int reserve(PacketBatch batch, int limit) {
            int slots = Math.min(Math.min(limit, SLOTS), room);
            for (int i = 0; i < slots; i++) {
                batch.offset[i] = (long) ((next + i) % SLOTS) * SLOT_BYTES;
            }
            batch.count = slots;
            return slots;
        }

        @Override
        public void transmit(PacketBatch batch, int packets, long nowNanos) {
            for (int i = 0; i < packets; i++) {
                int number = memory.get(ValueLayout.JAVA_INT_UNALIGNED, batch.offset[i]);
                boolean intact = isIntact(memory, batch.offset[i], batch.length[i], number);
                if (!intact || number <= lastNumber) {
                    fault = "packet " + number + " after " + lastNumber + ", intact: " + intact;
                }
                lastNumber = number;
                if (keep) {
                    tags.add(batch.tag[i]);
                    sent.add(new Sent(number, batch.length[i], intact, nowNanos));
                }
            }
            next = (next + packets) % SLOTS;
            count.addAndGet(packets);
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
            return maxPacketBytes;
        }
    }
}
