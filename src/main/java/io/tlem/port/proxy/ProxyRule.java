package io.tlem.port.proxy;

import io.tlem.text.Shown;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What a proxy does with one address: {@code udp:[ADDRESS:]PORT=HOST:PORT} or {@code tcp:…}.
 *
 * @param protocol of the clients and of the target
 * @param listen where clients come; without an address those of this machine alone, of IPv4 and of IPv6
 * @param target where they get to
 * @param text as it was written
 */
public record ProxyRule(Protocol protocol, List<InetSocketAddress> listen, InetSocketAddress target, String text) {
    /** What a proxy understands. */
    public enum Protocol {
        /** Datagrams. */
        UDP,
        /** Streams. */
        TCP;

        /** As it is written. */
        public String label() {
            return this == UDP ? "udp" : "tcp";
        }
    }

    private static final Pattern FORM = Pattern.compile("(udp|tcp):(?:(\\[[^]]+]|[^:=\\[\\]]+):)?(\\d{1,5})=(.+)");
    private static final Pattern TARGET = Pattern.compile("(\\[[^]]+]|[^:\\[\\]]+):(\\d{1,5})");

    /** Copies the list. */
    public ProxyRule {
        listen = List.copyOf(listen);
    }

    /**
     * Reads one, and looks up the addresses.
     *
     * @throws IllegalArgumentException with one line that says what is wrong
     */
    public static ProxyRule parse(String text) {
        Matcher form = FORM.matcher(text);
        Matcher target = form.matches() ? TARGET.matcher(form.group(4)) : null;
        if (target == null || !target.matches()) {
            throw new IllegalArgumentException(Shown.quoted(text)
                    + " is not of the form udp:[ADDRESS:]PORT=HOST:PORT or tcp:[ADDRESS:]PORT=HOST:PORT; an IPv6 address"
                    + " is written in brackets");
        }
        int port = port(text, form.group(3));
        List<InetSocketAddress> listen = form.group(2) == null
                ? List.of(
                        new InetSocketAddress(address(text, "127.0.0.1"), port),
                        new InetSocketAddress(address(text, "::1"), port))
                : List.of(new InetSocketAddress(address(text, form.group(2)), port));
        InetAddress host = address(text, target.group(1));
        if (host.isAnyLocalAddress()) {
            throw new IllegalArgumentException(
                    Shown.quoted(text) + ": " + target.group(1) + " is no address to send to");
        }
        return new ProxyRule(
                form.group(1).equals("udp") ? Protocol.UDP : Protocol.TCP,
                listen,
                new InetSocketAddress(host, port(text, target.group(2))),
                text);
    }

    private static int port(String text, String digits) {
        int port = Integer.parseInt(digits);
        if (port < 1 || port > 65535) {
            throw new IllegalArgumentException(Shown.quoted(text) + ": " + digits + " is not a port from 1 to 65535");
        }
        return port;
    }

    private static InetAddress address(String text, String host) {
        try {
            return InetAddress.getByName(host);
        } catch (UnknownHostException e) {
            throw new IllegalArgumentException(Shown.quoted(text) + ": no address is known for " + Shown.quoted(host));
        }
    }

    /** {@code 127.0.0.1:80}, {@code [::1]:80}. */
    static String shown(InetSocketAddress address) {
        String host = address.getAddress().getHostAddress();
        return (address.getAddress() instanceof Inet6Address ? "[" + host + "]" : host) + ":" + address.getPort();
    }
}
