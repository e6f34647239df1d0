package io.tlem.simulate;

import io.tlem.port.pcap.CaptureInterface;
import io.tlem.port.pcap.CaptureReader;
import io.tlem.port.pcap.LinkType;
import io.tlem.text.Shown;
import io.tlem.wire.Ethernet;
import io.tlem.wire.NetworkBytes;
import java.lang.foreign.MemorySegment;
import java.net.InetAddress;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * Whose packets go from A to B, those of all others being on their way from B to A. Immutable. A filter can say the same, see
 * {@link #of}.
 */
public final class Clients implements CaptureReader.Splitter {
    /** How users name those of the first direction. */
    public static final String OPTION = "--client";
    /** How users give a filter in place of it. */
    public static final String FILTER_OPTION = "--client-filter";

    private static final Pattern ETHERNET_ADDRESS = Pattern.compile("(?i)[0-9a-f]{2}([:-][0-9a-f]{2}){5}");
    private static final Pattern NUMBER = Pattern.compile("[0-9]{1,5}");
    private static final Pattern ADDRESS = Pattern.compile("(?i)([0-9a-f:.]*[:.][0-9a-f:.]*)(?:/([0-9]{1,3}))?");
    private static final int IPV4_SOURCE_AT = 12;
    private static final int IPV4_HEADER_BYTES = 20;
    private static final int IPV6_SOURCE_AT = 8;
    private static final int IPV6_HEADER_BYTES = 40;
    private static final int ARP_SOURCE_AT = 14;
    private static final int ARP_BYTES = 28;
    private static final int ADDRESS_BYTES = 6;
    private static final long ARP_OF_IPV4 = 0x0001_0800_0604L; // its first six bytes

    private final List<Network> networks = new ArrayList<>();
    private final List<Long> stations = new ArrayList<>();
    private final List<String> names = new ArrayList<>();
    private final List<Integer> numbers = new ArrayList<>();

    /** The addresses whose first bits are these. */
    @SuppressWarnings("ArrayRecordComponent") // made and used in this class only
    private record Network(byte[] address, int bits) {
        boolean has(MemorySegment memory, long at) {
            for (int bit = 0; bit < bits; bit += Byte.SIZE) {
                int differences = NetworkBytes.unsignedByte(memory, at + bit / Byte.SIZE)
                        ^ Byte.toUnsignedInt(address[bit / Byte.SIZE]);
                if (differences >>> Math.max(0, Byte.SIZE - (bits - bit)) != 0) {
                    return false;
                }
            }
            return true;
        }
    }

    /**
     * Those that somebody names.
     *
     * @param names of each an IP address or network, an Ethernet address, or the name or number of an interface of the capture
     * @throws IllegalArgumentException with one line when one is neither
     */
    public Clients(List<String> names) {
        names.forEach(this::add);
    }

    /**
     * What tells the directions of a capture's packets.
     *
     * @param names as of {@link #Clients}; empty where nobody is named
     * @param filter an expression of pcap-filter that matches those of the first direction
     * @return empty where all packets go one way
     * @throws IllegalArgumentException with one line, when there are both, or one is wrong
     */
    public static Optional<CaptureReader.Splitter> of(List<String> names, Optional<String> filter) {
        if (!names.isEmpty() && filter.isPresent()) {
            throw new IllegalArgumentException(
                    OPTION + " and " + FILTER_OPTION + " both say which packets go from A to B; give one of them");
        }
        return names.isEmpty() ? filter.map(ClientFilter::new) : Optional.of(new Clients(names));
    }

    private void add(String text) {
        if (NUMBER.matcher(text).matches()) {
            numbers.add(Integer.valueOf(text));
        } else if (ETHERNET_ADDRESS.matcher(text).matches()) {
            stations.add(Ethernet.address(HexFormat.of().parseHex(text.replaceAll("[:-]", ""))));
        } else if (ADDRESS.matcher(text).matches()) {
            networks.add(network(text));
        } else if (text.isBlank() || text.contains("/")) {
            throw wrong(text);
        } else {
            this.names.add(text);
        }
    }

    private static Network network(String text) {
        var parts = ADDRESS.matcher(text);
        if (parts.matches()) {
            try {
                byte[] address = InetAddress.ofLiteral(parts.group(1)).getAddress();
                int most = address.length * Byte.SIZE;
                int bits = parts.group(2) == null ? most : Integer.parseInt(parts.group(2));
                if (bits <= most) {
                    return new Network(address, bits);
                }
            } catch (IllegalArgumentException e) {
                throw wrong(text);
            }
        }
        throw wrong(text);
    }

    private static IllegalArgumentException wrong(String text) {
        return new IllegalArgumentException(OPTION + " " + Shown.quoted(text) + " is no IP address or network such as"
                + " 10.0.0.0/8, no Ethernet address, and no name or number of an interface");
    }

    @Override
    public int direction(
            CaptureInterface from, LinkType type, MemorySegment memory, long packet, int captured, long original) {
        return names.contains(from.name())
                        || numbers.contains(from.number())
                        || (!stations.isEmpty() && isOfStation(type, memory, packet, captured))
                        || (!networks.isEmpty() && isOfNetwork(type, memory, packet, captured))
                ? 0
                : 1;
    }

    /** By addresses of IP alone it knows of those protocols, but not of senders whose addresses are of their own network only. */
    @Override
    public boolean knows(LinkType type, MemorySegment memory, long packet, int captured) {
        if (!names.isEmpty()
                || !numbers.isEmpty()
                || !stations.isEmpty()
                || isOfNetwork(type, memory, packet, captured)) {
            return true;
        }
        long at = type.network(memory, packet, captured);
        long there = packet + captured - at;
        if (there < IPV4_HEADER_BYTES) {
            return false;
        }
        return switch (NetworkBytes.unsignedByte(memory, at) >>> 4) {
            case 4 -> isNamed(4) && NetworkBytes.intAt(memory, at + IPV4_SOURCE_AT) != 0;
            case 6 ->
                isNamed(16) && there >= IPV6_HEADER_BYTES && !isLocal(NetworkBytes.longAt(memory, at + IPV6_SOURCE_AT));
            default -> isNamed(4) && there >= ARP_BYTES && NetworkBytes.longAt(memory, at) >>> 16 == ARP_OF_IPV4;
        };
    }

    private boolean isNamed(int bytes) {
        return networks.stream().anyMatch(network -> network.address().length == bytes);
    }

    /** Of an IPv6 address by its first half: whether it is of the link (fe80::/10) or none. */
    private static boolean isLocal(long first) {
        return first == 0 || first >>> 54 == 0xfe80 >>> 6;
    }

    private boolean isOfStation(LinkType type, MemorySegment memory, long packet, int captured) {
        long at = type.sender(packet);
        return at >= 0
                && at + ADDRESS_BYTES <= packet + captured
                && stations.contains(NetworkBytes.longAt(memory, at) >>> (2 * Byte.SIZE));
    }

    private boolean isOfNetwork(LinkType type, MemorySegment memory, long packet, int captured) {
        long at = type.network(memory, packet, captured);
        long there = packet + captured - at;
        if (there < IPV4_HEADER_BYTES) {
            return false;
        }
        switch (NetworkBytes.unsignedByte(memory, at) >>> 4) {
            case 4 -> {
                return isOfNetwork(memory, at + IPV4_SOURCE_AT, 4);
            }
            case 6 -> {
                return there >= IPV6_HEADER_BYTES && isOfNetwork(memory, at + IPV6_SOURCE_AT, 16);
            }
            default -> {
                boolean arp = there >= ARP_BYTES && NetworkBytes.longAt(memory, at) >>> 16 == ARP_OF_IPV4;
                return arp && isOfNetwork(memory, at + ARP_SOURCE_AT, 4);
            }
        }
    }

    private boolean isOfNetwork(MemorySegment memory, long at, int bytes) {
        for (Network network : networks) {
            if (network.address().length == bytes && network.has(memory, at)) {
                return true;
            }
        }
        return false;
    }
}
