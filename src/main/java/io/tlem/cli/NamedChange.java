package io.tlem.cli;

import io.tlem.control.ControlClient;
import io.tlem.impair.Models;
import io.tlem.impair.SpecException;
import io.tlem.spec.ConfigException;
import io.tlem.spec.Section;
import io.tlem.spec.Setting;
import java.io.IOException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;

/** What the options of a command line say of a running link, as a part of a configuration. */
final class NamedChange {
    private NamedChange() {}

    /** Whether a setting may change, or is a preset, which is many of those. */
    static boolean isFor(Setting<?> setting) {
        return setting.mayChange() || setting.equals(Setting.PRESET);
    }

    /** Whether a link may know models that are unknown here. */
    static boolean hasOwnModels(ControlClient running) throws IOException {
        return !running.ask("show", Map.of())
                .inner("config")
                .text(Setting.MODEL_PATH.key())
                .isEmpty();
    }

    /**
     * The part.
     *
     * @param command whose options they are
     * @param section that they are said of
     * @param ownModels whether the link may know models that are unknown here
     * @param whole the command for what goes for the whole link, for messages
     */
    static Map<String, Object> part(CommandSpec command, Section section, boolean ownModels, String whole) {
        Map<String, Object> part = new LinkedHashMap<>();
        for (Setting<?> setting : Setting.all()) {
            List<String> texts = isFor(setting) ? given(command, setting) : List.of();
            if (texts.isEmpty()) {
                continue;
            }
            List<String> checked = texts.stream()
                    .map(text -> checked(setting, text, ownModels))
                    .toList();
            if (!setting.isEachWay()) {
                if (section != Section.BOTH) {
                    throw new UsageException(setting.option() + " goes for the whole link: " + whole + " "
                            + setting.option() + " " + texts.getFirst());
                }
                part.put(setting.key(), checked.getLast());
            } else if (checked.size() == 1) {
                in(part, section).put(setting.key(), checked.getFirst());
            } else if (checked.size() == 2 && section == Section.BOTH) {
                in(part, Section.A_TO_B).put(setting.key(), checked.getFirst());
                in(part, Section.B_TO_A).put(setting.key(), checked.getLast());
            } else {
                throw new UsageException(setting.names().getFirst() + " is given " + texts.size() + " times; "
                        + (section == Section.BOTH ? "once or twice" : "once") + " is possible with " + section.key());
            }
        }
        return part;
    }

    private static List<String> given(CommandSpec command, Setting<?> setting) {
        OptionSpec option = command.commandLine().getParseResult().matchedOption(setting.option());
        return option == null ? List.of() : option.stringValues();
    }

    /** The section of a part. */
    @SuppressWarnings("unchecked") // they are put there here
    static Map<String, Object> in(Map<String, Object> part, Section section) {
        return (Map<String, Object>) part.computeIfAbsent(section.key(), key -> new LinkedHashMap<String, Object>());
    }

    /** What is wrong is told in the words of the command line; files are named so that the link finds them. */
    private static String checked(Setting<?> setting, String text, boolean ownModels) {
        if (text.equals(Setting.NONE)) {
            return text;
        }
        try {
            Object value = setting.value(text).value();
            return setting.role().isPresent()
                    ? Models.withFiles(setting.role().get(), text, file -> absolute(Path.of(file)))
                    : value instanceof Path file ? absolute(file) : text;
        } catch (ConfigException | SpecException e) {
            if (setting.role().isPresent() && ownModels) {
                return text; // the link knows better
            }
            throw e;
        }
    }

    private static String absolute(Path file) {
        return file.toAbsolutePath().normalize().toString();
    }
}
