package io.tlem.cli;

import io.tlem.spec.LinkSpec;
import io.tlem.spec.Setting;
import io.tlem.spec.SpecReader;
import java.nio.file.Path;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.ParseResult;

/** The options of a command that follow from {@link Setting}, and what they say about a link. */
final class SpecOptions {
    /** The option with the name of a configuration file. */
    private static final String CONFIG = "--config";

    private static final Set<Setting<?>> OF_PORTS = Set.of(
            Setting.PORTS,
            Setting.WAIT_LINK,
            Setting.NETMAP_LIBRARY,
            Setting.ROUTE,
            Setting.GATEWAYS,
            Setting.ADDRESSES);

    private SpecOptions() {}

    /** What can be said about a link whose ports follow from the command. */
    static Stream<Setting<?>> withoutPorts() {
        return Setting.all().stream().filter(setting -> !OF_PORTS.contains(setting));
    }

    /** Adds all that can be said about a link, and the option of a configuration file. */
    static CommandSpec addAll(CommandSpec command) {
        add(command, Setting.PORTS, Setting.PORTS.description());
        addFile(command);
        Setting.all().stream()
                .filter(setting -> !setting.equals(Setting.PORTS))
                .forEach(setting -> add(command, setting, setting.description()));
        return command;
    }

    /** Adds the option of a configuration file. */
    static void addFile(CommandSpec command) {
        command.addOption(OptionSpec.builder(CONFIG)
                .type(Path.class)
                .paramLabel("FILE")
                .description("YAML file, or JSON if its name ends in .json, with options under their long names, and"
                        + " those with a value for each direction below both:, a-to-b: and b-to-a:. Options of the"
                        + " command line win. tlem config prints one.")
                .build());
    }

    /** Adds one option. */
    static void add(CommandSpec command, Setting<?> setting, String description) {
        OptionSpec.Builder option = OptionSpec.builder(setting.names().toArray(String[]::new))
                .description(description.replace("%", "%%"))
                .paramLabel(setting.parameter());
        switch (setting.shape()) {
            case FLAG -> option.type(boolean.class);
            case COUNT -> option.type(boolean[].class).arity("0");
            case ONE -> option.type(setting.isFile() ? Path.class : String.class);
            case EACH_WAY, SEVERAL, PORTS -> option.type(List.class).auxiliaryTypes(String.class);
        }
        command.addOption(option.build());
    }

    /**
     * What a command line says about a link: first its configuration file, then its options, which win.
     *
     * @throws io.tlem.spec.ConfigException when a value is not acceptable
     */
    static LinkSpec.Builder read(CommandSpec command) {
        ParseResult given = command.commandLine().getParseResult();
        LinkSpec.Builder builder = new LinkSpec.Builder();
        give(builder, Setting.MODEL_PATH, given); // first of all, for the other values may name such models
        if (given.hasMatchedOption(CONFIG)) {
            Path file = given.matchedOptionValue(CONFIG, null);
            SpecReader.read(file, builder);
        }
        Setting.all().forEach(setting -> give(builder, setting, given));
        return builder;
    }

    /** The configuration file that a command line names. */
    static Optional<Path> configuration(CommandSpec command) {
        ParseResult given = command.commandLine().getParseResult();
        return given.hasMatchedOption(CONFIG)
                ? Optional.of(given.<Path>matchedOptionValue(CONFIG, null))
                : Optional.empty();
    }

    private static void give(LinkSpec.Builder builder, Setting<?> setting, ParseResult given) {
        if (given.hasMatchedOption(setting.option())) {
            OptionSpec option = given.matchedOption(setting.option());
            builder.option(
                    setting,
                    option.getValue() instanceof boolean[] counted
                            ? Collections.nCopies(counted.length, "true")
                            : option.stringValues());
        }
    }
}
