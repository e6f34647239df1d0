package io.tlem.cli;

import io.tlem.buffer.SharedBuffer;
import io.tlem.impair.Role;
import io.tlem.ledger.Ledger;
import io.tlem.link.Opened;
import io.tlem.link.Pipeline;
import io.tlem.os.Terminal;
import io.tlem.port.pcap.CaptureInterface;
import io.tlem.port.pcap.CaptureReader;
import io.tlem.port.pcap.CaptureWriter;
import io.tlem.port.pcap.Labels;
import io.tlem.record.Recording;
import io.tlem.report.RunReport;
import io.tlem.simulate.Arrivals;
import io.tlem.simulate.Clients;
import io.tlem.simulate.Simulation;
import io.tlem.spec.Doubts;
import io.tlem.spec.LedgerFile;
import io.tlem.spec.LinkSpec;
import io.tlem.spec.Overflow;
import io.tlem.spec.Setting;
import io.tlem.spec.SpecWriter;
import io.tlem.stats.Counter;
import io.tlem.stats.DirectionSample;
import io.tlem.stats.Format;
import io.tlem.stats.RunDescription;
import io.tlem.stats.Sample;
import io.tlem.stats.Traffic;
import io.tlem.text.FileUses;
import io.tlem.text.Shown;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code tlem simulate}. */
@Command(
        name = "simulate",
        description =
                "Sends the packets of a capture through a link on a virtual clock, and writes a capture of what would"
                        + " have come out, with the times at which it would. Needs no privileges and no network, and takes no longer"
                        + " than the computing does.",
        mixinStandardHelpOptions = true,
        sortOptions = false,
        footer = {
            "",
            "The formats pcap and pcapng are read, also packed with gzip or zstd; what is written has times in nanoseconds. The same"
                    + " captures, options and seed give the same bytes on every machine.",
            "",
            "Examples:",
            "  tlem simulate in.pcap -B 10M -D 20ms -L 1%% -o out.pcap",
            "  tlem simulate uplink.pcapng downlink.pcapng -D 50ms -o up.pcapng down.pcapng",
            "  tlem simulate --client 10.0.0.0/8 in.pcap --config link.yaml -o out.pcapng.gz",
            "  tlem simulate --client-filter 'dst port 80' in.pcap -D 9ms -o a.pcap b.pcap",
            "  tcpdump -r in.pcap -w - udp | tlem simulate - -D 1s -o - | tshark -r -"
        },
        exitCodeListHeading = "%nExit status:%n",
        exitCodeList = {
            "0:All of the capture has gone through the link.",
            "1:The system failed, or packets are unaccounted for.",
            "2:The command line is invalid or cannot be carried out.",
            "3:A capture is damaged, and what comes before that has gone through the link; or what --assert or a scenario"
                    + " expects of the link has not come true.",
            "128 and the signal's number:A signal has ended it, as Ctrl-C; what is written is whole, of the packets read until"
                    + " then."
        })
final class SimulateCommand implements Callable<Integer> {
    private static final int NOT_AS_EXPECTED = 3;

    private static final List<Setting<?>> BESIDES_MODELS = List.of(
            Setting.PRESET,
            Setting.SCENARIO,
            Setting.EXEMPT,
            Setting.FILTER,
            Setting.MODEL_PATH,
            Setting.BUFFER,
            Setting.BATCH,
            Setting.SEED,
            Setting.JSON,
            Setting.HISTOGRAM_LOG,
            Setting.LEDGER,
            Setting.REPORT,
            Setting.ASSERT,
            Setting.JUNIT,
            Setting.VERBOSE,
            Setting.QUIET);

    @Spec
    private CommandSpec command;

    @Parameters(
            paramLabel = "IN",
            arity = "0..2",
            description =
                    "A capture, - for the standard input: its packets go from A to B. A second one has those that go"
                            + " from B to A.")
    private List<String> inputs = List.of();

    @Option(
            names = {"-o", "--output"},
            paramLabel = "OUT",
            arity = "1..2",
            required = true,
            description = "The capture to be written; its name ends in " + CaptureWriter.ENDINGS + ". What is there is"
                    + " replaced. A second one takes what leaves from B to A; else one has both directions. - is the"
                    + " standard output, as pcapng; the report goes to the standard error then.")
    private List<String> outputs;

    @Option(
            names = Clients.OPTION,
            paramLabel = "WHO",
            description =
                    "In a capture with both directions: packets from WHO go from A to B, all others from B to A. WHO is"
                            + " an IP address or network (10.0.0.0/8), an Ethernet address, or the name or number of an"
                            + " interface of the capture. May be repeated. Default: all packets go from A to B.")
    private List<String> clients = List.of();

