package io.tlem.stats;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotSame;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import org.HdrHistogram.Histogram;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class CollectorTest {
    private static final long SECOND = 1_000_000_000;

    private final Counters counters = new Counters();
    private final LatencyRecorder lateness = new LatencyRecorder();
    private final LatencyRecorder timeInside = new LatencyRecorder();
    private final LinkTimesRecorder linkTimes = new LinkTimesRecorder();
    private final AtomicLong longest = new AtomicLong();
    private final AtomicLong now = new AtomicLong(5 * SECOND);
    private long packets;

    private final Collector collector = new Collector(
            List.of(new Observed(this::snapshot, lateness, timeInside, linkTimes, () -> List.of(stage()), () -> 7)),
            now::get);

    private DirectionSnapshot snapshot() {
        Map<Counter, Long> values = new EnumMap<>(Counter.class);
        for (Counter counter : Counter.values()) {
            values.put(counter, counters.get(counter));
        }
        return new DirectionSnapshot(
                "a->b", values, Map.of(DropReason.LOSS, counters.dropped(DropReason.LOSS)), 0, Map.of());
    }

    private StageTimes stage() {
        return new StageTimes("a->b input", longest.getAndSet(0), 1, 2);
    }

    /** What the thread of a stage does with a packet. */
    private void pass(long nanos) {
        packets++;
        counters.add(Counter.RECEIVED_PACKETS, 1);
        counters.add(Counter.TRANSMITTED_BYTES, nanos);
        counters.set(Counter.QUEUE_HIGH_WATER_BYTES, packets);
        counters.drop(DropReason.LOSS, 1, 60);
        lateness.record(nanos);
        timeInside.record(nanos + 1_000_000);
        linkTimes.set(packets, packets * 10, packets * 20, packets * 30, 10, 20, packets);
        longest.accumulateAndGet(nanos, Math::max);
        lateness.handOver();
        timeInside.handOver();
    }

    private static DirectionSample only(List<DirectionSample> directions) {
        assertEquals(1, directions.size());
        return directions.getFirst();
    }

    private static List<Sample> take(Samples reader, int count) throws InterruptedException {
        List<Sample> samples = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            samples.add(reader.next(10 * SECOND).orElseThrow());
        }
        return samples;
    }

    /** The link's thread works all the while, and nothing is counted twice or lost between two samples. */
    @Test
    void theSpansOfAllSamplesAreTheTotal() throws Exception {
        List<Sample> samples = new ArrayList<>();
        try (ExecutorService threads = Executors.newSingleThreadExecutor()) {
            Future<?> stage = threads.submit(() -> {
                while (!Thread.currentThread().isInterrupted() && packets < 20_000_000) {
                    pass(1 + packets % 1000);
                }
            });
            for (int i = 0; i < 30; i++) {
                now.addAndGet(SECOND);
                samples.add(collector.next());
                assertEquals(i + 1, samples.getLast().number());
                Sample between = collector.soFar();
                assertTrue(between.span().getFirst().lateness().getTotalCount() >= 0);
            }
            threads.shutdownNow();
            stage.get();
        }
        now.addAndGet(SECOND);
        samples.add(collector.last(true));
        DirectionSample total = only(samples.getLast().total());
        long counted = 0;
        long bytes = 0;
        long dropped = 0;
        long timed = 0;
        double delay = 0;
        long stalls = 0;
        long longestWork = 0;
        Histogram sum = LatencyRecorder.newHistogram();
        for (Sample sample : samples) {
            DirectionSample span = only(sample.span());
            counted += span.delta().get(Counter.RECEIVED_PACKETS);
            bytes += span.delta().get(Counter.TRANSMITTED_BYTES);
            dropped += span.delta().droppedPackets();
            timed += span.linkTimes().packets();
            delay += span.linkTimes().delayNanos();
            stalls += span.stages().getFirst().stalls();
            longestWork = Math.max(longestWork, span.stages().getFirst().longestWorkNanos());
            span.lateness().addTo(sum);
            assertEquals(sample.last() ? 7 : -1, span.stillInside());
            assertEquals(SECOND, sample.spanNanos());
            assertEquals(sample.number() * SECOND, sample.elapsedNanos());
        }
        assertEquals(packets, counted);
        assertEquals(packets, total.delta().get(Counter.RECEIVED_PACKETS));
        assertEquals(bytes, total.delta().get(Counter.TRANSMITTED_BYTES));
        assertEquals(packets, dropped);
        assertEquals(packets, timed);
        assertEquals(packets, total.linkTimes().packets());
        assertEquals(packets * 30.0, delay);
        assertEquals(packets, sum.getTotalCount());
        assertEquals(sum, copy(total.lateness()));
        assertEquals(packets, total.timeInside().getTotalCount());
        assertEquals(packets, total.delta().get(Counter.QUEUE_HIGH_WATER_BYTES));
        assertEquals(stalls, total.stages().getFirst().stalls());
        assertEquals(1000, longestWork);
        assertEquals(1000, total.stages().getFirst().longestWorkNanos());
    }

    private static Histogram copy(TimeDistribution times) {
        Histogram own = LatencyRecorder.newHistogram();
        times.addTo(own);
        return own;
    }

    @Test
    void everyReaderGetsTheSameSamples() throws Exception {
        try (Samples first = collector.read()) {
            List<Sample> made = new ArrayList<>();
            List<Sample> two;
            try (Samples second = collector.read()) {
                for (int i = 0; i < 5; i++) {
                    pass(100);
                    made.add(collector.next());
                }
                two = take(second, 5);
            }
            List<Sample> one = take(first, 5);
            for (int i = 0; i < 5; i++) {
                assertSame(made.get(i), one.get(i));
                assertSame(made.get(i), two.get(i));
            }
            assertSame(made.getLast(), collector.latest());
            assertNotSame(collector.latest(), collector.soFar(), "it is for whoever asked alone");
            assertTrue(first.next(0).isEmpty());
            Sample last = collector.last(false);
            assertSame(last, first.next(SECOND).orElseThrow());
        }
    }

    /** One takes a sample and is stuck with it: the collector and another go on, and what is left out shows. */
    @Test
    void aReaderThatIsStuckHarmsNobody() throws Exception {
        int made = 3 * Samples.MOST_WAITING;
        CountDownLatch took = new CountDownLatch(1);
        CountDownLatch stuck = new CountDownLatch(1);
        try (Samples slow = collector.read();
                Samples quick = collector.read();
                ExecutorService threads = Executors.newFixedThreadPool(2)) {
            Future<List<Sample>> slowly = threads.submit(() -> {
                List<Sample> samples = take(slow, 1);
                took.countDown();
                stuck.await();
                samples.addAll(take(slow, Samples.MOST_WAITING));
                return samples;
            });
            Future<List<Sample>> quickly = threads.submit(() -> take(quick, made));
            for (int i = 0; i < made; i++) {
                pass(100);
                Sample sample = collector.next();
                assertSame(sample, collector.latest());
                assertTrue(took.await(10, TimeUnit.SECONDS));
            }
            List<Sample> all = quickly.get(10, TimeUnit.SECONDS);
            assertEquals(LongStream.rangeClosed(1, made).boxed().toList(), numbers(all));
            assertEquals(0, quick.leftOut());
            stuck.countDown();
            List<Sample> some = slowly.get(10, TimeUnit.SECONDS);
            assertEquals(made - 1 - Samples.MOST_WAITING, slow.leftOut());
            assertEquals(1, some.getFirst().number());
            assertEquals(
                    LongStream.rangeClosed(made - Samples.MOST_WAITING + 1L, made)
                            .boxed()
                            .toList(),
                    numbers(some.subList(1, some.size())));
            assertSame(all.getLast(), some.getLast());
        }
    }

    private static List<Long> numbers(List<Sample> samples) {
        return samples.stream().map(Sample::number).toList();
    }

    @Test
    void aSampleStaysAsItIs() throws Exception {
        for (int i = 1; i <= 1000; i++) {
            pass(i * 1000L);
        }
        Sample sample = collector.last(true);
        String before = JsonReport.interval(sample) + JsonReport.status(sample);
        assertTrue(before.contains("\"count\":1000"), before);
        TimeDistribution times = only(sample.span()).lateness();
        Histogram own = copy(times);
        own.recordValue(1);
        own.setTag("mine");
        for (int i = 0; i < 1000; i++) {
            pass(1);
        }
        collector.last(true);
        try (ExecutorService threads = Executors.newFixedThreadPool(4)) {
            List<Future<Boolean>> readers = IntStream.range(0, 4)
                    .mapToObj(reader -> threads.submit(() -> {
                        for (int i = 0; i < 200; i++) {
                            if (!before.equals(JsonReport.interval(sample) + JsonReport.status(sample))) {
                                return false;
                            }
                        }
                        return true;
                    }))
                    .toList();
            for (Future<Boolean> reader : readers) {
                assertTrue(reader.get(), "a reader saw something else");
            }
        }
        DirectionSample direction = only(sample.total());
        assertThrows(UnsupportedOperationException.class, () -> sample.span().clear());
        assertThrows(
                UnsupportedOperationException.class, () -> direction.stages().clear());
        assertThrows(
                UnsupportedOperationException.class,
                () -> direction.total().counters().clear());
        assertThrows(
                UnsupportedOperationException.class,
                () -> direction.total().drops().clear());
    }
}
