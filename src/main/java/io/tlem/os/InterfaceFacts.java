package io.tlem.os;

import java.io.IOException;
import java.net.InterfaceAddress;
import java.net.SocketException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/**
 * What surrounds a network interface: who else has a hand in its packets. Of {@code /sys} and {@code /proc}, which may show
 * another network namespace: then those facts are as if there were nothing.
 *
 * @param up set up by the administrator
 * @param running up and with a carrier
 * @param loopback the machine's own
 * @param driver its name, such as {@code macvlan} or {@code ipvlan}, empty when it has none
 * @param wireless a station or access point
 * @param bridge that it is a port of
 * @param bond that it is a member of
 * @param addresses of the host on it, with prefix, link-local ones left out
 * @param forwards the host forwards IP packets that come from it
 * @param lower that it has its packets from and shares an Ethernet address with
 */
public record InterfaceFacts(
        boolean up,
        boolean running,
        boolean loopback,
        String driver,
        boolean wireless,
        Optional<String> bridge,
        Optional<String> bond,
        List<String> addresses,
        boolean forwards,
        Optional<String> lower) {

    private static final Path CLASS_NET = Path.of("/sys/class/net");
    private static final Path NET_SETTINGS = Path.of("/proc/sys/net");
    private static final String LOOPBACK = "772"; // ARPHRD_LOOPBACK

    /** The facts as they are now, empty when there is no such interface. */
    public static Optional<InterfaceFacts> of(String name) {
        return NetworkInterfaces.find(name).map(found -> {
            Path folder = CLASS_NET.resolve(name);
            boolean ours = is(folder.resolve("ifindex"), Integer.toString(found.index()));
            return of(found, ours ? folder : null, addresses(name), NET_SETTINGS);
        });
    }

    /** @param folder of the interface in {@code /sys}, null when there is none */
    static InterfaceFacts of(
            NetworkInterfaces.NetworkInterface found, Path folder, List<String> addresses, Path settings) {
        if (folder == null) {
            return new InterfaceFacts(
                    found.up(),
                    found.running(),
                    found.name().equals("lo"),
                    NetworkInterfaces.driver(found.name()),
                    false,
                    Optional.empty(),
                    Optional.empty(),
                    addresses,
                    forwards(settings, found.name(), addresses),
                    Optional.empty());
        }
        Optional<String> master = target(folder.resolve("master"));
        return new InterfaceFacts(
                found.up(),
                found.running(),
                is(folder.resolve("type"), LOOPBACK),
                NetworkInterfaces.driver(found.name()),
                Files.isDirectory(folder.resolve("phy80211")) || Files.isDirectory(folder.resolve("wireless")),
                master.filter(ignored -> Files.isDirectory(folder.resolve("brport"))),
                master.filter(ignored -> Files.isDirectory(folder.resolve("bonding_slave"))),
                addresses,
                forwards(settings, found.name(), addresses),
                lowerOfSameAddress(folder));
    }

    /** Java does not ask {@code /sys} for them. */
    private static List<String> addresses(String name) {
        try {
            java.net.NetworkInterface found = java.net.NetworkInterface.getByName(name);
            return found == null
                    ? List.of()
                    : found.getInterfaceAddresses().stream()
                            .filter(address -> !address.getAddress().isLinkLocalAddress()
                                    && !address.getAddress().isLoopbackAddress())
                            .map(InterfaceFacts::text)
                            .toList();
        } catch (SocketException e) {
            return List.of();
        }
    }

    private static String text(InterfaceAddress address) {
        return address.getAddress().getHostAddress().replaceFirst("%.*", "") + "/" + address.getNetworkPrefixLength();
    }

    private static boolean forwards(Path settings, String name, List<String> addresses) {
        return addresses.stream()
                .anyMatch(address -> is(
                        settings.resolve(address.contains(":") ? "ipv6" : "ipv4")
                                .resolve("conf")
                                .resolve(name)
                                .resolve("forwarding"),
                        "1"));
    }

    private static Optional<String> lowerOfSameAddress(Path folder) {
        Optional<String> own = ProcFiles.firstLine(folder.resolve("address"));
        try (var entries = Files.list(folder)) {
            return entries.map(entry -> entry.getFileName().toString())
                    .filter(entry -> entry.startsWith("lower_"))
                    .filter(entry -> ProcFiles.firstLine(folder.resolve(entry).resolve("address"))
                            .equals(own))
                    .map(entry -> entry.substring("lower_".length()))
                    .findFirst();
        } catch (IOException e) {
            return Optional.empty();
        }
    }

    private static Optional<String> target(Path link) {
        try {
            return Optional.of(Files.readSymbolicLink(link).getFileName().toString());
        } catch (IOException e) {
            return Optional.empty();
        }
    }

    private static boolean is(Path file, String text) {
        return ProcFiles.firstLine(file).equals(Optional.of(text));
    }
}
