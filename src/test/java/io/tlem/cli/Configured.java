package io.tlem.cli;

import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;

/** Options of run, concluded with those of their configuration file. */
@Command
final class Configured {
    @Mixin
    private RunOptions options;

    static Configured of(String... arguments) {
        Configured configured = new Configured();
        new CommandLine(configured).parseArgs(arguments);
        configured.options.readConfig();
        return configured;
    }

    RunOptions options() {
        return options;
    }

    CommandSpec command() {
        return options.command();
    }

    /** As {@code tlem config} prints them. */
    String text() {
        return ConfigText.of(options.command(), options.link);
    }
}
