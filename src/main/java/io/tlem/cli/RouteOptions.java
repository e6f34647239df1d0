package io.tlem.cli;

import io.tlem.port.PacketPort;
import io.tlem.port.PortAddress;
import io.tlem.route.RoutedPort;
import io.tlem.route.RouterPort;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.function.UnaryOperator;
import java.util.regex.Pattern;
import picocli.CommandLine.Option;

/** The options of TLEM's route mode. */
final class RouteOptions {
    private static final Set<String> INTERFACE_KINDS = Set.of("packet", "netmap");
    private static final Pattern INTERFACE = Pattern.compile("([^-^*/@{}:]+)([-^*/@].*)?");
    private static final String OF_INTERFACE = "-";

    @Option(
            names = {"-r", "--route"},
            description = "Be an IPv4 router between the subnets of the two ports: answer and ask ARP, send each packet"
                    + " to its station's Ethernet address. Default: pass frames as they are.")
    private boolean route;

    @Option(
            names = {"-G", "--gateway"},
            paramLabel = "ADDRESS",
            description = "With -r: where packets for neither subnet go, a station in the subnet of one of the ports;"
                    + " without one they are dropped. Once or twice, one a subnet.")
    private List<String> gateways = new ArrayList<>();

    @Option(
            names = "--address",
            paramLabel = "ADDRESS/BITS",
            description =
                    "With -r: the router's own address and subnet on port A, and again on port B; - for that of the"
                            + " port's interface, which is the default.")
    private List<String> addresses = new ArrayList<>();

    boolean route() {
        return route;
    }

    /**
     * Checks the options for two ports.
     *
     * @return what makes a router of the opened ports, or leaves them alone without {@code -r}
     * @throws UsageException when they cannot be done
     */
    UnaryOperator<List<PacketPort>> check(PortAddress a, PortAddress b) {
        if (!route) {
            if (!gateways.isEmpty() || !addresses.isEmpty()) {
                throw new UsageException((gateways.isEmpty() ? "--address" : "-G") + " needs -r");
            }
            return ports -> ports;
        }
        if (gateways.size() > 2) {
            throw new UsageException("-G is given " + gateways.size() + " times; once or twice is possible");
        }
        if (!addresses.isEmpty() && addresses.size() != 2) {
            throw new UsageException("--address is given once; it is needed for port A and for port B, - for that of"
                    + " the port's interface");
        }
        RouterPort routerA = router(a, 0);
        RouterPort routerB = router(b, 1);
        try {
            List<RouterPort> ignored = RoutedPort.withGateways(routerA, routerB, gateways);
        } catch (IllegalArgumentException e) {
            throw new UsageException("-r: " + e.getMessage());
        }
        return ports -> RoutedPort.between(ports.get(0), routerA, ports.get(1), routerB, gateways);
    }

    private RouterPort router(PortAddress port, int index) {
        String given = addresses.isEmpty() ? OF_INTERFACE : addresses.get(index);
        try {
            if (!given.equals(OF_INTERFACE)) {
                return RouterPort.parse(given);
            }
            var name = INTERFACE.matcher(port.name());
            if (!INTERFACE_KINDS.contains(port.kind()) || !name.matches()) {
                throw new UsageException("-r: port " + port + " is no interface with an address; give one for each port"
                        + " with --address");
            }
            return RouterPort.of(name.group(1));
        } catch (IllegalArgumentException e) {
            throw new UsageException("-r: port " + port + ": " + e.getMessage());
        }
    }
}
