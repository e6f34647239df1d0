package io.tlem.spec;

import io.tlem.impair.ModelKind;
import io.tlem.impair.Models;
import io.tlem.impair.Parameter;
import io.tlem.impair.Role;
import io.tlem.impair.SpecException;
import io.tlem.text.Escapes;
import io.tlem.text.Nearest;
import io.tlem.text.Shown;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** Makes the specification of a model, as on the command line, of what a configuration file says about it. */
final class ModelText {
    private static final String KIND = "kind";

    private ModelText() {}

    /**
     * The specification of a model.
     *
     * @param node a specification, or a mapping of {@code kind} and of the kind's arguments
     * @param folder what relative files are relative to
     * @throws ConfigException when it is not acceptable
     */
    static Value<String> value(Role role, Node node, Path folder) {
        String written = switch (node) {
            case Node.Scalar scalar -> required(scalar, role.label()).text();
            case Node.Mapping mapping -> ofMapping(role, mapping);
            case Node.Sequence sequence ->
                throw sequence.place()
                        .wrong(role.label() + " takes a specification such as '" + example(role)
                                + "' or a mapping with the key kind, found a list");
        };
        String shown = node instanceof Node.Scalar ? written : "";
        String specification;
        try {
            specification = Models.withFiles(role, written, file -> resolve(folder, file));
        } catch (SpecException e) {
            throw Setting.wrong(node.place(), role.label(), shown, e.getMessage());
        }
        return Setting.of(role).value(node.place(), role.label(), specification, shown);
    }

    private static String example(Role role) {
        return Models.kinds(role).getFirst().example();
    }

    private static Node.Scalar required(Node.Scalar scalar, String what) {
        if (scalar.isNull() || scalar.text().isBlank()) {
            throw scalar.place().wrong(what + " has no value");
        }
        return scalar;
    }

    private static String ofMapping(Role role, Node.Mapping mapping) {
        List<ModelKind> kinds = Models.kinds(role);
        Node.Entry kindEntry = mapping.entries().stream()
                .filter(entry -> entry.key().text().equals(KIND))
                .findFirst()
                .orElse(null);
        List<String> names = kinds.stream().map(ModelKind::name).toList();
        String kindName = kindEntry == null ? role.usualKind() : word(kindEntry);
        ModelKind kind = kinds.stream()
                .filter(possible -> possible.name().equals(kindName))
                .findFirst()
                .orElseThrow(() -> kindEntry == null
                        ? mapping.place()
                                .wrong("the key kind is missing; " + role.label() + " models are "
                                        + String.join(", ", names))
                        : kindEntry
                                .value()
                                .place()
                                .wrong(kindEntry.value().description() + " is not a " + role.label() + " model"
                                        + Nearest.hint(kindName, names)));
        List<String> words = new ArrayList<>(List.of(kind.name()));
        for (Node.Entry entry : mapping.entries()) {
            if (!entry.equals(kindEntry)) {
                words.addAll(argument(kind, entry));
            }
        }
        return String.join(",", words);
    }

    private static List<String> argument(ModelKind kind, Node.Entry entry) {
        String name = entry.key().text();
        Parameter parameter = kind.parameters().stream()
                .filter(possible -> possible.name().equals(name))
                .findFirst()
                .orElseThrow(() -> {
                    List<String> names = new ArrayList<>(
                            kind.parameters().stream().map(Parameter::name).toList());
                    return entry.key()
                            .place()
                            .wrong(entry.key().description() + " is not an argument of " + kind.name()
                                    + (names.isEmpty() ? ", which takes none" : Nearest.hint(name, names)));
                });
        if (parameter.repeated() && entry.value() instanceof Node.Sequence sequence) {
            if (sequence.values().isEmpty()) {
                throw sequence.place().wrong(name + " has no value");
            }
            return sequence.values().stream()
                    .map(value -> name + "=" + word(new Node.Entry(entry.key(), value)))
                    .toList();
        }
        return List.of(name + "=" + word(entry));
    }

    /** A value as it stands between the commas of a specification. */
    private static String word(Node.Entry entry) {
        String name = entry.key().text();
        if (!(entry.value() instanceof Node.Scalar scalar)) {
            throw entry.value()
                    .place()
                    .wrong(name + " takes one value, found " + entry.value().description());
        }
        return Escapes.part(required(scalar, name).text().strip());
    }

    private static String resolve(Path folder, String file) {
        try {
            return folder.resolve(file).normalize().toString();
        } catch (InvalidPathException e) {
            throw new SpecException(Shown.quoted(file) + " is not the name of a file");
        }
    }
}
