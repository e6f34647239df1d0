package io.tlem.link;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.tlem.buffer.SharedBuffer;
import io.tlem.impair.LinkModels;
import io.tlem.impair.ModelKind;
import io.tlem.impair.Models;
import io.tlem.impair.RandomStreams;
import io.tlem.impair.Role;
import io.tlem.port.PacketBatch;
import io.tlem.port.PacketSink;
import io.tlem.port.PacketSource;
import io.tlem.stats.Counter;
import io.tlem.stats.DirectionSnapshot;
import io.tlem.stats.DropReason;
import io.tlem.testing.ModelExamples;
import io.tlem.testing.SlotMemory;
import io.tlem.thread.NanoClock;
import io.tlem.thread.StageThread;
import io.tlem.thread.ThreadSettings;
import io.tlem.thread.VirtualClock;
import io.tlem.thread.WaitThresholds;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;
import java.util.function.LongSupplier;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * A million packets through threads, with models that change all the time until every kind has had its turn, and the same
 * arrivals and changes once more on a virtual clock: each packet has the same fate, times and bytes.
 */
class LiveAndVirtualTest {
    private static final int PACKETS = Integer.getInteger("tlem.virtual.packets", 1_000_000);
    private static final int CHANGES = 60;
    private static final int SLOTS = 1024;
    private static final int SLOT_BYTES = 2048;
    private static final long BUFFER_BYTES = 128L << 20;

    @TempDir
    Path folder;

    /** What became of each packet, by its number. */
    private static final class Fates implements FateLog {
        final byte[] reason = new byte[PACKETS]; // ordinal + 1
        final long[] release = new long[PACKETS];
        final long[] again = new long[PACKETS];
        final int[] content = new int[PACKETS];
        final byte[] times = new byte[PACKETS];
        MemorySegment memory;

        @Override
        public void dropped(DropReason why, long number, long arrivalNanos) {
            reason[(int) number] = (byte) (why.ordinal() + 1);
        }

        @Override
        public void transmitted(PacketBatch batch, int count) {
            for (int i = 0; i < count; i++) {
                int number = (int) batch.number[i];
                if (times[number]++ == 0) {

                    release[number] = batch.releaseNanos[i];
                } else {
                    again[number] = batch.releaseNanos[i];
                }
                int hash = batch.length[i];
                for (int at = 0; at < Math.min(batch.length[i], 64); at += 4) {
                    hash = hash * 31 + memory.get(ValueLayout.JAVA_INT_UNALIGNED, batch.offset[i] + at);
                }
                content[number] = hash;
            }
        }
    }

    private static int lengthOf(int number) {
        return number % 7 == 0 ? 1514 : 64 + number % 300;
    }

    /** Fills packet by packet what the number says, an IPv4 and UDP packet for the models that look at these. */
    private static void fill(MemorySegment memory, long at, int number) {
        for (int i = 0; i < 64; i += 8) {
            memory.set(ValueLayout.JAVA_LONG_UNALIGNED, at + i, number * 0x9E3779B97F4A7C15L + i);
        }
        memory.set(ValueLayout.JAVA_SHORT_UNALIGNED, at + 12, (short) 0x0008);
        memory.set(ValueLayout.JAVA_BYTE, at + 14, (byte) 0x45);
        memory.set(ValueLayout.JAVA_BYTE, at + 15, (byte) 2); // ECN-capable
    }

    private abstract static class Source extends SlotMemory implements PacketSource {
        int next;

        Source() {
            super(SLOTS, SLOT_BYTES, 1514);
        }

        void put(PacketBatch batch, int index, long arrivalNanos) {
            long at = slot(next);
            fill(memory(), at, next);
            batch.offset[index] = at;
            batch.length[index] = lengthOf(next);
            batch.arrivalNanos[index] = arrivalNanos;
            next++;
        }
    }

    /** Packets come in bursts, about one every two microseconds, but never more under way than the buffer holds. */
    private static final class Live extends Source {
        private SharedBuffer buffer;
        final long[] arrivals = new long[PACKETS];
        private final SplittableRandom random = new SplittableRandom(3);
        private long due;

        @Override
        public int receive(PacketBatch batch, LongSupplier clock) {
            long now = clock.getAsLong();
            batch.count = 0;
            batch.horizonNanos = now;
            due = due == 0 ? now : due;
            long stored =
                    Math.max(buffer.stored().readAcquire(), buffer.annotated().readAcquire());
            boolean room = stored - buffer.released().readAcquire() < BUFFER_BYTES / 2;
            while (room && due <= now && batch.count < batch.capacity() && next < PACKETS) {
                arrivals[next] = now;
                put(batch, batch.count++, now);
                due = Math.max(due + random.nextInt(4000), now - 1_000_000);
            }
            return batch.count;
        }
    }

