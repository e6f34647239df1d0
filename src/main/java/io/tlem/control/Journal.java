package io.tlem.control;

import io.tlem.link.Change;
import io.tlem.spec.LinkSpec;
import io.tlem.spec.SpecChange;
import io.tlem.spec.YamlText;
import io.tlem.text.InputFile;
import io.tlem.text.OutputFile;
import java.io.IOException;
import java.math.BigDecimal;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;

/**
 * What a link was and when it became another one, as steps of a scenario in YAML, each on the disk's way as soon as it is in
 * force. It begins anew with each run.
 */
public final class Journal implements AutoCloseable {
    private static final List<String> WAYS = List.of("a->b", "b->a");
    private static final int NANO_DIGITS = 9;

    private final Path file;
    private final OutputFile out;
    private final Consumer<String> problems;
    private boolean complete = true;

    private Journal(Path file, OutputFile out, Consumer<String> problems) {
        this.file = file;
        this.out = out;
        this.problems = problems;
    }

    /**
     * Begins a journal.
     *
     * @param problems told once, in a line, when it can no longer be written
     * @throws IOException when the file cannot be made
     */
    public static Journal open(Path file, Consumer<String> problems) throws IOException {
        return new Journal(file, OutputFile.open(file), problems);
    }

    /** The link starts as this. */
    synchronized void start(String name, LinkSpec spec) {
        StringBuilder lines = new StringBuilder();
        YamlText.comment("Changes of the link " + name + " from " + Instant.now() + " on.")
                .forEach(line -> lines.append(line).append('\n'));
        lines.append("steps:\n");
        LinkSpec nothing = new LinkSpec.Builder().conclude();
        for (int direction = 0; direction < 2; direction++) {
            lines.append(step(0, SpecChange.between(nothing, spec, direction), "as it was started"));
        }
        write(lines.toString());
    }

    /**
     * The link has become another one.
     *
     * @param startNanos when it was started, of the clock of the changes
     */
    synchronized void changed(long version, long startNanos, LinkSpec from, LinkSpec to, Map<String, Change> inForce) {
        StringBuilder lines = new StringBuilder();
        inForce.entrySet().stream()
                .sorted(Comparator.comparingLong(way -> way.getValue().nanos()))
                .forEach(way -> lines.append(step(
                        way.getValue().nanos() - startNanos,
                        SpecChange.between(from, to, WAYS.indexOf(way.getKey())),
                        "version " + version + ", " + way.getKey() + " from packet "
                                + way.getValue().packetNumber() + " on")));
        write(lines.toString());
    }

    private static String step(long nanos, Map<String, Object> change, String comment) {
        return change.isEmpty()
                ? ""
                : "- {at: " + seconds(nanos) + "s, set: " + YamlText.flow(change) + "} # " + comment + "\n";
    }

    private static String seconds(long nanos) {
        BigDecimal seconds = BigDecimal.valueOf(nanos, NANO_DIGITS).stripTrailingZeros();
        return seconds.scale() < 0 ? seconds.setScale(0).toPlainString() : seconds.toPlainString();
    }

    private void write(String lines) {
        if (!complete) {
            return; // the steps behind a missing one would make another link
        }
        try {
            int ignored = out.write(ByteBuffer.wrap(lines.getBytes(StandardCharsets.UTF_8)));
        } catch (IOException e) {
            complete = false;
            problems.accept("--journal " + file + " cannot be written: " + InputFile.reason(e) + "; the link goes on; "
                    + out.rest());
        }
    }

    /** Whether everything could be written. */
    public synchronized boolean isComplete() {
        return complete;
    }

    @Override
    public void close() throws IOException {
        out.close();
    }
}
