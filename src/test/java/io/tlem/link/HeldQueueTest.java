package io.tlem.link;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.tlem.buffer.PacketRecord;
import io.tlem.buffer.SharedBuffer;
import io.tlem.impair.HeldQueueModel;
import io.tlem.impair.LinkModels;
import io.tlem.impair.PacketContext;
import io.tlem.impair.RandomStreams;
import io.tlem.impair.Role;
import io.tlem.stats.Counter;
import io.tlem.stats.DirectionSnapshot;
import io.tlem.stats.DropReason;
import io.tlem.thread.Stage;
import java.lang.foreign.Arena;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Queues that decide about packets that wait in them, against a list of packets and a clock. */
class HeldQueueTest {
    private static final long BITS_PER_SECOND = 8_000_000; // a byte takes 1 us
    private static final long BYTE_NANOS = 1000;
    private static final long DELAY_NANOS = 300_000;

    private long now = 1_000_000;

    /** Holds at most so many packets, drops the oldest for a new one, and each so-manieth that comes to the head. */
    private static final class Oldest implements HeldQueueModel {
        private final int limit;
        private final int every;
        private int waiting;
        private long heads;

        Oldest(int limit, int every) {
            this.limit = limit;
            this.every = every;
        }

        @Override
        public boolean admits(PacketContext packet) {
            waiting++;
            return true;
        }

        @Override
        public boolean evicts(PacketContext packet) {
            boolean full = waiting > limit;
            waiting -= full ? 1 : 0;
            return full;
        }

        @Override
        public boolean passes(PacketContext packet, long headNanos) {
            waiting--;
            return ++heads % every != 0;
        }

        @Override
        public long maxBytes() {
            return Long.MAX_VALUE;
        }

        @Override
        public long maxPackets() {
            return limit;
        }

        @Override
        public long highWaterBytes() {
            return 0;
        }

        @Override
        public long highWaterPackets() {
            return limit;
        }
    }

    private Pipeline pipeline(
            MemoryPorts.Source source, MemoryPorts.Sink sink, HeldQueueModel queue, long capacity, int stages) {
        LinkModels plain = LinkModels.of(
                Map.of(Role.BANDWIDTH, Long.toString(BITS_PER_SECOND), Role.DELAY, DELAY_NANOS + "ns"),
                new RandomStreams(5, 0));
        LinkModels models = new LinkModels(
                plain.outage(),
                plain.loss(),
                queue,
                plain.bandwidth(),
                plain.lossAfter(),
                plain.corrupt(),
                plain.mark(),
                plain.truncate(),
                plain.delay(),
                plain.order(),
                plain.reorder(),
                plain.duplicate());
        SharedBuffer buffer = SharedBuffer.over(Arena.ofAuto().allocate(SharedBuffer.HEADER_PAGE_BYTES + capacity, 64));
        return new Pipeline("a->b", () -> now, source, sink, buffer, new DirectionModels(models), stages, 16);
    }

    private static void step(Pipeline pipeline) {
        boolean worked = true;
        while (worked) {
            worked = false;
            for (Stage stage : pipeline.stages()) {
                worked |= stage.doWork() > 0;
            }
        }
    }

    private record Arrival(int number, long nanos) {}

    private record Departure(int number, long nanos) {}

    /** Event by event. At equal times the head comes first. */
    private static List<Departure> reference(List<Arrival> arrivals, int[] lengths, int limit, int every) {
        List<Departure> departures = new ArrayList<>();
        Deque<Arrival> waiting = new ArrayDeque<>();
        long free = Long.MIN_VALUE;
        long heads = 0;
        int next = 0;
        while (next < arrivals.size() || !waiting.isEmpty()) {
            long head = waiting.isEmpty()
                    ? Long.MAX_VALUE
                    : Math.max(free, waiting.element().nanos());
            if (next < arrivals.size() && arrivals.get(next).nanos() < head) {
                waiting.add(arrivals.get(next++));
                if (waiting.size() > limit) {
                    waiting.remove();
                }
                continue;
            }
            Arrival first = waiting.remove();
            if (++heads % every != 0) {
                free = head + lengths[first.number()] * BYTE_NANOS;
                departures.add(new Departure(first.number(), free + DELAY_NANOS));
            }
        }
        return departures;
    }

