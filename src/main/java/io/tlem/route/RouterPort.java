package io.tlem.route;

import io.tlem.wire.Ethernet;
import io.tlem.wire.Ipv4;
import java.net.Inet4Address;
import java.net.InterfaceAddress;
import java.net.NetworkInterface;
import java.net.SocketException;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What the router is on one of its ports.
 *
 * @param address its own IPv4 address
 * @param prefixBits length of the subnet's prefix, 1 to 32
 * @param mac its Ethernet address, 48 bits
 * @param gateway where packets for neither subnet go, if anywhere; in the subnet
 */
public record RouterPort(int address, int prefixBits, long mac, OptionalInt gateway) {
    private static final Pattern WITH_PREFIX = Pattern.compile("([0-9.]+)/(\\d{1,2})");
    private static final long LOCALLY_ADMINISTERED = 0x02_00_00_00_00_00L;

    /** Checks that the address is a station's, and the gateway another one's of its subnet. */
    public RouterPort {
        if (prefixBits < 1 || prefixBits > 32) {
            throw new IllegalArgumentException("a prefix of " + prefixBits + " bits; 1 to 32 are possible");
        }
        if (!Ipv4.isUnicast(address)) {
            throw new IllegalArgumentException(Ipv4.text(address) + " is not the address of one station");
        }
    }

    /** The port with a gateway. */
    RouterPort withGateway(int newGateway) {
        return new RouterPort(address, prefixBits, mac, OptionalInt.of(newGateway));
    }

    private int mask() {
        return -1 << (32 - prefixBits);
    }

    /** Whether an address is of this subnet. */
    boolean contains(int other) {
        return ((other ^ address) & mask()) == 0;
    }

    /** Whether an address is a station's of this subnet; /31 and /32 have no broadcast address. */
    boolean hasStation(int other) {
        return contains(other) && (prefixBits >= 31 || ((other & ~mask()) != 0 && (other | mask()) != -1));
    }

    /** Whether two subnets have an address in common. */
    boolean overlaps(RouterPort other) {
        return contains(other.address) || other.contains(address);
    }

    /** The station that a packet to an address is sent to, 0 when there is none. */
    int nextHop(int destination) {
        return contains(destination) ? (hasStation(destination) ? destination : 0) : gateway.orElse(0);
    }

    /**
     * An address given by the user, {@code 10.0.1.1/24}; the Ethernet address is made of it.
     *
     * @throws IllegalArgumentException with one line when it is none
     */
    public static RouterPort parse(String text) {
        Matcher matcher = WITH_PREFIX.matcher(text);
        if (!matcher.matches()) {
            throw new IllegalArgumentException("'" + text + "' is not an address with a prefix like 10.0.1.1/24");
        }
        int address = Ipv4.parse(matcher.group(1));
        return new RouterPort(
                address,
                Integer.parseInt(matcher.group(2)),
                LOCALLY_ADMINISTERED | Integer.toUnsignedLong(address),
                OptionalInt.empty());
    }

    /**
     * The first IPv4 address of an interface of this system.
     *
     * @throws IllegalArgumentException with one line when it has none, or there is no such interface
     */
    public static RouterPort of(String interfaceName) {
        try {
            NetworkInterface found = NetworkInterface.getByName(interfaceName);
            if (found == null) { // Java finds only interfaces that have an address of some kind
                throw new IllegalArgumentException(
                        "there is no interface " + interfaceName + " with an address; give it one, or use --address");
            }
            byte[] mac = found.getHardwareAddress();
            Optional<InterfaceAddress> address = found.getInterfaceAddresses().stream()
                    .filter(candidate -> candidate.getAddress() instanceof Inet4Address)
                    .findFirst();
            if (address.isEmpty() || mac == null) {
                throw new IllegalArgumentException("the interface has no " + (mac == null ? "Ethernet" : "IPv4")
                        + " address; give it one, or use --address");
            }
            return new RouterPort(
                    Ipv4.of(address.get().getAddress().getAddress()),
                    address.get().getNetworkPrefixLength(),
                    Ethernet.address(mac),
                    OptionalInt.empty());
        } catch (SocketException e) {
            throw new IllegalArgumentException(e.getMessage(), e);
        }
    }

    /** Address and prefix, and the gateway. */
    String describe() {
        return Ipv4.text(address) + "/" + prefixBits
                + (gateway.isPresent() ? " with gateway " + Ipv4.text(gateway.getAsInt()) : "");
    }
}