    @Option(
            names = Clients.FILTER_OPTION,
            paramLabel = "EXPR",
            description =
                    "As --client, with a filter of tcpdump's language (pcap-filter): packets that EXPR matches go from A to B,"
                            + " all others from B to A: no packet is left out. So ARP goes back unless EXPR names it, and so do"
                            + " packets that are too short for what EXPR looks at, even behind a 'not'.")
    private String clientFilter;

    /** Adds the options of a link that matter where there is neither a clock nor a port. */
    static void addOptions(CommandSpec simulate) {
        SpecOptions.addFile(simulate);
        Stream<Setting<?>> models =
                Setting.all().stream().filter(setting -> setting.role().isPresent());
        Stream.concat(models, BESIDES_MODELS.stream())
                .forEach(setting -> SpecOptions.add(simulate, setting, setting.description()));
    }

    @Override
    public Integer call() throws Exception {
        Shutdown.listen(this::endsAtOnce);
        LinkSpec.Builder given = SpecOptions.read(command);
        sortFiles();
        Simulation.checkNames(outputs); // before anything is read
        if (outputs.contains(CaptureWriter.STANDARD_OUTPUT)) {
            if (Terminal.columns().isPresent()) {
                throw new UsageException(
                        "-o -: the standard output is a terminal, and a capture is for a pipe or a file");
            }
            Output.givesWayOnStandardOutput();
        }
        Optional<Recording> recording = recording();
        boolean asItWas = recording.isPresent() && !saysWhatIsEmulated(given);
        LinkSpec spec = asItWas ? recording.get().spec().with(given) : given.conclude();
        Optional<CaptureReader.Splitter> split = Clients.of(clients, Optional.ofNullable(clientFilter));
        requireOthers(spec);
        Doubts.of(spec).forEach(doubt -> Output.warn("warning: " + doubt));
        long seed = spec.find(Setting.SEED)
                .or(() -> recording.map(Recording::seed))
                .orElseGet(() -> new SplittableRandom().nextLong(1L << 32));
        try (RunReport report = new RunReport(spec);
                Simulation simulation = new Simulation(
                        spec,
                        seed,
                        recording.isPresent() ? Arrivals.of(recording.get(), asItWas) : Arrivals.of(inputs, split),
                        outputs);
                Reporter reporter = new Reporter(spec, "");
                Opened others = new Opened()) {
            Optional<LedgerFile> file = spec.find(Setting.LEDGER);
            Optional<Ledger> ledger =
                    file.isEmpty() ? Optional.empty() : Optional.of(Ledger.open(file.get(), true, Output::warn));
            ledger.ifPresent(others::add);
            ledger.ifPresent(book -> {
                book.keepOfOneThread(simulation.pipelines());
                book.start(simulation.startNanos(), simulation.startOfDay(), seed);
            });
            reporter.describe(description(spec, seed, simulation));
            reporter.started();
            boolean intervals = spec.get(Setting.JSON) || spec.verbosity() > 1;
            boolean quiet = spec.verbosity() == 0 || intervals;
            simulation
                    .pipelines()
                    .forEach(pipeline -> report.watchers(pipeline.name()).ifPresent(pipeline::keep));
            try (ProgressBar progress = ProgressBar.onTerminal(!quiet)) {
                simulation.run(
                        sample -> {
                            reporter.interval(sample, intervals);
                            report.interval(sample);
                        },
                        share -> progress.show(share, "simulating"),
                        Shutdown::requested);
            }
            if (Shutdown.requested()) {
                Output.warn("ended by " + Shutdown.signal() + ": " + written()
                        + " is whole, of the first packets of what was to be read, "
                        + Format.count(received(simulation.collector().latest())) + " of them");
            }
            Sample last = simulation.collector().latest();
            reporter.inForce(description(spec, seed, simulation));
            boolean logged = ledger.isEmpty() || ledger.get().finish(Long.MAX_VALUE);
            reporter.summary(last, Map.of(), ledger.map(Ledger::written), Optional.empty(), true);
            logged &= reporter.finishLog();
            boolean damaged = remarks(simulation, last);
            for (String remark : recording
                    .map(its -> remarks(its, asItWas, simulation.readers(), last))
                    .orElse(List.of())) {
                damaged = true;
                Output.warn("warning: " + remark);
            }
            boolean unaccounted = last.total().stream()
                    .anyMatch(direction -> direction.total().unaccounted(direction.stillInside()) != 0);
            boolean asExpected = Endings.report(
                    report,
                    description(spec, seed, simulation),
                    last,
                    0,
                    SpecWriter.yaml(spec),
                    Map.of(),
                    simulation.expected(),
                    Traffic.NONE);
            boolean failed = unaccounted || !logged || !report.isComplete();
            if (!failed && Shutdown.requested()) {
                return Shutdown.signalStatus();
            }
            return failed ? 1 : damaged || !asExpected ? NOT_AS_EXPECTED : 0;
        }
    }

