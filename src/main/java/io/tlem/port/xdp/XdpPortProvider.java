package io.tlem.port.xdp;

import io.tlem.os.Errno;
import io.tlem.os.NetworkInterfaces;
import io.tlem.os.NetworkInterfaces.NetworkInterface;
import io.tlem.os.NetworkInterfaces.Queues;
import io.tlem.os.SystemCallException;
import io.tlem.os.SystemThreads;
import io.tlem.os.SystemThreads.Capability;
import io.tlem.port.PacketPort;
import io.tlem.port.PortAddress;
import io.tlem.port.PortException;
import io.tlem.port.PortProvider;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;

/** {@code xdp:IFACE}. */
public final class XdpPortProvider implements PortProvider {
    private static final String KIND = "xdp";

    @Override
    public String kind() {
        return KIND;
    }

    @Override
    public String usage() {
        return XdpOptions.USAGE + "  a Linux network interface through AF_XDP";
    }

    @Override
    public Availability availability() {
        if (!System.getProperty("os.name").equals("Linux")) {
            return new Availability(false, "Linux only");
        }
        List<String> missing = new ArrayList<>();
        for (Capability needed : List.of(Capability.CAP_NET_ADMIN, Capability.CAP_NET_RAW)) {
            if (!SystemThreads.has(needed)) {
                missing.add(needed.name());
            }
        }
        if (!SystemThreads.has(Capability.CAP_BPF) && !SystemThreads.has(Capability.CAP_SYS_ADMIN)) {
            missing.add("CAP_BPF or CAP_SYS_ADMIN");
        }
        return missing.isEmpty()
                ? new Availability(true, "")
                : new Availability(
                        false, "needs capabilities that are missing: " + String.join(", ", missing) + "; run as root");
    }

    @Override
    public List<Offer> offers() {
        return NetworkInterfaces.list().stream()
                .filter(NetworkInterface::ethernet)
                .map(found -> new Offer(PortAddress.of(KIND, found.name()).toString(), found.describe()))
                .toList();
    }

    @Override
    public boolean takesInterface() {
        return true;
    }

    @Override
    public void check(PortAddress address) {
        XdpOptions options = XdpOptions.parse(address);
        refusal(address, NetworkInterfaces.find(address.name()), options).ifPresent(reason -> {
            throw new IllegalArgumentException("port " + address + ": " + reason);
        });
    }

    @Override
    public PacketPort open(PortAddress address) {
        XdpOptions options = XdpOptions.parse(address);
        Optional<NetworkInterface> found = NetworkInterfaces.find(address.name());
        refusal(address, found, options).ifPresent(reason -> {
            throw new PortException(address, reason);
        });
        try {
            return open(address, found.orElseThrow(), options);
        } catch (SystemCallException e) {
            throw new PortException(address, reason(e), e);
        }
    }

    private static PacketPort open(PortAddress address, NetworkInterface found, XdpOptions options) {
        if (XdpPort.needsSeveral(found.mtuBytes())) {
            try {
                return new XdpPort(address, found, options, true);
            } catch (SystemCallException e) {
                // This kernel, or the driver, has no packets in several frames; without, the port says what it misses.
            }
        }
        return new XdpPort(address, found, options, false);
    }

    /** Why there can be no such port, empty when there can. */
    private static Optional<String> refusal(PortAddress address, Optional<NetworkInterface> found, XdpOptions options) {
        if (found.isEmpty()) {
            return Optional.of("no such interface; there are: "
                    + NetworkInterfaces.list().stream()
                            .map(NetworkInterface::name)
                            .collect(Collectors.joining(", ")));
        }
        if (!found.get().ethernet()) {
            return Optional.of("not an Ethernet interface");
        }
        Queues queues = NetworkInterfaces.queues(address.name());
        int usable = Math.min(queues.receive(), queues.transmit());
        int queue = options.queue().orElse(0);
        return queue < usable
                ? Optional.empty()
                : Optional.of("there is no queue " + queue + ", only 0 to " + (usable - 1));
    }

    private String reason(SystemCallException e) {
        if (e.errno() == Errno.EPERM || e.errno() == Errno.EACCES) {
            Availability availability = availability();
            return availability.usable() ? e.getMessage() : availability.reason();
        }
        if (e.errno() == Errno.EAFNOSUPPORT || e.errno() == Errno.ENOSYS) {
            return "the kernel has no AF_XDP: " + e.getMessage();
        }
        return e.getMessage();
    }
}
