package io.tlem.link;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.tlem.buffer.SharedBuffer;
import io.tlem.impair.LinkModels;
import io.tlem.impair.RandomStreams;
import io.tlem.impair.Role;
import io.tlem.stats.DirectionSnapshot;
import io.tlem.stats.DropReason;
import io.tlem.thread.VirtualClock;
import java.lang.foreign.Arena;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.concurrent.CompletableFuture;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Models that change while packets are under way, on a virtual clock: every number is exact. */
class ModelChangesTest {
    private static final long MS = 1_000_000;

    private final VirtualClock clock = new VirtualClock(0);
    private final MemoryPorts.Source source = new MemoryPorts.Source(number -> 1250);
    private final MemoryPorts.Sink sink = new MemoryPorts.Sink(true, 9216);
    private Map<Role, String> specs;
    private Pipeline pipeline;
    private VirtualRun run;
    private long generation;

    private void start(Map<Role, String> first, int stages) {
        specs = first;
        SharedBuffer buffer =
                SharedBuffer.over(Arena.ofAuto().allocate(SharedBuffer.HEADER_PAGE_BYTES + (32 << 20), 64));
        DirectionModels models = new DirectionModels(LinkModels.of(first, new RandomStreams(7, 0)));
        pipeline = new Pipeline("a->b", clock, source, sink, buffer, models, stages, 16);
        run = new VirtualRun(clock, List.of(pipeline));
    }

    private Change change(Map<Role, String> next) {
        DirectionModels models = pipeline.models().changed(specs, next, new RandomStreams(7, 0, ++generation));
        CompletableFuture<Change> answer = pipeline.change(models);
        assertFalse(answer.isDone());
        specs = next;
        run.runUntil(clock.nanoTime());
        return answer.join();
    }

    private void offer(int packets) {
        source.offer(packets);
        run.runUntil(clock.nanoTime());
    }

    private List<Long> times() {
        return sink.sent.stream().map(MemoryPorts.Sent::nanos).toList();
    }

    private List<Integer> numbers() {
        return sink.sent.stream().map(MemoryPorts.Sent::number).toList();
    }

    private void finish() {
        run.finish();
        DirectionSnapshot snapshot = pipeline.snapshot();
        assertEquals(0, snapshot.unaccounted(pipeline.countRemaining()), snapshot.toString());
        assertTrue(pipeline.isDrained());
        assertTrue(sink.sent.stream().allMatch(MemoryPorts.Sent::intact));
    }

