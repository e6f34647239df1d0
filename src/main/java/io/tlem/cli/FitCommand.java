package io.tlem.cli;

import io.tlem.fit.CaptureFit;
import io.tlem.fit.KnownLoss;
import io.tlem.fit.LinkFile;
import io.tlem.fit.PingFit;
import io.tlem.fit.PingLog;
import io.tlem.impair.Models;
import io.tlem.impair.Units;
import io.tlem.port.pcap.CaptureReader;
import io.tlem.simulate.Clients;
import io.tlem.spec.Section;
import io.tlem.text.FileUses;
import io.tlem.text.OutputFile;
import java.io.IOException;
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
import picocli.CommandLine.Parameters;

/** {@code tlem fit}. */
@Command(
        name = "fit",
        description =
                "Finds the parameters of a link, and writes them as a configuration for run and simulate --config: from"
                        + " captures at both of its ends, from what ping has printed, or from a loss that is known.",
        mixinStandardHelpOptions = true,
        sortOptions = false,
        footer = {
            "",
            "Examples:",
            "  tlem fit before.pcap after.pcap -o link.yaml --report fit.html",
            "  tlem fit left.pcapng right.pcapng --client 192.168.1.0/24 -o link.yaml",
            "  tlem fit --loss 2%% --mean-burst 3",
            "  ping -i 0.1 -c 6000 example.org | tlem fit --ping - -o link.yaml"
        },
        exitCodeListHeading = "%nExit status:%n",
        exitCodeList = {
            "0:The parameters were found.",
            "1:The system failed.",
            "2:The command line is invalid, or there is nothing in the input from which a link could be found."
        })
final class FitCommand implements Callable<Integer> {
    private static final int USUAL_PACKETS = 1_000_000;

    @Parameters(
            paramLabel = "CAPTURE",
            arity = "0..2",
            description =
                    "BEFORE and AFTER: captures (pcap or pcapng, packed with gzip or zstd, or not) where packets enter the link and"
                            + " where they leave it.")
    private List<String> captures = List.of();

    @Option(
            names = Clients.OPTION,
            paramLabel = "WHO",
            description =
                    "The captures have both directions: packets from WHO go from BEFORE to AFTER, all others back, and"
                            + " both ways of the link are found. WHO is an IP address or network, an Ethernet address, or the name"
                            + " or number of an interface. May be repeated, as where addresses are translated on the way: name those of both"
                            + " sides.")
    private List<String> clients = List.of();

    @Option(
            names = Clients.FILTER_OPTION,
            paramLabel = "EXPR",
            description =
                    "As --client, with a filter of tcpdump's language (pcap-filter): packets that EXPR matches go from BEFORE"
                            + " to AFTER, all others back, whatever they are.")
    private String clientFilter;

    @Option(
            names = "--base-delay",
            paramLabel = "TIME",
            description =
                    "The least delay of the link behind its bottleneck is known to be TIME: the clocks' offset is what it"
                            + " seems to be besides. Default: the clocks agree, or, with --client or --client-filter, the least delays both"
                            + " ways are the same.")
    private String baseDelay;

    @Option(
            names = "--clock-offset",
            paramLabel = "TIME",
            description =
                    "The clock of AFTER is known to be ahead of that of BEFORE by TIME, or behind with a minus before it; 0"
                            + " where both captures are of one machine.")
    private String clockOffset;

    @Option(
            names = "--packets",
            paramLabel = "N",
            description = "Look at most at the first N packets of each direction, 2 to 16777216. Default: 1000000.")
    private String packets;

    @Option(
            names = "--report",
            paramLabel = "FILE.html",
            description = "Write a page with all estimates, the models compared, and how well what was found fits.")
    private Path report;

