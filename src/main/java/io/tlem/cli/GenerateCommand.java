package io.tlem.cli;

import io.tlem.impair.Role;
import io.tlem.link.LinkSetup;
import io.tlem.link.Opened;
import io.tlem.os.SystemClocks;
import io.tlem.port.PacketPort;
import io.tlem.port.PortAddress;
import io.tlem.port.Ports;
import io.tlem.report.TrafficNumbers;
import io.tlem.spec.LinkSpec;
import io.tlem.spec.Setting;
import io.tlem.stats.Traffic;
import io.tlem.traffic.Generation;
import io.tlem.traffic.SchedulePort;
import io.tlem.traffic.StreamKey;
import io.tlem.traffic.StreamReader;
import io.tlem.traffic.StreamSpec;
import io.tlem.traffic.WarmUp;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.ParseResult;
import picocli.CommandLine.Spec;

/** {@code tlem generate}. */
@Command(
        name = "generate",
        description =
                "Sends generated packets through a port: numbered, with the time of sending, at times that a schedule"
                        + " says. tlem receive measures what comes of them.",
        mixinStandardHelpOptions = true,
        sortOptions = false,
        footer = {
            "",
            "Examples:",
            "  tlem generate pipe:x{1 --pps 10k --duration 10s",
            "  sudo tlem generate eth1 --rate 1G --dst-mac 52:54:00:12:34:56 --dst 10.0.0.2",
            "  tlem generate pipe:x{1 --framing --size imix --rate '10M+90M*(t>5)'",
            "  tlem generate pipe:x{1 --stream pps=1k,pattern=poisson --stream rate=9M,vlan=7",
            "  tlem generate pcap:write=made.pcap --count 1M --size 60-1514"
        },
        exitCodeListHeading = "%nExit status:%n",
        exitCodeList = {
            "0:The packets were sent, or a signal has ended that.",
            "1:The port or the system failed.",
            "2:The command line is invalid or cannot be carried out.",
            "3:What --assert says of the packets is not so."
        })
final class GenerateCommand implements Callable<Integer> {
    /** What can be said of the threads that send, and of what is told of it. */
    static final List<Setting<?>> SETTINGS = List.of(
            Setting.WAIT_LINK,
            Setting.NETMAP_LIBRARY,
            Setting.SEED,
            Setting.DURATION,
            Setting.BATCH,
            Setting.BUFFER,
            Setting.HUGE_PAGES,
            Setting.STAGES,
            Setting.CPUS,
            Setting.SPIN,
            Setting.YIELD,
            Setting.SLEEP,
            Setting.REAL_TIME,
            Setting.NICE,
            Setting.LOCK_MEMORY,
            Setting.KEEP_PRIVILEGES,
            Setting.JSON,
            Setting.HISTOGRAM_LOG,
            Setting.REPORT,
            Setting.ASSERT,
            Setting.JUNIT,
            Setting.VERBOSE,
            Setting.QUIET);

    /** What is on its way in the buffer: the lead, at 100 Gbit/s. */
    private static final String BUFFER = "4M";

    private static final long WARM_UP_NANOS = 400_000_000;

    private enum Clock {
        monotonic,
        realtime
    }

    @Spec
    private CommandSpec command;

    @Parameters(
            paramLabel = "PORT",
            description = "Where the packets go: any port that can transmit, as of tlem run -i.")
    private String port;

    @Option(
            names = "--stream",
            paramLabel = "KEY=VALUE,...",
            description = "A stream with these properties, which have the names of the options below and win over them."
                    + " May be repeated, up to 64 times; without it there is one stream.")
    private List<String> streams = List.of();

    @Option(
            names = "--clock",
            paramLabel = "monotonic|realtime",
            description =
                    "Clock of the time of sending: that of this machine, which all its processes share; or the time of"
                            + " day, for a receiver on another machine whose clock is kept in step with this one's. Default:"
                            + " monotonic.")
    private Clock clock = Clock.monotonic;

    /** Adds the options of streams and threads. */
    static void addOptions(CommandSpec generate) {
        for (StreamKey key : StreamKey.values()) {
            OptionSpec.Builder option = OptionSpec.builder(key.option())
                    .description(key.description().replace("%", "%%"));
            generate.addOption(
                    key.parameter().isEmpty()
                            ? option.type(boolean.class).build()
                            : option.type(String.class)
                                    .paramLabel(key.parameter())
                                    .build());
        }
        SETTINGS.forEach(setting -> SpecOptions.add(generate, setting, setting.description()));
    }

    @Override
    public Integer call() throws Exception {
        LinkSpec given = SpecOptions.read(command).conclude();
        SpecFiles.check(command, given, port);
        long seed = given.find(Setting.SEED).orElseGet(() -> new SplittableRandom().nextLong(1L << 32));
        List<StreamSpec> specs = StreamReader.read(common(), streams, seed);
        Optional<Long> duration = given.find(Setting.DURATION);
        LinkSpec spec = given.with(Setting.DURATION)
                .with(Setting.SEED, Long.toString(seed))
                .with(Setting.of(Role.DELAY), SchedulePort.LEAD_NANOS + "ns")
                .with(Setting.NO_CONTROL, "true");
        if (given.direction(0).bufferBytes().isEmpty()) {
            spec = spec.with(Setting.BUFFER, BUFFER);
        }
        if (given.find(Setting.STAGES).isEmpty()) {
            spec = spec.with(Setting.STAGES, "1");
        }
        WarmUp.run(specs, WARM_UP_NANOS);
        try (Opened opened = new Opened()) {
            Generation generation = opened.add(new Generation(
                    specs,
                    duration.orElse(Long.MAX_VALUE),
                    seed,
                    clock == Clock.realtime ? SystemClocks::realTimeNanos : null,
                    opened.add(open(port, given))));
            LinkSetup setup = LinkSetup.between(spec, generation.schedule(), generation.port());
            String start = "to " + generation.port().address() + ": "
                    + specs.stream().map(StreamSpec::describe).collect(Collectors.joining("; ")) + "; seed " + seed;
            LinkRun run = opened.add(new LinkRun(
                    spec,
                    setup,
                    new TrafficTold(TrafficNumbers.Kind.SENT, start, () -> Traffic.of(generation.sent()))));
            return run.run(() -> {});
        }
    }

    private Map<StreamKey, String> common() {
        ParseResult given = command.commandLine().getParseResult();
        Map<StreamKey, String> common = new EnumMap<>(StreamKey.class);
        for (StreamKey key : StreamKey.values()) {
            if (given.hasMatchedOption(key.option())) {
                common.put(key, given.matchedOption(key.option()).stringValues().getFirst());
            }
        }
        return common;
    }

    /** Opens a port of the command line. */
    static PacketPort open(String text, LinkSpec spec) {
        PortAddress address = Ports.resolve(PortAddress.parse(text), spec.find(Setting.NETMAP_LIBRARY));
        return Ports.open(Ports.requireAvailable(address));
    }
}