    /** What is read, and what is written besides, would be gone. */
    private void requireOthers(LinkSpec spec) {
        FileUses uses = new FileUses();
        SpecFiles.read(uses, command, spec);
        inputs.forEach(input -> SpecFiles.capture(uses, input));
        outputs.forEach(output -> uses.writes("-o " + output, Path.of(output)));
        SpecFiles.written(uses, spec);
    }

    /** What reads may wait for ever, as for a pipe. The files have whole records only, at any time. */
    private String endsAtOnce() {
        return "ended at once: " + written() + " has less than what was read"
                + (outputs.stream().anyMatch(CaptureWriter::isPacked) ? ", and is cut" : "");
    }

    /** The captures that are written, for messages. */
    private String written() {
        return outputs.stream()
                .map(output -> output.equals(CaptureWriter.STANDARD_OUTPUT) ? "the standard output" : output)
                .collect(Collectors.joining(" and "));
    }

    private static long received(Sample sample) {
        return sample.total().stream()
                .mapToLong(direction -> direction.total().get(Counter.RECEIVED_PACKETS))
                .sum();
    }

    /** What is read, if that is a recording. */
    private Optional<Recording> recording() {
        Optional<String> found = inputs.stream().filter(Recording::isOne).findFirst();
        if (found.isPresent() && (inputs.size() > 1 || !clients.isEmpty() || clientFilter != null)) {
            throw new UsageException(found.get() + " is a recording: it has both directions, and tells them apart; "
                    + (inputs.size() > 1 ? "name no other capture" : split() + " is not for it"));
        }
        if (inputs.size() == 2 && (!clients.isEmpty() || clientFilter != null)) {
            throw new UsageException(split() + " is for one capture with both directions, and there are two");
        }
        return found.map(Recording::read);
    }

    /** Whether the link is another one than was recorded. */
    private static boolean saysWhatIsEmulated(LinkSpec.Builder given) {
        return given.preset().isPresent()
                || Setting.all().stream()
                        .filter(setting -> setting.role().isPresent()
                                || setting.equals(Setting.SCENARIO)
                                || setting.equals(Setting.EXEMPT)
                                || setting.equals(Setting.FILTER))
                        .anyMatch(given::has);
    }

    /** Says where the link was not the one that was recorded. */
    private static List<String> remarks(
            Recording recording, boolean asItWas, List<CaptureReader> readers, Sample last) {
        List<String> remarks = new ArrayList<>();
        if (readers.stream().allMatch(reader -> reader.damage().isEmpty())) { // else it is said already
            recording
                    .damage()
                    .ifPresent(damage -> remarks.add(
                            recording.name() + ": is damaged: at byte " + damage.offset() + " it " + damage.reason()));
        }
        for (DirectionSample direction : last.total()) {
            String name = direction.total().name();
            int number = name.startsWith("a") ? 0 : 1;
            long complete = recording.complete(number);
            long packets = recording.packets(number);
            if (asItWas && (complete < packets || !recording.hasEnded())) {
                remarks.add(recording.name() + ": " + name + ": the recording is complete up to packet " + complete
                        + "; what is behind, " + Format.count(packets - complete) + " packets, was not simulated");
            } else if (complete < packets) {
                remarks.add(recording.name() + ": " + name + ": packets are missing from packet " + complete + " on");
            }
        }
        return remarks;
    }

    /** The option takes two names where there are two, and the second may be what is to be read. */
    private void sortFiles() {
        List<String> words = command.commandLine().getParseResult().originalArgs();
        Optional<String> option = outputs.stream()
                .filter(output -> output.startsWith("-") && !output.equals(CaptureWriter.STANDARD_OUTPUT))
                .findFirst();
        if (option.isPresent()) {
            throw new UsageException(Main.unmatched(option.get(), command.commandLine()));
        }
        if (inputs.size() > 2) {
            throw new UsageException(
                    "more than two captures to be read, " + String.join(", ", inputs) + ": IN [IN2] -o OUT [OUT2]");
        }
        if (inputs.isEmpty() && outputs.size() == 2) {
            inputs = outputs.subList(1, 2);
            outputs = outputs.subList(0, 1);
        } else if (inputs.isEmpty()) {
            throw new UsageException("missing IN, a capture to be read; - is the standard input");
        } else if (outputs.size() > 2
                || (outputs.size() == 2 && words.indexOf(inputs.getFirst()) > words.indexOf(outputs.getFirst()))) {
            throw new UsageException("name what is to be read before what is to be written: IN [IN2] -o OUT [OUT2]");
        }
    }

