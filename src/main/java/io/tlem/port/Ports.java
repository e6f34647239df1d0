package io.tlem.port;

import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.ServiceLoader;
import java.util.stream.Collectors;
import java.util.stream.StreamSupport;

/** The kinds of ports there are, and the choice of one for an address. */
public final class Ports {
    /** Kinds that a bare interface name may mean, best first. */
    private static final List<String> BARE_NAME_KINDS = List.of("netmap", "packet");

    private Ports() {}

    /** Every kind that is known, by name. */
    public static List<PortProvider> providers() {
        return StreamSupport.stream(ServiceLoader.load(PortProvider.class).spliterator(), false)
                .sorted(Comparator.comparing(PortProvider::kind))
                .toList();
    }

    /**
     * The address with the kind that a bare name means, and the library that netmap ports are to use unless they name one.
     *
     * @throws IllegalArgumentException with one line when there is no such kind or the kind refuses the address
     */
    public static PortAddress resolve(PortAddress address, Optional<Path> netmapLibrary) {
        PortAddress full = address.kind().isEmpty() ? address.withKind(kindOfBareNames()) : address;
        if (netmapLibrary.isPresent()) {
            full = provider(full).withNetmapLibrary(full, netmapLibrary.get());
        }
        provider(full).check(full);
        return full;
    }

    /** What a bare name is opened as, and why as nothing better: one line for people. Empty for an address with a kind. */
    public static Optional<String> choice(PortAddress address) {
        if (!address.kind().isEmpty()) {
            return Optional.empty();
        }
        PortAddress chosen = address.withKind(kindOfBareNames());
        String better = BARE_NAME_KINDS.stream()
                .takeWhile(kind -> !kind.equals(chosen.kind()))
                .map(kind -> "; " + kind + ": "
                        + provider(kind)
                                .map(provider -> provider.availability().reason())
                                .orElse("not in this program"))
                .collect(Collectors.joining());
        return Optional.of(address + " is opened as " + chosen + better);
    }

    /** Whether the port is one of netmap's, the software netmap included. */
    public static boolean areNetmapRings(PortAddress address) {
        return provider(address.kind()).map(PortProvider::hasNetmapRings).orElse(false);
    }

    /** Whether two ports would be the same, or on the same interface. */
    public static boolean areTheSame(PortAddress a, PortAddress b) {
        boolean alike = a.kind().equals(b.kind())
                || (provider(a).takesInterface() && provider(b).takesInterface());
        return alike && a.name().equals(b.name()) && !a.name().isEmpty();
    }

    /** The best kind that can be used here; when none can, the last says why. */
    private static String kindOfBareNames() {
        return BARE_NAME_KINDS.stream()
                .filter(kind -> providers().stream()
                        .anyMatch(provider -> provider.kind().equals(kind)
                                && provider.availability().usable()))
                .findFirst()
                .orElse(BARE_NAME_KINDS.getLast());
    }

    /**
     * Checks that this user may open such a port here.
     *
     * @throws IllegalArgumentException with the reason why not
     */
    public static PortAddress requireAvailable(PortAddress address) {
        PortProvider.Availability availability = provider(address).availability(address);
        if (!availability.usable()) {
            throw new IllegalArgumentException("port " + address + ": " + availability.reason());
        }
        return address;
    }

    /**
     * Opens a port.
     *
     * @param address complete, as {@link #resolve} makes it
     * @throws PortException when it cannot be opened
     */
    public static PacketPort open(PortAddress address) {
        return provider(address).open(address);
    }

    /** See {@link PortProvider#openBeside}. */
    public static PacketPort openBeside(PortAddress address, PortAddress other) {
        return provider(address).openBeside(address, other);
    }

    /** See {@link PortProvider#openLoop}. */
    public static Optional<PacketPort> openLoop(String kind) {
        return provider(kind).flatMap(PortProvider::openLoop);
    }

    private static Optional<PortProvider> provider(String kind) {
        return providers().stream().filter(provider -> provider.handles(kind)).findFirst();
    }

    private static PortProvider provider(PortAddress address) {
        return provider(address.kind())
                .orElseThrow(() -> new IllegalArgumentException(
                        "port " + address + ": unknown kind '" + address.kind() + "'; known: "
                                + providers().stream().map(PortProvider::kind).collect(Collectors.joining(", "))));
    }
}
