package io.tlem.cli;

import io.tlem.impair.SpecException;
import io.tlem.impair.Units;
import io.tlem.spec.ConfigException;
import io.tlem.spec.Section;
import io.tlem.spec.importer.Dummynet;
import io.tlem.spec.importer.Imported;
import io.tlem.spec.importer.Phantomlink;
import io.tlem.spec.importer.Tables;
import io.tlem.spec.importer.TcScript;
import io.tlem.spec.importer.Theaterq;
import io.tlem.spec.importer.TraceTable;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;

/** {@code tlem import}. */
@Command(
        name = "import",
        description =
                "Makes a configuration file for run --config of another emulator's command line, or a scenario's table of its trace.",
        mixinStandardHelpOptions = true,
        synopsisSubcommandLabel = "tc|dnctl|theaterq|phantomlink",
        subcommands = {
            ImportCommand.Tc.class,
            ImportCommand.Dnctl.class,
            ImportCommand.OfTheaterq.class,
            ImportCommand.OfPhantomlink.class
        },
        footer = {
            "",
            "Examples:",
            "  tlem import tc 'tc qdisc add dev eth0 root netem delay 100ms' >link.yaml",
            "  tlem import tc - <shape.sh >link.yaml",
            "  tc -j qdisc show dev eth0 | tlem import tc - >link.yaml",
            "  tlem import dnctl 'ipfw pipe 1 config bw 10Mbit/s delay 50' >link.yaml",
            "  tlem import theaterq trace.csv >table.csv",
            "  tlem import phantomlink orbit.csv >table.csv",
            "A trace of Mahimahi needs no import:",
            "  tlem run --bandwidth mahimahi,FILE"
        })
final class ImportCommand implements Runnable {
    private static final int MAX_INPUT_BYTES = 256 * 1024;

    @CommandLine.Spec
    private CommandLine.Model.CommandSpec spec;

    @Override
    public void run() {
        throw new ParameterException(
                spec.commandLine(), "import needs tc or dnctl and a line of it, or theaterq or phantomlink and a file");
    }

    /** How an import is written. */
    static final class Result {
        @Option(
                names = "--lenient",
                description =
                        "Print what the emulator can do, with what was left out as comments. Default: print nothing"
                                + " unless everything can be done.")
        private boolean lenient;

        @Option(
                names = "--direction",
                paramLabel = "DIRECTION",
                description =
                        "Which direction the line is for: a-to-b, b-to-a or both. Default: a-to-b; and b-to-a for the"
                                + " second of two devices or pipes.")
        private String direction;

        int write(List<Imported> directions) {
            List<String> sections =
                    Arrays.stream(Section.values()).map(Section::key).toList();
            if (direction != null && !sections.contains(direction)) {
                throw new UsageException("--direction " + direction + ": not one of " + String.join(", ", sections));
            }
            if (direction != null && directions.size() > 1) {
                throw new UsageException("--direction " + direction + ": the lines are for two directions");
            }
            List<String> leftOut = directions.stream()
                    .flatMap(imported -> imported.leftOut().stream())
                    .toList();
            if (!leftOut.isEmpty() && !lenient) {
                leftOut.forEach(line -> Output.warn("not possible here: " + line));
                return 2;
            }
            List<String> used = List.of(Section.A_TO_B.key(), Section.B_TO_A.key());
            System.out.print(Imported.text(
                    direction == null ? used.subList(0, directions.size()) : List.of(direction), directions));
            return 0;
        }
    }

    /** What the words are, or standard input in place of a hyphen. */
    private static List<String> texts(List<String> words) {
        if (!words.equals(List.of("-"))) {
            return words;
        }
        try {
            byte[] bytes = System.in.readNBytes(MAX_INPUT_BYTES + 1);
            if (bytes.length > MAX_INPUT_BYTES) {
                throw new ConfigException("standard input is longer than " + MAX_INPUT_BYTES / 1024 + " KiB");
            }
            return List.of(new String(bytes, StandardCharsets.UTF_8));
        } catch (IOException e) {
            throw new ConfigException("standard input cannot be read: " + e.getMessage());
        }
    }

