package io.tlem.bench;

import io.tlem.buffer.Cursor;
import io.tlem.buffer.PacketRecord;
import io.tlem.buffer.SharedBuffer;
import io.tlem.thread.Stage;
import io.tlem.thread.StageThread;
import io.tlem.thread.ThreadSettings;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;

/**
 * What moving the bytes costs and nothing else: one thread copies packets from slots into a circular buffer, another
 * copies them out into slots, and each tells the other its position once a batch. No headers, times, statistics or
 * decisions; where a packet lies follows from the known lengths. Threads, CPUs, waiting, memory, the number of bytes copied
 * and how far the second thread stays behind the first are those of the link it is compared with.
 */
final class CopyFloor implements AutoCloseable {
    private final PacketSizes sizes;
    private final Arena arena = Arena.ofShared();
    private final List<Pair> pairs = new ArrayList<>();
    private final List<StageThread> threads = new ArrayList<>();
    private final AtomicReference<Throwable> failure = new AtomicReference<>();
    private final long[] threadIds;

    /** The two ends of one direction. */
    private record Pair(CopyIn in, CopyOut out, PacketMemory from, PacketMemory to, Inside count) {}

    /**
     * Maps the memory and starts two threads a direction.
     *
     * @param lagBytes by which copying out stays behind copying in, less than the buffer
     */
    CopyFloor(PacketSizes sizes, long bufferBytes, long lagBytes, int directions, Threads machine) {
        this.sizes = sizes;
        Set<String> names = new HashSet<>();
        int threadCount = 2 * directions;
        for (int i = 0; i < directions; i++) {
            Pair pair = pair(i, bufferBytes, lagBytes);
            pairs.add(pair);
            for (Stage stage : List.of(pair.out, pair.in)) {
                names.add(stage.name());
                int cpu = machine.cpu(threads.size(), threadCount);
                threads.add(new StageThread(
                        stage,
                        new ThreadSettings(cpu, 0, machine.waiting(threadCount)),
                        cause -> failure.compareAndSet(null, cause)));
            }
        }
        threads.forEach(StageThread::start);
        threadIds = Threads.idsOf(names);
    }

    private Pair pair(int direction, long bufferBytes, long lagBytes) {
        SharedBuffer buffer = SharedBuffer.allocate(arena, bufferBytes, SharedBuffer.Pages.HUGE_PREFERRED);
        PacketMemory from = new PacketMemory(arena, sizes).filled();
        PacketMemory to = new PacketMemory(arena, sizes);
        Inside count = new Inside(Long.MAX_VALUE);
        return new Pair(
                new CopyIn("floor in " + direction, buffer, from),
                new CopyOut("floor out " + direction, buffer, to, count, lagBytes),
                from,
                to,
                count);
    }

    Sample measure(long settleNanos, long nanos) {
        LockSupport.parkNanos(settleNanos);
        long before = copied();
        long cpuBefore = Threads.cpuNanos(threadIds);
        long start = System.nanoTime();
        long end = start + nanos;
        while (System.nanoTime() < end) {
            LockSupport.parkNanos(end - System.nanoTime());
        }
        long packets = copied() - before;
        long cpu = Threads.cpuNanos(threadIds) - cpuBefore;
        long elapsed = System.nanoTime() - start;
        double meanBytes =
                sizes.pattern().stream().mapToInt(Integer::intValue).average().orElseThrow();
        return new Sample(packets, (long) (packets * meanBytes), elapsed, cpu, null);
    }

    private long copied() {
        return pairs.stream().mapToLong(pair -> pair.count.left()).sum();
    }

    /** Stops, and refuses the measurement when what was copied out is not what was to be copied in. */
    void stop() {
        threads.forEach(StageThread::requestStop);
        threads.forEach(StageThread::join);
        if (failure.get() != null) {
            throw new IllegalStateException("the floor failed", failure.get());
        }
        for (Pair pair : pairs) {
            if (pair.count.left() >= PacketMemory.SLOTS && pair.from.firstDifference(pair.to) >= 0) {
                throw new IllegalStateException(
                        "the floor has not copied what it should: slot " + pair.from.firstDifference(pair.to));
            }
        }
    }

    @Override
    public void close() {
        threads.forEach(StageThread::requestStop);
        threads.forEach(StageThread::join);
        arena.close();
    }

    /** What both ends keep: positions count bytes, those left free at the end of the buffer included. */
    private abstract static class End implements Stage {
        static final int LINE = 64;

        final String name;
        final MemorySegment buffer;
        final long capacity;
        final MemorySegment slots;
        final int[] lengths;
        final int slotBytes;
        final Cursor written;
        final Cursor read;
        long position;
        long offset = SharedBuffer.HEADER_PAGE_BYTES;
        long otherPosition;
        int slot;

        End(String name, SharedBuffer shared, PacketMemory memory) {
            this.name = name;
            this.buffer = shared.segment();
            this.capacity = shared.capacityBytes();
            this.slots = memory.segment();
            this.lengths = memory.lengths();
            this.slotBytes = memory.slotBytes();
            this.written = shared.stored();
            this.read = shared.released();
        }

        @Override
        public String name() {
            return name;
        }

        /** Goes to the start of the buffer where a packet does not fit before its end. */
        final void wrapBefore(int bytes) {
            long untilEnd = SharedBuffer.HEADER_PAGE_BYTES + capacity - offset;
            if (bytes > untilEnd) {
                position += untilEnd;
                offset = SharedBuffer.HEADER_PAGE_BYTES;
            }
        }
    }

    private static final class CopyIn extends End {
        CopyIn(String name, SharedBuffer shared, PacketMemory memory) {
            super(name, shared, memory);
        }

        @Override
        public int doWork() {
            int moved = 0;
            while (moved < LinkCase.FLOOR_BATCH) {
                int bytes = Math.max(lengths[slot], LINE);
                int stride = PacketRecord.strideOf(bytes);
                wrapBefore(stride);
                if (position + stride - otherPosition > capacity) {
                    otherPosition = read.readAcquire();
                    if (position + stride - otherPosition > capacity) {
                        break;
                    }
                }
                MemorySegment.copy(slots, (long) slot * slotBytes, buffer, offset, bytes);
                position += stride;
                offset += stride;
                slot = (slot + 1) & (PacketMemory.SLOTS - 1);
                moved++;
            }
            if (moved > 0) {
                written.publishRelease(position);
            }
            return moved;
        }
    }

    private static final class CopyOut extends End {
        private final Inside count;
        private final long lag;

        CopyOut(String name, SharedBuffer shared, PacketMemory memory, Inside count, long lag) {
            super(name, shared, memory);
            this.count = count;
            this.lag = lag;
        }

        @Override
        public int doWork() {
            int moved = 0;
            while (moved < LinkCase.FLOOR_BATCH) {
                int bytes = Math.max(lengths[slot], LINE);
                int stride = PacketRecord.strideOf(bytes);
                wrapBefore(stride);
                if (position + lag >= otherPosition) {
                    otherPosition = written.readAcquire();
                    if (position + lag >= otherPosition) {
                        break;
                    }
                }
                MemorySegment.copy(buffer, offset, slots, (long) slot * slotBytes, bytes);
                position += stride;
                offset += stride;
                slot = (slot + 1) & (PacketMemory.SLOTS - 1);
                moved++;
            }
            if (moved > 0) {
                read.publishRelease(position);
                count.leave(moved);
            }
            return moved;
        }
    }
}
