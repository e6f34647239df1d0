package io.tlem.link;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.tlem.buffer.SharedBuffer;
import io.tlem.impair.LinkModels;
import io.tlem.impair.RandomStreams;
import io.tlem.impair.Role;
import io.tlem.stats.Counter;
import io.tlem.stats.DirectionSnapshot;
import io.tlem.stats.DropReason;
import io.tlem.thread.Stage;
import java.lang.foreign.Arena;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SplittableRandom;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.HdrHistogram.Histogram;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Packets that overtake others, or are sent twice: in what order, when, and that each is accounted for. */
class ReorderingTest {
    private long now = 1_000_000;

    private Pipeline pipeline(
            MemoryPorts.Source source, MemoryPorts.Sink sink, long capacity, Map<Role, String> specs, int stages) {
        SharedBuffer buffer = SharedBuffer.over(Arena.ofAuto().allocate(SharedBuffer.HEADER_PAGE_BYTES + capacity, 64));
        DirectionModels models = new DirectionModels(LinkModels.of(specs, new RandomStreams(5, 0)));
        return new Pipeline("a->b", () -> now, source, sink, buffer, models, stages, 16);
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

    private static void assertAccounted(Pipeline pipeline) {
        DirectionSnapshot snapshot = pipeline.snapshot();
        long inside = pipeline.countRemaining();
        assertEquals(0, snapshot.unaccounted(inside), snapshot + ", inside " + inside);
    }

    private static List<Integer> numbers(MemoryPorts.Sink sink) {
        return sink.sent.stream().map(MemoryPorts.Sent::number).toList();
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3})
    void everyPacketIsHeldAndTheOrderIsKeptAmongThem(int stages) {
        MemoryPorts.Source source = new MemoryPorts.Source(number -> 100);
        MemoryPorts.Sink sink = new MemoryPorts.Sink(true, 9216);
        Pipeline pipeline =
                pipeline(source, sink, 1 << 20, Map.of(Role.REORDER, "constant,1,3ms", Role.DELAY, "2ms"), stages);
        source.offer(10);
        step(pipeline);
        now += 4_999_999;
        step(pipeline);
        assertEquals(0, sink.count());
        now += 1;
        step(pipeline);
        assertEquals(List.of(0, 1, 2, 3, 4, 5, 6, 7, 8, 9), numbers(sink));
        assertTrue(pipeline.isDrained());
        assertAccounted(pipeline);
    }

