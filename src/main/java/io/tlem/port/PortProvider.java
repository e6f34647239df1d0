package io.tlem.port;

import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/**
 * One kind of port. Providers are found as services ({@link java.util.ServiceLoader}), so that a kind is added without
 * a change anywhere else.
 */
public interface PortProvider {
    /** The kind's name in addresses, lower case, for example {@code packet}. */
    String kind();

    /** Whether addresses of this kind are this provider's: its own kind, and other spellings of it. */
    default boolean handles(String addressKind) {
        return kind().equals(addressKind);
    }

    /** One line for people: what the kind is and its options. */
    String usage();

    /** Whether this machine and this user can open ports of this kind. */
    Availability availability();

    /** Whether a port of this address can be opened, where options of the address make a difference. */
    default Availability availability(PortAddress address) {
        return availability();
    }

    /** Addresses that can be opened here, each with a short description, in the order to be shown. May be empty. */
    List<Offer> offers();

    /**
     * Checks an address without opening it.
     *
     * @throws IllegalArgumentException with one line that says what is wrong with it
     */
    void check(PortAddress address);

    /**
     * Opens a port.
     *
     * @param address an address that {@link #check} accepts
     * @throws PortException when it cannot be opened
     */
    PacketPort open(PortAddress address);

    /**
     * Opens a port of a link. What packets need that come in here and go out there may be set aside: see
     * {@link PacketSource#zeroCopyTo}.
     *
     * @param other address of the link's other port
     * @throws PortException when it cannot be opened
     */
    default PacketPort openBeside(PortAddress address, PortAddress other) {
        return open(address);
    }

    /**
     * Opens a port like others of this kind, into which packets come as programs send them, and from which they go nowhere else or
     * back to it, for whoever wants its code compiled before packets matter. Empty where there can be none.
     */
    default Optional<PacketPort> openLoop() {
        return Optional.empty();
    }

    /** Whether its ports are rings of netmap's, be it in software, over which the same code runs. */
    default boolean hasNetmapRings() {
        return false;
    }

    /** Whether a port's name is that of a network interface, which no second port can have. */
    default boolean takesInterface() {
        return false;
    }

    /** The address, with a library that provides netmap's calls unless it names one; as it is where that has no meaning. */
    default PortAddress withNetmapLibrary(PortAddress address, Path library) {
        return address;
    }

    /**
     * Whether ports of a kind can be opened.
     *
     * @param usable true when they can
     * @param reason why not, and what would help; a remark or empty when they can
     */
    record Availability(boolean usable, String reason) {}

    /**
     * A port that could be opened.
     *
     * @param address the address to give on the command line
     * @param description state, speed, MTU and the like
     */
    record Offer(String address, String description) {}
}
