package io.tlem.route;

import io.tlem.port.PacketPort;
import io.tlem.port.PortAddress;
import io.tlem.spec.ConfigException;
import io.tlem.spec.LinkSpec;
import io.tlem.spec.Setting;
import io.tlem.spec.Value;
import java.util.List;
import java.util.Set;
import java.util.function.UnaryOperator;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** TLEM's route mode: what makes a router of two ports. */
public final class Routing {
    private static final Set<String> INTERFACE_KINDS = Set.of("packet", "netmap");
    private static final Pattern INTERFACE = Pattern.compile("([^-^*/@{}:]+)([-^*/@].*)?");
    private static final String OF_INTERFACE = "-";

    private Routing() {}

    /**
     * Checks what is asked of a router between two ports.
     *
     * @return what makes a router of the opened ports, or leaves them alone when none is asked for
     * @throws ConfigException when it cannot be done
     */
    public static UnaryOperator<List<PacketPort>> check(LinkSpec spec, PortAddress a, PortAddress b) {
        List<Value<String>> gateways = spec.all(Setting.GATEWAYS);
        List<Value<String>> addresses = spec.all(Setting.ADDRESSES);
        if (!spec.get(Setting.ROUTE)) {
            Stream.concat(gateways.stream(), addresses.stream()).findFirst().ifPresent(given -> {
                throw given.wrong("needs -r");
            });
            return ports -> ports;
        }
        if (gateways.size() > 2) {
            throw gateways.getLast().wrong("-G is given " + gateways.size() + " times; once or twice is possible");
        }
        if (!addresses.isEmpty() && addresses.size() != 2) {
            throw addresses
                    .getFirst()
                    .wrong("--address is needed for port A and for port B, - for that of the port's interface; found "
                            + addresses.size());
        }
        RouterPort routerA = router(
                a, addresses.isEmpty() ? OF_INTERFACE : addresses.getFirst().value());
        RouterPort routerB = router(
                b, addresses.isEmpty() ? OF_INTERFACE : addresses.getLast().value());
        List<String> stations = gateways.stream().map(Value::value).toList();
        try {
            List<RouterPort> ignored = RoutedPort.withGateways(routerA, routerB, stations);
        } catch (IllegalArgumentException e) {
            throw new ConfigException("-r: " + e.getMessage());
        }
        return ports -> RoutedPort.between(ports.get(0), routerA, ports.get(1), routerB, stations);
    }

    private static RouterPort router(PortAddress port, String given) {
        var name = INTERFACE.matcher(port.name());
        boolean own = given.equals(OF_INTERFACE);
        if (own && !(INTERFACE_KINDS.contains(port.kind()) && name.matches())) {
            throw new ConfigException(
                    "-r: port " + port + " is no interface with an address; give one for each port with --address");
        }
        try {
            return own ? RouterPort.of(name.group(1)) : RouterPort.parse(given);
        } catch (IllegalArgumentException e) {
            throw new ConfigException("-r: port " + port + ": " + e.getMessage());
        }
    }
}