    /** 1250 bytes take 1 ms at 10 Mbit/s; those let in before stay on the link, and the next ones wait for them. */
    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3})
    void theLinkStaysBusyWithWhatIsOnIt(int stages) {
        start(Map.of(Role.BANDWIDTH, "10M", Role.QUEUE, "1M", Role.DELAY, "5ms"), stages);
        offer(3);
        assertEquals(new Change(3, 0), change(Map.of(Role.BANDWIDTH, "20M", Role.QUEUE, "1M", Role.DELAY, "5ms")));
        offer(2);
        run.runUntil(MS);
        assertEquals(new Change(5, MS), change(Map.of(Role.BANDWIDTH, "100M", Role.QUEUE, "1M", Role.DELAY, "1ms")));
        offer(1);
        finish();
        // The last one leaves the link at 4.1 ms, and would be due at 5.1 ms: not before those ahead of it.
        assertEquals(List.of(6 * MS, 7 * MS, 8 * MS, 8 * MS + MS / 2, 9 * MS, 9 * MS), times());
        assertEquals(List.of(0, 1, 2, 3, 4, 5), numbers());
    }

    /** The queue's limit of 3 packets holds for those that came before the change too. */
    @Test
    void theBacklogIsTakenOver() {
        start(Map.of(Role.BANDWIDTH, "10M", Role.QUEUE, "packets,4"), 2);
        offer(4);
        change(Map.of(Role.BANDWIDTH, "10M", Role.QUEUE, "packets,3"));
        offer(1);
        run.runUntil(2 * MS);
        offer(2); // two have left
        finish();
        assertEquals(List.of(0, 1, 2, 3, 5), numbers());
        assertEquals(2, pipeline.snapshot().dropped(DropReason.QUEUE).packets());
    }

    /** From unlimited to limited and back: the link is not free before it has sent what it had. */
    @Test
    void anUnlimitedLinkWaitsForTheLimitedOneBeforeIt() {
        start(Map.of(Role.DELAY, "5ms"), 2);
        offer(1);
        change(Map.of(Role.DELAY, "5ms", Role.BANDWIDTH, "10M", Role.QUEUE, "1M"));
        offer(4);
        change(Map.of(Role.DELAY, "6ms"));
        offer(2);
        finish();
        assertEquals(List.of(5 * MS, 6 * MS, 7 * MS, 8 * MS, 9 * MS, 10 * MS, 10 * MS), times());
    }

    /** The losses of a model that stays are those of a run without changes; one that changes draws anew. */
    @Test
    void modelsThatStayGoOn() {
        List<List<Integer>> came = new ArrayList<>();
        for (int changes = 0; changes < 2; changes++) {
            ModelChangesTest one = new ModelChangesTest();
            one.start(Map.of(Role.LOSS, "0.3", Role.DELAY, "1ms"), 2);
            for (int i = 1; i <= 50; i++) {
                one.offer(10);
                if (changes == 1) {
                    one.change(Map.of(Role.LOSS, "0.3", Role.DELAY, 1 + i % 3 + "ms"));
                }
                one.run.runUntil(5 * MS * i);
            }
            one.finish();
            came.add(one.numbers());
        }
        assertEquals(came.get(0), came.get(1));
        assertTrue(
                came.get(0).size() > 300 && came.get(0).size() < 400,
                "of 500: " + came.get(0).size());

        start(Map.of(Role.LOSS, "0.3"), 2);
        List<List<Integer>> patterns = new ArrayList<>();
        for (int i = 0; i < 20; i++) {
            int before = sink.sent.size();
            int base = i * 30;
            offer(30);
            patterns.add(numbers().subList(before, sink.sent.size()).stream()
                    .map(number -> number - base)
                    .toList());
            change(Map.of(Role.LOSS, i % 2 == 0 ? "0.31" : "0.3"));
        }
        finish();
        assertEquals(20, patterns.stream().distinct().count(), "the same draws again and again");
    }

    @Test
    void packetsThatWaitInAQueueGoOnWaiting() {
        String held = "codel,limit=1000";
        start(Map.of(Role.BANDWIDTH, "10M", Role.QUEUE, held), 2);
        offer(6);
        run.runUntil(MS);
        // One is on its way out, one on the link since 1 ms, four wait: from now on they take half the time.
        assertEquals(new Change(6, MS), change(Map.of(Role.BANDWIDTH, "20M", Role.QUEUE, held)));
        run.runUntil(2 * MS);
        change(Map.of(Role.BANDWIDTH, "20M", Role.QUEUE, "head-packets,2"));
        run.runUntil(2 * MS + MS / 2);
        change(Map.of(Role.BANDWIDTH, "10M", Role.QUEUE, "1M"));
        offer(1);
        finish();
        assertEquals(
                7,
                sink.sent.size() + pipeline.snapshot().dropped(DropReason.QUEUE).packets());
        assertEquals(List.of(MS, 2 * MS, 2 * MS + MS / 2), times().subList(0, 3));
    }

    @Test
    void whatDoesNotFitChangesNothing() {
        start(Map.of(Role.DELAY, "1ms", Role.BANDWIDTH, "10M", Role.QUEUE, "1000"), 3);
        Map<Role, String> large = Map.of(Role.DELAY, "100s", Role.BANDWIDTH, "10M", Role.QUEUE, "1000");
        DirectionModels models = pipeline.models();
        String refusal = assertThrows(
                        IllegalArgumentException.class,
                        () -> pipeline.change(models.changed(specs, large, new RandomStreams(7, 0, 1))))
                .getMessage();
        assertTrue(refusal.contains("a->b: bandwidth, delay and queue need"), refusal);
        assertTrue(refusal.contains("--buffer"), refusal);
        Map<Role, String> held = Map.of(Role.BANDWIDTH, "10M", Role.QUEUE, "codel");
        refusal = assertThrows(
                        IllegalArgumentException.class,
                        () -> pipeline.change(models.changed(specs, held, new RandomStreams(7, 0, 1))))
                .getMessage();
        assertTrue(refusal.contains("--stages 2"), refusal);
        offer(1);
        finish();
        assertEquals(List.of(2 * MS), times());
    }

    @Test
    void oneChangeAtATime() {
        start(Map.of(), 2);
        DirectionModels next = pipeline.models().changed(specs, Map.of(Role.DELAY, "1ms"), new RandomStreams(7, 0, 1));
        CompletableFuture<Change> answer = pipeline.change(next);
        assertThrows(IllegalStateException.class, () -> pipeline.change(next));
        run.runUntil(1);
        assertEquals(0, answer.join().packetNumber());
    }

    /** Reordering comes and goes; meanwhile everything passes, and without it the order is kept. */
    @Property(tries = 50)
    void anyModelsMayFollowAnyOthers(@ForAll long seed) {
        SplittableRandom random = new SplittableRandom(seed);
        List<Map<Role, String>> all = List.of(
                Map.of(Role.DELAY, "1ms"),
                Map.of(Role.DELAY, "uniform,1ms,3ms", Role.REORDER, "jitter"),
                Map.of(Role.DELAY, "uniform,1ms,3ms", Role.REORDER, "route,1"),
                Map.of(Role.DELAY, "1ms", Role.REORDER, "route,7"),
                Map.of(Role.DUPLICATE, "0.3", Role.DELAY, "1ms"),
                Map.of(Role.BANDWIDTH, "50M", Role.QUEUE, "codel", Role.DELAY, "1ms"),
                Map.of(Role.BANDWIDTH, "40M", Role.QUEUE, "head-packets,20", Role.REORDER, "gap,3"),
                Map.of(Role.BANDWIDTH, "60M", Role.QUEUE, "20000", Role.CORRUPT, "0"),
                Map.of(Role.BANDWIDTH, "60M", Role.QUEUE, "20000", Role.DELAY, "uniform,1ms,3ms", Role.ORDER, "spaced"),
                Map.of(Role.BANDWIDTH, "60M", Role.QUEUE, "20000", Role.DELAY, "2ms", Role.ORDER, "delay-first"),
                Map.of(Role.LOSS, "0.1", Role.REORDER, "constant,0.2,2ms"));
        ModelChangesTest one = new ModelChangesTest();
        one.start(all.get(random.nextInt(all.size())), 2);
        int offered = 0;
        for (int i = 0; i < 40; i++) {
            int packets = random.nextInt(12);
            offered += packets;
            one.offer(packets);
            if (random.nextInt(3) == 0) {
                Change change = one.change(all.get(random.nextInt(all.size())));
                assertEquals(offered, change.packetNumber());
                assertEquals(one.clock.nanoTime(), change.nanos());
            }
            one.run.runUntil(one.clock.nanoTime() + random.nextLong(2 * MS));
        }
        one.finish();
        assertEquals(offered, one.pipeline.snapshot().get(io.tlem.stats.Counter.RECEIVED_PACKETS));
        assertEquals(0, one.pipeline.snapshot().dropped(DropReason.BUFFER).packets());
    }
}
