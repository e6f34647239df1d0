package io.tlem.cli;

import io.tlem.os.Terminal;
import io.tlem.spec.LinkSpec;
import io.tlem.spec.Setting;
import io.tlem.stats.DirectionSample;
import io.tlem.stats.HistogramLog;
import io.tlem.stats.JsonReport;
import io.tlem.stats.Measured;
import io.tlem.stats.RunDescription;
import io.tlem.stats.TextReport;
import java.io.FileOutputStream;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Says what a run is, how it goes and what became of it: as text or JSON on the standard output, and in a histogram log. It
 * waits for nobody who reads. Used by one thread.
 */
final class Reporter implements AutoCloseable {
    private static final int LINES_A_HEADER = 20;
    private static final long PATIENCE_NANOS = 2_000_000_000;

    private final boolean json;
    private final int verbosity;
    private final Optional<FileOutputStream> logFile;
    private final Optional<LineStream> logLines;
    private final Optional<HistogramLog> log;
    private RunDescription run;
    private long startNanos;
    private long lastNanos;
    private int lines;

    /** @throws IOException when the histogram log cannot be made */
    Reporter(LinkSpec spec) throws IOException {
        this.json = spec.get(Setting.JSON);
        this.verbosity = spec.verbosity();
        Optional<Path> file = spec.find(Setting.HISTOGRAM_LOG);
        this.logFile = file.isEmpty()
                ? Optional.empty()
                : Optional.of(new FileOutputStream(file.get().toFile()));
        this.logLines = logFile.map(stream -> new LineStream("--histogram-log " + file.get(), stream));
        logLines.ifPresent(stream -> {
            stream.onProblem(problem -> Output.warn(problem + "; the link goes on"));
            stream.neverWait(HistogramLog::leftOut);
        });
        this.log = logLines.map(stream -> new HistogramLog(stream, System.currentTimeMillis()));
    }

    /** From now on nothing that a run says waits for who reads it. */
    static void neverWait(LinkSpec spec) {
        Output.neverWait(
                spec.get(Setting.JSON) ? count -> JsonReport.leftOut(Instant.now(), count) : TextReport::leftOut);
    }

    /** The link is about to run. */
    void describe(RunDescription description) {
        run = description;
        if (verbosity > 0) {
            Output.warn(TextReport.start(run));
        }
        if (verbosity > 1) {
            TextReport.internals(run).forEach(Output::warn);
        }
    }

    /** The link runs. */
    void started(long nanos) {
        startNanos = nanos;
        lastNanos = nanos;
        if (json) {
            System.out.println(JsonReport.start(Instant.now(), run));
        }
    }

    /** What happened since the last call. */
    void interval(List<DirectionSample> samples, long nanos) {
        long nowMillis = System.currentTimeMillis();
        long span = Math.max(1, nanos - lastNanos);
        log.ifPresent(file -> file.write(samples, nowMillis - span / 1_000_000, nowMillis));
        if (json) {
            System.out.println(JsonReport.interval(Instant.now(), seconds(nanos), samples, span));
        } else if (verbosity > 0) {
            int columns = Terminal.columns().orElse(TextReport.ANY_LENGTH);
            if (lines++ % LINES_A_HEADER == 0) {
                Output.text(TextReport.liveHeader());
            }
            TextReport.liveLines(seconds(nanos), samples, span, columns).forEach(Output::text);
        }
        lastNanos = nanos;
    }

    /** Somebody wants to know how it goes, however quiet it is to be. */
    void status(List<DirectionSample> totals, long nanos) {
        if (json) {
            System.out.println(
                    JsonReport.status(Instant.now(), seconds(nanos), totals, Math.max(1, nanos - startNanos)));
        } else {
            text(totals, nanos);
        }
    }

    /**
     * The run is over.
     *
     * @param measured by the port's name, {@code a} or {@code b}
     */
    void summary(List<DirectionSample> totals, Map<String, Measured> measured, long nanos) {
        if (json) {
            System.out.println(JsonReport.summary(
                    Instant.now(), seconds(nanos), totals, Math.max(1, nanos - startNanos), measured));
        } else if (verbosity >= 0) {
            text(totals, nanos);
            measured.forEach((port, what) -> Output.text(TextReport.measured(port, what)));
        }
    }

    private void text(List<DirectionSample> totals, long nanos) {
        Output.text("");
        for (DirectionSample total : totals) {
            RunDescription.Direction asked = run.directions().stream()
                    .filter(direction -> direction.name().equals(total.total().name()))
                    .findFirst()
                    .orElseThrow();
            Output.text(TextReport.summary(asked, total, Math.max(1e-9, seconds(nanos))));
        }
        lines = 0;
    }

    private double seconds(long nanos) {
        return (nanos - startNanos) / 1e9;
    }

    /** What ends the run takes some time. */
    void ending(long drainNanos) {
        if (verbosity >= 0) {
            Output.warn("ending: what is under way is still sent, for at most " + io.tlem.stats.Format.nanos(drainNanos)
                    + "; a second signal ends at once");
        }
    }

    /**
     * Writes what is left of the histogram log.
     *
     * @return false when it is not complete
     */
    boolean finishLog() throws InterruptedException {
        return logLines.isEmpty() || logLines.get().finish(PATIENCE_NANOS, 5 * PATIENCE_NANOS);
    }

    @Override
    public void close() {
        logLines.ifPresent(LineStream::close);
        try {
            if (logFile.isPresent()) {
                logFile.get().close();
            }
        } catch (IOException e) {
            Output.warn("--histogram-log cannot be closed: " + e.getMessage());
        }
    }
}
