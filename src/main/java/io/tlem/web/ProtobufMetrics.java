package io.tlem.web;

import io.prometheus.metrics.model.snapshots.ClassicHistogramBuckets;
import io.prometheus.metrics.model.snapshots.CounterSnapshot;
import io.prometheus.metrics.model.snapshots.DataPointSnapshot;
import io.prometheus.metrics.model.snapshots.GaugeSnapshot;
import io.prometheus.metrics.model.snapshots.HistogramSnapshot;
import io.prometheus.metrics.model.snapshots.InfoSnapshot;
import io.prometheus.metrics.model.snapshots.Labels;
import io.prometheus.metrics.model.snapshots.MetricSnapshot;
import io.prometheus.metrics.model.snapshots.MetricSnapshots;
import io.prometheus.metrics.model.snapshots.NativeHistogramBuckets;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;

/**
 * Metrics in Prometheus's binary format, the only one with native histograms: messages {@code io.prometheus.client.MetricFamily},
 * each behind its length. The library for it has 2 MB and calls what newer Javas warn of; the few fields are written here.
 */
final class ProtobufMetrics {
    static final String CONTENT_TYPE =
            "application/vnd.google.protobuf; proto=io.prometheus.client.MetricFamily; encoding=delimited";

    private static final int COUNTER = 0;
    private static final int GAUGE = 1;
    private static final int HISTOGRAM = 4;

    private static final int VARINT = 0;
    private static final int FIXED64 = 1;
    private static final int BYTES = 2;

    private ProtobufMetrics() {}

    /** A message: fields with numbers. */
    private static final class Message {
        private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();

        private void varint(long value) {
            long left = value;
            while ((left & ~0x7FL) != 0) {
                bytes.write((int) (left & 0x7F) | 0x80);
                left >>>= 7;
            }
            bytes.write((int) left);
        }

        Message number(int field, long value) {
            varint((long) field << 3 | VARINT);
            varint(value);
            return this;
        }

        /** One that is often below 0. */
        Message signed(int field, long value) {
            return number(field, value << 1 ^ value >> 63);
        }

        Message real(int field, double value) {
            varint((long) field << 3 | FIXED64);
            bytes.writeBytes(ByteBuffer.allocate(Double.BYTES)
                    .order(ByteOrder.LITTLE_ENDIAN)
                    .putDouble(value)
                    .array());
            return this;
        }

        Message text(int field, String value) {
            return bytes(field, value.getBytes(StandardCharsets.UTF_8));
        }

        Message message(int field, Message value) {
            return bytes(field, value.bytes.toByteArray());
        }

        private Message bytes(int field, byte[] value) {
            varint((long) field << 3 | BYTES);
            varint(value.length);
            bytes.writeBytes(value);
            return this;
        }
    }

    static byte[] write(MetricSnapshots all) {
        Message stream = new Message();
        for (MetricSnapshot metric : all) {
            if (metric.getDataPoints().isEmpty()) {
                continue;
            }
            byte[] family = family(metric).bytes.toByteArray();
            stream.varint(family.length);
            stream.bytes.writeBytes(family);
        }
        return stream.bytes.toByteArray();
    }

    private static Message family(MetricSnapshot metric) {
        String name = metric.getMetadata().getPrometheusName();
        Message family = new Message();
        family.text(1, name + suffix(metric));
        family.text(2, String.valueOf(metric.getMetadata().getHelp()));
        family.number(3, type(metric));
        for (DataPointSnapshot point : metric.getDataPoints()) {
            Message one = new Message();
            labels(one, point.getLabels());
            switch (point) {
                case CounterSnapshot.CounterDataPointSnapshot counter ->
                    one.message(3, new Message().real(1, counter.getValue()));
                case GaugeSnapshot.GaugeDataPointSnapshot gauge ->
                    one.message(2, new Message().real(1, gauge.getValue()));
                case HistogramSnapshot.HistogramDataPointSnapshot histogram -> one.message(7, histogram(histogram));
                default -> one.message(2, new Message().real(1, 1)); // an information
            }
            family.message(4, one);
        }
        return family;
    }

    private static String suffix(MetricSnapshot metric) {
        return switch (metric) {
            case CounterSnapshot counter -> "_total";
            case InfoSnapshot info -> "_info";
            default -> "";
        };
    }

    private static int type(MetricSnapshot metric) {
        return switch (metric) {
            case CounterSnapshot counter -> COUNTER;
            case HistogramSnapshot histogram -> HISTOGRAM;
            default -> GAUGE;
        };
    }

    private static void labels(Message metric, Labels labels) {
        for (int i = 0; i < labels.size(); i++) {
            metric.message(1, new Message().text(1, labels.getName(i)).text(2, labels.getValue(i)));
        }
    }

    private static Message histogram(HistogramSnapshot.HistogramDataPointSnapshot point) {
        Message histogram = new Message();
        histogram.number(1, point.getCount());
        histogram.real(2, point.getSum());
        ClassicHistogramBuckets classic = point.getClassicBuckets();
        long below = 0;
        for (int i = 0; i < classic.size(); i++) {
            below += classic.getCount(i);
            histogram.message(3, new Message().number(1, below).real(2, classic.getUpperBound(i)));
        }
        histogram.signed(5, point.getNativeSchema());
        histogram.real(6, point.getNativeZeroThreshold());
        histogram.number(7, point.getNativeZeroCount());
        natives(histogram, point.getNativeBucketsForPositiveValues());
        return histogram;
    }

    /** Spans of buckets that follow each other, and by how much each count is above that of the bucket before. */
    private static void natives(Message histogram, NativeHistogramBuckets buckets) {
        if (buckets.size() == 0) {
            histogram.message(12, new Message().signed(1, 0).number(2, 0)); // tells a native histogram without times
            return;
        }
        int end = 0;
        for (int i = 0; i < buckets.size(); ) {
            int first = i;
            int start = buckets.getBucketIndex(first);
            while (i < buckets.size() && buckets.getBucketIndex(i) == start + i - first) {
                i++;
            }
            histogram.message(12, new Message().signed(1, start - end).number(2, i - first));
            end = start + i - first;
        }
        long last = 0;
        for (int i = 0; i < buckets.size(); i++) {
            histogram.signed(13, buckets.getCount(i) - last);
            last = buckets.getCount(i);
        }
    }
}
