package io.tlem.link;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.tlem.buffer.SharedBuffer;
import io.tlem.impair.RandomStreams;
import io.tlem.impair.Role;
import io.tlem.port.PacketBatch;
import io.tlem.port.PacketSink;
import io.tlem.port.PacketSource;
import io.tlem.scenario.Scenario;
import io.tlem.scenario.ScenarioPlayer;
import io.tlem.spec.LinkSpec;
import io.tlem.spec.Setting;
import io.tlem.stats.DropReason;
import io.tlem.testing.Await;
import io.tlem.testing.SlotMemory;
import io.tlem.thread.NanoClock;
import io.tlem.thread.StageThread;
import io.tlem.thread.ThreadSettings;
import io.tlem.thread.VirtualClock;
import io.tlem.thread.WaitThresholds;
import java.lang.foreign.Arena;
import java.lang.ref.WeakReference;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;
import java.util.function.LongSupplier;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Changes that are asked for ahead of their times hold for exactly the packets that arrive from these on. */
class TimedChangesTest {
    private static final long MS = 1_000_000;
    private static final long BUFFER_BYTES = 64L << 20;
    private static final Setting<String> DELAY = Setting.of(Role.DELAY);

    @TempDir
    Path folder;

    /** Packets whose times of arrival are known; whoever asks late is given many at once, as from a ring. */
    private static final class Source extends SlotMemory implements PacketSource {
        private static final int SLOTS = 4096;
        final long[] arrivals;
        volatile int next;

        Source(long[] arrivals) {
            super(SLOTS, 256, 256);
            this.arrivals = arrivals;
        }

        @Override
        public int receive(PacketBatch batch, LongSupplier clock) {
            long now = clock.getAsLong();
            int count = 0;
            int number = next;
            for (; number < arrivals.length && count < batch.capacity() && arrivals[number] <= now; number++) {
                batch.offset[count] = slot(number % SLOTS);
                batch.length[count] = 60 + number % 150;
                batch.arrivalNanos[count++] = arrivals[number];
            }
            batch.count = count;
            batch.horizonNanos = number < arrivals.length ? Math.min(now, arrivals[number]) : now;
            next = number;
            return count;
        }

        @Override
        public long nextArrivalNanos() {
            return next < arrivals.length ? arrivals[next] : UNKNOWN;
        }

        @Override
        public boolean exhausted() {
            return next == arrivals.length;
        }
    }

    private static final class Sink extends SlotMemory implements PacketSink {
        Sink() {
            super(1024, 256, 256);
        }

        @Override
        public void transmit(PacketBatch batch, int count, long nowNanos) {}
    }

    /** What became of each packet. */
    private static final class Fates implements FateLog {
        final long[] release;
        final long[] again;
        final int[] dropped;

        Fates(int packets) {
            release = new long[packets];
            again = new long[packets];
            dropped = new int[packets];
        }

        @Override
        public void dropped(DropReason reason, long number, long arrivalNanos) {
            dropped[(int) number] = 1 + reason.ordinal();
        }

        @Override
        public void transmitted(PacketBatch batch, int count) {
            for (int i = 0; i < count; i++) {
                int number = (int) batch.number[i];
                (release[number] == 0 ? release : again)[number] = batch.releaseNanos[i];
            }
        }
    }

    /** A direction of a link that can be changed. */
    private static final class Direction {
        final Source source;
        final Fates fates;
        final Pipeline pipeline;
        final LinkChanges changes;

        Direction(NanoClock clock, long[] arrivals, LinkSpec spec, int stages, int batch) {
            source = new Source(arrivals);
            fates = new Fates(arrivals.length);
            SharedBuffer buffer =
                    SharedBuffer.over(Arena.ofAuto().allocate(SharedBuffer.HEADER_PAGE_BYTES + BUFFER_BYTES, 64));
            pipeline = new Pipeline(
                    "a->b",
                    clock,
                    source,
                    new Sink(),
                    buffer,
                    DirectionModels.of(spec.direction(0), new RandomStreams(7, 0)),
                    stages,
                    batch);
            pipeline.tell(fates);
            changes = new LinkChanges(spec, 7, Map.of(0, pipeline));
        }

