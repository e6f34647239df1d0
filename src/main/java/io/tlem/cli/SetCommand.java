package io.tlem.cli;

import io.tlem.control.ControlClient;
import io.tlem.control.Message;
import io.tlem.impair.Models;
import io.tlem.impair.SpecException;
import io.tlem.spec.ConfigException;
import io.tlem.spec.Section;
import io.tlem.spec.Setting;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code tlem set}. */
@Command(
        name = "set",
        description =
                "Changes a running link: what is not named stays as it is, and packets that are under way keep what was"
                        + " decided about them. All is checked before anything changes. The answer says from which packet on the"
                        + " change holds, and what is in force then.",
        mixinStandardHelpOptions = true,
        sortOptions = false,
        footer = {
            "",
            "Examples:",
            "  tlem set wan both --delay 30ms --loss gilbert,1%%,25%%",
            "  tlem set wan a-to-b --bandwidth 2M --queue packets,20",
            "  tlem set wan both --preset starlink",
            "  tlem set wan both --link down",
            "  tlem set wan b-to-a --loss none --if-version 4"
        })
final class SetCommand implements Callable<Integer> {
    @Spec
    private CommandSpec command;

    @Mixin
    private ChangeOptions change;

    @Parameters(index = "1", paramLabel = "WAY", description = "Which direction: a-to-b, b-to-a or both.")
    private String way;

    @Option(
            names = "--link",
            paramLabel = "down|up",
            description = "Take the link down, so that it loses everything, or up again.")
    private String link;

    /** Adds the options that a running link can take. */
    static void addOptions(CommandSpec set) {
        Setting.all().stream()
                .filter(SetCommand::isFor)
                .forEach(setting -> SpecOptions.add(set, setting, setting.description()));
    }

    /** What may change, and presets, which are many of that. */
    private static boolean isFor(Setting<?> setting) {
        return setting.mayChange() || setting.equals(Setting.PRESET);
    }

    @Override
    public Integer call() throws IOException {
        Section section = Arrays.stream(Section.values())
                .filter(possible -> possible.key().equals(way))
                .findFirst()
                .orElseThrow(() -> new UsageException("'" + way + "' is no direction; it is a-to-b, b-to-a or both"));
        try (ControlClient running = ControlClient.connect(change.name)) {
            Map<String, Object> part = part(section, !modelPath(running).isEmpty());
            if (part.isEmpty()) {
                throw new UsageException("set: nothing is to change; say what, such as --delay 30ms");
            }
            return change.change(running, "set", Map.of("change", part));
        }
    }

    private static String modelPath(ControlClient running) throws IOException {
        Message config = running.ask("show", Map.of()).inner("config");
        return config.text(Setting.MODEL_PATH.key());
    }

    /**
     * What the options say, as a part of a configuration.
     *
     * @param ownModels whether the link may know models that are unknown here
     */
    private Map<String, Object> part(Section section, boolean ownModels) {
        Map<String, Object> part = new LinkedHashMap<>();
        for (Setting<?> setting : Setting.all()) {
            List<String> texts = isFor(setting) ? given(setting) : List.of();
            if (texts.isEmpty()) {
                continue;
            }
            List<String> checked = texts.stream()
                    .map(text -> checked(setting, text, ownModels))
                    .toList();
            if (!setting.isEachWay()) {
                if (section != Section.BOTH) {
                    throw new UsageException(setting.option() + " goes for the whole link: tlem set " + change.name
                            + " both " + setting.option() + " " + texts.getFirst());
                }
                part.put(setting.key(), checked.getLast());
            } else if (checked.size() == 1) {
                in(part, section).put(setting.key(), checked.getFirst());
            } else if (checked.size() == 2 && section == Section.BOTH) {
                in(part, Section.A_TO_B).put(setting.key(), checked.getFirst());
                in(part, Section.B_TO_A).put(setting.key(), checked.getLast());
            } else {
                throw new UsageException(setting.names().getFirst() + " is given " + texts.size() + " times; "
                        + (section == Section.BOTH ? "once or twice" : "once") + " is possible with " + way);
            }
        }
        if (link != null) {
            if (!List.of("down", "up").contains(link)) {
                throw new UsageException("--link " + link + ": it is down or up");
            }
            in(part, section).put("link", link);
        }
        return part;
    }

    private List<String> given(Setting<?> setting) {
        OptionSpec option = command.commandLine().getParseResult().matchedOption(setting.option());
        return option == null ? List.of() : option.stringValues();
    }

    @SuppressWarnings("unchecked") // they are put there here
    private static Map<String, Object> in(Map<String, Object> part, Section section) {
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
