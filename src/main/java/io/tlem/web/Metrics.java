package io.tlem.web;

import io.prometheus.metrics.expositionformats.ExpositionFormatWriter;
import io.prometheus.metrics.expositionformats.OpenMetricsTextFormatWriter;
import io.prometheus.metrics.expositionformats.PrometheusTextFormatWriter;
import io.prometheus.metrics.model.snapshots.ClassicHistogramBuckets;
import io.prometheus.metrics.model.snapshots.CounterSnapshot;
import io.prometheus.metrics.model.snapshots.GaugeSnapshot;
import io.prometheus.metrics.model.snapshots.HistogramSnapshot;
import io.prometheus.metrics.model.snapshots.InfoSnapshot;
import io.prometheus.metrics.model.snapshots.Labels;
import io.prometheus.metrics.model.snapshots.MetricSnapshots;
import io.prometheus.metrics.model.snapshots.NativeHistogramBuckets;
import io.tlem.stats.Counter;
import io.tlem.stats.DirectionSample;
import io.tlem.stats.DropReason;
import io.tlem.stats.Sample;
import io.tlem.stats.TimeDistribution;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Locale;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.function.ToDoubleFunction;

/**
 * What a link has done, for Prometheus: every counter, drops by reason, and times as histograms, classic ones in the texts and
 * native ones besides in the binary format, which alone has them.
 */
final class Metrics {
    private static final double SECOND = 1e9;

    /** 8 buckets for each power of 2: each ends 9 % behind the one before. */
    static final int NATIVE_SCHEMA = 3;

    /** Of classic buckets, ns: 1, 2 and 5 of each power of 10 from 1 us to 10 s. */
    static final long[] BOUNDS = bounds();

    private final String name;
    private final String version;

    /**
     * @param name of the link
     * @param version of the emulator
     */
    Metrics(String name, String version) {
        this.name = name;
        this.version = version;
    }

    private static long[] bounds() {
        long[] bounds = new long[3 * 7 + 1];
        long power = 1000;
        for (int i = 0; i + 2 < bounds.length; i += 3) {
            bounds[i] = power;
            bounds[i + 1] = 2 * power;
            bounds[i + 2] = 5 * power;
            power *= 10;
        }
        bounds[bounds.length - 1] = power;
        return bounds;
    }

    /**
     * The metrics in the format that a client likes best.
     *
     * @param accept its header of that name, or nothing
     */
    Reply reply(Sample sample, long linkVersion, String accept) {
        MetricSnapshots all = snapshots(sample, linkVersion);
        if (accept.contains("application/vnd.google.protobuf")) {
            return Reply.of(ProtobufMetrics.CONTENT_TYPE, ProtobufMetrics.write(all));
        }
        ExpositionFormatWriter writer = accept.contains("application/openmetrics-text")
                ? OpenMetricsTextFormatWriter.create()
                : PrometheusTextFormatWriter.create();
        ByteArrayOutputStream text = new ByteArrayOutputStream();
        try {
            writer.write(text, all);
        } catch (IOException e) {
            throw new UncheckedIOException(e); // memory does not throw
        }
        return Reply.of(writer.getContentType(), text.toByteArray());
    }

    private MetricSnapshots snapshots(Sample sample, long linkVersion) {
        MetricSnapshots.Builder all = MetricSnapshots.builder()
                .metricSnapshot(InfoSnapshot.builder()
                        .name("tlem")
                        .help("The emulator.")
                        .dataPoint(InfoSnapshot.InfoDataPointSnapshot.builder()
                                .labels(Labels.of("link", name, "version", version))
                                .build())
                        .build())
                .metricSnapshot(
                        gauge("tlem_link_version", "How often the link has been changed.", (double) linkVersion))
                .metricSnapshot(
                        gauge("tlem_elapsed_seconds", "Time since the link was started.", sample.elapsedSeconds()));
        for (Counter counter : Counter.values()) {
            all.metricSnapshot(
                    counter.isSum()
                            ? counters(metric(counter), counter.meaning(), sample, way -> value(counter, way))
                            : gauges(counter, sample));
        }
        all.metricSnapshot(dropped(
                "packets", sample, (way, reason) -> way.total().dropped(reason).packets()));
        all.metricSnapshot(dropped(
                "bytes", sample, (way, reason) -> way.total().dropped(reason).bytes()));
        all.metricSnapshot(counters(
                "tlem_missed_packets", "Packets that the port lost before the emulator received them.", sample, way ->
                        (double) way.total().missedPackets()));
        all.metricSnapshot(filtered(sample));
        all.metricSnapshot(histogram(
                "tlem_lateness_seconds", "Transmit time minus release time.", sample, DirectionSample::lateness));
        all.metricSnapshot(histogram(
                "tlem_time_inside_seconds", "Transmit time minus arrival time.", sample, DirectionSample::timeInside));
        return all.build();
    }

    private static String metric(Counter counter) {
        String unit = counter.unit() == Counter.Unit.NANOS
                ? "seconds"
                : counter.unit().name().toLowerCase(Locale.ROOT);
        return "tlem_" + counter.label().replace('-', '_') + "_" + unit;
    }

