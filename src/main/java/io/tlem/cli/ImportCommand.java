package io.tlem.cli;

import io.tlem.config.ConfigException;
import io.tlem.config.importer.Dummynet;
import io.tlem.config.importer.Imported;
import io.tlem.config.importer.TcNetem;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;

/** {@code tlem import}. */
@Command(
        name = "import",
        description = "Makes a configuration file for run --config of another emulator's command line.",
        mixinStandardHelpOptions = true,
        synopsisSubcommandLabel = "tc|dnctl",
        subcommands = {ImportCommand.Tc.class, ImportCommand.Dnctl.class},
        footer = {
            "",
            "Examples:",
            "  tlem import tc 'tc qdisc add dev eth0 root netem delay 100ms' >link.yaml",
            "  tlem import dnctl 'ipfw pipe 1 config bw 10Mbit/s delay 50' >link.yaml"
        })
final class ImportCommand implements Runnable {
    @CommandLine.Spec
    private CommandLine.Model.CommandSpec spec;

    @Override
    public void run() {
        throw new ParameterException(spec.commandLine(), "import needs tc or dnctl, and a line of it");
    }

    /** How an import is written. */
    static final class Output {
        @Option(
                names = "--lenient",
                description =
                        "Print what the emulator can do, with what was left out as comments. Default: print nothing"
                                + " unless everything can be done.")
        private boolean lenient;

        @Option(
                names = "--direction",
                paramLabel = "DIRECTION",
                defaultValue = "a-to-b",
                description = "Which direction the line is for: a-to-b, b-to-a or both. Default: ${DEFAULT-VALUE}.")
        private String direction;

        int write(Imported imported) {
            List<String> sections = Arrays.stream(ConfigFile.Section.values())
                    .map(ConfigFile.Section::key)
                    .toList();
            if (!sections.contains(direction)) {
                throw new UsageException("--direction " + direction + ": not one of " + String.join(", ", sections));
            }
            if (!imported.leftOut().isEmpty() && !lenient) {
                System.err.print(imported.leftOut().stream()
                        .map(line -> "tlem: not possible here: " + line + "\n")
                        .collect(Collectors.joining()));
                return 2;
            }
            System.out.print(imported.text(direction));
            return 0;
        }
    }

    /** {@code tlem import tc}. */
    @Command(
            name = "tc",
            description = "Imports tc qdisc add dev DEV root netem ..., or a line of tc qdisc show.",
            mixinStandardHelpOptions = true)
    static final class Tc implements Callable<Integer> {
        @Option(
                names = "--tables",
                paramLabel = "DIR",
                defaultValue = "${env:TC_LIB_DIR:-/usr/lib/tc}",
                description =
                        "Folder of tc's distribution tables (NAME.dist). Default: as in tc $TC_LIB_DIR, or /usr/lib/tc.")
        private Path tables;

        @Parameters(arity = "1..*", paramLabel = "WORD", description = "The line, as one word or as several.")
        private List<String> words;

        @Mixin
        private Output output;

        @Override
        public Integer call() {
            try {
                return output.write(TcNetem.read(words, tables));
            } catch (ConfigException e) {
                throw new UsageException("import tc: " + e.getMessage());
            }
        }
    }

    /** {@code tlem import dnctl}. */
    @Command(
            name = "dnctl",
            description = "Imports ipfw pipe N config ... or dnctl pipe N config ..., of dummynet.",
            mixinStandardHelpOptions = true)
    static final class Dnctl implements Callable<Integer> {
        @Parameters(arity = "1..*", paramLabel = "WORD", description = "The line, as one word or as several.")
        private List<String> words;

        @Mixin
        private Output output;

        @Override
        public Integer call() {
            try {
                return output.write(Dummynet.read(words));
            } catch (ConfigException e) {
                throw new UsageException("import dnctl: " + e.getMessage());
            }
        }
    }

    /** A line's own words may begin with a hyphen. */
    static void allowHyphens(CommandLine importCommand) {
        importCommand
                .getSubcommands()
                .values()
                .forEach(command -> command.setUnmatchedOptionsArePositionalParams(true));
    }
}
