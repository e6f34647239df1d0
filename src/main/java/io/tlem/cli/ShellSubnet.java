package io.tlem.cli;

import java.util.List;

/**
 * The addresses of one {@code tlem shell}: the command's network has the hosts 2, the other end the hosts 1.
 *
 * @param number 0 to 255, of those on one machine
 * @param ipv6 whether it has IPv6 as well, in a unique local prefix (RFC 4193)
 */
record ShellSubnet(int number, boolean ipv6) {
    private static final String IPV4 = "100.64.";
    private static final String IPV6 = "fd74:6c65:6d00"; // "tlem" in hexadecimal digits

    /** The same without IPv6. */
    ShellSubnet withoutIpv6() {
        return new ShellSubnet(number, false);
    }

    /** All addresses of IPv4. */
    String network() {
        return IPV4 + number + ".0/30";
    }

    /** All addresses of IPv6, whether it has them or not. */
    String ipv6Network() {
        return ipv6Address("") + "/64";
    }

    /** Of IPv4. */
    String address(int host) {
        return IPV4 + number + "." + host;
    }

    /** Of IPv6, whether it has it or not. */
    String ipv6Address(int host) {
        return ipv6Address(Integer.toString(host));
    }

    private String ipv6Address(String host) {
        return IPV6 + (number == 0 ? "" : ":" + Integer.toHexString(number)) + "::" + host;
    }

    /** Whether one of these is an address of this subnet. */
    boolean isAmong(List<String> addresses) {
        return addresses.stream().anyMatch(address -> address.startsWith(IPV4 + number + "."));
    }
}
