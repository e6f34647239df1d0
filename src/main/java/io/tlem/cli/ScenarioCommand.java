package io.tlem.cli;

import io.tlem.control.ControlClient;
import io.tlem.os.Terminal;
import io.tlem.scenario.Picture;
import io.tlem.scenario.Scenario;
import io.tlem.scenario.SvgDrawing;
import io.tlem.scenario.TextDrawing;
import io.tlem.spec.Doubts;
import io.tlem.spec.LinkSpec;
import io.tlem.spec.Setting;
import io.tlem.stats.Format;
import io.tlem.text.OutputFile;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code tlem scenario}. */
@Command(
        name = "scenario",
        description = "Checks and draws scenarios, what becomes of a link in time; and plays them on a running link.",
        mixinStandardHelpOptions = true,
        synopsisSubcommandLabel = "check|draw|start|stop|seek",
        subcommands = {
            ScenarioCommand.Check.class,
            ScenarioCommand.Draw.class,
            ScenarioCommand.Start.class,
            ScenarioCommand.Stop.class,
            ScenarioCommand.Seek.class
        },
        footer = {
            "",
            "Examples:",
            "  tlem scenario check handover.yaml --preset lte",
            "  tlem scenario draw handover.yaml --preset lte",
            "  tlem scenario draw handover.yaml --svg handover.svg",
            "  tlem run -i eth1 -i eth2 --preset lte --scenario handover.yaml --name wan",
            "  tlem scenario seek wan 30s",
            "  tlem scenario stop wan",
            "  tlem scenario start wan",
            "  tlem scenario start wan other.yaml"
        })
final class ScenarioCommand implements Runnable {
    @Spec
    private CommandSpec spec;

    @Override
    public void run() {
        throw new ParameterException(
                spec.commandLine(), "scenario needs check or draw and a file, or start, stop or seek and a link");
    }

    /** Adds to both what says with which link the scenario begins. */
    static void addOptions(CommandLine scenario) {
        for (String name : List.of("check", "draw")) {
            CommandLine command = scenario.getSubcommands().get(name);
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
                OutputFile.write(svg, SvgDrawing.of(picture, file.toString()));
            } else {
                int columns = width != null ? width : Terminal.columns().orElse(USUAL_WIDTH);
                TextDrawing.of(picture, columns, System.out.charset()).forEach(Output::text);
            }
            return 0;
        }
    }

    /** {@code tlem scenario start}. */
    @Command(
            name = "start",
            description =
                    "Plays a scenario on a running link from its beginning: that of FILE, instead of the one that is played,"
                            + " or once more the one that there is.",
            mixinStandardHelpOptions = true)
    static final class Start implements Callable<Integer> {
        @Mixin
        private ChangeOptions change;

        @Parameters(index = "1", arity = "0..1", paramLabel = "FILE", description = "The scenario.")
        private Path file;

        @Override
        public Integer call() throws IOException {
            return ask(
                    change,
                    file == null
                            ? Map.of("how", "start")
                            : Map.of(
                                    "how",
                                    "start",
                                    "file",
                                    file.toAbsolutePath().toString()));
        }
    }

    /** {@code tlem scenario stop}. */
    @Command(
            name = "stop",
            description = "Plays the scenario of a running link no further; the link stays what it is.",
            mixinStandardHelpOptions = true)
    static final class Stop implements Callable<Integer> {
        @Mixin
        private ChangeOptions change;

        @Override
        public Integer call() throws IOException {
            return ask(change, Map.of("how", "stop"));
        }
    }

    /** {@code tlem scenario seek}. */
    @Command(
            name = "seek",
            description =
                    "Goes to another time of the scenario of a running link, and plays on from there. What the scenario"
                            + " changes is made what it is at that time; all else stays.",
            mixinStandardHelpOptions = true)
    static final class Seek implements Callable<Integer> {
        @Mixin
        private ChangeOptions change;

        @Parameters(
                index = "1",
                paramLabel = "TIME|POINT",
                description = "A time since the scenario's beginning, or one of its points.")
        private String place;

        @Override
        public Integer call() throws IOException {
            return ask(change, Map.of("how", "seek", "to", place));
        }
    }

    private static int ask(ChangeOptions change, Map<String, ?> how) throws IOException {
        try (ControlClient link = ControlClient.connect(change.name)) {
            return change.change(link, "scenario", how);
        }
    }
}