    /** The same packets at the same times. */
    private static final class Replayed extends Source {
        private final long[] arrivals;
        private int limit;

        Replayed(long[] arrivals) {
            this.arrivals = arrivals;
        }

        @Override
        public int receive(PacketBatch batch, LongSupplier clock) {
            long now = clock.getAsLong();
            batch.count = 0;
            while (next < limit && batch.count < batch.capacity() && arrivals[next] <= now) {
                put(batch, batch.count, arrivals[next]);
                batch.count++;
            }
            batch.horizonNanos = next < PACKETS ? Math.min(now, arrivals[next]) : now;
            return batch.count;
        }

        @Override
        public long nextArrivalNanos() {
            return next < limit ? arrivals[next] : UNKNOWN;
        }
    }

    private static final class Sink extends SlotMemory implements PacketSink {
        Sink() {
            super(SLOTS, SLOT_BYTES, 1514);
        }

        @Override
        public void transmit(PacketBatch batch, int count, long nowNanos) {}
    }

    /** The specifications of each epoch: in every role one kind after the other, each in turn with others of other roles. */
    private List<Map<Role, String>> epochs(int stages) {
        List<Map<Role, String>> epochs = new ArrayList<>();
        for (int epoch = 0; epoch < CHANGES; epoch++) {
            Map<Role, String> specs = new EnumMap<>(Role.class);
            for (Role role : Role.values()) {
                List<ModelKind> kinds = Models.kinds(role).stream()
                        .filter(kind -> !kind.name().startsWith("test-"))
                        .toList();
                specs.put(role, ModelExamples.specification(kinds.get(epoch % kinds.size()), folder));
                if (role != Role.QUEUE && role != Role.BANDWIDTH && (epoch + role.ordinal()) % 3 == 0) {
                    specs.remove(role);
                }
            }
            specs.remove(Role.DELAY_OFFSET);
            specs.put(Role.OUTAGE, ""); // else most is lost
            if (epoch % 10 == 5) {
                specs.put(Role.OUTAGE, "periodic,10ms,1ms");
            }
            if (epoch % 4 > 0) { // some epochs without a limit: an example's is far less than comes
                specs.remove(Role.BANDWIDTH);
                specs.put(Role.QUEUE, epoch % 4 == 1 ? specs.get(Role.QUEUE) : "1M");
                specs.put(Role.BANDWIDTH, "2G");
            }
            for (Role role :
                    List.of(Role.ORDER, Role.REORDER, Role.DUPLICATE, Role.QUEUE, Role.DELAY, Role.BANDWIDTH)) {
                if (refused(specs, stages)) {
                    specs.put(role, role == Role.QUEUE ? "1M" : role == Role.BANDWIDTH ? "1G" : "");
                }
            }
            epochs.add(specs);
        }
        return epochs;
    }

    private static boolean refused(Map<Role, String> specs, int stages) {
        try {
            LinkModels models = LinkModels.of(specs, new RandomStreams(1, 0));
            return (stages == 3 && models.holds()) || new DirectionModels(models).bufferBytes(1514) > BUFFER_BYTES;
        } catch (io.tlem.impair.SpecException e) {
            return true;
        }
    }

    private static DirectionModels first(Map<Role, String> specs) {
        return new DirectionModels(LinkModels.of(specs, new RandomStreams(1, 0)));
    }

    private static SharedBuffer buffer(Arena arena) {
        return SharedBuffer.over(arena.allocate(SharedBuffer.HEADER_PAGE_BYTES + BUFFER_BYTES, 64));
    }

