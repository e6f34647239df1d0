package io.tlem.stats;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Random;
import java.util.concurrent.atomic.AtomicBoolean;
import org.HdrHistogram.Histogram;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

class LatencyRecorderTest {
    /** One thread records and hands over, the other collects as fast as it can: no value is lost or counted twice. */
    @Test
    @Timeout(60)
    void nothingIsLostBetweenTheThreads() throws Exception {
        LatencyRecorder recorder = new LatencyRecorder();
        int batches = 200_000;
        AtomicBoolean done = new AtomicBoolean();
        Thread writer = new Thread(() -> {
            for (int i = 0; i < batches; i++) {
                for (int k = 1; k <= 5; k++) {
                    recorder.record(k * 100L);
                }
                recorder.handOver();
            }
            done.set(true);
        });
        Histogram total = LatencyRecorder.newHistogram();
        Histogram twice = LatencyRecorder.newHistogram();
        int collections = 0;
        writer.start();
        while (!done.get()) {
            collections += recorder.collect(total, twice) ? 1 : 0;
        }
        writer.join();
        recorder.collectFinal(total, twice);
        assertTrue(collections > 3, collections + " collections");
        assertEquals(5L * batches, total.getTotalCount());
        for (int k = 1; k <= 5; k++) {
            assertEquals(batches, total.getCountAtValue(k * 100L));
        }
        assertEquals(total, twice);
    }

    /** Runs of equal times that end anywhere, and times that all differ. */
    @Test
    void timesOfABatchAreRecordedAsOneByOne() {
        Random random = new Random(7);
        for (int round = 0; round < 2000; round++) {
            LatencyRecorder together = new LatencyRecorder();
            LatencyRecorder single = new LatencyRecorder();
            long[] times = new long[random.nextInt(1, 400)];
            int count = random.nextInt(times.length + 1);
            int longestRun = random.nextInt(1, 300);
            for (int i = 0; i < times.length; ) {
                long time = random.nextLong(1_000);
                for (int end = i + random.nextInt(1, longestRun + 1); i < Math.min(end, times.length); i++) {
                    times[i] = time;
                }
            }
            together.recordSince(times, count, 1_500);
            for (int i = 0; i < count; i++) {
                single.record(1_500 - times[i]);
            }
            Histogram expected = LatencyRecorder.newHistogram();
            Histogram actual = LatencyRecorder.newHistogram();
            single.collectFinal(expected);
            together.collectFinal(actual);
            assertEquals(count, actual.getTotalCount());
            assertEquals(expected, actual);
        }
    }

    @Test
    void aSilentRecorderIsNotWaitedForAndLosesNothing() {
        LatencyRecorder recorder = new LatencyRecorder();
        Histogram sum = LatencyRecorder.newHistogram();
        recorder.record(7);
        assertFalse(recorder.collect(sum));
        recorder.handOver();
        recorder.record(8);
        assertTrue(recorder.collect(sum));
        assertEquals(1, sum.getTotalCount());
        recorder.collectFinal(sum);
        assertEquals(2, sum.getTotalCount());
    }

    /** A bucket of 5 ms is 4096 ns wide. */
    @Test
    void theSmallestAndTheLargestAreTrue() {
        LatencyRecorder recorder = new LatencyRecorder();
        Histogram total = LatencyRecorder.newHistogram();
        Histogram span = LatencyRecorder.newHistogram();
        long[][] spans = {{5_000_017, 5_000_018, 9_000_001}, {}, {7_000_003}, {5_000_016, 8_000_000}};
        for (long[] times : spans) {
            for (long time : times) {
                recorder.record(time, 3);
            }
            recorder.collectFinal(span, total);
            Histogram copy = span.copy();
            assertEquals(times.length == 0 ? 0 : times[0], copy.getMinValue());
            assertEquals(times.length == 0 ? 0 : times[times.length - 1], copy.getMaxValue());
            assertEquals(3L * times.length, copy.getTotalCount());
            span.reset();
        }
        assertEquals(5_000_016, total.getMinValue());
        assertEquals(9_000_001, total.getMaxValue());
        assertEquals(9_000_001, total.getValueAtPercentile(99.99), "not above the largest");
        assertEquals(5_000_016, total.getValueAtPercentile(0));
    }

    @Test
    void timesOutsideTheRangeAreKeptAtItsEnds() {
        LatencyRecorder recorder = new LatencyRecorder();
        recorder.record(-5);
        recorder.record(Long.MAX_VALUE);
        Histogram sum = LatencyRecorder.newHistogram();
        recorder.collectFinal(sum);
        assertEquals(0, sum.getMinValue());
        assertTrue(sum.valuesAreEquivalent(LatencyRecorder.MAX_NANOS, sum.getMaxValue()));
    }
}