    private static double value(Counter counter, DirectionSample way) {
        long value = way.total().get(counter);
        return counter.unit() == Counter.Unit.NANOS ? value / SECOND : (double) value;
    }

    private Labels labels(DirectionSample way) {
        return Labels.of("link", name, "direction", way.total().name());
    }

    private GaugeSnapshot gauge(String metric, String help, double value) {
        return GaugeSnapshot.builder()
                .name(metric)
                .help(help)
                .dataPoint(new GaugeSnapshot.GaugeDataPointSnapshot(value, Labels.of("link", name), null))
                .build();
    }

    private GaugeSnapshot gauges(Counter counter, Sample sample) {
        GaugeSnapshot.Builder gauge =
                GaugeSnapshot.builder().name(metric(counter)).help(counter.meaning());
        for (DirectionSample way : sample.total()) {
            gauge.dataPoint(new GaugeSnapshot.GaugeDataPointSnapshot(value(counter, way), labels(way), null));
        }
        return gauge.build();
    }

    private CounterSnapshot counters(
            String metric, String help, Sample sample, ToDoubleFunction<DirectionSample> value) {
        CounterSnapshot.Builder counter = CounterSnapshot.builder().name(metric).help(help);
        for (DirectionSample way : sample.total()) {
            counter.dataPoint(
                    new CounterSnapshot.CounterDataPointSnapshot(value.applyAsDouble(way), labels(way), null, 0));
        }
        return counter.build();
    }

    /** So many were dropped. */
    private interface Dropped {
        long count(DirectionSample way, DropReason reason);
    }

    private CounterSnapshot dropped(String unit, Sample sample, Dropped dropped) {
        CounterSnapshot.Builder counter =
                CounterSnapshot.builder().name("tlem_dropped_" + unit).help("What was dropped, by the reason.");
        for (DirectionSample way : sample.total()) {
            for (DropReason reason : DropReason.values()) {
                counter.dataPoint(new CounterSnapshot.CounterDataPointSnapshot(
                        (double) dropped.count(way, reason), labels(way).add("reason", reason.label()), null, 0));
            }
        }
        return counter.build();
    }

    private CounterSnapshot filtered(Sample sample) {
        CounterSnapshot.Builder counter = CounterSnapshot.builder()
                .name("tlem_filtered_packets")
                .help("Packets that arrived and were not to be received, by the reason.");
        for (DirectionSample way : sample.total()) {
            way.total()
                    .filteredPackets()
                    .forEach((reason, packets) -> counter.dataPoint(new CounterSnapshot.CounterDataPointSnapshot(
                            (double) packets, labels(way).add("reason", reason), null, 0)));
        }
        return counter.build();
    }

    private HistogramSnapshot histogram(
            String metric, String help, Sample sample, Function<DirectionSample, TimeDistribution> of) {
        HistogramSnapshot.Builder histogram =
                HistogramSnapshot.builder().name(metric).help(help);
        for (DirectionSample way : sample.total()) {
            TimeDistribution times = of.apply(way);
            histogram.dataPoint(HistogramSnapshot.HistogramDataPointSnapshot.builder()
                    .labels(labels(way))
                    .classicHistogramBuckets(classic(times))
                    .nativeSchema(NATIVE_SCHEMA)
                    .nativeZeroCount(zeroes(times))
                    .nativeBucketsForPositiveValues(natives(times))
                    .sum(times.getMean() * times.getTotalCount() / SECOND)
                    .build());
        }
        return histogram.build();
    }

    private static ClassicHistogramBuckets classic(TimeDistribution times) {
        long[] counts = times.counts(BOUNDS);
        double[] bounds = new double[counts.length];
        for (int i = 0; i < BOUNDS.length; i++) {
            bounds[i] = BOUNDS[i] / SECOND;
        }
        bounds[BOUNDS.length] = Double.POSITIVE_INFINITY;
        return ClassicHistogramBuckets.of(bounds, counts);
    }

    private static long zeroes(TimeDistribution times) {
        long[] zeroes = new long[1];
        times.visit((nanos, count) -> zeroes[0] += nanos == 0 ? count : 0);
        return zeroes[0];
    }

    private static NativeHistogramBuckets natives(TimeDistribution times) {
        SortedMap<Integer, Long> buckets = new TreeMap<>();
        times.visit((nanos, count) -> {
            if (nanos > 0) {
                buckets.merge(nativeBucket(nanos), count, Long::sum);
            }
        });
        NativeHistogramBuckets.Builder natives = NativeHistogramBuckets.builder();
        buckets.forEach(natives::bucket);
        return natives.build();
    }

    /** The one that ends at 2^(index / 8) s and does not begin before what is 2^(1/8) of that. */
    static int nativeBucket(long nanos) {
        double log = Math.log(nanos / SECOND) / Math.log(2) * (1 << NATIVE_SCHEMA);
        return (int) Math.ceil(log - 1e-9); // a power of 2 is in the bucket that it ends
    }
}
