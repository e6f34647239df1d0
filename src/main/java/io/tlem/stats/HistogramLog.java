package io.tlem.stats;

import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import org.HdrHistogram.Histogram;
import org.HdrHistogram.HistogramLogWriter;

/**
 * Writes a file in HdrHistogram's log format: for each span and direction the lateness and the time in the emulator,
 * tagged {@code a-b.lateness} and {@code a-b.time-inside}. Values are nanoseconds.
 */
public final class HistogramLog implements AutoCloseable {
    private final PrintStream out;
    private final HistogramLogWriter writer;

    /** @param file becomes the log's own; that it cannot be written is for it to say */
    public HistogramLog(OutputStream file, long startEpochMillis) {
        out = new PrintStream(file, false, StandardCharsets.UTF_8);
        writer = new HistogramLogWriter(out);
        writer.outputComment("[Written by tlem; values in nanoseconds]");
        writer.outputStartTime(startEpochMillis);
        writer.setBaseTime(startEpochMillis);
        writer.outputLegend();
    }

    /** Appends one span. */
    public void write(Sample sample) {
        long toEpochMillis = sample.time().toEpochMilli();
        long fromEpochMillis = toEpochMillis - sample.spanNanos() / 1_000_000;
        for (DirectionSample direction : sample.span()) {
            String name = direction.delta().name().replace(">", "");
            write(direction.lateness(), name + ".lateness", fromEpochMillis, toEpochMillis);
            write(direction.timeInside(), name + ".time-inside", fromEpochMillis, toEpochMillis);
        }
        out.flush();
    }

    private void write(TimeDistribution times, String tag, long fromEpochMillis, long toEpochMillis) {
        Histogram histogram = new TimeHistogram(); // the distribution is that of other readers as well
        times.addTo(histogram);
        histogram.setTag(tag);
        histogram.setStartTimeStamp(fromEpochMillis);
        histogram.setEndTimeStamp(toEpochMillis);
        writer.outputIntervalHistogram(histogram);
    }

    /** In place of lines that could not be written in time. */
    public static String leftOut(long lines) {
        return "#[" + lines + " lines are left out here]";
    }

    @Override
    public void close() {
        writer.close();
    }
}
