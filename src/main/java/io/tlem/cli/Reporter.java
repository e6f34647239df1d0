package io.tlem.cli;

import io.tlem.os.Terminal;
import io.tlem.report.Lateness;
import io.tlem.spec.LinkSpec;
import io.tlem.spec.Setting;
import io.tlem.stats.DirectionSample;
import io.tlem.stats.HistogramLog;
import io.tlem.stats.JsonReport;
import io.tlem.stats.LedgerCounts;
import io.tlem.stats.Measured;
import io.tlem.stats.RecordCounts;
import io.tlem.stats.RunDescription;
import io.tlem.stats.Sample;
import io.tlem.stats.TextReport;
import io.tlem.stats.Traffic;
import io.tlem.stats.TrafficText;
import io.tlem.text.OutputFile;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.channels.Channels;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;

/**
 * Says what a run is, how it goes and what became of it: as text or JSON on the standard output, and in a histogram log. It
 * waits for nobody who reads. Used by one thread.
 */
final class Reporter implements AutoCloseable {
    private static final int LINES_A_HEADER = 20;
    private static final long PATIENCE_NANOS = 2_000_000_000;

    private final String label;
    private final boolean json;
    private final int verbosity;
    private final Optional<OutputStream> logFile;
    private final Optional<LineStream> logLines;
    private final Optional<HistogramLog> log;
    private RunDescription run;
    private int lines;

    /**
     * @param label what the link is called besides others of the same run, or nothing
     * @throws IOException when the histogram log cannot be made
     */
    Reporter(LinkSpec spec, String label) throws IOException {
        this.label = label;
        this.json = spec.get(Setting.JSON);
        this.verbosity = spec.verbosity();
        Optional<Path> file = spec.find(Setting.HISTOGRAM_LOG);
        this.logFile =
                file.isEmpty() ? Optional.empty() : Optional.of(Channels.newOutputStream(OutputFile.open(file.get())));
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
        describe(description, Optional.empty());
    }

    /**
     * As the other.
     *
     * @param start what to say instead of what the link is, where that is of no interest
     */
    void describe(RunDescription description, Optional<String> start) {
        inForce(description);
        if (verbosity > 0) {
            Output.warn(prefix() + start.orElseGet(() -> TextReport.start(run)));
        }
        if (verbosity > 1) {
            TextReport.internals(run).forEach(Output::warn);
        }
    }

    /** What is reported from now on is said of this. */
    void inForce(RunDescription description) {
        run = description;
    }

    /** The link runs. */
    void started() {
        if (json) {
            json(JsonReport.start(Instant.now(), run));
        }
    }

    /** What happened since the sample before. */
    void interval(Sample sample) {
        interval(sample, true);
    }

    /**
     * As the other.
     *
     * @param shown whether it is printed besides being logged
     */
    void interval(Sample sample, boolean shown) {
        log.ifPresent(file -> file.write(sample));
        if (!shown) {
            return;
        }
        if (json) {
            json(JsonReport.interval(sample));
        } else if (verbosity > 0) {
            int columns = Terminal.columns().orElse(TextReport.ANY_LENGTH);
            if (lines++ % LINES_A_HEADER == 0) {
                Output.text(prefix() + TextReport.liveHeader() + (verbosity > 1 ? TextReport.STAGES_HEADER : ""));
            }
            TextReport.liveLines(sample, columns - prefix().length(), verbosity > 1)
                    .forEach(line -> Output.text(prefix() + line));
        }
    }

    /** Somebody wants to know how it goes, however quiet it is to be. */
    void status(Sample sample) {
        if (json) {
            json(JsonReport.status(sample));
        } else {
            text(sample);
        }
    }

    /**
     * The run is over.
     *
     * @param measured by the port's name, {@code a} or {@code b}
     * @param ledger what came of it, where there is one
     * @param recording the same
     * @param shown whether people want to know what the link did, and not its ends alone
     */
    void summary(
            Sample sample,
            Map<String, Measured> measured,
            Optional<LedgerCounts> ledger,
            Optional<RecordCounts> recording,
            boolean shown) {
        if (json) {
            json(JsonReport.summary(sample, measured, ledger, recording));
        } else if (verbosity >= 0) {
            if (shown || verbosity > 1) {
                text(sample);
            }
            ledger.ifPresent(counts -> Output.text(TextReport.ledger(counts)));
            recording.ifPresent(counts -> Output.text(TextReport.recording(counts)));
            measured.forEach((port, what) -> Output.text(TextReport.measured(port, what)));
        }
    }

    /** What was measured of traffic that is generated or received, after the {@link #summary}. */
    void traffic(Sample sample, Traffic traffic) {
        if (json) {
            JsonReport.traffic(sample, traffic).forEach(this::json);
        } else if (verbosity >= 0) {
            Output.text(TrafficText.of(traffic, verbosity > 1).stripTrailing());
        }
    }

    private void json(String object) {
        System.out.println(label.isEmpty() ? object : "{\"link\":\"" + label + "\"," + object.substring(1));
    }

    private String prefix() {
        return label.isEmpty() ? "" : label + " ";
    }

    private void text(Sample sample) {
        StringBuilder all = new StringBuilder(label); // one text: another link may report at the same time
        for (DirectionSample total : sample.total()) {
            RunDescription.Direction asked = run.directions().stream()
                    .filter(direction -> direction.name().equals(total.total().name()))
                    .findFirst()
                    .orElseThrow();
            all.append("\n")
                    .append(TextReport.summary(asked, total, Math.max(1e-9, sample.elapsedSeconds()), verbosity > 1));
            Lateness.verdict(total)
                    .ifPresent(
                            verdict -> all.append("  warning: ").append(verdict).append('\n'));
        }
        Output.text(all.toString());
        lines = 0;
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
