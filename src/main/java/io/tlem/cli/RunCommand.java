package io.tlem.cli;

import io.tlem.port.PortAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

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
            "    tlem run -i generator:rate=50M -i eth1 -D 20ms --duration 60s --json"
        })
final class RunCommand implements Callable<Integer> {
    @Option(
            names = {"-i", "--port"},
            paramLabel = "PORT",
            description = "The two ports, A and B: an interface name, or kind:name[,option=value...]; tlem ports lists"
                    + " them. Exactly two.")
    private List<String> ports = new ArrayList<>();

    @Option(
            names = {"-w", "--wait-link"},
            paramLabel = "SECONDS",
            description = "Wait this long after opening the ports before the emulation starts, for links to come up; 0"
                    + " to 100. Default: ${DEFAULT-VALUE}.",
            defaultValue = "0")
    private String waitLink;

    @Option(
            names = "--netmap-library",
            paramLabel = "FILE",
            description =
                    "Shared library that provides netmap's calls (open, ioctl, mmap, munmap, poll, close) in place"
                            + " of the system's, for the netmap and vale ports that have no option library=FILE.")
    private String netmapLibrary;

    @Mixin
    private RouteOptions routing;

    @Mixin
    private LinkOptions options;

    @Override
    public Integer call() throws Exception {
        long waitSeconds = LinkOptions.count("-w", waitLink, 0, 100);
        if (ports.size() != 2) {
            throw new UsageException(
                    "two ports are needed, each with -i PORT; found " + ports.size() + " (tlem ports lists them)");
        }
        if (netmapLibrary != null && !Files.isRegularFile(Path.of(netmapLibrary))) {
            throw new UsageException("--netmap-library " + netmapLibrary + ": there is no such file");
        }
        PortAddress a = Ports.parse(ports.get(0), netmapLibrary);
        PortAddress b = Ports.parse(ports.get(1), netmapLibrary);
        if (a.kind().equals(b.kind()) && a.name().equals(b.name()) && !a.name().isEmpty()) {
            throw new UsageException("the two ports are the same: " + a.kind() + ":" + a.name());
        }
        Ports.check(a);
        Ports.check(b);
        try (LinkRun run = new LinkRun(options, a, b, routing.check(a, b), 0)) {
            return run.run(waitSeconds, () -> {});
        }
    }
}
