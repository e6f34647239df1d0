package io.tlem.cli;

import io.tlem.config.YamlText;
import io.tlem.impair.Models;
import io.tlem.impair.Role;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;

/** Options as a configuration file that gives the same ones. */
final class ConfigText {
    private final LinkOptions link;
    private final List<String> lines = new ArrayList<>();

    private ConfigText(LinkOptions link) {
        this.link = link;
    }

    /**
     * The text of such a file.
     *
     * @param command with the options of {@link RunOptions}
     * @param link those of the link among them
     */
    static String of(CommandSpec command, LinkOptions link) {
        ConfigText text = new ConfigText(link);
        text.write(ConfigFile.keys(command));
        return String.join("\n", text.lines) + "\n";
    }

    private void write(Map<String, OptionSpec> keys) {
        lines.add("# Run it with: tlem run --config FILE");
        Map<String, String> single = new LinkedHashMap<>();
        List<Map<String, String>> directions = List.of(new LinkedHashMap<>(), new LinkedHashMap<>());
        keys.forEach((key, option) -> {
            if (ConfigFile.isDirectional(option)) {
                for (int direction = 0; direction < 2; direction++) {
                    String value = value(key, option, direction);
                    if (!value.isEmpty()) {
                        directions.get(direction).put(key, YamlText.scalar(value));
                    }
                }
            } else {
                value(option).ifPresent(value -> single.put(key, value));
            }
        });
        Optional.ofNullable(single.remove(ConfigFile.PORTS)).ifPresent(ports -> lines.add("ports: " + ports));
        sections(directions);
        if (!single.isEmpty()) {
            lines.add("");
            single.forEach((key, value) -> lines.add(key + ": " + value));
        }
        lines.add("");
        lines.add("# Not given:");
        keys.forEach((key, option) -> {
            boolean given =
                    single.containsKey(key) || directions.stream().anyMatch(direction -> direction.containsKey(key));
            if (!given) {
                lines.add("# " + key + ": " + fallback(option));
            }
        });
    }

    private void sections(List<Map<String, String>> directions) {
        Map<String, String> both = new LinkedHashMap<>(directions.get(0));
        both.entrySet().retainAll(directions.get(1).entrySet());
        section(ConfigFile.Section.BOTH, both);
        for (int direction = 0; direction < 2; direction++) {
            Map<String, String> own = new LinkedHashMap<>(directions.get(direction));
            own.keySet().removeAll(both.keySet());
            section(direction == 0 ? ConfigFile.Section.A_TO_B : ConfigFile.Section.B_TO_A, own);
        }
    }

    private void section(ConfigFile.Section section, Map<String, String> values) {
        if (!values.isEmpty()) {
            lines.add("");
            lines.add(section.key() + ":");
            values.forEach((key, value) -> lines.add("  " + key + ": " + value));
        }
    }

    private String value(String key, OptionSpec option, int direction) {
        Optional<Role> role = ConfigFile.role(key);
        if (role.isEmpty()) {
            List<?> values = option.getValue();
            return LinkOptions.one(
                    option.longestName(), values.stream().map(String::valueOf).toList(), direction);
        }
        String specification = link.spec(direction).of(role.get());
        return specification.isEmpty()
                ? ""
                : Models.withFiles(role.get(), specification, file -> absolute(Path.of(file)));
    }

    /** The file may be printed to any folder, and relative names are relative to that. */
    private static String absolute(Path file) {
        return file.toAbsolutePath().normalize().toString();
    }

    /** As YAML; empty when it is not given. */
    private static Optional<String> value(OptionSpec option) {
        Object value = option.getValue();
        return switch (value) {
            case null -> Optional.empty();
            case Boolean flag -> flag ? Optional.of("true") : Optional.empty();
            case boolean[] flags -> flags.length == 0 ? Optional.empty() : Optional.of(Integer.toString(flags.length));
            case Collection<?> values ->
                values.isEmpty()
                        ? Optional.empty()
                        : Optional.of(YamlText.list(
                                values.stream().map(String::valueOf).toList()));
            case Path file -> Optional.of(YamlText.scalar(absolute(file)));
            default -> Optional.of(YamlText.scalar(value.toString()));
        };
    }

    /** What the option's description says about its default. */
    private static String fallback(OptionSpec option) {
        String description = String.join(" ", option.description());
        int start = description.indexOf(LinkOptions.DEFAULT);
        if (start < 0) {
            return option.typeInfo().isBoolean() ? "false" : LinkOptions.NONE;
        }
        String text = description.substring(start + LinkOptions.DEFAULT.length());
        int end = text.indexOf(". ");
        return (end < 0 ? text.replaceFirst("\\.$", "") : text.substring(0, end)).replace("%%", "%");
    }
}