    @Option(
            names = "--ping",
            paramLabel = "LOG",
            description =
                    "Take round-trip times, losses and duplicates from what ping has printed: that of Linux (also with -D),"
                            + " FreeBSD, macOS or BusyBox; - is the standard input.")
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
        long inputs = Stream.of(ping != null, loss != null, !captures.isEmpty())
                .filter(given -> given)
                .count();
        if (inputs != 1 || captures.size() == 1 || captures.size() > 2) {
            throw new UsageException(
                    "give two captures, BEFORE and AFTER, or --ping LOG, or --loss P with what is known of it: "
                            + (captures.size() == 1
                                    ? "there is one capture"
                                    : inputs == 0
                                            ? "none is there"
                                            : inputs == 1
                                                    ? "there are " + captures.size() + " captures, "
                                                            + String.join(", ", captures)
                                                    : "one of them"));
        }
        refuse(
                captures.isEmpty(),
                "two captures",
                clients.isEmpty() ? null : "",
                clientFilter,
                baseDelay,
                clockOffset,
                packets,
                report == null ? null : "");
        refuse(loss == null, "--loss", meanBurst, density, isolated, meanGood);
        refuse(ping == null, "--ping", split);
        checkNames();
        if (loss != null) {
            known();
        } else if (ping != null) {
            ofPing();
        } else {
            ofCaptures();
        }
        return 0;
    }

    /** What is written can be, before anything is read. */
    private void checkNames() {
        if (output != null && output.toString().endsWith(".json")) {
            throw new UsageException("-o " + output + ": a configuration of that name would be read as JSON, and it is"
                    + " written as YAML; let the name end in .yaml");
        }
        if (report != null && !report.toString().endsWith(".html")) {
            throw new UsageException("--report " + report + ": the name of the page ends in .html");
        }
        Stream.of(output, report).filter(one -> one != null).forEach(OutputFile::check);
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
            OutputFile.write(output, yaml);
            Output.text("loss model   " + model.specification());
            told(List.of(output));
        }
    }

    private static double packets(String text) {
        return Units.parseNumber(text, 0, 1e9);
    }

    private static <T> Optional<T> value(String option, String text, Function<String, T> parser) {
        try {
            return Optional.ofNullable(text).map(parser);
        } catch (IllegalArgumentException e) {
            throw new UsageException(option + " " + e.getMessage());
        }
    }

    private void ofCaptures() throws IOException {
        requireOutput();
        int most = value("--packets", packets, text -> (int) Units.parseCount(text, 2, CaptureFit.MOST_PACKETS))
                .orElse(USUAL_PACKETS);
        Optional<Long> base = value("--base-delay", baseDelay, Units::parseTime);
        Optional<Long> offset = value("--clock-offset", clockOffset, FitCommand::signed);
        if (base.isPresent() && offset.isPresent()) {
            throw new UsageException("--base-delay and --clock-offset exclude each other");
        }
        Optional<CaptureReader.Splitter> split = Clients.of(clients, Optional.ofNullable(clientFilter));
        FileUses uses = new FileUses();
        captures.forEach(capture -> SpecFiles.capture(uses, capture));
        writes(uses, CaptureFit.files(output, split.isPresent()));
        CaptureFit fit;
        List<Path> written;
        try (ProgressBar progress = ProgressBar.onTerminal(true)) {
            fit = new CaptureFit(
                    captures.get(0),
                    captures.get(1),
                    split,
                    most,
                    base,
                    offset,
                    (what, share) -> progress.show(share, what));
            written = fit.write(output, Optional.ofNullable(report));
        }
        fit.remarks().forEach(remark -> Output.warn("note: " + remark));
        fit.summary().forEach(Output::text);
        told(written);
    }

    private static long signed(String text) {
        return text.startsWith("-") ? -Units.parseMoment(text.substring(1)) : Units.parseMoment(text);
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
        FileUses uses = new FileUses();
        uses.reads(ping.toString(), ping);
        writes(uses, CaptureFit.files(output, false));
        PingFit fit = new PingFit(PingLog.read(ping), how);
        List<Path> written = fit.write(output);
        fit.summary().forEach(Output::text);
        told(written);
    }

    /** None of what is written is what is read, nor another one that is written. */
    private void writes(FileUses uses, List<Path> files) {
        files.forEach(file -> uses.writes((file.equals(output) ? "-o " : "beside -o, ") + file, file));
        if (report != null) {
            uses.writes("--report " + report, report);
        }
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
