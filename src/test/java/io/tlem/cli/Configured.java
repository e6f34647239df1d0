package io.tlem.cli;

import io.tlem.spec.LinkSpec;
import picocli.CommandLine;
import picocli.CommandLine.Model.CommandSpec;

/** What a command line of run says about a link. */
final class Configured {
    private Configured() {}

    static LinkSpec of(String... arguments) {
        CommandLine line = new CommandLine(SpecOptions.addAll(CommandSpec.create()));
        line.parseArgs(arguments);
        return SpecOptions.read(line.getCommandSpec()).conclude();
    }
}
