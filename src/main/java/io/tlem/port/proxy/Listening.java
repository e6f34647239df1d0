package io.tlem.port.proxy;

import io.tlem.port.PortException;
import java.io.IOException;
import java.net.Inet4Address;
import java.net.Inet6Address;
import java.net.InetSocketAddress;
import java.net.NetworkInterface;
import java.net.ProtocolFamily;
import java.net.SocketException;
import java.net.StandardProtocolFamily;
import java.util.List;
import java.util.stream.Collectors;

/** Where a proxy listens. */
final class Listening {
    /** Of a datagram over IPv6. */
    static final int MOST_HEADER_BYTES = 62;

    private Listening() {}

    /** Binds a socket. */
    interface Bind {
        Object run() throws IOException;
    }

    /** @throws PortException with one line that says where it cannot listen, and why */
    static void bind(ProxyRule rule, InetSocketAddress address, Bind bind) {
        try {
            Object ignored = bind.run();
        } catch (IOException e) {
            throw new PortException(
                    rule.text(), "cannot listen on " + ProxyRule.shown(address) + ": " + e.getMessage(), e);
        }
    }

    /** The addresses of a rule that are possible: this machine may be without IPv6. */
    static List<InetSocketAddress> possible(ProxyRule rule) {
        return rule.listen().size() == 1 || hasIpv6()
                ? rule.listen()
                : rule.listen().subList(0, 1);
    }

    private static boolean hasIpv6() {
        try {
            return NetworkInterface.networkInterfaces()
                    .flatMap(NetworkInterface::inetAddresses)
                    .anyMatch(address -> address instanceof Inet6Address && address.isLoopbackAddress());
        } catch (SocketException e) {
            return false;
        }
    }

    static ProtocolFamily family(InetSocketAddress address) {
        return address.getAddress() instanceof Inet4Address
                ? StandardProtocolFamily.INET
                : StandardProtocolFamily.INET6;
    }

    static String description(List<ProxyRule> rules) {
        return rules.stream()
                .map(rule -> rule.protocol().label() + " on "
                        + possible(rule).stream().map(ProxyRule::shown).collect(Collectors.joining(" and ")))
                .collect(Collectors.joining(", "));
    }

    static String targets(List<ProxyRule> rules) {
        return rules.stream()
                .map(rule -> rule.protocol().label() + " to " + ProxyRule.shown(rule.target()))
                .distinct()
                .collect(Collectors.joining(", "));
    }
}
