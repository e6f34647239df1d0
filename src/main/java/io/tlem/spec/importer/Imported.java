package io.tlem.spec.importer;

import io.tlem.impair.Models;
import io.tlem.impair.Role;
import io.tlem.impair.SpecException;
import io.tlem.spec.YamlText;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;

/** What was found in a command line, on its way to a configuration file. */
public final class Imported {
    private record Model(String specification, List<String> comments) {}

    private final String line;
    private final List<String> notes = new ArrayList<>();
    private final Map<Role, Model> models = new EnumMap<>(Role.class);
    private final List<String> options = new ArrayList<>();
    private final List<String> leftOut = new ArrayList<>();

    Imported(String line) {
        this.line = line;
    }

    /** Something to know about the whole. */
    void note(String text) {
        notes.add(text);
    }

    /** A part of the line that the emulator cannot do. */
    void leaveOut(String words, String reason) {
        leaveOut(words + ": " + reason);
    }

    /** The same, with its reason. */
    void leaveOut(String wordsAndReason) {
        leftOut.add(wordsAndReason);
    }

    /**
     * Adds a model. One that is not acceptable, as when a number is too large for it, is left out.
     *
     * @param words what it is made of
     * @param comments what differs from the other emulator; empty ones are none
     */
    void model(Role role, String specification, String words, String... comments) {
        List<String> all = new ArrayList<>(List.of(comments));
        all.removeIf(String::isEmpty);
        try {
            boolean[] missing = new boolean[1];
            String ignored = Models.withFiles(role, specification, file -> {
                missing[0] |= !isFile(file);
                return file;
            });
            if (missing[0]) {
                all.add("the file is not here now; its name is relative to this file's folder");
            } else {
                Models.check(role, specification);
            }
            models.put(role, new Model(specification, all));
        } catch (SpecException e) {
            leaveOut(words, e.getMessage());
        }
    }

    private static boolean isFile(String name) {
        try {
            return Files.isRegularFile(Path.of(name));
        } catch (InvalidPathException e) {
            throw new SpecException("that is not the name of a file");
        }
    }

    /** An option of the link as a whole. */
    void option(String key, String value, String comment) {
        YamlText.comment(comment).forEach(options::add);
        options.add(key + ": " + YamlText.scalar(value));
    }

    boolean has(Role role) {
        return models.containsKey(role);
    }

    /** What the emulator cannot do, a line each. */
    public List<String> leftOut() {
        return List.copyOf(leftOut);
    }

    /**
     * The configuration file.
     *
     * @param section where the models stand: both, a-to-b or b-to-a
     */
    public String text(String section) {
        return text(List.of(section), List.of(this));
    }

    /**
     * The configuration file of several directions.
     *
     * @param sections where the models of each stand
     */
    public static String text(List<String> sections, List<Imported> directions) {
        List<String> lines = new ArrayList<>();
        for (int i = 0; i < sections.size(); i++) {
            directions.get(i).section(sections.get(i), lines);
        }
        List<String> all = directions.stream()
                .flatMap(direction -> direction.options.stream())
                .distinct()
                .toList();
        if (!all.isEmpty()) {
            lines.add("");
            lines.addAll(all);
        }
        return String.join("\n", lines) + "\n";
    }

    private void section(String section, List<String> lines) {
        if (!lines.isEmpty()) {
            lines.add("");
        }
        lines.addAll(YamlText.comment(line));
        notes.forEach(note -> lines.addAll(YamlText.comment(note)));
        if (!leftOut.isEmpty()) {
            lines.add("# Left out:");
            leftOut.forEach(reason -> lines.addAll(YamlText.comment("  " + reason)));
        }
        lines.add("");
        lines.add(section + ":" + (models.isEmpty() ? " {}" : ""));
        models.forEach((role, model) -> {
            model.comments().forEach(comment -> YamlText.comment(comment).forEach(text -> lines.add("  " + text)));
            lines.add("  " + role.label() + ": " + YamlText.scalar(model.specification()));
        });
    }
}
