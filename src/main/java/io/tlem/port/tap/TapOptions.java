package io.tlem.port.tap;

import io.tlem.os.TunDevice;
import io.tlem.port.PortAddress;
import io.tlem.text.Shown;
import io.tlem.wire.Ethernet;
import java.nio.charset.StandardCharsets;
import java.util.Set;

/**
 * What an address of {@code tap:} or {@code tun:} says.
 *
 * @param kind which of the two
 * @param headerBytes of the link's header, which count with every packet; 0 where packets have one themselves
 */
record TapOptions(TunDevice.Kind kind, int headerBytes) {
    private static final int NAME_BYTES = 15;
    private static final int MAX_HEADER_BYTES = 256;

    /**
     * Reads an address.
     *
     * @throws IllegalArgumentException with one line that says what is wrong
     */
    static TapOptions parse(PortAddress address, TunDevice.Kind kind) {
        String name = address.name();
        if (name.isEmpty()
                || name.getBytes(StandardCharsets.UTF_8).length > NAME_BYTES
                || name.equals(".")
                || name.equals("..")
                || name.chars().anyMatch(letter -> letter <= ' ' || letter == 0x7f || "/:%".indexOf(letter) >= 0)) {
            throw new IllegalArgumentException("port " + address + ": " + Shown.quoted(name)
                    + " is no name of an interface: 1 to " + NAME_BYTES + " bytes without white space, /, : and %");
        }
        if (kind == TunDevice.Kind.TAP) {
            address.requireOptionsIn(Set.of());
            return new TapOptions(kind, 0);
        }
        address.requireOptionsIn(Set.of("header"));
        String text = address.options().getOrDefault("header", Integer.toString(Ethernet.HEADER_BYTES));
        int bytes = text.matches("[0-9]{1,4}") ? Integer.parseInt(text) : -1;
        if (bytes < Ethernet.HEADER_BYTES || bytes > MAX_HEADER_BYTES) {
            throw new IllegalArgumentException("port " + address + ": header=" + text + " is not a number from "
                    + Ethernet.HEADER_BYTES + " to " + MAX_HEADER_BYTES);
        }
        return new TapOptions(kind, bytes);
    }

    /** Bytes in front of an IP packet that the interface does not have: an Ethernet header, by which models know it. */
    int frontBytes() {
        return kind == TunDevice.Kind.TUN ? Ethernet.HEADER_BYTES : 0;
    }

    /** What is left of the link's header follows the packet: it counts, and is in nobody's way. */
    int trailerBytes() {
        return headerBytes - frontBytes();
    }

    /** Longest frame of an interface with this MTU, with two VLAN tags where it carries Ethernet. */
    int maxPacketBytes(int mtuBytes) {
        return mtuBytes + (kind == TunDevice.Kind.TUN ? headerBytes : Ethernet.HEADER_BYTES + 2 * Ethernet.TAG_BYTES);
    }
}
