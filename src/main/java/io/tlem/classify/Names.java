package io.tlem.classify;

import java.util.Arrays;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Names of ports and protocols, as Debian's {@code /etc/services} and {@code /etc/protocols} have them. They are here, and not looked
 * up, so that an expression means the same on every machine.
 */
final class Names {
    private static final String BOTH =
            "domain 53, syslog 514, kerberos 88, sunrpc 111, snmp 161, snmp-trap 162, ldap 389, https 443,"
                    + " rtsp 554, ldaps 636, domain-s 853, openvpn 1194, radius 1812, radius-acct 1813, nfs 2049, sip 5060, sip-tls 5061";
    private static final String TCP = "ftp-data 20, ftp 21, ssh 22, telnet 23, smtp 25, http 80, pop3 110, nntp 119,"
            + " netbios-ssn 139, imap2 143, imap 143, bgp 179, microsoft-ds 445, submissions 465, printer 515, submission 587, ipp 631,"
            + " rsync 873, ftps 990, imaps 993, pop3s 995, socks 1080, iscsi-target 3260, mysql 3306, ms-wbt-server 3389, svn 3690,"
            + " xmpp-client 5222, postgresql 5432, amqps 5671, x11 6000, redis 6379, ircd 6667, http-alt 8080, git 9418";
    private static final String UDP = "bootps 67, bootpc 68, tftp 69, ntp 123, netbios-ns 137, netbios-dgm 138,"
            + " ptp-event 319, ptp-general 320, isakmp 500, route 520, dhcpv6-client 546, dhcpv6-server 547, ipsec-nat-t 4500,"
            + " mdns 5353";
    private static final String PROTOCOLS = "ipencap 4, egp 8, igp 9, dccp 33, ipv6 41, rsvp 46, gre 47, ipv6-icmp 58,"
            + " eigrp 88, ospf 89, ipip 94, etherip 97, l2tp 115, isis 124, hip 139, udplite 136, mpls-in-ip 137";

    private static final Map<String, Integer> OF_BOTH = numbers(BOTH);
    private static final Map<String, Integer> OF_TCP = numbers(TCP);
    private static final Map<String, Integer> OF_UDP = numbers(UDP);
    private static final Map<String, Integer> OF_IP = numbers(PROTOCOLS);

    /**
     * A port with a name.
     *
     * @param protocol that alone has it; empty where all do
     */
    record Port(int number, Optional<Protocol> protocol) {}

    private Names() {}

    private static Map<String, Integer> numbers(String text) {
        return Arrays.stream(text.split(", ", -1))
                .map(entry -> entry.split(" ", -1))
                .collect(Collectors.toUnmodifiableMap(words -> words[0], words -> Integer.valueOf(words[1])));
    }

    /** The port that has a name. */
    static Optional<Port> port(String name) {
        return find(OF_BOTH, name, number -> new Port(number, Optional.empty()))
                .or(() -> find(OF_TCP, name, number -> new Port(number, Optional.of(Protocol.TCP))))
                .or(() -> find(OF_UDP, name, number -> new Port(number, Optional.of(Protocol.UDP))));
    }

    private static Optional<Port> find(Map<String, Integer> in, String name, Function<Integer, Port> port) {
        return Optional.ofNullable(in.get(name)).map(port);
    }

    /** The number of IP's protocol that has a name, beside those that are words of the language. */
    static Optional<Integer> protocol(String name) {
        return Optional.ofNullable(OF_IP.get(name));
    }

    /** All names of ports. */
    static Set<String> ports() {
        return Stream.of(OF_BOTH, OF_TCP, OF_UDP)
                .flatMap(one -> one.keySet().stream())
                .collect(Collectors.toCollection(TreeSet::new));
    }

    /** All names of protocols. */
    static Set<String> protocols() {
        return new TreeSet<>(OF_IP.keySet());
    }
}
