package io.tlem.report;

import io.tlem.link.Clerk;
import io.tlem.os.MachineFacts;
import io.tlem.spec.LinkSpec;
import io.tlem.spec.Setting;
import io.tlem.spec.Value;
import io.tlem.stats.LatencyRecorder;
import io.tlem.stats.Sample;
import io.tlem.stats.TimeHistogram;
import io.tlem.text.InputFile;
import io.tlem.text.OutputFile;
import io.tlem.thread.HiccupMeter;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.Supplier;

/**
 * What is asked for to be said of a run at its end: {@code --assert}, {@code --report} and {@code --junit}. All that can be
 * wrong is found out when it is made; the files are opened then, too. Used by one thread.
 */
public final class RunReport implements AutoCloseable {
    /** What a file's name ends in, and what is written then. */
    @SuppressWarnings("ImmutableEnumChecker") // what they do is fixed
    private enum Form {
        HTML(".html", HtmlPage::of),
        JSON(".json", JsonFile::of),
        JUNIT("", content -> JUnitFile.of(content.end(), content.outcomes()));

        private final String ending;
        private final Function<Content, String> text;

        Form(String ending, Function<Content, String> text) {
            this.ending = ending;
            this.text = text;
        }

        static Form of(Value<Path> file) {
            String name = String.valueOf(file.value().getFileName());
            for (Form form : values()) {
                if (!form.ending.isEmpty() && name.endsWith(form.ending)) {
                    return form;
                }
            }
            throw file.wrong("the name of a report ends in .html or .json");
        }
    }

    private record Target(Path file, Form form, OutputFile out) {}

    private final List<Assertion> assertions;
    private final List<Target> targets = new ArrayList<>();
    private final Map<String, Watched> watched = new HashMap<>();
    private final Timeline timeline = new Timeline();
    private final TimeHistogram hiccups = new TimeHistogram();
    private HiccupMeter meter; // null where the machine is of no matter
    private boolean complete = true;

    /**
     * Begins it.
     *
     * @throws io.tlem.spec.ConfigException when an assertion names no number, or a file's name says no form
     * @throws IOException when a file cannot be made
     */
    public RunReport(LinkSpec spec) throws IOException {
        this(spec, TrafficNumbers.Kind.NONE);
    }

    /**
     * As the other.
     *
     * @param measured what besides the link there are numbers of
     */
    public RunReport(LinkSpec spec, TrafficNumbers.Kind measured) throws IOException {
        assertions = spec.all(Setting.ASSERT).stream()
                .map(value -> assertion(value, measured))
                .toList();
        List<Value<Path>> files = new ArrayList<>(spec.all(Setting.REPORT));
        List<Form> forms = new ArrayList<>(files.stream().map(Form::of).toList());
        spec.all(Setting.JUNIT).forEach(file -> {
            files.add(file);
            forms.add(Form.JUNIT);
        });
        try {
            for (int i = 0; i < files.size(); i++) {
                Path file = files.get(i).value();
                targets.add(new Target(file, forms.get(i), OutputFile.open(file)));
            }
        } catch (Throwable e) {
            close();
            throw e;
        }
    }

    private static Assertion assertion(Value<String> value, TrafficNumbers.Kind measured) {
        try {
            return Assertion.of(value.value(), measured);
        } catch (IllegalArgumentException e) {
            throw value.wrong(e.getMessage());
        }
    }

    /**
     * What makes the watchers of a direction's threads, for {@code Pipeline.keep}; empty when nothing is asked for.
     *
     * @param direction for people, such as {@code a->b}
     */
    public Optional<Supplier<Clerk>> watchers(String direction) {
        if (targets.isEmpty() && assertions.isEmpty()) {
            return Optional.empty();
        }
        Watched of = new Watched();
        watched.put(direction, of);
        return Optional.of(of::next);
    }

    /** The link starts, on a clock that goes by itself: from now on it matters what the machine does. */
    public void startedLive() {
        if (!watched.isEmpty()) {
            meter = new HiccupMeter(nanos -> hiccups.recordValue(Math.min(nanos, LatencyRecorder.MAX_NANOS)));
        }
    }

    /** What happened since the sample before. */
    public void interval(Sample sample) {
        if (!watched.isEmpty()) {
            timeline.add(sample);
        }
    }

    /**
     * Writes what is to be written, and judges what was to be true. Once, when the link's threads have ended.
     *
     * @param problems told, in a line each, why a file is not complete
     * @return what an assertion says and is not true, a line each
     */
    public List<String> finish(RunEnd end, Consumer<String> problems) {
        endMeter();
        if (watched.isEmpty()) {
            return List.of();
        }
        HiccupMeter.Hiccup[] longOnes = meter == null ? new HiccupMeter.Hiccup[0] : meter.hiccups();
        Facts facts = Facts.of(end, watched, timeline, hiccups, longOnes);
        List<Assertion.Outcome> outcomes =
                assertions.stream().map(one -> one.judge(facts)).toList();
        Content content = new Content(end, facts, outcomes, targets.isEmpty() ? Map.of() : MachineFacts.all());
        for (Target target : targets) {
            try {
                byte[] text = target.form().text.apply(content).getBytes(StandardCharsets.UTF_8);
                int ignored = target.out().write(ByteBuffer.wrap(text));
            } catch (IOException e) {
                complete = false;
                problems.accept(target.file() + " cannot be written: " + InputFile.reason(e) + "; "
                        + target.out().rest());
            }
        }
        return outcomes.stream()
                .filter(outcome -> !outcome.holds())
                .map(Assertion.Outcome::line)
                .toList();
    }

    /** Whether everything could be written. */
    public boolean isComplete() {
        return complete;
    }

    private void endMeter() {
        if (meter != null) {
            meter.close();
        }
    }

    @Override
    public void close() {
        endMeter();
        for (Target target : targets) {
            try {
                target.out().close();
            } catch (IOException e) {
                // Nothing is left in it that was not written.
            }
        }
    }
}
