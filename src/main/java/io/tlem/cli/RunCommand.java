package io.tlem.cli;

import io.tlem.port.PacketPort;
import io.tlem.port.PortAddress;
import io.tlem.spec.LinkSpec;
import io.tlem.spec.Setting;
import io.tlem.spec.Value;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;
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
        List<Value<PortAddress>> ports = spec.ports();
        Optional<Path> library = spec.find(Setting.NETMAP_LIBRARY);
        if (library.isPresent() && !Files.isRegularFile(library.get())) {
            throw spec.all(Setting.NETMAP_LIBRARY).getFirst().wrong("there is no such file");
        }
        List<PortAddress> resolved = ports.stream()
                .map(port -> located(port, () -> Ports.resolve(port.value(), library)))
                .toList();
        PortAddress a = resolved.get(0);
        PortAddress b = resolved.get(1);
        if (a.kind().equals(b.kind()) && a.name().equals(b.name()) && !a.name().isEmpty()) {
            throw ports.get(1).place().wrong("the two ports are the same: " + a.kind() + ":" + a.name());
        }
        UnaryOperator<List<PacketPort>> routing = Routing.check(spec, a, b);
        for (int i = 0; i < 2; i++) {
            PortAddress address = resolved.get(i);
            PortAddress ignored = located(ports.get(i), () -> Ports.requireAvailable(address));
        }
        try (LinkRun run = new LinkRun(spec, a, b, routing, 0)) {
            return run.run(spec.get(Setting.WAIT_LINK), () -> {});
        }
    }

    /** What is wrong with a port has the place where the port was written. */
    private static PortAddress located(Value<PortAddress> port, Supplier<PortAddress> use) {
        try {
            return use.get();
        } catch (IllegalArgumentException | UsageException e) {
            throw port.place().wrong(e.getMessage());
        }
    }
}