    /** netem: with a gap of 3 and certainty, the third of three goes at once. */
    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3})
    void everyThirdGoesAtOnce(int stages) {
        MemoryPorts.Source source = new MemoryPorts.Source(number -> 100);
        MemoryPorts.Sink sink = new MemoryPorts.Sink(true, 9216);
        Pipeline pipeline = pipeline(source, sink, 1 << 20, Map.of(Role.REORDER, "gap,3", Role.DELAY, "10ms"), stages);
        source.offer(7);
        step(pipeline);
        assertEquals(List.of(2, 5), numbers(sink));
        now += 10_000_000;
        step(pipeline);
        assertEquals(List.of(2, 5, 0, 1, 3, 4, 6), numbers(sink));
        Histogram lateness = new Histogram(3);
        pipeline.lateness().collectFinal(lateness);
        assertEquals(0, lateness.getMaxValue());
        assertTrue(pipeline.isDrained());
        assertAccounted(pipeline);
    }

    /** One batch: a packet, a later one, the first's copy. */
    @Test
    void theTimeOfEachIsRecordedWhateverTheirOrder() {
        MemoryPorts.Source source = new MemoryPorts.Source(number -> 100);
        MemoryPorts.Sink sink = new MemoryPorts.Sink(true, 9216);
        Pipeline pipeline =
                pipeline(source, sink, 1 << 20, Map.of(Role.DUPLICATE, "1,behind=1ms", Role.DELAY, "1ms"), 2);
        source.offer(1);
        step(pipeline);
        now += 500_000;
        source.offer(1);
        step(pipeline);
        now += 1_700_000;
        step(pipeline);
        assertEquals(List.of(0, 1, 0), numbers(sink));
        Histogram inside = new Histogram(3);
        pipeline.timeInside().collectFinal(inside);
        assertEquals(2, inside.getCountBetweenValues(2_200_000, 2_200_000));
        assertEquals(1, inside.getCountBetweenValues(1_700_000, 1_700_000));
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3})
    void copiesFollowTheirPackets(int stages) {
        MemoryPorts.Source source = new MemoryPorts.Source(number -> 100 + number);
        MemoryPorts.Sink sink = new MemoryPorts.Sink(true, 9216);
        Pipeline pipeline =
                pipeline(source, sink, 1 << 20, Map.of(Role.DUPLICATE, "1,behind=1ms", Role.DELAY, "1ms"), stages);
        source.offer(2);
        step(pipeline);
        now += 1_000_000;
        step(pipeline);
        assertEquals(List.of(0, 1), numbers(sink));
        DirectionSnapshot snapshot = pipeline.snapshot();
        assertEquals(2, snapshot.get(Counter.DUPLICATED_PACKETS));
        assertEquals(201, snapshot.get(Counter.DUPLICATED_BYTES));
        assertEquals(0, snapshot.unaccounted(2));
        now += 1_000_000;
        step(pipeline);
        assertEquals(List.of(0, 1, 0, 1), numbers(sink));
        assertTrue(sink.sent.stream().allMatch(MemoryPorts.Sent::intact));
        assertTrue(pipeline.isDrained());
        assertAccounted(pipeline);
    }

    @Test
    void whatIsStillInsideIsCountedWithItsCopies() {
        MemoryPorts.Source source = new MemoryPorts.Source(number -> 100);
        MemoryPorts.Sink sink = new MemoryPorts.Sink(true, 9216);
        Pipeline pipeline =
                pipeline(source, sink, 1 << 20, Map.of(Role.DUPLICATE, "1,behind=1ms", Role.DELAY, "1ms"), 2);
        source.offer(5);
        step(pipeline);
        now += 1_000_000;
        source.offer(3);
        step(pipeline);
        assertEquals(5 + 6, pipeline.countRemaining());
        assertEquals(0, pipeline.snapshot().unaccounted(11));
    }

    /**
     * A delay that reorders, through a small buffer that wraps many times and a sink with little room: what comes out is each
     * packet when its own time has come, ordered by release time and then by number.
     */
    @Property(tries = 60)
    void aVaryingDelayReordersAsASortWould(
            @ForAll @IntRange(min = 2, max = 3) int stages,
            @ForAll @IntRange(min = 1, max = 20) int room,
            @ForAll boolean copies,
            @ForAll long seed) {
        SplittableRandom random = new SplittableRandom(seed);
        MemoryPorts.Source source = new MemoryPorts.Source(number -> 60 + (number * 7919 & 1023));
        MemoryPorts.Sink sink = new MemoryPorts.Sink(true, 9216);
        Map<Role, String> specs = Map.of(
                Role.REORDER,
                "jitter",
                Role.DELAY,
                "uniform,0,1ms",
                Role.DUPLICATE,
                copies ? "0.3,behind=200us" : "0",
                Role.LOSS,
                "0.1");
        Pipeline pipeline = pipeline(source, sink, 150_000, specs, stages);
        sink.limitRoom(room);
        for (int i = 0; i < 1500; i++) {
            now += random.nextLong(30_000);
            source.offer(random.nextInt(3));
            step(pipeline);
        }
        for (int i = 0; i < 100; i++) {
            now += 20_000;
            step(pipeline);
        }
        assertTrue(pipeline.isDrained());
        DirectionSnapshot snapshot = pipeline.snapshot();
        assertEquals(0, snapshot.dropped(DropReason.BUFFER).packets());
        assertEquals(sink.count(), snapshot.transmittedPackets());
        assertEquals(0, snapshot.unaccounted(0));
        assertTrue(sink.sent.stream().allMatch(MemoryPorts.Sent::intact), "content");
        Set<Integer> different = new HashSet<>(numbers(sink));
        assertEquals(
                snapshot.get(Counter.RECEIVED_PACKETS)
                        - snapshot.dropped(DropReason.LOSS).packets(),
                different.size());
        assertEquals(copies, snapshot.get(Counter.DUPLICATED_PACKETS) > 0);
        List<Integer> sorted = new ArrayList<>(numbers(sink));
        sorted.sort(Comparator.naturalOrder());
        assertTrue(!sorted.equals(numbers(sink)), "nothing was reordered");
        // No packet was late but for the steps of the clock, which are below 30 us, and none was early.
        Histogram lateness = new Histogram(3);
        pipeline.lateness().collectFinal(lateness);
        assertTrue(lateness.getPercentileAtOrBelowValue(30_100) > 99.9, "late: " + lateness.getMaxValue());
    }

    /** Packets that keep their places stay in order, whatever overtakes them. */
    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3})
    void theOthersStayInOrder(int stages) {
        MemoryPorts.Source source = new MemoryPorts.Source(number -> 200);
        MemoryPorts.Sink sink = new MemoryPorts.Sink(true, 9216);
        Pipeline pipeline = pipeline(
                source, sink, 1 << 20, Map.of(Role.REORDER, "constant,0.1,1ms", Role.DELAY, "uniform,0,100us"), stages);
        for (int i = 0; i < 1000; i++) {
            now += 10_000;
            source.offer(1);
            step(pipeline);
        }
        now += 10_000_000;
        step(pipeline);
        assertEquals(1000, sink.count());
        int held = 0;
        int last = -1;
        for (int number : numbers(sink)) {
            if (number < last) {
                held++;
            } else {
                last = number;
            }
        }
        assertTrue(held > 60 && held < 140, held + " were overtaken");
        assertAccounted(pipeline);
    }
}
