package io.tlem.port.netmap;

import io.tlem.os.KernelNetmap;
import io.tlem.os.NetmapLibrary;
import io.tlem.os.NetworkInterfaces;
import io.tlem.os.NetworkInterfaces.NetworkInterface;
import io.tlem.os.SystemCallException;
import io.tlem.port.PacketPort;
import io.tlem.port.PortAddress;
import io.tlem.port.PortException;
import io.tlem.port.PortProvider;
import io.tlem.text.InputFile;
import io.tlem.wire.Ethernet;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.Optional;

/** {@code netmap:NAME} and {@code valeS:NAME}, through {@code /dev/netmap} or a library that provides its calls. */
public final class NetmapPortProvider implements PortProvider {
    @Override
    public String kind() {
        return NetmapAddress.KIND;
    }

    @Override
    public boolean handles(String kind) {
        return NetmapAddress.handles(kind);
    }

    @Override
    public boolean hasNetmapRings() {
        return true;
    }

    @Override
    public PortAddress withNetmapLibrary(PortAddress address, Path library) {
        return address.options().containsKey("library") ? address : address.withOption("library", library.toString());
    }

    @Override
    public String usage() {
        return "netmap:IFACE[-RING|^|*][/FLAGS], netmap:NAME{ID, netmap:NAME}ID, valeS:NAME"
                + "[,slots=N][,rings=N][,extra=N][,library=FILE[,trusted=on]]  NICs, pipes and switches of netmap";
    }

    @Override
    public Availability availability() {
        if (!Files.exists(Path.of(KernelNetmap.DEVICE))) {
            return new Availability(
                    false,
                    "there is no " + KernelNetmap.DEVICE
                            + ": load the netmap module (Linux: netmap.ko; FreeBSD: in GENERIC, or kldload netmap), or"
                            + " name a library that provides netmap's calls");
        }
        if (!Files.isReadable(Path.of(KernelNetmap.DEVICE)) || !Files.isWritable(Path.of(KernelNetmap.DEVICE))) {
            return new Availability(false, KernelNetmap.DEVICE + " may not be read and written: run as root");
        }
        return new Availability(true, "");
    }

    @Override
    public Availability availability(PortAddress address) {
        return NetmapAddress.parse(address).library().isPresent() ? new Availability(true, "") : availability();
    }

    @Override
    public List<Offer> offers() {
        if (!availability().usable()) {
            return List.of();
        }
        return NetworkInterfaces.list().stream()
                .filter(NetworkInterface::ethernet)
                .map(found -> new Offer(
                        PortAddress.of(NetmapAddress.KIND, found.name()).toString(), found.describe()))
                .toList();
    }

    @Override
    public void check(PortAddress address) {
        NetmapAddress parsed = NetmapAddress.parse(address);
        parsed.library().ifPresent(file -> library(address, file));
        if (parsed.library().isEmpty()) {
            parsed.interfaceName().flatMap(NetmapPortProvider::refusal).ifPresent(reason -> {
                throw new IllegalArgumentException("port " + address + ": " + reason);
            });
        }
    }

    private static NetmapLibrary library(PortAddress address, String file) {
        Path path = Path.of(file);
        InputFile.problem(path).ifPresent(problem -> {
            throw new IllegalArgumentException("port " + address + ": the library '" + file + "': " + problem);
        });
        try {
            return NetmapLibrary.load(path.toAbsolutePath());
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException("port " + address + ": " + e.getMessage(), e);
        }
    }

    private static Optional<String> refusal(String interfaceName) {
        Optional<NetworkInterface> found = NetworkInterfaces.find(interfaceName);
        return found.isPresent() && !found.get().ethernet()
                ? Optional.of("not an Ethernet interface")
                : Optional.empty();
    }

    @Override
    public PacketPort open(PortAddress address) {
        return open(address, 0);
    }

    @Override
    public PacketPort openBeside(PortAddress address, PortAddress other) {
        boolean mayShareMemory = NetmapAddress.handles(other.kind())
                && Objects.equals(
                        address.options().get("library"), other.options().get("library"));
        return open(address, mayShareMemory ? NetmapAddress.parse(address).usualExtraBuffers() : 0);
    }

    private static PacketPort open(PortAddress address, int extraBuffers) {
        NetmapAddress parsed = NetmapAddress.parse(address);
        NetmapLibrary library =
                parsed.library().map(file -> library(address, file)).orElseGet(NetmapLibrary::standard);
        try {
            // A library's ports need not be interfaces of this system, but those that are have their limits.
            Optional<String> interfaceName = parsed.interfaceName().filter(NetworkInterfaces::exists);
            int maxTransmitBytes = maxTransmitBytes(parsed);
            return new NetmapPort(
                    address,
                    KernelNetmap.open(library, parsed.trusted()),
                    parsed.registration().withExtraBuffers(parsed.extraBuffers().orElse(extraBuffers)),
                    interfaceName,
                    maxTransmitBytes);
        } catch (SystemCallException e) {
            throw new PortException(address, e.getMessage(), e);
        }
    }

    /** What the interface sends, with a VLAN tag; a switch and a pipe take anything. */
    private static int maxTransmitBytes(NetmapAddress address) {
        return address.interfaceName()
                .flatMap(NetworkInterfaces::find)
                .map(found -> found.mtuBytes() + Ethernet.HEADER_BYTES + Ethernet.TAG_BYTES)
                .orElse(NetmapPort.MAX_PACKET_BYTES);
    }
}
