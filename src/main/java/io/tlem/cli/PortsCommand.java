package io.tlem.cli;

import io.tlem.port.PortProvider;
import io.tlem.port.Ports;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;

/** {@code tlem ports}. */
@Command(
        name = "ports",
        description = "Lists the ports that this machine offers, and why a kind is not available.",
        mixinStandardHelpOptions = true)
final class PortsCommand implements Callable<Integer> {
    @Override
    public Integer call() {
        for (PortProvider provider : Ports.providers()) {
            PortProvider.Availability availability = provider.availability();
            Output.text(String.format(
                    "%-10s %s%s",
                    provider.kind(),
                    availability.usable() ? "available" : "not available",
                    availability.reason().isEmpty() ? "" : ": " + availability.reason()));
            Output.text("           " + provider.usage());
            for (PortProvider.Offer offer : provider.offers()) {
                Output.text(String.format("           %-34s %s", offer.address(), offer.description()));
            }
        }
        return 0;
    }
}