    @Property(tries = 300)
    void equalsAListAndAClock(
            @ForAll @IntRange(min = 1, max = 20) int limit,
            @ForAll @IntRange(min = 2, max = 9) int every,
            @ForAll @IntRange(min = 2, max = 3) int stages,
            @ForAll long seed) {
        SplittableRandom random = new SplittableRandom(seed);
        int[] lengths = random.ints(400, 60, random.nextBoolean() ? 80 : 9217).toArray();
        MemoryPorts.Source source = new MemoryPorts.Source(number -> lengths[number]);
        MemoryPorts.Sink sink = new MemoryPorts.Sink(true, 9216);
        Pipeline pipeline = pipeline(source, sink, new Oldest(limit, every), 1 << 20, stages);
        List<Arrival> arrivals = new ArrayList<>();
        List<long[]> sent = new ArrayList<>();
        while (arrivals.size() < lengths.length) {
            int more = Math.min(random.nextInt(4) == 0 ? random.nextInt(40) : 0, lengths.length - arrivals.size());
            for (int i = 0; i < more; i++) {
                arrivals.add(new Arrival(arrivals.size(), now));
            }
            source.offer(more);
            step(pipeline);
            sent.add(new long[] {now, sink.count()});
            now += random.nextInt(10) == 0 ? 0 : 1 + random.nextLong(2_000_000);
        }
        pipeline.input().end();
        now += 1_000_000_000;
        step(pipeline);
        List<Departure> expected = reference(arrivals, lengths, limit, every);
        assertEquals(
                expected.stream().map(Departure::number).toList(),
                sink.sent.stream().map(MemoryPorts.Sent::number).toList());
        assertTrue(sink.sent.stream().allMatch(MemoryPorts.Sent::intact));
        for (long[] then : sent) {
            assertEquals(expected.stream().filter(d -> d.nanos() <= then[0]).count(), then[1], "at " + then[0]);
        }
        assertTrue(pipeline.isDrained());
        assertEquals(0, pipeline.snapshot().get(Counter.HELD_PACKETS));
        assertEquals(0, pipeline.snapshot().get(Counter.BUFFERED_PACKETS));
        assertEquals(0, pipeline.snapshot().get(Counter.BUFFERED_BYTES));
        assertEquals(0, pipeline.snapshot().unaccounted(pipeline.countRemaining()));
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3})
    void whatWaitsIsCountedWhenTheLinkFails(int stages) {
        MemoryPorts.Source source = new MemoryPorts.Source(number -> 1000);
        MemoryPorts.Sink sink = new MemoryPorts.Sink(true, 9216);
        Pipeline pipeline = pipeline(source, sink, new Oldest(10, Integer.MAX_VALUE), 1 << 20, stages);
        assertEquals(Math.min(stages, 2), pipeline.stages().size());
        source.offer(8);
        step(pipeline);
        assertEquals(now + 1_000_000 + DELAY_NANOS / 8, pipeline.input().nextDueNanos());
        assertEquals(7, pipeline.snapshot().get(Counter.HELD_PACKETS));
        assertEquals(1, pipeline.snapshot().get(Counter.BUFFERED_PACKETS));
        assertEquals(PacketRecord.strideOf(1000), pipeline.snapshot().get(Counter.BUFFERED_BYTES));
        assertEquals(8, pipeline.countRemaining()); // 7 of them wait
        assertEquals(0, pipeline.snapshot().unaccounted(8));
    }

    /** The shared buffer has room for a few of them only. */
    @Test
    void whatFindsNoRoomInTheBufferIsCounted() {
        MemoryPorts.Source source = new MemoryPorts.Source(number -> 1000);
        MemoryPorts.Sink sink = new MemoryPorts.Sink(true, 9216);
        Pipeline pipeline = pipeline(source, sink, new Oldest(64, Integer.MAX_VALUE), 8192, 2);
        source.offer(40);
        step(pipeline);
        pipeline.input().end();
        now += 1_000_000_000;
        step(pipeline);
        DirectionSnapshot snapshot = pipeline.snapshot();
        assertTrue(snapshot.dropped(DropReason.BUFFER).packets() > 30, snapshot.toString());
        assertEquals(40, sink.count() + snapshot.dropped(DropReason.BUFFER).packets());
        assertEquals(0, snapshot.unaccounted(0));
    }
}
