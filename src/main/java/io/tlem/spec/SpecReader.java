package io.tlem.spec;

import io.tlem.impair.Role;
import io.tlem.text.Nearest;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** Reads the specification of a link from a file in YAML, or in JSON if its name ends so. */
public final class SpecReader {
    private static final int MOST_REPEATED = 9;
    private static final String JSON = ".json";

    private final Path folder;
    private final LinkSpec.Builder builder;

    private SpecReader(LinkSpec.Builder builder, Path folder) {
        this.builder = builder;
        this.folder = folder;
    }

    /**
     * Reads a file.
     *
     * @param builder is given what the file says
     * @throws ConfigException when it is not acceptable
     */
    public static void read(Path file, LinkSpec.Builder builder) {
        Path folder = file.getParent();
        new SpecReader(builder, folder == null ? Path.of("") : folder)
                .document(tree(file.toString(), YamlFile.text(file)));
    }

    /** Reads a text that names no files. */
    static void read(String name, String text, LinkSpec.Builder builder) {
        new SpecReader(builder, Path.of("")).document(tree(name, text));
    }

    private static Node.Mapping tree(String name, String text) {
        return name.endsWith(JSON) ? JsonText.parse(name, text) : YamlFile.parse(name, text);
    }

    /**
     * Reads a text.
     *
     * @param name the file's
     * @param folder what relative files are relative to
     * @throws ConfigException when it is not acceptable
     */
    public static LinkSpec parse(String name, String text, Path folder) {
        LinkSpec.Builder builder = new LinkSpec.Builder();
        new SpecReader(builder, folder).document(tree(name, text));
        return builder.conclude();
    }

    /**
     * The same link, but for what a part of a configuration says: sections with keys, {@code none} for what is not to be there
     * any more.
     *
     * @param folder what relative files are relative to
     * @throws ConfigException when it is not acceptable
     */
    public static LinkSpec changed(LinkSpec link, Node.Mapping part, Path folder) {
        LinkSpec.Builder said = new LinkSpec.Builder();
        new SpecReader(said, folder).document(part);
        LinkSpec.Builder builder = link.toBuilder();
        builder.give(said);
        return builder.conclude();
    }

    private void document(Node.Mapping top) {
        top.entries().stream() // first of all, for the other values may name such models
                .filter(entry -> entry.key().text().equals(Setting.MODEL_PATH.key()))
                .forEach(this::whole);
        Map<Section, Node.Mapping> sections = new EnumMap<>(Section.class);
        for (Node.Entry entry : top.entries()) {
            Optional<Section> section = Arrays.stream(Section.values())
                    .filter(possible -> possible.key().equals(entry.key().text()))
                    .findFirst();
            if (section.isEmpty()) {
                whole(entry);
            } else if (entry.value() instanceof Node.Mapping mapping) {
                sections.put(section.get(), mapping);
            } else {
                throw entry.value()
                        .place()
                        .wrong(entry.key().text() + " takes keys with values, such as 'delay: 10ms', found "
                                + entry.value().description());
            }
        }
        sections.forEach((section, mapping) -> mapping.entries().forEach(entry -> eachWay(section, entry)));
    }

    private void eachWay(Section section, Node.Entry entry) {
        String key = entry.key().text();
        Optional<Setting<?>> setting = Setting.withKey(key);
        if (setting.isEmpty() || !setting.get().isEachWay()) {
            throw entry.key()
                    .place()
                    .wrong(entry.key().description()
                            + (setting.isEmpty()
                                    ? " is not a key of " + section.key() + Nearest.hint(key, keys(true))
                                    : " is not of a direction; it stands outside " + section.key()));
        }
        Optional<Value<?>> value = direction(setting.get(), entry);
        section.directions().forEach(direction -> builder.put(direction, setting.get(), value));
    }

    private Optional<Value<?>> direction(Setting<?> setting, Node.Entry entry) {
        if (entry.value() instanceof Node.Scalar scalar && scalar.text().equals(Setting.NONE)) {
            return Optional.empty();
        }
        Optional<Role> role = setting.role();
        return Optional.of(
                role.isPresent() ? ModelText.value(role.get(), entry.value(), folder) : value(setting, one(entry)));
    }

