package io.tlem.fit;

import io.tlem.impair.Models;
import io.tlem.impair.Role;
import io.tlem.spec.Section;
import io.tlem.spec.YamlText;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** A configuration of a link whose models were found, with where they come from as comments. */
public final class LinkFile {
    /**
     * A model.
     *
     * @param role of it
     * @param specification as the role's option takes it
     * @param comments of how it was found
     */
    public record Model(Role role, String specification, List<String> comments) {}

    private LinkFile() {}

    /**
     * The file.
     *
     * @param head what is to be said of the whole, a line each
     * @param sections models of both directions or of each, in the order of their roles
     */
    public static String yaml(List<String> head, Map<Section, List<Model>> sections) {
        List<String> lines = new ArrayList<>();
        head.forEach(line -> lines.addAll(YamlText.comment(line)));
        for (Section section : Section.values()) {
            if (sections.containsKey(section)) {
                List<Model> models = sections.get(section);
                lines.add("");
                lines.add(section.key() + ":" + (models.isEmpty() ? " {}" : ""));
                for (Model model : models) {
                    model.comments()
                            .forEach(comment -> YamlText.comment(comment).forEach(text -> lines.add("  " + text)));
                    lines.add("  " + model.role().label() + ": " + YamlText.scalar(model.specification()));
                }
            }
        }
        return String.join("\n", lines) + "\n";
    }

    /** Checks that a model is one. */
    static Model checked(Model model) {
        Models.check(model.role(), model.specification());
        return model;
    }
}
