package io.tlem.port.proxy;

import io.tlem.port.PacketPort;
import io.tlem.port.PortAddress;
import io.tlem.port.PortException;
import java.io.IOException;
import java.util.List;
import java.util.stream.Collectors;

/**
 * The two ports of a proxy: what comes from clients is received on the one and transmitted on the other to the targets, and
 * the other way round.
 *
 * @param clients where clients come
 * @param targets what they get to
 */
public record Proxy(PacketPort clients, PacketPort targets) implements AutoCloseable {
    /**
     * Listens.
     *
     * @param rules of one protocol, at least one
     * @param windows how many bytes of streams may be under way to the targets, and to the clients
     * @throws PortException with one line, when an address is not to be had
     */
    public static Proxy open(List<ProxyRule> rules, long[] windows) {
        ProxyRule.Protocol protocol = rules.getFirst().protocol();
        PortAddress a = PortAddress.of(protocol.label(), "clients");
        PortAddress b = PortAddress.of(
                protocol.label(),
                rules.stream()
                        .map(rule -> ProxyRule.shown(rule.target()))
                        .distinct()
                        .collect(Collectors.joining(" ")));
        try {
            if (protocol == ProxyRule.Protocol.UDP) {
                UdpProxy udp = new UdpProxy(rules, a, b);
                return new Proxy(udp.clients(), udp.targets());
            }
            TcpProxy tcp = new TcpProxy(rules, a, b, windows);
            return new Proxy(tcp.clients(), tcp.targets());
        } catch (IOException e) {
            throw new PortException(protocol.label(), String.valueOf(e.getMessage()), e);
        }
    }

    @Override
    public void close() {
        clients.close();
        targets.close();
    }
}