    private void whole(Node.Entry entry) {
        String key = entry.key().text();
        Setting<?> setting = Setting.withKey(key)
                .orElseThrow(() -> entry.key().place().wrong(entry.key().description() + " is not a key" + hint(key)));
        List<? extends Value<?>> values = switch (setting.shape()) {
            case EACH_WAY ->
                throw entry.key().place().wrong(entry.key().description() + " stands below both:, a-to-b: or b-to-a:");
            case PORTS ->
                ports(entry).stream().map(port -> value(setting, port)).toList();
            case SEVERAL ->
                several(entry).stream().map(one -> value(setting, one)).toList();
            case FLAG, COUNT -> List.of(repeated(setting, one(entry)));
            case ONE -> List.of(value(setting, one(entry)));
        };
        builder.put(setting, values);
    }

    private Value<?> value(Setting<?> setting, Node.Scalar scalar) {
        String text = setting.isFile() ? path(scalar) : scalar.text();
        if (setting.equals(Setting.LEDGER) || setting.equals(Setting.RECORD)) {
            Value<?> read = setting.value(scalar.place(), setting.key(), text, text);
            text = (read.value() instanceof LedgerFile ledger
                            ? ledger.within(folder)
                            : ((RecordFile) read.value()).within(folder))
                    .toString();
        }
        return setting.value(scalar.place(), setting.key(), text, text);
    }

    private static Value<?> repeated(Setting<?> setting, Node.Scalar value) {
        boolean counts = setting.shape() == Setting.Shape.COUNT;
        String text = value.text().toLowerCase(Locale.ROOT);
        if (counts && (text.equals("true") || text.equals("false"))) {
            text = text.equals("true") ? "1" : "0";
        }
        if (!text.matches(counts ? "[0-" + MOST_REPEATED + "]" : "true|false")) {
            throw value.place()
                    .wrong(setting.key() + " takes true or false"
                            + (counts ? ", or how often from 0 to " + MOST_REPEATED : "") + ", found "
                            + value.description());
        }
        return setting.value(value.place(), setting.key(), text, text);
    }

    private static Set<String> keys(boolean eachWay) {
        Set<String> keys = new LinkedHashSet<>();
        Setting.all().stream()
                .filter(setting -> setting.isEachWay() == eachWay)
                .forEach(setting -> keys.add(setting.key()));
        return keys;
    }

    private static String hint(String key) {
        Set<String> all = new LinkedHashSet<>(
                Arrays.stream(Section.values()).map(Section::key).toList());
        all.addAll(keys(false));
        String nearEachWay = Nearest.hint(key, keys(true));
        String near = Nearest.hint(key, all);
        return nearEachWay.endsWith("?") && !near.endsWith("?")
                ? nearEachWay + " It stands below both:, a-to-b: or b-to-a:"
                : near;
    }

    private static Node.Scalar one(Node.Entry entry) {
        return scalar(entry.key().text() + " takes one value", entry.value());
    }

    private static Node.Scalar scalar(String expected, Node node) {
        if (node instanceof Node.Scalar scalar
                && !scalar.isNull()
                && !scalar.text().isBlank()) {
            return scalar;
        }
        throw node.place().wrong(expected + ", found " + node.description());
    }

    private static List<Node.Scalar> several(Node.Entry entry) {
        String expected = entry.key().text() + " takes a value or a list of them";
        return entry.value() instanceof Node.Sequence sequence
                ? sequence.values().stream()
                        .map(value -> scalar(expected, value))
                        .toList()
                : List.of(scalar(expected, entry.value()));
    }

    /** Ports A and B, as a list or as a mapping of a and b. */
    private static List<Node.Scalar> ports(Node.Entry entry) {
        String expected = "ports takes two, such as [eth1, eth2]";
        List<Node> nodes = switch (entry.value()) {
            case Node.Sequence sequence -> sequence.values();
            case Node.Mapping mapping ->
                mapping.entries().stream()
                        .sorted(Comparator.comparing(port -> port.key().text()))
                        .map(SpecReader::port)
                        .toList();
            case Node.Scalar scalar -> List.of();
        };
        if (nodes.size() != 2) {
            throw entry.value()
                    .place()
                    .wrong(expected + ", found "
                            + (nodes.isEmpty() ? entry.value().description() : nodes.size()));
        }
        return nodes.stream().map(node -> scalar(expected, node)).toList();
    }

    private static Node port(Node.Entry entry) {
        if (!List.of("a", "b").contains(entry.key().text())) {
            throw entry.key().place().wrong(entry.key().description() + " is not a port; they are a and b");
        }
        return entry.value();
    }

    private String path(Node.Scalar value) {
        try {
            return folder.resolve(value.text()).normalize().toString();
        } catch (InvalidPathException e) {
            throw value.place().wrong(value.description() + " is not the name of a file");
        }
    }
}
