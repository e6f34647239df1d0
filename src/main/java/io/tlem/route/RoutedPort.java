package io.tlem.route;

import io.tlem.port.PacketPort;
import io.tlem.port.PacketSink;
import io.tlem.port.PacketSource;
import io.tlem.port.PortAddress;
import io.tlem.stats.Measured;
import io.tlem.wire.Ipv4;
import java.util.List;
import java.util.Optional;

/**
 * A port of an IPv4 router with two of them, as in TLEM's route mode: between two subnets, each with a port of its own,
 * packets to a station of the other subnet pass the link and get the station's Ethernet address; packets to neither
 * subnet go to the other port's gateway, if it has one. ARP is answered and asked on both ports. TTL is not decremented.
 *
 * <pre>
 *             receiving thread of A ──packets──► link ──► transmitting thread of B
 *                       └──ARP──► mailbox ──► transmitting thread of A
 * </pre>
 */
public final class RoutedPort implements PacketPort {
    private final PacketPort inner;
    private final RouterPort here;
    private final Optional<PacketSource> source;
    private final Optional<PacketSink> sink;

    private RoutedPort(PacketPort inner, RouterPort here, RouterPort there) {
        this.inner = inner;
        this.here = here;
        ArpMailbox mailbox = new ArpMailbox();
        source = inner.source().map(from -> new RoutedSource(from, here, there, mailbox));
        sink = inner.sink().map(to -> new RoutedSink(to, here, mailbox));
    }

    /**
     * Makes a router of two ports. Closing the ports it returns closes those it was given.
     *
     * @param gateways addresses, each in the subnet of one of the ports, at most one in each
     * @throws IllegalArgumentException with one line when the subnets overlap or a gateway is in neither
     */
    public static List<PacketPort> between(
            PacketPort portA, RouterPort routerA, PacketPort portB, RouterPort routerB, List<String> gateways) {
        List<RouterPort> routers = withGateways(routerA, routerB, gateways);
        return List.of(
                new RoutedPort(portA, routers.get(0), routers.get(1)),
                new RoutedPort(portB, routers.get(1), routers.get(0)));
    }

    /**
     * Gives the gateways to the two sides of a router.
     *
     * @throws IllegalArgumentException with one line when the subnets overlap or a gateway is in neither
     */
    public static List<RouterPort> withGateways(RouterPort routerA, RouterPort routerB, List<String> gateways) {
        if (routerA.overlaps(routerB)) {
            throw new IllegalArgumentException(
                    "the two ports are in one subnet: " + routerA.describe() + " and " + routerB.describe());
        }
        RouterPort a = routerA;
        RouterPort b = routerB;
        for (String text : gateways) {
            int gateway = Ipv4.parse(text);
            if (isGatewayOf(a, gateway)) {
                a = a.withGateway(gateway);
            } else if (isGatewayOf(b, gateway)) {
                b = b.withGateway(gateway);
            } else {
                throw new IllegalArgumentException(
                        "gateway " + text + " is no other station of " + a.describe() + " or " + b.describe());
            }
        }
        return List.of(a, b);
    }

    private static boolean isGatewayOf(RouterPort port, int gateway) {
        return port.hasStation(gateway)
                && gateway != port.address()
                && port.gateway().isEmpty();
    }

    @Override
    public PortAddress address() {
        return inner.address();
    }

    @Override
    public String description() {
        return inner.description() + "; router " + here.describe();
    }

    @Override
    public Optional<PacketSource> source() {
        return source;
    }

    @Override
    public Optional<PacketSink> sink() {
        return sink;
    }

    @Override
    public Optional<Measured> measured() {
        return inner.measured();
    }

    @Override
    public void check() {
        inner.check();
    }

    @Override
    public List<String> takeWarnings(boolean routes) {
        return inner.takeWarnings(true);
    }

    @Override
    public void close() {
        inner.close();
    }
}
