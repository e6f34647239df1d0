package io.tlem.cli;

import io.tlem.config.ConfigException;
import io.tlem.config.ModelText;
import io.tlem.config.Node;
import io.tlem.config.Place;
import io.tlem.config.YamlFile;
import io.tlem.impair.Role;
import io.tlem.text.Nearest;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import picocli.CommandLine;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParseResult;

/**
 * A configuration file, turned into the options that it stands for. Which keys there are, and what values they take, follows
 * from the declarations of the options.
 */
final class ConfigFile {
    /** The option with the file's name, which no file can have. */
    static final String OPTION = "--config";

    private static final String PORT_OPTION = "--port";
    /** The key of the ports. */
    static final String PORTS = "ports";

    private static final int MOST_REPEATED = 9;

    /** Where values for directions stand. */
    enum Section {
        BOTH("both"),
        A_TO_B("a-to-b"),
        B_TO_A("b-to-a");

        private final String key;

        Section(String key) {
            this.key = key;
        }

        String key() {
            return key;
        }
    }

    /** An option that the file gives. */
    private record Setting(String option, String key, String text, Place place) {}

    private final Path folder;
    private final Map<String, OptionSpec> keys = keys(declared());
    private final List<Setting> settings = new ArrayList<>();
    private final Set<String> overridden = new LinkedHashSet<>();
    private final List<String> arguments = new ArrayList<>();

    private ConfigFile(Node.Mapping top, Path folder) {
        this.folder = folder;
        top.entries().stream()
                .filter(entry -> entry.key().text().equals("model-path"))
                .forEach(entry -> loadModels(one(entry)));
        Map<Section, Node.Mapping> sections = new EnumMap<>(Section.class);
        for (Node.Entry entry : top.entries()) {
            Optional<Section> section = Arrays.stream(Section.values())
                    .filter(possible -> possible.key().equals(entry.key().text()))
                    .findFirst();
            if (section.isEmpty()) {
                option(entry);
            } else if (entry.value() instanceof Node.Mapping mapping) {
                sections.put(section.get(), mapping);
            } else {
                throw entry.value()
                        .place()
                        .wrong(entry.key().text() + " takes keys with values, such as 'delay: 10ms', found "
                                + entry.value().description());
            }
        }
        directions(sections);
    }

    /** First of all, for the other values may name such models. */
    private void loadModels(Node.Scalar value) {
        try {
            ModelPath.load(path(value));
        } catch (UsageException e) {
            throw value.place().wrong(e.getMessage());
        }
    }

    /**
     * Reads a file.
     *
     * @throws ConfigException when it is not acceptable
     */
    static ConfigFile read(Path file) {
        Path folder = file.getParent();
        return new ConfigFile(YamlFile.read(file), folder == null ? Path.of("") : folder);
    }

    /**
     * Reads a text.
     *
     * @param name the file's, for messages
     * @param folder what relative files are relative to
     */
    static ConfigFile parse(String name, String text, Path folder) {
        return new ConfigFile(YamlFile.parse(name, text), folder);
    }

    private static CommandSpec declared() {
        return new CommandLine(new RunOptions()).getCommandSpec();
    }

    /** The options that can be in a file, by their keys, in the order of their declarations. */
    static Map<String, OptionSpec> keys(CommandSpec command) {
        Map<String, OptionSpec> keys = new LinkedHashMap<>();
        for (OptionSpec option : command.options()) {
            String name = option.longestName();
            if (!option.usageHelp() && !option.versionHelp() && !name.equals(OPTION)) {
                keys.put(name.equals(PORT_OPTION) ? PORTS : name.substring(2), option);
            }
        }
        return keys;
    }

    /** Whether an option has a value for each direction: the lists of {@link LinkOptions} do. */
    static boolean isDirectional(OptionSpec option) {
        return option.userObject() instanceof java.lang.reflect.Field field
                && field.getDeclaringClass() == LinkOptions.class
                && field.getType() == List.class;
    }

    private void directions(Map<Section, Node.Mapping> sections) {
        Map<Section, Map<String, Setting>> values = new EnumMap<>(Section.class);
        for (Section section : Section.values()) {
            Map<String, Setting> found = new HashMap<>();
            if (sections.containsKey(section)) {
                for (Node.Entry entry : sections.get(section).entries()) {
                    Setting setting = directional(section, entry);
                    found.put(setting.option(), setting);
                }
            }
            values.put(section, found);
        }
        for (OptionSpec option : keys.values()) {
            if (isDirectional(option)) {
                String name = option.longestName();
                Setting both = values.get(Section.BOTH).get(name);
                direction(
                        name,
                        values.get(Section.A_TO_B).getOrDefault(name, both),
                        values.get(Section.B_TO_A).getOrDefault(name, both));
            }
        }
    }

    private Setting directional(Section section, Node.Entry entry) {
        String key = entry.key().text();
        OptionSpec option = keys.get(key);
        if (option == null || !isDirectional(option)) {
            throw entry.key()
                    .place()
                    .wrong(entry.key().description()
                            + (option == null
                                    ? " is not a key of " + section.key() + Nearest.hint(key, keys(true))
                                    : " is not of a direction; it stands outside " + section.key()));
        }
        Optional<Role> role = role(key);
        boolean none =
                entry.value() instanceof Node.Scalar scalar && scalar.text().equals(LinkOptions.NONE);
        String text = role.isPresent() && !none
                ? ModelText.of(role.get(), entry.value(), folder)
                : one(entry).text();
        return new Setting(option.longestName(), key, text, entry.value().place());
    }

    /** The role whose models an option names. */
    static Optional<Role> role(String key) {
        return Arrays.stream(Role.values())
                .filter(role -> role.label().equals(key))
                .findFirst();
    }

