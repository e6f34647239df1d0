package io.tlem.stats;

import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import org.HdrHistogram.Histogram;
import org.HdrHistogram.HistogramLogWriter;

/**
 * Writes a file in HdrHistogram's log format: for each span and direction the lateness and the time in the emulator,
 * tagged {@code a-b.lateness} and {@code a-b.time-inside}. Values are nanoseconds.
 */
public final class HistogramLog implements AutoCloseable {
    private final PrintStream out;
    private final HistogramLogWriter writer;

    /**
     * Creates the file, replacing one that is there.
     *
     * @throws IOException when it cannot be written
     */
    public HistogramLog(Path file, long startEpochMillis) throws IOException {
        out = new PrintStream(file.toFile(), StandardCharsets.UTF_8);
        writer = new HistogramLogWriter(out);
        writer.outputComment("[Written by tlem; values in nanoseconds]");
        writer.outputStartTime(startEpochMillis);
        writer.setBaseTime(startEpochMillis);
        writer.outputLegend();
    }

    /** Appends one span. */
    public void write(List<DirectionSample> directions, long fromEpochMillis, long toEpochMillis) {
        for (DirectionSample direction : directions) {
            String name = direction.delta().name().replace(">", "");
            write(direction.lateness(), name + ".lateness", fromEpochMillis, toEpochMillis);
            write(direction.timeInside(), name + ".time-inside", fromEpochMillis, toEpochMillis);
        }
        out.flush();
    }

    private void write(Histogram histogram, String tag, long fromEpochMillis, long toEpochMillis) {
        histogram.setTag(tag);
        histogram.setStartTimeStamp(fromEpochMillis);
        histogram.setEndTimeStamp(toEpochMillis);
        writer.outputIntervalHistogram(histogram);
    }

    /** True when something could not be written, for example because the disk is full. */
    public boolean failed() {
        return out.checkError();
    }

    @Override
    public void close() {
        writer.close();
    }
}
