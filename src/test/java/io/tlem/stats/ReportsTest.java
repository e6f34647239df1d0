package io.tlem.stats;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.File;
import java.io.FileOutputStream;
import java.nio.file.Path;
import java.time.Instant;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import org.HdrHistogram.EncodableHistogram;
import org.HdrHistogram.Histogram;
import org.HdrHistogram.HistogramLogReader;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ReportsTest {
    private static DirectionSample sample() {
        Map<Counter, Long> counters = new EnumMap<>(Counter.class);
        counters.put(Counter.RECEIVED_PACKETS, 1_000L);
        counters.put(Counter.RECEIVED_BYTES, 1_514_000L);
        counters.put(Counter.TRANSMITTED_PACKETS, 985L);
        counters.put(Counter.TRANSMITTED_BYTES, 1_495_832L);
        DirectionSnapshot snapshot = new DirectionSnapshot(
                "a->b",
                counters,
                Map.of(DropReason.LOSS, new Drops(10, 600), DropReason.PORT, new Drops(3, 180)),
                4,
                Map.of("arp", 2L));
        TimeHistogram lateness = LatencyRecorder.newHistogram();
        TimeHistogram inside = LatencyRecorder.newHistogram();
        for (int i = 1; i <= 985; i++) {
            lateness.recordValue(i);
            inside.recordValue(20_000_000 + i);
        }
        return new DirectionSample(
                snapshot,
                snapshot,
                TimeDistribution.of(lateness),
                TimeDistribution.of(inside),
                new LinkTimes(985, 985 * 8e6, 985 * 12e3, 985 * 12e6, 9_000_000, 12_000, 12_000_000),
                2,
                List.of(
                        new StageTimes("a->b input", 120_000, 1_100_000, 1),
                        new StageTimes("a->b annotator", 120_000, 999_000, 0),
                        new StageTimes("a->b output", 80_000, 60_000, 0)));
    }

    private static Sample sample(long elapsedSeconds, DirectionSample... directions) {
        List<DirectionSample> all = List.of(directions);
        return new Sample(
                elapsedSeconds,
                Instant.ofEpochSecond(1000 + elapsedSeconds),
                elapsedSeconds * 1_000_000_000,
                1_000_000_000,
                all,
                all,
                false);
    }

    @Test
    void everyPacketIsAccountedFor() {
        DirectionSnapshot total = sample().total();
        assertEquals(985, total.transmittedPackets());
        assertEquals(13, total.droppedPackets());
        assertEquals(3, total.dropsByReason().get("port"));
        assertEquals(0, total.unaccounted(2));
    }

    private static RunDescription.Direction asked() {
        return new RunDescription.Direction(
                "a->b", Map.of("loss", "0.01", "bandwidth", "100M"), Map.of(), 1 << 20, "memory", "", "drop");
    }

    @Test
    void aLineASecondFitsIntoTheColumnsThereAre() {
        List<String> wide = TextReport.liveLines(sample(1, sample()), TextReport.ANY_LENGTH, false);
        String columns = "   1.0 s  a->b   12.0 Mbit/s    985 pps   1.30 %   8.00 ms   12.0 ms    976 ns";
        assertEquals(List.of(columns + "  loss 10, port 3, missed 4"), wide);
        List<String> narrow = TextReport.liveLines(sample(1, sample(), sample()), 80, false);
        assertEquals(List.of(columns, columns), narrow);
        assertEquals(
                List.of(columns, "        input 120 µs/1.10 ms  annotator 120 µs/999 µs  output 80.0 µs/60.0 µs"),
                TextReport.liveLines(sample(1, sample()), 80, true));
        assertEquals(columns.length(), TextReport.liveHeader().length());
        assertTrue(columns.length() <= 80);
    }

    /** A packet may leave in a later span than it came in: its lateness alone is not its delay. */
    @Test
    void aSpanWithoutDecisionsNamesNoDelay() {
        DirectionSample sent = sample();
        DirectionSample later = new DirectionSample(
                sent.delta(), sent.total(), sent.lateness(), sent.timeInside(), LinkTimes.NONE, 2, List.of());
        assertEquals(
                List.of("   1.0 s  a->b   12.0 Mbit/s    985 pps   1.30 %         -         -    976 ns"),
                TextReport.liveLines(sample(1, later), 80, false));
        TimeDistribution none = TimeDistribution.of(LatencyRecorder.newHistogram());
        DirectionSample before =
                new DirectionSample(sent.delta(), sent.total(), none, none, sent.linkTimes(), 2, List.of());
        assertEquals(
                List.of("   1.0 s  a->b   12.0 Mbit/s    985 pps   1.30 %   8.00 ms         -         -"),
                TextReport.liveLines(sample(1, before), 80, false));
    }

    @Test
    void theSummaryHasWhatWasAskedForFirstAndNoZeros() {
        String summary = TextReport.summary(asked(), sample(), 1, false);
        List<String> lines = summary.lines().toList();
        assertEquals("a->b             asked for          measured", lines.get(0));
        assertEquals("  rate           100M               12.0 Mbit/s, 985 pps", lines.get(1));
        assertEquals("  loss model     0.01               1.00 %, 10 of 1,000", lines.get(2));
        assertEquals("  lost in all                       1.30 %", lines.get(3));
        assertEquals("  delay          none               12.0 ms on average", lines.get(4));
        assertTrue(summary.contains("received           1,000 packets, 1,514,000 bytes"), summary);
        assertTrue(summary.contains("dropped: loss      10"), summary);
        assertFalse(summary.contains("dropped: queue"), summary);
        assertFalse(summary.contains("unaccounted"), summary);
        assertFalse(summary.contains("stall"), summary);
        assertTrue(lines.stream().allMatch(line -> line.length() <= 80), summary);
        assertTrue(
                summary.contains("    queue            8.00 ms                                           9.00 ms"),
                summary);
    }

    /** Copies that have other room keep the true ends, and not those of the ranges that they fall in. */
    @Test
    void theEndsOfADistributionAreTheTrueOnes() {
        TimeHistogram histogram = LatencyRecorder.newHistogram();
        histogram.recordValue(5_000_201);
        histogram.recordValue(12_071_222);
        TimeDistribution times = TimeDistribution.of(histogram);
        assertEquals(5_000_201, times.getMinValue());
        assertEquals(5_000_201, times.getValueAtPercentile(0));
        assertEquals(12_071_222, times.getMaxValue());
    }

    /** Also with the longest numbers, and what was asked for at length. */
    @Test
    void nothingIsWiderThan80Columns() {
        Map<Counter, Long> counters = new EnumMap<>(Counter.class);
        for (Counter counter : Counter.values()) {
            counters.put(counter, 888_888_888_888L);
        }
        Map<DropReason, Drops> drops = new EnumMap<>(DropReason.class);
        for (DropReason reason : DropReason.values()) {
            drops.put(reason, new Drops(888_888_888_888L, 888_888_888_888L));
        }
        DirectionSnapshot snapshot =
                new DirectionSnapshot("a->b", counters, drops, 999_999_999_999L, Map.of("not-to-router", 999_999_999L));
        TimeHistogram histogram = LatencyRecorder.newHistogram();
        histogram.recordValue(3_599_999_999_999L);
        TimeDistribution times = TimeDistribution.of(histogram);
        DirectionSample sample = new DirectionSample(
                snapshot,
                snapshot,
                times,
                times,
                new LinkTimes(1, 1e12, 1e12, 1e12, 1L << 40, 1L << 40, 1L << 40),
                9,
                List.of(new StageTimes("a->b annotator", 3_599_999_999_999L, 3_599_999_999_999L, 999_999_999_999L)));
        String models = "gemodel,0.01%,30%,100%,0.1%";
        RunDescription.Direction asked = new RunDescription.Direction(
                "a->b",
                Map.of("loss", models, "bandwidth", models, "delay", models, "duplicate", models),
                Map.of("loss", 1L, "delay", 2_000L),
                1,
                "memory",
                "",
                "wait");
        Measured measured = new Measured(1L << 50, 1L << 50, 9, 9, 9, 9, 9.99e11, times);
        String all = TextReport.summary(asked, sample, 1, true) + TextReport.liveHeader() + "\n"
                + String.join("\n", TextReport.liveLines(sample(359_999, sample), 80, true)) + "\n"
                + TextReport.measured("b", measured);
        all.lines().forEach(line -> assertTrue(line.length() <= 80, line.length() + ": " + line));
    }

    @Test
    void histogramLogIsReadBackByItsLibrary(@TempDir Path folder) throws Exception {
        File file = folder.resolve("run.hlog").toFile();
        try (HistogramLog log = new HistogramLog(new FileOutputStream(file), 1_000_000)) {
            log.write(sample(1, sample()));
            log.write(sample(2, sample()));
        }
        int intervals = 0;
        HistogramLogReader reader = new HistogramLogReader(file);
        while (reader.hasNext()) {
            EncodableHistogram histogram = reader.nextIntervalHistogram();
            boolean late = "a-b.lateness".equals(histogram.getTag());
            assertTrue(late || "a-b.time-inside".equals(histogram.getTag()), histogram.getTag());
            assertEquals(sample().lateness().getTotalCount(), ((Histogram) histogram).getTotalCount());
            assertEquals(late ? 985 : 20_005_887, histogram.getMaxValueAsDouble(), late ? 0 : 10_000);
            intervals++;
        }
        assertEquals(4, intervals);
    }

    @Test
    void numbersReadWell() {
        assertEquals("999 ns", Format.nanos(999));
        assertEquals("1.00 µs", Format.nanos(1_000));
        assertEquals("20.0 ms", Format.nanos(20_000_000));
        assertEquals("0 ns", Format.nanos(0));
        assertEquals("1.00 Gbit/s", Format.bitsPerSecond(1e9));
        assertEquals("82.5 kpps", Format.packetsPerSecond(82_500));
        assertEquals("1.50 GiB", Format.bytes(3L << 29));
        assertEquals("512 B", Format.bytes(512));
        assertEquals("1,234,567", Format.count(1_234_567));
    }
}
