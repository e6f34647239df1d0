package io.tlem.spec.importer;

import io.tlem.spec.YamlText;
import java.util.ArrayList;
import java.util.List;

/** What was found in another emulator's trace, on its way to a table of a scenario. */
public final class TraceTable {
    private final List<String> comments = new ArrayList<>();
    private final List<String> leftOut = new ArrayList<>();
    private final List<String> columns;
    private final List<String> rows = new ArrayList<>();

    TraceTable(List<String> columns) {
        this.columns = columns;
    }

    /** Something to know about the whole. */
    void note(String text) {
        comments.add(text);
    }

    /** Something that the emulator cannot do; of equal ones the first counts. */
    void leaveOut(String what) {
        if (!leftOut.contains(what)) {
            leftOut.add(what);
        }
    }

    /** @param values of all columns; those with a comma are put in quotation marks */
    void row(List<String> values) {
        rows.add(String.join(
                ",",
                values.stream()
                        .map(value -> value.contains(",") ? '"' + value + '"' : value)
                        .toList()));
    }

    /** What the emulator cannot do, a line each. */
    public List<String> leftOut() {
        return List.copyOf(leftOut);
    }

    /** The table. */
    public String text() {
        List<String> lines = new ArrayList<>();
        comments.forEach(comment -> lines.addAll(YamlText.comment(comment)));
        if (!leftOut.isEmpty()) {
            lines.add("# Left out:");
            leftOut.forEach(reason -> lines.addAll(YamlText.comment("  " + reason)));
        }
        lines.add(String.join(",", columns));
        lines.addAll(rows);
        return String.join("\n", lines) + "\n";
    }
}
