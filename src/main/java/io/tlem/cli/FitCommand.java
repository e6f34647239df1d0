package io.tlem.cli;

import io.tlem.fit.KnownLoss;
import io.tlem.fit.LinkFile;
import io.tlem.fit.PingFit;
import io.tlem.fit.PingLog;
import io.tlem.impair.Models;
import io.tlem.impair.Units;
import io.tlem.spec.Section;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code tlem fit}. */
@Command(
        name = "fit",
        description =
                "Finds the parameters of a link, and writes them as a configuration for run and simulate --config: from"
                        + " what ping has printed, or from a loss that is known.",
        mixinStandardHelpOptions = true,
        sortOptions = false,
        footer = {
            "",
            "Examples:",
            "  tlem fit --loss 2%% --mean-burst 3",
            "  ping -D -i 0.1 -c 6000 example.org >ping.log; tlem fit --ping ping.log -o link.yaml"
        },
        exitCodeListHeading = "%nExit status:%n",
        exitCodeList = {
            "0:The parameters were found.",
            "1:The system failed.",
            "2:The command line is invalid, or there is nothing in the input from which a link could be found."
        })
final class FitCommand implements Callable<Integer> {
    @Option(
            names = "--ping",
            paramLabel = "LOG",
            description =
                    "Take round-trip times, losses and duplicates from what ping has printed: that of Linux (also with -D),"
                            + " FreeBSD, macOS or BusyBox.")
    private Path ping;

    @Option(
            names = "--split",
            paramLabel = "HOW",
            description =
                    "Which way has what a ping has seen there and back: even, each has half of it; there, half of the"
                            + " least time is on each way, and all that varies or is lost is on the way there. Default: even.")
    private String split;

    @Option(
            names = "--loss",
            paramLabel = "P",
            description = "Make a loss model of what is known: so many of all packets are lost (0 to 1, or with %%).")
    private String loss;

    @Option(
            names = "--mean-burst",
            paramLabel = "N",
            description =
                    "With --loss: bursts of losses have N packets on average. Default: each packet is lost by itself.")
    private String meanBurst;

    @Option(
            names = "--burst-density",
            paramLabel = "P",
            description =
                    "With --mean-burst: of a burst's packets so many are lost, and the others get through. Default: all"
                            + " are lost.")
    private String density;

    @Option(
            names = "--isolated-loss",
            paramLabel = "P",
            description = "With --mean-burst: so many of the packets between bursts are lost. Default: none.")
    private String isolated;

    @Option(
            names = "--mean-good",
            paramLabel = "N",
            description =
                    "With --burst-density: within a burst N packets in a row get through on average, by the model with four"
                            + " states. Default: each gets through by itself.")
    private String meanGood;

    @Option(
            names = {"-o", "--output"},
            paramLabel = "LINK.yaml",
            description =
                    "The configuration to be written; what is there is replaced. Tables of delays are written beside it,"
                            + " as .delays.txt and as netem's .dist. With --loss alone the default is the standard output.")
    private Path output;

    @Override
    public Integer call() throws IOException {
        long inputs = Stream.of(ping, loss).filter(input -> input != null).count();
        if (inputs != 1) {
            throw new UsageException("give --ping LOG, or --loss P with what is known of it: "
                    + (inputs == 0 ? "neither is there" : "not both"));
        }
        refuse(loss == null, "--loss", meanBurst, density, isolated, meanGood);
        refuse(ping == null, "--ping", split);
        if (output != null && Files.isDirectory(output)) {
            throw new UsageException("-o " + output + ": is a folder, not a file");
        }
        if (loss != null) {
            known();
        } else {
            ofPing();
        }
        return 0;
    }

    private static void refuse(boolean without, String needed, String... given) {
        if (without && Stream.of(given).anyMatch(value -> value != null)) {
            throw new UsageException("an option was given that goes with " + needed + " only");
        }
    }

    private void known() throws IOException {
        LinkFile.Model model = new KnownLoss(
                        value("--loss", loss, Units::parseProbability).orElseThrow(),
                        value("--mean-burst", meanBurst, FitCommand::packets),
                        value("--burst-density", density, Units::parseProbability),
                        value("--isolated-loss", isolated, Units::parseProbability),
                        value("--mean-good", meanGood, FitCommand::packets))
                .model();
        Models.check(model.role(), model.specification());
        String yaml = LinkFile.yaml(List.of("Made by tlem fit of a known loss."), Map.of(Section.BOTH, List.of(model)));
        if (output == null) {
            System.out.print(yaml);
        } else {
            Files.writeString(output, yaml);
            Output.text("loss model   " + model.specification());
            told(List.of(output));
        }
    }

    private static double packets(String text) {
        return Units.parseNumber(text, 0, 1e9);
    }

    private static Optional<Double> value(String option, String text, Function<String, Double> parser) {
        try {
            return Optional.ofNullable(text).map(parser);
        } catch (IllegalArgumentException e) {
            throw new UsageException(option + " " + e.getMessage());
        }
    }

    private void ofPing() throws IOException {
        PingFit.Split how = Stream.of(PingFit.Split.values())
                .filter(one -> split == null || name(one).equals(split))
                .findFirst()
                .orElseThrow(() -> new UsageException("--split " + split + ": not one of "
                        + Stream.of(PingFit.Split.values())
                                .map(FitCommand::name)
                                .collect(Collectors.joining(", "))));
        requireOutput();
        PingFit fit = new PingFit(PingLog.read(ping), how);
        List<Path> written = fit.write(output);
        fit.summary().forEach(Output::text);
        told(written);
    }

    private static String name(PingFit.Split split) {
        return split.name().toLowerCase(Locale.ROOT);
    }

    private void requireOutput() {
        if (output == null) {
            throw new UsageException("missing -o LINK.yaml, the configuration to be written");
        }
    }

    private static void told(List<Path> written) {
        Output.text("written      " + written.stream().map(Path::toString).collect(Collectors.joining(", ")));
    }
}
