package io.tlem.cli;

import io.tlem.port.PortProvider;
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
            System.out.printf(
                    "%-10s %s%s%n",
                    provider.kind(),
                    availability.usable() ? "available" : "not available",
                    availability.reason().isEmpty() ? "" : ": " + availability.reason());
            System.out.printf("           %s%n", provider.usage());
            for (PortProvider.Offer offer : provider.offers()) {
                System.out.printf("           %-34s %s%n", offer.address(), offer.description());
            }
        }
        return 0;
    }
}
