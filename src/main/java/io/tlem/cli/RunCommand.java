package io.tlem.cli;

import io.tlem.port.PortAddress;
import java.nio.file.Files;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

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
    @Mixin
    private RunOptions options;

    @Override
    public Integer call() throws Exception {
        options.readConfig();
        try {
            return run();
        } catch (UsageException | IllegalArgumentException e) {
            throw options.located(e);
        }
    }

    private int run() throws Exception {
        long waitSeconds = options.waitSeconds();
        List<String> ports = options.ports;
        String library = options.netmapLibrary == null ? null : options.netmapLibrary.toString();
        options.requireTwoPorts();
        if (library != null && !Files.isRegularFile(options.netmapLibrary)) {
            throw new UsageException("--netmap-library " + library + ": there is no such file");
        }
        PortAddress a = Ports.parse(ports.get(0), library);
        PortAddress b = Ports.parse(ports.get(1), library);
        if (a.kind().equals(b.kind()) && a.name().equals(b.name()) && !a.name().isEmpty()) {
            throw new UsageException("the two ports are the same: " + a.kind() + ":" + a.name());
        }
        Ports.check(a);
        Ports.check(b);
        options.link.routed = options.routing.route();
        try (LinkRun run = new LinkRun(options.link, a, b, options.routing.check(a, b), 0)) {
            return run.run(waitSeconds, () -> {});
        }
    }
}
