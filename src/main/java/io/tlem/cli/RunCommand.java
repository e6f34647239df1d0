package io.tlem.cli;

import io.tlem.link.LinkSetup;
import io.tlem.spec.LinkSpec;
import io.tlem.spec.Setting;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code tlem run}. */
@Command(
        name = "run",
        description = "Emulates a link between two ports until a signal or --duration ends it.",
        mixinStandardHelpOptions = true,
        sortOptions = false,
        footer = {
            "",
            "Examples (as root):",
            "  100 Mbit/s and 10 ms each way, 1 %% loss from eth1 to eth2 only:",
            "    tlem run -i eth1 -i eth2 -B 100M -D 10ms -L 0.01 -L 0",
            "  10 ms to 30 ms of jitter over Gigabit Ethernet, a queue of 100 packets:",
            "    tlem run -i eth1 -i eth2 -B ether,1G -D uniform,10ms,30ms -Q packets,100",
            "  A minute of built-in traffic into an interface, one JSON object a second:",
            "    tlem run -i generator:rate=50M -i eth1 -D 20ms --duration 60s --json",
            "  A link from a file, with another seed:",
            "    tlem run --config link.yaml --seed 7",
            "  A link, a change of it and its end, in TLEM's words:",
            "    tlem -s /run/wan.session -i eth1 -i eth2 -D 10ms -M 1G,100ms",
            "    tlem -s /run/wan.session -D 30ms -L 0.001",
            "    tlem -s /run/wan.session -a"
        })
final class RunCommand implements Callable<Integer> {
    @Spec
    private CommandSpec command;

    @Option(
            names = "-s",
            paramLabel = "FILE",
            description =
                    "As TLEM: whoever locks FILE first runs the link; the next ones with the same FILE run none, but change"
                            + " that one to what their options say, as tlem set does.")
    private Path session;

    @Option(
            names = "-a",
            description =
                    "With -s FILE, end the link that runs with FILE, as tlem stop does, and wait until it has ended.")
    private boolean end;

    @Option(
            names = "-M",
            paramLabel = "BW[,TIME[,TIME]]",
            description = "As TLEM: --max-bandwidth, --max-delay and --max-hold of both directions.")
    private String most;

    @Override
    public Integer call() throws Exception {
        if (session == null) {
            if (end) {
                throw new UsageException("-a goes with -s FILE only");
            }
            return run(name -> {});
        }
        if (end) {
            return SessionFile.end(session);
        }
        Optional<SessionFile> taken = SessionFile.take(session);
        if (taken.isEmpty()) {
            return SessionFile.change(session, command);
        }
        try (SessionFile file = taken.get()) {
            return run(name -> file.write(name.orElseThrow(
                    () -> new UsageException("-s " + session + ": nobody could find the link without its socket"))));
        }
    }

    /** Is told by which name a link is found. */
    private interface Finding {
        void is(Optional<String> name) throws IOException;
    }

    private int run(Finding finding) throws IOException, InterruptedException {
        LinkSpec.Builder builder = SpecOptions.read(command);
        if (most != null) {
            giveMost(builder);
        }
        LinkSpec spec = builder.conclude();
        SpecFiles.check(command, spec);
        try (LinkRun run = new LinkRun(spec, LinkSetup.of(spec, 0), ports -> ports)) {
            finding.is(run.name());
            return run.run(() -> {});
        }
    }

    private void giveMost(LinkSpec.Builder builder) {
        List<Setting<Long>> limits = List.of(Setting.MAX_BANDWIDTH, Setting.MAX_DELAY, Setting.MAX_HOLD);
        String[] values = most.split(",", -1);
        if (values.length > limits.size()) {
            throw new UsageException("-M " + most + ": it takes a bandwidth, a delay and a time to hold, found "
                    + values.length + " values");
        }
        for (int i = 0; i < values.length; i++) {
            if (command.commandLine()
                    .getParseResult()
                    .hasMatchedOption(limits.get(i).option())) {
                throw new UsageException("-M and " + limits.get(i).option() + " say the same; leave one out");
            }
            builder.with(limits.get(i), values[i]);
        }
    }
}