    private Collection<String> keys(boolean directional) {
        return keys.entrySet().stream()
                .filter(key -> isDirectional(key.getValue()) == directional)
                .map(Map.Entry::getKey)
                .collect(Collectors.toCollection(LinkedHashSet::new));
    }

    private void direction(String name, Setting aToB, Setting bToA) {
        if (aToB == null && bToA == null) {
            return;
        }
        String first = aToB == null ? LinkOptions.NONE : aToB.text();
        String second = bToA == null ? LinkOptions.NONE : bToA.text();
        arguments.add(name + "=" + first);
        if (!first.equals(second)) {
            arguments.add(name + "=" + second);
        }
        Optional.ofNullable(aToB).ifPresent(settings::add);
        Optional.ofNullable(bToA).filter(setting -> !setting.equals(aToB)).ifPresent(settings::add);
    }

    private void option(Node.Entry entry) {
        String key = entry.key().text();
        OptionSpec option = keys.get(key);
        if (option == null) {
            throw entry.key().place().wrong(entry.key().description() + " is not a key" + hint(key));
        }
        if (isDirectional(option)) {
            throw entry.key().place().wrong(entry.key().description() + " stands below both:, a-to-b: or b-to-a:");
        }
        if (key.equals(PORTS)) {
            ports(entry).forEach(port -> set(option, key, port, port.text()));
        } else if (option.isMultiValue() && option.type() == List.class) {
            several(entry).forEach(value -> set(option, key, value, value.text()));
        } else if (option.typeInfo().isBoolean()) {
            flag(option, key, one(entry));
        } else {
            Node.Scalar value = one(entry);
            set(option, key, value, option.type() == Path.class ? path(value).toString() : value.text());
        }
    }

    private void set(OptionSpec option, String key, Node.Scalar value, String text) {
        arguments.add(option.longestName() + "=" + text);
        settings.add(new Setting(option.longestName(), key, text, value.place()));
    }

    private String hint(String key) {
        Set<String> all = new LinkedHashSet<>(
                Arrays.stream(Section.values()).map(Section::key).toList());
        all.addAll(keys(false));
        String nearDirectional = Nearest.hint(key, keys(true));
        String near = Nearest.hint(key, all);
        return nearDirectional.endsWith("?") && !near.endsWith("?")
                ? nearDirectional + " It stands below both:, a-to-b: or b-to-a:"
                : near;
    }

    private void flag(OptionSpec option, String key, Node.Scalar value) {
        String text = value.text().toLowerCase(Locale.ROOT);
        boolean repeats = option.isMultiValue();
        int count = switch (text) {
            case "true" -> 1;
            case "false" -> 0;
            default -> repeats && text.length() == 1 && Character.isDigit(text.charAt(0)) ? text.charAt(0) - '0' : -1;
        };
        if (count < 0) {
            throw value.place()
                    .wrong(key + " takes true or false" + (repeats ? ", or how often from 0 to " + MOST_REPEATED : "")
                            + ", found " + value.description());
        }
        for (int i = 0; i < count; i++) {
            arguments.add(option.longestName());
        }
        settings.add(new Setting(option.longestName(), key, text, value.place()));
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
                        .sorted(java.util.Comparator.comparing(
                                port -> port.key().text()))
                        .map(ConfigFile::port)
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

    private Path path(Node.Scalar value) {
        try {
            return folder.resolve(value.text()).normalize();
        } catch (InvalidPathException e) {
            throw value.place().wrong(value.description() + " is not the name of a file");
        }
    }

    /**
     * Gives a command's options the file's values, unless its command line gave them.
     *
     * @throws ConfigException when a value cannot be the option's
     */
    void applyTo(CommandSpec command) {
        ParseResult given = command.commandLine().getParseResult();
        CommandLine own = new CommandLine(new RunOptions());
        ParseResult found;
        try {
            found = own.parseArgs(arguments.toArray(String[]::new));
        } catch (ParameterException e) {
            throw refused(e);
        }
        for (OptionSpec option : own.getCommandSpec().options()) {
            String name = option.longestName();
            if (given.hasMatchedOption(name)) {
                overridden.add(name);
            } else if (found.hasMatchedOption(name)) {
                command.findOption(name).setValue(option.getValue());
            }
        }
    }

    private ConfigException refused(ParameterException refusal) {
        String message = Main.message(refusal).replaceFirst("^Invalid value for option '.*?': ", "");
        return settings.stream()
                .filter(setting -> refusal.getArgSpec() instanceof OptionSpec option
                        && option.longestName().equals(setting.option()))
                .findFirst()
                .map(setting -> setting.place().wrong(setting.key() + ": " + message))
                .orElseGet(() -> new ConfigException(message));
    }

    /** A mistake that was found later, with its place if what it begins with is an option that the file gave. */
    RuntimeException located(RuntimeException mistake) {
        String message = String.valueOf(mistake.getMessage());
        Setting best = null;
        String bestName = "";
        for (Setting setting : settings) {
            for (String name : names(setting)) {
                boolean named = message.startsWith(name + " ") || message.startsWith(name + ":");
                boolean exact = message.startsWith(name + " " + setting.text());
                if (named && !overridden.contains(setting.option()) && (best == null || exact)) {
                    best = setting;
                    bestName = name;
                }
            }
        }
        return best == null
                ? mistake
                : new UsageException(best.place() + ": " + best.key() + message.substring(bestName.length()));
    }

    private List<String> names(Setting setting) {
        return setting.key().equals(PORTS)
                ? List.of("port " + setting.text())
                : List.of(keys.get(setting.key()).names());
    }
}