    private static void assertAccounted(Pipeline pipeline) {
        DirectionSnapshot snapshot = pipeline.snapshot();
        assertEquals(0, snapshot.unaccounted(pipeline.countRemaining()), snapshot.toString());
        assertEquals(PACKETS, snapshot.get(Counter.RECEIVED_PACKETS));
        assertEquals(0, snapshot.dropped(DropReason.BUFFER).packets(), "which no clock decides");
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3})
    @Timeout(240)
    void decideAlike(int stages) throws Exception {
        List<Map<Role, String>> epochs = epochs(stages);
        List<Change> changes = new ArrayList<>();
        Fates threaded = new Fates();
        Live live = new Live();
        live(stages, epochs, live, threaded, changes);

        Fates stepped = new Fates();
        virtual(stages, epochs, live.arrivals, stepped, changes);

        assertArrayEquals(threaded.reason, stepped.reason);
        assertArrayEquals(threaded.release, stepped.release);
        assertArrayEquals(threaded.again, stepped.again);
        assertArrayEquals(threaded.times, stepped.times);
        assertArrayEquals(threaded.content, stepped.content);
        long left = 0;
        long twice = 0;
        int[] reasons = new int[DropReason.values().length + 1];
        for (int i = 0; i < PACKETS; i++) {
            reasons[threaded.reason[i]]++;
            left += threaded.times[i] > 0 ? 1 : 0;
            twice += threaded.times[i] > 1 ? 1 : 0;
        }
        System.out.println(stages + " stages: " + PACKETS + " packets and " + changes.size() + " changes, " + left
                + " left, " + twice + " of them twice, dropped by reason " + Arrays.toString(reasons));
        assertTrue(left > PACKETS / 20 && twice > 0, "too little happened");
        assertEquals(PACKETS, left + Arrays.stream(reasons).skip(1).sum());
        assertTrue(Arrays.stream(reasons).filter(n -> n > 0).count() > 6, Arrays.toString(reasons));
    }

    private static void live(int stages, List<Map<Role, String>> epochs, Live source, Fates fates, List<Change> changes)
            throws Exception {
        try (Arena arena = Arena.ofShared()) {
            Sink sink = new Sink();
            fates.memory = sink.memory();
            source.buffer = buffer(arena);
            Pipeline pipeline = new Pipeline(
                    "a->b", NanoClock.SYSTEM, source, sink, source.buffer, first(epochs.get(0)), stages, 64);
            pipeline.tell(fates);
            AtomicReference<Throwable> failure = new AtomicReference<>();
            ThreadSettings settings = new ThreadSettings(ThreadSettings.ANY_CPU, 0, new WaitThresholds(0, 0, 20_000));
            List<StageThread> threads = pipeline.stages().stream()
                    .map(stage -> new StageThread(stage, settings, failure::set))
                    .toList();
            threads.forEach(StageThread::start);
            for (int i = 1; i < epochs.size(); i++) {
                long from = (long) i * PACKETS / epochs.size();
                while (pipeline.snapshot().get(Counter.RECEIVED_PACKETS) < from && failure.get() == null) {
                    LockSupport.parkNanos(100_000);
                }
                DirectionModels next =
                        pipeline.models().changed(epochs.get(i - 1), epochs.get(i), new RandomStreams(1, 0, i));
                changes.add(pipeline.change(next).get(20, TimeUnit.SECONDS));
            }
            while (pipeline.snapshot().get(Counter.RECEIVED_PACKETS) < PACKETS && failure.get() == null) {
                LockSupport.parkNanos(100_000);
            }
            if (pipeline.joint().isPresent()) {
                pipeline.joint().get().stopReceiving();
            } else {
                threads.get(0).requestStop();
                assertTrue(threads.get(0).awaitEnd(10_000_000_000L));
            }
            long start = System.nanoTime();
            while (!pipeline.isDrained() && System.nanoTime() - start < 60_000_000_000L && failure.get() == null) {
                LockSupport.parkNanos(100_000);
            }
            for (StageThread thread : threads) {
                thread.requestStop();
                assertTrue(thread.awaitEnd(10_000_000_000L));
            }
            if (failure.get() != null) {
                throw new AssertionError(failure.get());
            }
            assertAccounted(pipeline);
        }
    }

    private static void virtual(
            int stages, List<Map<Role, String>> epochs, long[] arrivals, Fates fates, List<Change> changes) {
        VirtualClock clock = new VirtualClock(0);
        Replayed source = new Replayed(arrivals);
        try (Arena arena = Arena.ofConfined()) {
            Sink sink = new Sink();
            fates.memory = sink.memory();
            Pipeline pipeline =
                    new Pipeline("a->b", clock, source, sink, buffer(arena), first(epochs.get(0)), stages, 7);
            pipeline.tell(fates);
            VirtualRun run = new VirtualRun(clock, List.of(pipeline));
            for (int i = 1; i < epochs.size(); i++) {
                Change change = changes.get(i - 1);
                source.limit = (int) change.packetNumber();
                run.runUntil(Math.max(clock.nanoTime(), change.nanos()));
                DirectionModels next =
                        pipeline.models().changed(epochs.get(i - 1), epochs.get(i), new RandomStreams(1, 0, i));
                CompletableFuture<Change> answer = pipeline.change(next);
                run.runUntil(clock.nanoTime());
                assertEquals(change.packetNumber(), answer.join().packetNumber());
            }
            source.limit = PACKETS;
            run.runUntil(Long.MAX_VALUE);
            run.finish();
            assertAccounted(pipeline);
        }
    }
}
