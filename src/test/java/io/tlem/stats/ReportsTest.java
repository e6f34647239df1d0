package io.tlem.stats;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.File;
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
        counters.put(Counter.LOST_PACKETS, 10L);
        counters.put(Counter.TRANSMITTED_PACKETS, 985L);
        counters.put(Counter.TRANSMITTED_BYTES, 1_495_832L);
        DirectionSnapshot snapshot = new DirectionSnapshot("a->b", counters, 4, Map.of("arp", 2L), 3);
        Histogram lateness = LatencyRecorder.newHistogram();
        Histogram inside = LatencyRecorder.newHistogram();
        for (int i = 1; i <= 985; i++) {
            lateness.recordValue(i);
            inside.recordValue(20_000_000 + i);
        }
        return new DirectionSample(snapshot, snapshot, lateness, inside, 2);
    }

    @Test
    void everyPacketIsAccountedFor() {
        DirectionSnapshot total = sample().total();
        assertEquals(985, total.transmittedPackets());
        assertEquals(13, total.droppedPackets());
        assertEquals(3, total.dropsByReason().get("port"));
        assertEquals(0, total.unaccounted(2));
    }

    @Test
    void textNamesWhatHappened() {
        String line = TextReport.liveLine(1, List.of(sample()), 1_000_000_000);
        assertEquals(
                "   1.0 s  a->b   985 pps 12.0 Mbit/s  drops loss 10, port 3, missed 4  late p50 493 ns p99 976 ns",
                line);
        String summary = TextReport.summary(sample());
        assertTrue(summary.contains("received           1,000 packets, 1,514,000 bytes"), summary);
        assertTrue(summary.contains("dropped: loss      10"), summary);
        assertTrue(summary.contains("unaccounted for    0"), summary);
        assertTrue(summary.contains("20.0 ms"), summary);
    }

    @Test
    void jsonIsOneObjectALine() {
        String json = JsonReport.summary(Instant.EPOCH, 1, List.of(sample()), 1_000_000_000);
        assertEquals(-1, json.indexOf('\n'));
        assertTrue(json.startsWith("{\"type\":\"summary\",\"time\":\"1970-01-01T00:00:00Z\""), json);
        assertTrue(json.contains("\"transmitted_packets\":985"), json);
        assertTrue(json.contains("\"loss\":10"), json);
        assertTrue(json.contains("\"unaccounted_packets\":0"), json);
        assertTrue(json.contains("\"p99.9\":"), json);
    }

    @Test
    void histogramLogIsReadBackByItsLibrary(@TempDir Path folder) throws Exception {
        File file = folder.resolve("run.hlog").toFile();
        try (HistogramLog log = new HistogramLog(file.toPath(), 1_000_000)) {
            log.write(List.of(sample()), 1_000_000, 1_001_000);
            log.write(List.of(sample()), 1_001_000, 1_002_000);
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
