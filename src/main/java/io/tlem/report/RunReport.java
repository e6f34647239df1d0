package io.tlem.report;

import io.tlem.spec.LinkSpec;
import io.tlem.spec.Setting;
import io.tlem.spec.Value;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.Function;

/**
 * What is asked for to be said of a run at its end: {@code --assert}, {@code --report} and {@code --junit}. All that can be
 * wrong is found out when it is made; the files are opened then, too. Used by one thread.
 */
public final class RunReport implements AutoCloseable {
    /** What a file's name ends in, and what is written then. */
    @SuppressWarnings("ImmutableEnumChecker") // what they do is fixed
    private enum Form {
        JSON(".json", content -> JsonFile.of(content.end(), content.facts(), content.outcomes())),
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
            throw file.wrong("the name of a report ends in .json");
        }
    }

    private record Content(RunEnd end, Facts facts, List<Assertion.Outcome> outcomes) {}

    private record Target(Path file, Form form, OutputStream out) {}

    private final List<Assertion> assertions;
    private final List<Target> targets = new ArrayList<>();
    private boolean complete = true;

    /**
     * Begins it.
     *
     * @throws io.tlem.spec.ConfigException when an assertion names no number, or a file's name says no form
     * @throws IOException when a file cannot be made
     */
    public RunReport(LinkSpec spec) throws IOException {
        assertions = spec.all(Setting.ASSERT).stream().map(RunReport::assertion).toList();
        List<Value<Path>> files = new ArrayList<>(spec.all(Setting.REPORT));
        List<Form> forms = new ArrayList<>(files.stream().map(Form::of).toList());
        spec.all(Setting.JUNIT).forEach(file -> {
            files.add(file);
            forms.add(Form.JUNIT);
        });
        for (int i = 0; i < files.size(); i++) {
            if (files.subList(0, i).contains(files.get(i))) {
                throw files.get(i).wrong("is given twice");
            }
        }
        try {
            for (int i = 0; i < files.size(); i++) {
                Path file = files.get(i).value();
                targets.add(new Target(file, forms.get(i), Files.newOutputStream(file)));
            }
        } catch (Throwable e) {
            close();
            throw e;
        }
    }

    private static Assertion assertion(Value<String> value) {
        try {
            return Assertion.of(value.value());
        } catch (IllegalArgumentException e) {
            throw value.wrong(e.getMessage());
        }
    }

    /**
     * Writes what is to be written, and judges what was to be true. Once.
     *
     * @param problems told, in a line each, why a file is not complete
     * @return what an assertion says and is not true, a line each
     */
    public List<String> finish(RunEnd end, Consumer<String> problems) {
        Facts facts = new Facts(end.last());
        List<Assertion.Outcome> outcomes =
                assertions.stream().map(one -> one.judge(facts)).toList();
        Content content = new Content(end, facts, outcomes);
        for (Target target : targets) {
            try {
                target.out().write(target.form().text.apply(content).getBytes(StandardCharsets.UTF_8));
                target.out().flush();
            } catch (IOException e) {
                complete = false;
                problems.accept(target.file() + " cannot be written: " + e.getMessage());
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

    @Override
    public void close() {
        for (Target target : targets) {
            try {
                target.out().close();
            } catch (IOException e) {
                // Nothing is left in it that was not written.
            }
        }
    }
}