    /** Says what about the captures is not as one would expect; returns whether one is damaged. */
    private boolean remarks(Simulation simulation, Sample last) {
        for (CaptureReader reader : simulation.readers()) {
            if (reader.sorted() > 0) {
                Output.warn("warning: " + reader.label() + ": " + Format.count(reader.sorted())
                        + " packets have earlier times than ones before them; they were put into the order of their times"
                        + (reader.clamped() == 0
                                ? ""
                                : ", but for " + Format.count(reader.clamped())
                                        + " that came too late for that, which have the time of the packet before"));
            }
            if (reader.oversized() > 0) {
                Output.warn("warning: " + reader.label() + ": " + Format.count(reader.oversized())
                        + " packets are longer than " + Format.count(CaptureReader.LONGEST_SENT_BYTES)
                        + " bytes, up to "
                        + Format.count(reader.longest())
                        + ": they were captured before they were cut into packets of the network"
                        + " (TSO, GSO), or after such were put together (GRO, LRO), and went through the link as they are;"
                        + " before capturing: ethtool -K INTERFACE tso off gso off gro off");
            }
            reader.damage()
                    .ifPresent(damage -> Output.warn("warning: " + reader.label() + ": is damaged: at byte "
                            + damage.offset() + " it " + damage.reason() + "; what comes before was simulated"));
        }
        if (last.total().stream().allMatch(direction -> direction.total().get(Counter.RECEIVED_PACKETS) == 0)
                && simulation.readers().stream()
                        .allMatch(reader -> reader.damage().isEmpty())) {
            Output.warn("warning: " + String.join(" and ", inputs) + ": no packet is there");
        }
        if (simulation.withoutOptions() > 0) {
            Output.warn("warning: " + Format.count(simulation.withoutOptions()) + " packets were written without their"
                    + " comments and flags: of all that are under way at a time "
                    + Format.bytes(Labels.MOST_OPTION_BYTES) + " are kept");
        }
        for (DirectionSample direction : last.total()) {
            boolean none = direction.total().get(Counter.RECEIVED_PACKETS) == 0;
            if (clientFilter != null && none) {
                Output.warn("warning: no packet goes " + direction.total().name() + ", by " + split());
            } else if (!clients.isEmpty() && none) {
                Output.warn("warning: no packet goes " + direction.total().name() + ", by " + split()
                        + "; the interfaces of the capture are "
                        + simulation.readers().getFirst().interfaces().stream()
                                .map(SimulateCommand::named)
                                .limit(10)
                                .collect(Collectors.joining(", ")));
            }
        }
        return simulation.readers().stream().anyMatch(reader -> reader.damage().isPresent());
    }

    /** What tells the directions of one capture, as it was given. */
    private String split() {
        return clientFilter == null
                ? Clients.OPTION + " " + String.join(", ", clients)
                : Clients.FILTER_OPTION + " " + Shown.quoted(clientFilter);
    }

    private static String named(CaptureInterface from) {
        return from.number() + (from.name().isEmpty() ? "" : " (" + from.name() + ")");
    }

    private RunDescription description(LinkSpec spec, long seed, Simulation simulation) {
        return new RunDescription(
                Main.version(),
                System.getProperty("java.version"),
                ProcessHandle.current().pid(),
                seed,
                List.of(
                        port(
                                inputs,
                                "captures to read"
                                        + (clients.isEmpty() && clientFilter == null ? "" : ", a->b by " + split())),
                        port(outputs, "captures to write")),
                simulation.pipelines().stream().map(SimulateCommand::direction).toList(),
                new RunDescription.Threads(
                        1,
                        1,
                        spec.get(Setting.BATCH),
                        List.of(),
                        0,
                        0,
                        0,
                        0,
                        0,
                        SharedBuffer.hasNativeKernel() ? "C" : "Java",
                        false,
                        "the clock is a virtual one"),
                Optional.empty(),
                0);
    }

    private static RunDescription.Port port(List<String> captures, String description) {
        return new RunDescription.Port(String.join(", ", captures), description);
    }

    private static RunDescription.Direction direction(Pipeline pipeline) {
        Map<String, String> models = new LinkedHashMap<>();
        pipeline.models().spec().models().forEach((Role role, String text) -> models.put(role.label(), text));
        return new RunDescription.Direction(
                pipeline.name(),
                models,
                pipeline.changes(),
                pipeline.buffer().capacityBytes(),
                pipeline.buffer().memoryKind(),
                "",
                Overflow.WAIT.label());
    }
}