        void finish() {
            assertTrue(pipeline.isDrained());
            assertEquals(0, pipeline.snapshot().unaccounted(pipeline.countRemaining()));
            assertEquals(0, pipeline.snapshot().dropped(DropReason.BUFFER).packets());
        }
    }

    private static LinkSpec link(String... delay) {
        LinkSpec.Builder builder = new LinkSpec.Builder();
        return builder.with(DELAY, delay).conclude();
    }

    private static long[] every(long step, int count) {
        long[] times = new long[count];
        Arrays.setAll(times, i -> (i + 1) * step);
        return times;
    }

    /** Two changes fall into one batch, one of them at the very time of an arrival. */
    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3})
    void holdFromTheirTimeOn(int stages) {
        VirtualClock clock = new VirtualClock(0);
        Direction direction = new Direction(clock, every(MS, 40), link("1ms"), stages, 16);
        VirtualRun run = new VirtualRun(clock, List.of(direction.pipeline));
        CompletableFuture<Map<String, Change>> first = direction.changes.changeAt(5 * MS, link("3ms"));
        CompletableFuture<Map<String, Change>> second = direction.changes.changeAt(7 * MS + 1, link("9ms"));
        CompletableFuture<Map<String, Change>> third = direction.changes.changeAt(100 * MS, link("10ms"));
        assertEquals(link("1ms"), direction.changes.spec());
        clock.advanceTo(20 * MS); // whoever looks late decides no differently
        run.runUntil(200 * MS);
        run.finish();
        direction.finish();
        long[] expected = every(MS, 40);
        for (int i = 0; i < expected.length; i++) {
            long arrival = expected[i];
            expected[i] += (arrival < 5 * MS ? 1 : arrival < 7 * MS + 1 ? 3 : 9) * MS;
        }
        assertArrayEquals(expected, direction.fates.release);
        assertEquals(Map.of("a->b", new Change(4, 5 * MS)), first.join());
        assertEquals(Map.of("a->b", new Change(7, 7 * MS + 1)), second.join());
        assertEquals(Map.of("a->b", new Change(40, 100 * MS)), third.join());
        assertEquals(link("10ms"), direction.changes.spec());
    }

    /** Packets that wait for their turn are decided by the models of that time; the queue goes on being one. */
    @Test
    void meetPacketsThatWait() {
        VirtualClock clock = new VirtualClock(0);
        LinkSpec slow = new LinkSpec.Builder()
                .with(Setting.of(Role.BANDWIDTH), "480k")
                .with(Setting.of(Role.QUEUE), "head-packets,100")
                .conclude();
        long[] arrivals = new long[6]; // at once, and the source has no more: of 60 to 65 bytes, about 1 ms each
        Direction direction = new Direction(clock, arrivals, slow, 2, 16);
        VirtualRun run = new VirtualRun(clock, List.of(direction.pipeline));
        var ignored = direction.changes.changeAt(2 * MS, slow.with(Setting.of(Role.BANDWIDTH), "48M"));
        run.runUntil(100 * MS);
        run.finish();
        direction.finish();
        long[] release = direction.fates.release;
        assertEquals(MS, release[0]);
        assertTrue(Math.abs(release[1] - 2_016_667) <= 1, "at the head before the change: " + Arrays.toString(release));
        assertTrue(
                Math.abs(release[5] - release[1] - 4 * 10_500) < 1000,
                "the rest in 10 us each: " + Arrays.toString(release));
    }

    @Test
    void aChangeAtOnceTakesThoseToComeBack() {
        VirtualClock clock = new VirtualClock(0);
        Direction direction = new Direction(clock, every(MS, 30), link("1ms"), 2, 16);
        VirtualRun run = new VirtualRun(clock, List.of(direction.pipeline));
        CompletableFuture<Map<String, Change>> done = direction.changes.changeAt(3 * MS, link("2ms"));
        CompletableFuture<Map<String, Change>> gone = direction.changes.changeAt(8 * MS, link("5ms"));
        run.runUntil(5 * MS);
        CompletableFuture<Change> atOnce = direction.changes.change(link("4ms")).get("a->b");
        assertThrows(IllegalStateException.class, () -> direction.changes.change(link("6ms")), "one at a time");
        CompletableFuture<Map<String, Change>> later = direction.changes.changeAt(20 * MS, link("7ms"));
        run.runUntil(100 * MS);
        run.finish();
        direction.finish();
        assertTrue(done.isDone() && !done.isCompletedExceptionally());
        assertTrue(gone.isCompletedExceptionally());
        assertEquals(new Change(5, 5 * MS), atOnce.join());
        assertEquals(new Change(19, 20 * MS), later.join().get("a->b"));
        assertEquals(9 * MS + MS, direction.fates.release[5], "6 ms and 4");
        assertEquals(27 * MS, direction.fates.release[19]);
    }

    /** A loop without end changes the link for days. */
    @Test
    void whatWasInForceDoesNotStayInMemory() {
        VirtualClock clock = new VirtualClock(0);
        Direction direction = new Direction(clock, every(MS, 100), link("1ms"), 2, 16);
        VirtualRun run = new VirtualRun(clock, List.of(direction.pipeline));
        WeakReference<DirectionModels> models = null;
        WeakReference<LinkSpec> spec = null;
        for (int i = 1; i <= 50; i++) {
            LinkSpec next = link(1 + i + "ms");
            var ignored = direction.changes.changeAt(i * MS, next);
            if (i == 20) {
                models = new WeakReference<>(direction.pipeline.models());
                spec = new WeakReference<>(next);
            }
            run.runUntil(i * MS);
        }
        WeakReference<?> first = models;
        WeakReference<?> second = spec;
        Await.until("they are gone", Duration.ofSeconds(20), () -> {
            System.gc();
            return first.get() == null && second.get() == null;
        });
        assertEquals(link("51ms"), direction.changes.spec());
        run.runUntil(1000 * MS);
        run.finish();
        direction.finish();
    }

    @Test
    void whatComesTooLateSaysSo() {
        VirtualClock clock = new VirtualClock(0);
        Direction direction = new Direction(clock, every(MS, 30), link("1ms"), 2, 16);
        VirtualRun run = new VirtualRun(clock, List.of(direction.pipeline));
        run.runUntil(10 * MS);
        CompletableFuture<Map<String, Change>> late = direction.changes.changeAt(4 * MS, link("2ms"));
        run.runUntil(100 * MS);
        run.finish();
        direction.finish();
        assertEquals(new Change(10, 10 * MS), late.join().get("a->b"));
        assertThrows(
                IllegalArgumentException.class,
                () -> direction.changes.changeAt(200 * MS, link("2ms").with(Setting.SEED, "5")));
    }

    /** From the first packet on, and back in a loop; what has waited for it to come counts for nothing. */
    @Test
    void aScenarioMayBeginWithTheFirstPacket() throws Exception {
        Path file = Files.writeString(folder.resolve("scenario.yaml"), """
                start: first-packet
                steps:
                  - set: {both: {delay: 1ms}}
                  - {at: 4ms, repeat: forever, every: 10ms, steps: [{set: {both: {delay: 30ms}}}]}
                  - {at: 8ms, repeat: forever, every: 10ms, steps: [{set: {both: {delay: 50ms}}}]}
                """);
        VirtualClock clock = new VirtualClock(0);
        long[] arrivals = every(MS, 30);
        for (int i = 0; i < arrivals.length; i++) {
            arrivals[i] += 500 * MS;
        }
        Direction direction = new Direction(clock, arrivals, link(), 2, 16);
        ScenarioPlayer player = Scenario.read(file).on(direction.changes, 0);
        VirtualRun run = new VirtualRun(clock, List.of(direction.pipeline), player::upTo);
        run.runUntil(Long.MAX_VALUE);
        run.finish();
        direction.finish();
        long last = 0;
        for (int i = 0; i < arrivals.length; i++) {
            int phase = i < 4 ? 0 : (i - 4) % 10;
            long due = arrivals[i] + (i < 4 ? 1 : phase < 4 ? 30 : 50) * MS;
            last = Math.max(last, due);
            assertEquals(last, direction.fates.release[i], "packet " + i);
        }
    }

    /** The page's claim: the same scenario, arrivals and seed give the same fates and times, in threads and without. */
    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3})
    @Timeout(120)
    void aScenarioIsTheSameLiveAndVirtual(int stages) throws Exception {
        Path file = Files.writeString(
                folder.resolve("scenario.yaml"), """
                steps:
                  - set: {both: {delay: 2ms, bandwidth: 2G, queue: 1M}}
                  - at: 50ms
                    ramp: {both: {delay: 12ms}}
                    over: 100ms
                    every: 1ms
                    shape: smooth
                  - {at: 100ms, link: down}
                  - {after: 10ms, link: up}
                  - {at: 200ms, set: {both: {queue: QUEUE, bandwidth: 60M}}}
                  - {at: 300ms, set: {both: {queue: 1M, loss: 10%}}}
                  - at: 320ms
                    repeat: 4
                    every: 20ms
                    steps:
                      - set: {both: {reorder: 'constant,0.1,1ms'}}
                      - {after: 10ms, set: {both: {reorder: none, duplicate: 0.1}}}
                  - {at: 405ms, set: {preset: cable}}
                """.replace("QUEUE", stages == 3 ? "20k" : "'codel,1000,1ms,10ms'"));
        Scenario scenario = Scenario.read(file);
        LinkSpec spec = link();
        long start = System.nanoTime() + 100 * MS;
        long[] arrivals = new long[60_000];
        SplittableRandom random = new SplittableRandom(5);
        long time = start;
        for (int i = 0; i < arrivals.length; i++) {
            time += random.nextInt(15_000);
            arrivals[i] = time;
        }
        Fates live = live(stages, spec, scenario, start, arrivals);
        VirtualClock clock = new VirtualClock(start);
        Direction direction = new Direction(clock, arrivals, spec, stages, 7);
        ScenarioPlayer player = scenario.on(direction.changes, start);
        VirtualRun run = new VirtualRun(clock, List.of(direction.pipeline), player::upTo);
        run.runUntil(Long.MAX_VALUE);
        run.finish();
        direction.finish();
        assertArrayEquals(direction.fates.dropped, live.dropped);
        assertArrayEquals(direction.fates.release, live.release);
        assertArrayEquals(direction.fates.again, live.again);
        long[] reasons = new long[DropReason.values().length + 1];
        Arrays.stream(live.dropped).forEach(reason -> reasons[reason]++);
        assertTrue(Arrays.stream(reasons).filter(count -> count > 0).count() >= 4, Arrays.toString(reasons));
        assertTrue(Arrays.stream(live.again).filter(nanos -> nanos > 0).count() > 100);
    }

    private static Fates live(int stages, LinkSpec spec, Scenario scenario, long start, long[] arrivals)
            throws InterruptedException {
        Direction direction = new Direction(NanoClock.SYSTEM, arrivals, spec, stages, 64);
        AtomicReference<Throwable> failure = new AtomicReference<>();
        ThreadSettings settings = new ThreadSettings(ThreadSettings.ANY_CPU, 0, new WaitThresholds(0, 0, 20_000));
        List<StageThread> threads = direction.pipeline.stages().stream()
                .map(stage -> new StageThread(stage, settings, failure::set))
                .toList();
        ScenarioPlayer player = scenario.on(direction.changes, start);
        player.upTo(System.nanoTime() + 1000 * MS);
        threads.forEach(StageThread::start);
        while (!direction.pipeline.sourceExhausted() && failure.get() == null) {
            player.upTo(System.nanoTime() + 1000 * MS);
            LockSupport.parkNanos(MS);
        }
        long end = System.nanoTime() + 10_000 * MS;
        while (System.nanoTime() < end
                && failure.get() == null
                && !(direction.pipeline.sourceExhausted() && direction.pipeline.isDrained() && stored(direction))) {
            LockSupport.parkNanos(MS);
        }
        for (StageThread thread : threads) {
            thread.requestStop();
            assertTrue(thread.awaitEnd(10_000 * MS));
        }
        if (failure.get() != null) {
            throw new AssertionError(failure.get());
        }
        assertFalse(direction.pipeline.snapshot().get(io.tlem.stats.Counter.RECEIVED_PACKETS) < arrivals.length);
        direction.finish();
        return direction.fates;
    }

    private static boolean stored(Direction direction) {
        return direction.pipeline.snapshot().get(io.tlem.stats.Counter.RECEIVED_PACKETS)
                == direction.source.arrivals.length;
    }
}
