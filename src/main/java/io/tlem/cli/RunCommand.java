package io.tlem.cli;

import io.tlem.link.LinkSetup;
import io.tlem.spec.LinkSpec;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
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
            "    tlem run --config link.yaml --seed 7"
        })
final class RunCommand implements Callable<Integer> {
    @Spec
    private CommandSpec command;

    @Override
    public Integer call() throws Exception {
        LinkSpec spec = SpecOptions.read(command).conclude();
        try (LinkRun run = new LinkRun(spec, LinkSetup.of(spec, 0), ports -> ports)) {
            return run.run(() -> {});
        }
    }
}