    /** {@code tlem import tc}. */
    @Command(
            name = "tc",
            description =
                    "Imports tc qdisc add dev DEV root netem ..., also with tbf or htb, or what tc qdisc show prints.",
            mixinStandardHelpOptions = true)
    static final class Tc implements Callable<Integer> {
        @Option(
                names = "--tables",
                paramLabel = "DIR",
                description =
                        "Folder of tc's distribution tables (NAME.dist). Default: as in tc $TC_LIB_DIR, then where"
                                + " systems have them: /usr/lib/tc and those for each architecture.")
        private Path tables;

        @Parameters(
                arity = "1..*",
                paramLabel = "WORD",
                description = "The line, as one word or as several; or several lines; or - for standard input.")
        private List<String> words;

        @Mixin
        private Result output;

        @Override
        public Integer call() {
            try {
                String given = System.getenv().getOrDefault("TC_LIB_DIR", "");
                return output.write(TcScript.read(
                        texts(words),
                        tables == null ? Tables.ofSystem(Path.of("/"), given) : new Tables(List.of(tables))));
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
        @Parameters(
                arity = "1..*",
                paramLabel = "WORD",
                description = "The line, as one word or as several; or several lines; or - for standard input.")
        private List<String> words;

        @Mixin
        private Result output;

        @Override
        public Integer call() {
            try {
                return output.write(Dummynet.read(texts(words)));
            } catch (ConfigException e) {
                throw new UsageException("import dnctl: " + e.getMessage());
            }
        }
    }

    /** {@code tlem import theaterq}. */
    @Command(
            name = "theaterq",
            description =
                    "Imports a trace file of TheaterQ's, in its simple or its extended format, as a table of a scenario.",
            mixinStandardHelpOptions = true)
    static final class OfTheaterq implements Callable<Integer> {
        @Option(
                names = "--byteqlen",
                description = "LIMIT is in bytes, as with TheaterQ's option. Default: in packets.")
        private boolean bytes;

        @Option(
                names = "--lenient",
                description =
                        "Print what the emulator can do, with what was left out as comments. Default: print nothing"
                                + " unless everything can be done.")
        private boolean lenient;

        @Parameters(paramLabel = "FILE", description = "The trace.")
        private Path file;

        @Override
        public Integer call() {
            try {
                TraceTable table = Theaterq.read(file, bytes);
                if (!table.leftOut().isEmpty() && !lenient) {
                    table.leftOut().forEach(line -> Output.warn("not possible here: " + line));
                    return 2;
                }
                System.out.print(table.text());
                return 0;
            } catch (SpecException e) {
                throw new UsageException("import theaterq: " + e.getMessage());
            }
        }
    }

    /** {@code tlem import phantomlink}. */
    @Command(
            name = "phantomlink",
            description = "Imports a scenario file of PhantomLink's as a table of a scenario.",
            mixinStandardHelpOptions = true)
    static final class OfPhantomlink implements Callable<Integer> {
        private static final double MOST_BUFFERS = 1000;

        @Option(
                names = "--buffer-size-multiplier",
                paramLabel = "X",
                description = "As of PhantomLink: its buffer is X times the rate times twice the delay. Default: 1.")
        private String multiplier = "1";

        @Parameters(paramLabel = "FILE", description = "The scenario file.")
        private Path file;

        @Override
        public Integer call() {
            try {
                System.out.print(Phantomlink.read(file, buffers()).text());
                return 0;
            } catch (SpecException e) {
                throw new UsageException("import phantomlink: " + e.getMessage());
            }
        }

        private double buffers() {
            try {
                return Units.parseNumber(multiplier, 0, MOST_BUFFERS);
            } catch (SpecException e) {
                throw new UsageException("--buffer-size-multiplier " + multiplier + ": " + e.getMessage());
            }
        }
    }

    /** A line's own words may begin with a hyphen. */
    static void allowHyphens(CommandLine importCommand) {
        for (String name : List.of("tc", "dnctl")) {
            importCommand.getSubcommands().get(name).setUnmatchedOptionsArePositionalParams(true);
        }
    }
}
