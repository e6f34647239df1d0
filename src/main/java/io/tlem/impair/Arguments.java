package io.tlem.impair;

import io.tlem.text.Escapes;
import io.tlem.text.InputFile;
import io.tlem.text.Shown;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;

/**
 * The arguments of a model's specification, by the names of its kind's parameters. Every getter throws
 * {@link SpecException} with one line when the argument is not what it should be.
 */
public final class Arguments {
    private final ModelKind kind;
    private final Map<String, List<String>> values = new LinkedHashMap<>();
    private final List<Given> words;

    /**
     * Takes arguments apart.
     *
     * @param words what stands between the commas behind the kind
     * @throws SpecException when there are too many or too few, or one has a name that the kind does not know
     */
    Arguments(ModelKind kind, List<String> words) {
        this.kind = kind;
        List<Given> given = given(words);
        given.forEach(this::put);
        for (Parameter parameter : kind.parameters()) {
            if (!values.containsKey(parameter.name())) {
                values.put(
                        parameter.name(), List.of(parameter.defaultText().orElseThrow(() -> wrongCount(words.size()))));
            }
        }
        this.words = given;
    }

    /**
     * A word of the specification.
     *
     * @param prefix the parameter's name and an equals sign where they are written, else empty
     */
    private record Given(Parameter parameter, String prefix, String value) {}

    private List<Given> given(List<String> words) {
        List<Given> given = new ArrayList<>();
        List<Parameter> parameters = kind.parameters();
        int next = 0;
        for (String word : words) {
            int equals = Escapes.indexOf(word, '=');
            Parameter named =
                    equals < 0 ? null : parameter(word.substring(0, equals).strip());
            if (named != null) {
                String value = Escapes.stripped(word.substring(equals + 1));
                given.add(new Given(named, named.name() + "=", Escapes.plain(value)));
                next = parameters.size();
            } else if (next == parameters.size()) {
                throw equals < 0 ? wrongCount(words.size()) : unknownName(word);
            } else if (equals > 0 && parameters.get(next).unit() != Parameter.Unit.FILE) { // no other value has a =
                throw unknownName(word);
            } else {
                Parameter parameter = parameters.get(next);
                given.add(new Given(parameter, "", Escapes.plain(word)));
                next += parameter.repeated() ? 0 : 1;
            }
        }
        return given;
    }

    /** What was written. */
    List<Models.Given> given() {
        return words.stream()
                .map(word -> new Models.Given(kind, word.parameter(), word.value()))
                .toList();
    }

    /** The arguments as they would be written, with other names of files. */
    List<String> withFiles(UnaryOperator<String> change) {
        return words.stream()
                .map(word -> word.prefix()
                        + Escapes.part(
                                word.parameter().unit() == Parameter.Unit.FILE
                                        ? change.apply(word.value())
                                        : word.value()))
                .toList();
    }

    private Parameter parameter(String name) {
        return kind.parameters().stream()
                .filter(parameter -> parameter.name().equals(name))
                .findFirst()
                .orElse(null);
    }

    private void put(Given given) {
        Parameter parameter = given.parameter();
        List<String> present = values.computeIfAbsent(parameter.name(), name -> new ArrayList<>());
        if (!present.isEmpty() && !parameter.repeated()) {
            throw new SpecException(
                    "'" + kind.name() + "': " + parameter.name() + " is given twice; usage: " + kind.usage());
        }
        if (given.value().isEmpty()) {
            throw new SpecException(
                    "'" + kind.name() + "': " + parameter.name() + " has no value; usage: " + kind.usage());
        }
        present.add(given.value());
    }

    private SpecException wrongCount(int found) {
        long required = kind.parameters().stream()
                .filter(parameter -> parameter.defaultText().isEmpty())
                .count();
        int most = kind.parameters().size();
        boolean open = most > 0 && kind.parameters().get(most - 1).repeated();
        String takes = open ? required + " or more" : required == most ? "" + most : required + " to " + most;
        return new SpecException("'" + kind.name() + "' takes " + takes
                + (takes.equals("1") ? " argument" : " arguments") + ", found " + found + "; usage: " + kind.usage());
    }

    private SpecException unknownName(String word) {
        return new SpecException(
                Shown.quoted(word) + " is not an argument of '" + kind.name() + "'; usage: " + kind.usage());
    }

    private String text(String name) {
        return texts(name).get(0);
    }

    /** All values of a repeated parameter, as written. */
    public List<String> texts(String name) {
        List<String> found = values.get(name);
        if (found == null) {
            throw new IllegalArgumentException(kind.name() + " declares no parameter " + name);
        }
        return found;
    }

    /** Whether the argument is there, or has a default. */
    public boolean has(String name) {
        return !text(name).isEmpty();
    }

    /** Bit/s, 0 for no limit, see {@link Units#parseBandwidth}. */
    public long bandwidth(String name) {
        return Units.parseBandwidth(text(name));
    }

    /** Nanoseconds, see {@link Units#parseTime}. */
    public long timeNanos(String name) {
        return Units.parseTime(text(name));
    }

    /** Bytes, see {@link Units#parseBytes}. */
    public long bytes(String name) {
        return Units.parseBytes(text(name));
    }

    /** A whole number in {@code min..max}. */
    public long count(String name, long min, long max) {
        return Units.parseCount(text(name), min, max);
    }

    /** 0 to 1, see {@link Units#parseProbability}. */
    public double probability(String name) {
        return Units.parseProbability(text(name));
    }

    /** A number in {@code min..max}, see {@link Units#parseNumber}. */
    public double number(String name, double min, double max) {
        return Units.parseNumber(text(name), min, max);
    }

    /** One of some words. */
    public String word(String name, List<String> possible) {
        String word = text(name);
        if (!possible.contains(word)) {
            throw new SpecException(Shown.quoted(word) + " is not possible for " + name + "; it is one of "
                    + String.join(", ", possible));
        }
        return word;
    }

    /** A file that can be read. */
    public Path file(String name) {
        Path file;
        try {
            file = Path.of(text(name));
        } catch (java.nio.file.InvalidPathException e) {
            throw new SpecException(Shown.quoted(text(name)) + " is not the name of a file");
        }
        InputFile.problem(file).ifPresent(problem -> {
            throw new SpecException(file + ": " + problem);
        });
        return file;
    }
}
