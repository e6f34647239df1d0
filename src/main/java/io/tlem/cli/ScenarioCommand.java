package io.tlem.cli;

import io.tlem.os.Terminal;
import io.tlem.scenario.Picture;
import io.tlem.scenario.Scenario;
import io.tlem.scenario.SvgDrawing;
import io.tlem.scenario.TextDrawing;
import io.tlem.spec.Doubts;
import io.tlem.spec.LinkSpec;
import io.tlem.spec.Setting;
import io.tlem.stats.Format;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code tlem scenario}. */
@Command(
        name = "scenario",
        description = "Checks and draws scenarios for run --scenario: what becomes of a link in time.",
        mixinStandardHelpOptions = true,
        synopsisSubcommandLabel = "check|draw",
        subcommands = {ScenarioCommand.Check.class, ScenarioCommand.Draw.class},
        footer = {
            "",
            "Examples:",
            "  tlem scenario check handover.yaml --preset lte",
            "  tlem scenario draw handover.yaml --preset lte",
            "  tlem scenario draw handover.yaml --svg handover.svg",
            "  tlem run -i eth1 -i eth2 --preset lte --scenario handover.yaml"
        })
final class ScenarioCommand implements Runnable {
    @Spec
    private CommandSpec spec;

    @Override
    public void run() {
        throw new ParameterException(spec.commandLine(), "scenario needs check or draw, and a file");
    }

    /** Adds to both what says with which link the scenario begins. */
    static void addOptions(CommandLine scenario) {
        for (CommandLine command : scenario.getSubcommands().values()) {
            SpecOptions.addFile(command.getCommandSpec());
            SpecOptions.add(
                    command.getCommandSpec(),
                    Setting.PRESET,
                    "The link that it begins with, of tlem presets. Default: none.");
        }
    }

    /** {@code tlem scenario check}. */
    @Command(
            name = "check",
            description = "Checks a scenario: its steps, and every link that they make of the one it begins with.",
            mixinStandardHelpOptions = true)
    static final class Check implements Callable<Integer> {
        @Spec
        private CommandSpec command;

        @Parameters(paramLabel = "FILE", description = "The scenario.")
        private Path file;

        @Override
        public Integer call() {
            LinkSpec link = SpecOptions.read(command).conclude();
            Scenario scenario = Scenario.read(file);
            List<LinkSpec> links = new ArrayList<>(List.of(link));
            links.addAll(scenario.check(link));
            links.stream()
                    .flatMap(one -> Doubts.of(one).stream())
                    .distinct()
                    .forEach(doubt -> Output.warn("warning: " + doubt));
            Output.text(file + ": good; "
                    + (scenario.lengthNanos() == Long.MAX_VALUE
                            ? "goes on without end"
                            : "ends after " + Format.nanos(scenario.lengthNanos())));
            return 0;
        }
    }

    /** {@code tlem scenario draw}. */
    @Command(
            name = "draw",
            description =
                    "Draws what a scenario makes of a link over time, as text or as SVG; of loops without end two passes.",
            mixinStandardHelpOptions = true)
    static final class Draw implements Callable<Integer> {
        private static final int USUAL_WIDTH = 80;

        @Spec
        private CommandSpec command;

        @Parameters(paramLabel = "FILE", description = "The scenario.")
        private Path file;

        @Option(
                names = "--svg",
                paramLabel = "FILE",
                description = "Write an SVG to FILE instead. Default: text on the standard output.")
        private Path svg;

        @Option(
                names = "--width",
                paramLabel = "COLUMNS",
                description = "Width of the text. Default: that of the terminal, else 80.")
        private Integer width;

        @Override
        public Integer call() throws IOException {
            if (width != null && width < 1) {
                throw new UsageException("--width " + width + ": it is 1 or more");
            }
            LinkSpec link = SpecOptions.read(command).conclude();
            Picture picture = Picture.of(Scenario.read(file), link);
            if (svg != null) {
                Files.writeString(svg, SvgDrawing.of(picture, file.toString()));
            } else {
                int columns = width != null ? width : Terminal.columns().orElse(USUAL_WIDTH);
                TextDrawing.of(picture, columns, System.out.charset()).forEach(Output::text);
            }
            return 0;
        }
    }
}
