package io.tlem.cli;

import io.tlem.impair.Units;
import io.tlem.link.LinkSetup;
import io.tlem.link.Opened;
import io.tlem.os.SystemClocks;
import io.tlem.report.TrafficNumbers;
import io.tlem.spec.LinkSpec;
import io.tlem.spec.Setting;
import io.tlem.stats.Traffic;
import io.tlem.traffic.LimitedPort;
import io.tlem.traffic.MeasuringPort;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code tlem receive}. */
@Command(
        name = "receive",
        description =
                "Receives generated packets from a port, and measures rate, loss, duplicates, reordering, delay and"
                        + " jitter of each stream.",
        mixinStandardHelpOptions = true,
        sortOptions = false,
        footer = {
            "",
            "Loss is what is missing between the lowest and the highest number that came. The delay is right where both ends"
                    + " have the same clock: on one machine, or with generate --clock realtime on machines whose clocks are"
                    + " kept in step.",
            "",
            "Examples:",
            "  tlem receive pipe:y}1 --idle 2s",
            "  tlem receive eth2 --duration 10s --json --assert 'received.delay.p99<1ms'"
        },
        exitCodeListHeading = "%nExit status:%n",
        exitCodeList = {
            "0:What came was measured, however it ended.",
            "1:The port or the system failed.",
            "2:The command line is invalid or cannot be carried out.",
            "3:What --assert says of what came is not so."
        })
final class ReceiveCommand implements Callable<Integer> {
    private static final int LONGEST_GENERATED = 9216;

    @Spec
    private CommandSpec command;

    @Parameters(
            paramLabel = "PORT",
            description = "Where packets come from: any port that can receive, as of tlem run -i.")
    private String port;

    @Option(names = "--count", paramLabel = "N", description = "End after so many packets. Default: no end.")
    private String count;

    @Option(
            names = "--idle",
            paramLabel = "TIME",
            description = "End when none has come for this time, after the first. Default: wait.")
    private String idle;

    /** Adds the options of threads. */
    static void addOptions(CommandSpec receive) {
        GenerateCommand.SETTINGS.stream()
                .filter(setting -> !setting.equals(Setting.SEED))
                .forEach(setting -> SpecOptions.add(receive, setting, setting.description()));
    }

    @Override
    public Integer call() throws Exception {
        LinkSpec given = SpecOptions.read(command).conclude();
        SpecFiles.check(command, given, port);
        long most =
                count == null ? Long.MAX_VALUE : value("--count", count, text -> Units.parseCount(text, 1, 1L << 60));
        long idleNanos = idle == null ? Long.MAX_VALUE : value("--idle", idle, Units::parseTime);
        LinkSpec spec = given.with(Setting.NO_CONTROL, "true");
        try (Opened opened = new Opened()) {
            LimitedPort from = new LimitedPort(opened.add(GenerateCommand.open(port, given)), most, idleNanos);
            MeasuringPort to = opened.add(
                    new MeasuringPort(Math.max(from.maxPacketBytes(), LONGEST_GENERATED), SystemClocks::realTimeNanos));
            LinkSetup setup = LinkSetup.between(spec, from, to);
            LinkRun run = opened.add(new LinkRun(
                    spec,
                    setup,
                    new TrafficTold(
                            TrafficNumbers.Kind.RECEIVED, "from " + from.address(), () -> Traffic.of(to.received()))));
            return run.run(() -> {});
        }
    }

    private interface Parser {
        long parse(String text);
    }

    private static long value(String option, String text, Parser parser) {
        try {
            return parser.parse(text);
        } catch (IllegalArgumentException e) {
            throw new UsageException(option + " " + e.getMessage());
        }
    }
}
